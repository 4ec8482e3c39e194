// Many connections at once, for scripts/check-crowd:
//   crowd backend               echoes on a port of 127.0.0.1 that the system picks and that it prints
//   crowd client COUNT PORT...  opens COUNT TLS connections, spread over the ports, each of which echoes a byte; says so;
//                               waits for a line of input; asks all at once; says how long the slowest took to answer
//
// The client prints `opened COUNT SECONDS`, then `answered COUNT SECONDS SLOWEST`, the last in milliseconds.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OPENERS = 4, EVENTS = 256, PATIENCE_SECONDS = 60, ADDRESSES = 16 };

struct connection {
    int descriptor;
    SSL *tls;
    double asked;
    int is_answered;
};

static struct connection *connections;
static int count, port_count;
static int ports[16];
static SSL_CTX *context;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("setrlimit");
}

static void watch(int set, int descriptor, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    if (epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) != 0) die("epoll_ctl");
}

_Noreturn static void run_backend(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), set = epoll_create1(EPOLL_CLOEXEC);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || set < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0
        || getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        die("listen");
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    watch(set, listener, (uint32_t)listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(set, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = (int)events[i].data.u32;
            if (descriptor == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                if (accepted >= 0) watch(set, accepted, (uint32_t)accepted);
                continue;
            }
            char bytes[64];
            ssize_t got = recv(descriptor, bytes, sizeof bytes, 0);
            if (got <= 0 || send(descriptor, bytes, (size_t)got, MSG_NOSIGNAL) != got) close(descriptor);
        }
    }
}

// Each of a few addresses of this machine has ports enough.
static int dial(int number) {
    struct sockaddr_in own = {.sin_family = AF_INET}, proxy = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)number % ADDRESSES);
    proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    proxy.sin_port = htons((uint16_t)ports[number % port_count]);
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    int one = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) die("socket");
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(descriptor, (struct sockaddr *)&own, sizeof own) != 0
        || connect(descriptor, (struct sockaddr *)&proxy, sizeof proxy) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static int echoes(SSL *tls) {
    char byte = 'a';
    return SSL_write(tls, &byte, 1) == 1 && SSL_read(tls, &byte, 1) == 1 && byte == 'a';
}

static void *open_some(void *argument) {
    for (int number = (int)(intptr_t)argument; number < count; number += OPENERS) {
        struct connection *connection = &connections[number];
        connection->descriptor = dial(number);
        if (connection->descriptor < 0) continue;
        SSL *tls = SSL_new(context);
        if (tls && SSL_set_fd(tls, connection->descriptor) == 1 && SSL_connect(tls) == 1 && echoes(tls)) {
            connection->tls = tls;
            fcntl(connection->descriptor, F_SETFL, O_NONBLOCK);
        } else {
            SSL_free(tls);
        }
    }
    return NULL;
}

static void open_all(void) {
    double start = now();
    pthread_t threads[OPENERS];
    for (int i = 0; i < OPENERS; i++) {
        if (pthread_create(&threads[i], NULL, open_some, (void *)(intptr_t)i) != 0) die("pthread_create");
    }
    int opened = 0;
    for (int i = 0; i < OPENERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < count; i++) opened += connections[i].tls != NULL;
    printf("opened %d %.1f\n", opened, now() - start);
    fflush(stdout);
}

// Takes the answers that have come. Returns how many.
static int take_answers(int set, int timeout, double *slowest) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(set, events, EVENTS, timeout), answers = 0;
    for (int i = 0; i < ready; i++) {
        struct connection *connection = &connections[events[i].data.u32];
        char byte = 0;
        int got = SSL_read(connection->tls, &byte, 1);
        if (got != 1 && SSL_get_error(connection->tls, got) == SSL_ERROR_WANT_READ) continue;
        epoll_ctl(set, EPOLL_CTL_DEL, connection->descriptor, NULL);
        if (got != 1 || byte != 'b' || connection->is_answered) continue;
        connection->is_answered = 1;
        double took = now() - connection->asked;
        if (took > *slowest) *slowest = took;
        answers++;
    }
    return answers;
}

static void ask_all(void) {
    int set = epoll_create1(EPOLL_CLOEXEC), answers = 0;
    double slowest = 0, start = now();
    if (set < 0) die("epoll_create1");
    for (int i = 0; i < count; i++) {
        struct connection *connection = &connections[i];
        char byte = 'b';
        if (!connection->tls) continue;
        connection->asked = now();
        if (SSL_write(connection->tls, &byte, 1) != 1) continue;
        watch(set, connection->descriptor, (uint32_t)i);
        // Without it, an answer would wait here for the questions to the others, and be called slow.
        answers += take_answers(set, 0, &slowest);
    }
    while (answers < count && now() - start < PATIENCE_SECONDS) answers += take_answers(set, 1000, &slowest);
    printf("answered %d %.2f %.0f\n", answers, now() - start, slowest * 1000);
    fflush(stdout);
}

static int run_client(int arguments, char **values) {
    count = atoi(values[2]);
    for (int i = 3; i < arguments && port_count < 16; i++) ports[port_count++] = atoi(values[i]);
    connections = calloc((size_t)count, sizeof *connections);
    context = SSL_CTX_new(TLS_client_method());
    if (!connections || !context) die("memory");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    open_all();
    while (getchar() != '\n' && !feof(stdin)) continue;
    ask_all();
    return 0;
}

int main(int arguments, char **values) {
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    if (arguments == 2 && strcmp(values[1], "backend") == 0) run_backend();
    if (arguments >= 4 && strcmp(values[1], "client") == 0) return run_client(arguments, values);
    fprintf(stderr, "usage: crowd backend | crowd client COUNT PORT...\n");
    return 64;
}
