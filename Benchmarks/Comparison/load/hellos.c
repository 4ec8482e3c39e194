// A flood that costs its sender next to nothing: the same ClientHello again and again, each on a connection of its own,
// which is reset as soon as the answer has begun. All that is computed is the server's: a key exchange and a signature.

#include "load.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *hello;
static size_t helloLength;
static _Atomic uint64_t begun, answered;
static double deadline;

// A record's header, a message's, its version, and the first bytes of its random (RFC 8446, 4.1.3 and 5.1).
enum { ANSWER_START = 5 + 4 + 2 + 4 };

// Whether it is a ServerHello, for which a key exchange was computed: not an alert, and no HelloRetryRequest, which has a
// random of its own.
static int is_server_hello(const unsigned char start[ANSWER_START]) {
    static const unsigned char retry[] = {0xCF, 0x21, 0xAD, 0x74};
    return start[0] == 22 && start[5] == 2 && memcmp(start + 11, retry, sizeof retry) != 0;
}

static int run_connection(void) {
    struct client client;
    if (!client_dial(&client)) return 0;
    unsigned char start[ANSWER_START];
    int isGood = client_write_all(&client, hello, helloLength) && client_read_all(&client, start, sizeof start);
    if (isGood && is_server_hello(start)) atomic_fetch_add(&answered, 1);
    else fail("a ClientHello was not answered with a ServerHello");
    client_reset(&client);
    return isGood;
}

static void run_thread(int number) {
    (void)number;
    uint64_t limit = options.count > 0 ? (uint64_t)options.count : UINT64_MAX;
    while (!isStopped && now() < deadline && atomic_fetch_add(&begun, 1) < limit && run_connection()) continue;
}

void run_hellos(void) {
    double start = now();
    deadline = start + options.seconds;
    hello = client_hello(&helloLength);
    if (hello) run_threads(options.threads, run_thread);
    free(hello);
    printf("answered=%llu seconds=%.3f\n", (unsigned long long)answered, now() - start);
}
