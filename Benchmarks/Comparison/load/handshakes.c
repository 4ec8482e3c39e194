// Short connections, one after the other on each thread: handshake, one byte echoed, close_notify from us, and the
// proxy's end awaited, so that nobody resets anybody. Some proxies answer a close_notify with FIN alone, which is their
// right; how many did is told.

#include "../request.h"
#include "load.h"

#include <stdatomic.h>
#include <stdio.h>

static _Atomic uint64_t begun, completed, bare;
static double deadline;

static int run_connection(void) {
    struct client client;
    if (!client_open(&client)) return 0;
    char byte = REQUEST_ECHO;
    int isGood = client_write_all(&client, &byte, 1) && client_read_all(&client, &byte, 1) && byte == REQUEST_ECHO;
    if (isGood) {
        client_end(&client);
        if (!client_await_end(&client)) atomic_fetch_add(&bare, 1);
        atomic_fetch_add(&completed, 1);
    } else {
        fail("the byte was not echoed");
    }
    client_close(&client);
    return isGood;
}

static void run_thread(int number) {
    (void)number;
    uint64_t limit = options.count > 0 ? (uint64_t)options.count : UINT64_MAX;
    while (!isStopped && now() < deadline && atomic_fetch_add(&begun, 1) < limit && run_connection()) continue;
    client_forget_session();
}

void run_handshakes(void) {
    double start = now();
    deadline = start + options.seconds;
    run_threads(options.threads, run_thread);
    // Each thread's first has nothing to take up.
    uint64_t full = completed - client_resumptions();
    if (options.isResumed && full > (uint64_t)options.threads) fail("%llu full handshakes", (unsigned long long)full);
    printf("completed=%llu bare=%llu seconds=%.3f\n", (unsigned long long)completed, (unsigned long long)bare, now() - start);
}
