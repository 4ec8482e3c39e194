// The floor of what a relay with two threads a connection can cost: no TLS, blocking sockets, 64 KiB buffers.
//   relay PORT BACKEND_PORT       on 127.0.0.1

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 65536, QUEUE = 4096, STACK_SIZE = 65536 };

struct direction {
    int from, to;
};

static uint16_t backend_port;
static pthread_attr_t attributes;

static void *carry(void *argument) {
    struct direction direction = *(struct direction *)argument;
    char *buffer = malloc(PIECE);
    ssize_t count;
    while (buffer && (count = recv(direction.from, buffer, PIECE, 0)) > 0) {
        for (ssize_t done = 0; done < count;) {
            ssize_t sent = send(direction.to, buffer + done, (size_t)(count - done), MSG_NOSIGNAL);
            if (sent <= 0) goto ended;
            done += sent;
        }
    }
ended:
    shutdown(direction.to, SHUT_WR);
    free(buffer);
    return NULL;
}

static void *serve(void *argument) {
    int client = (int)(intptr_t)argument, one = 1;
    int backend = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(backend_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(backend, (struct sockaddr *)&address, sizeof address) == 0) {
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(backend, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct direction up = {client, backend}, down = {backend, client};
        pthread_t other;
        if (pthread_create(&other, &attributes, carry, &down) == 0) {
            carry(&up);
            pthread_join(other, NULL);
        }
    }
    close(client);
    close(backend);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: relay PORT BACKEND_PORT\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    backend_port = (uint16_t)atoi(arguments[2]);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, QUEUE) != 0) {
        perror("relay");
        return 69;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        pthread_t thread;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)client) != 0) {
            close(client);
            continue;
        }
        pthread_detach(thread);
    }
}
