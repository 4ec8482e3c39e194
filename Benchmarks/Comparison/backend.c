// The plain backend of the comparison:
//   backend PORT      on 127.0.0.1
//   backend PATH      on a Unix socket; the path holds a slash
// One thread a connection, two while a transfer runs. What a connection may ask for is in request.h.

#include "pattern.h"
#include "request.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { STACK_SIZE = 65536, PIECE = PATTERN_PIECE, QUEUE = 4096 };

struct download {
    int descriptor;
    uint64_t bytes;
};

// Whether all of `count` bytes were sent.
static int send_all(int descriptor, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return 0;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 1;
}

static void *send_pattern(void *argument) {
    struct download *download = argument;
    uint64_t place = 0;
    while (place < download->bytes) {
        uint64_t left = download->bytes - place;
        size_t count = left < PIECE ? (size_t)left : PIECE;
        if (!send_all(download->descriptor, pattern_at(place), count)) break;
        place += count;
    }
    return NULL;
}

static void echo(int descriptor, unsigned char *buffer, ssize_t count) {
    do {
        if (!send_all(descriptor, buffer, (size_t)count)) return;
    } while ((count = recv(descriptor, buffer, PIECE, 0)) > 0);
}

// `buffer` holds the first `count` bytes of the connection.
static void transfer(int descriptor, unsigned char *buffer, ssize_t count) {
    while (count < REQUEST_TRANSFER_SIZE) {
        ssize_t more = recv(descriptor, buffer + count, (size_t)(PIECE - count), 0);
        if (more <= 0) return;
        count += more;
    }
    uint64_t upload = request_number(buffer + 1);
    struct download download = {descriptor, request_number(buffer + 9)};
    pthread_t sender;
    int isSending = download.bytes > 0 && pthread_create(&sender, NULL, send_pattern, &download) == 0;
    int isGood = isSending || download.bytes == 0;

    uint64_t place = 0;
    size_t fresh = (size_t)count - REQUEST_TRANSFER_SIZE;
    unsigned char *start = buffer + REQUEST_TRANSFER_SIZE;
    for (;;) {
        isGood = isGood && place + fresh <= upload && pattern_holds(start, fresh, place);
        place += fresh;
        if (place >= upload) break;
        ssize_t more = recv(descriptor, buffer, PIECE, 0);
        if (more <= 0) break;
        start = buffer;
        fresh = (size_t)more;
    }
    if (isSending) pthread_join(sender, NULL);
    unsigned char verdict = isGood && place == upload ? VERDICT_GOOD : VERDICT_BAD;
    if (!send_all(descriptor, &verdict, 1)) return;
    shutdown(descriptor, SHUT_WR);
    while (recv(descriptor, buffer, PIECE, 0) > 0) continue;
}

static void *serve(void *argument) {
    int descriptor = (int)(intptr_t)argument;
    unsigned char *buffer = malloc(PIECE);
    ssize_t count = buffer ? recv(descriptor, buffer, PIECE, 0) : 0;
    if (count > 0 && buffer[0] == REQUEST_ECHO) echo(descriptor, buffer, count);
    if (count > 0 && buffer[0] == REQUEST_TRANSFER) transfer(descriptor, buffer, count);
    close(descriptor);
    free(buffer);
    return NULL;
}

// A socket that listens there; -1, and errno, when it cannot be.
static int listen_at(const char *place) {
    int isPath = strchr(place, '/') != NULL, one = 1;
    int listener = socket(isPath ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in internet = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(place))};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(local.sun_path, sizeof local.sun_path, "%s", place);
    if (!isPath) setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int status = isPath ? bind(listener, (struct sockaddr *)&local, sizeof local)
                        : bind(listener, (struct sockaddr *)&internet, sizeof internet);
    return status == 0 && listen(listener, QUEUE) == 0 ? listener : -1;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: backend PORT or PATH\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    pattern_make();
    int listener = listen_at(arguments[1]);
    if (listener < 0) {
        perror("backend");
        return 69;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (;;) {
        int descriptor = accept(listener, NULL, NULL), one = 1;
        if (descriptor < 0) continue;
        // Of no use to a Unix socket, which refuses it.
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_t thread;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)descriptor) != 0) close(descriptor);
    }
}
