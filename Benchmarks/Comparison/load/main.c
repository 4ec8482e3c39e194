#include "../pattern.h"
#include "load.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char usage[] =
    "usage: load PORT KIND [NAME=VALUE...]\n"
    "  transfer      connections, upload, download: bytes on each connection, both directions at once\n"
    "  handshakes    seconds, threads, resumed=1, count (0: no end but time): connections that echo one byte and close\n"
    "  hellos        seconds, threads, count: a ClientHello each, reset when a ServerHello has begun to come\n"
    "  round-trips   size, count: echoes on one connection, one after the other\n"
    "  idle          connections: each echoes a byte, then all wait until standard input has a line, and echo another\n"
    "After SIGTERM handshakes and hellos begin no further connection.\n"
    "With TLS: tls=12 or 13, suite=NAME, key=ec or rsa; without tls, plain TCP.\n";

struct options options = {
    .suite = "", .key = "", .connections = 1, .threads = 1, .size = 1, .seconds = 1};

atomic_int isStopped;

static void stop(int number) {
    (void)number;
    isStopped = 1;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char first_failure[256];
static int failures;

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&lock);
    if (failures++ == 0) vsnprintf(first_failure, sizeof first_failure, format, arguments);
    pthread_mutex_unlock(&lock);
    va_end(arguments);
}

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct worker {
    pthread_t thread;
    void (*body)(int);
    int number;
};

static void *start_worker(void *argument) {
    struct worker *worker = argument;
    worker->body(worker->number);
    return NULL;
}

void run_threads(int count, void (*body)(int)) {
    static struct worker workers[THREAD_LIMIT];
    int started = 0;
    // SIGTERM is the main thread's: it would end a worker's waits for the peer.
    sigset_t stopSignal, before;
    sigemptyset(&stopSignal);
    sigaddset(&stopSignal, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stopSignal, &before);
    for (; started < count && started < THREAD_LIMIT; started++) {
        workers[started] = (struct worker){.body = body, .number = started};
        if (pthread_create(&workers[started].thread, NULL, start_worker, &workers[started]) != 0) {
            fail("thread %d could not be started", started);
            break;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int i = 0; i < started; i++) pthread_join(workers[i].thread, NULL);
}

static int read_option(char *argument) {
    char *value = strchr(argument, '=');
    if (!value) return 0;
    *value++ = 0;
    if (!strcmp(argument, "tls")) options.tls = atoi(value);
    else if (!strcmp(argument, "suite")) options.suite = value;
    else if (!strcmp(argument, "key")) options.key = value;
    else if (!strcmp(argument, "resumed")) options.isResumed = atoi(value);
    else if (!strcmp(argument, "upload")) options.upload = strtoull(value, NULL, 10);
    else if (!strcmp(argument, "download")) options.download = strtoull(value, NULL, 10);
    else if (!strcmp(argument, "connections")) options.connections = atoi(value);
    else if (!strcmp(argument, "threads")) options.threads = atoi(value);
    else if (!strcmp(argument, "size")) options.size = atoi(value);
    else if (!strcmp(argument, "count")) options.count = atoi(value);
    else if (!strcmp(argument, "seconds")) options.seconds = atof(value);
    else return 0;
    return 1;
}

static int fail_usage(void) {
    fputs(usage, stderr);
    return 64;
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(void);
    } kinds[] = {{"transfer", run_transfers}, {"handshakes", run_handshakes}, {"hellos", run_hellos},
        {"round-trips", run_round_trips}, {"idle", run_idle}};
    void (*run)(void) = NULL;
    if (count < 3) return fail_usage();
    options.port = atoi(arguments[1]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(arguments[2], kinds[i].name)) run = kinds[i].run;
    }
    for (int i = 3; i < count; i++) {
        if (!read_option(arguments[i])) return fail_usage();
    }
    if (!run || options.port <= 0 || options.connections < 1 || options.threads < 1 || options.size < 1
        || options.count < (run == run_round_trips)) {
        return fail_usage();
    }
    signal(SIGPIPE, SIG_IGN);
    if (run == run_handshakes || run == run_hellos) signal(SIGTERM, stop);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    pattern_make();
    client_set_up();
    run();
    if (failures > 0) fprintf(stderr, "%s%s\n", first_failure, failures > 1 ? ", and more" : "");
    return failures > 0;
}
