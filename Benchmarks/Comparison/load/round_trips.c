// The time of an echo on a connection that is otherwise at rest. Twenty connections, one after the other: on which processors
// the threads of one meet is chance, and it stays as it fell while the connection lasts.

#include "../pattern.h"
#include "../request.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) {
    double first = *(const double *)left, second = *(const double *)right;
    return (first > second) - (first < second);
}

enum { connections = 20 };

/// Echoes on one connection, a tenth more than are timed: untimed ones before the others, so that both ends and what lies
/// between have settled. Returns whether all came back.
static int run_connection(double *times, int count, unsigned char *sent, unsigned char *received) {
    int warmUp = count / 10, size = options.size;
    struct client client;
    if (!client_open(&client)) return 0;
    for (int i = -warmUp; i < count; i++) {
        memcpy(sent, pattern_at((uint64_t)(i + warmUp) * 4093), (size_t)size);
        if (i == -warmUp) sent[0] = REQUEST_ECHO;
        double start = now();
        if (!client_write_all(&client, sent, (size_t)size) || !client_read_all(&client, received, (size_t)size)) {
            fail("echo %d did not come back", i);
            return 0;
        }
        if (i >= 0) times[i] = now() - start;
        if (memcmp(sent, received, (size_t)size) != 0) fail("echo %d came back changed", i);
    }
    client_end(&client);
    client_await_end(&client);
    client_close(&client);
    return 1;
}

void run_round_trips(void) {
    int count = options.count / connections, size = options.size;
    double *times = calloc((size_t)count * connections, sizeof *times);
    unsigned char *sent = malloc((size_t)size), *received = malloc((size_t)size);
    if (!times || !sent || !received || count < 10 || size > PATTERN_PIECE) {
        fail("%d round trips of %d bytes could not begin", options.count, size);
        return;
    }
    for (int i = 0; i < connections; i++) {
        if (!run_connection(times + i * count, count, sent, received)) return;
    }
    qsort(times, (size_t)count * connections, sizeof *times, compare);
    printf("p50_us=%.2f p99_us=%.2f p999_us=%.2f\n", times[count * connections / 2] * 1e6,
        times[count * connections * 99 / 100] * 1e6, times[(size_t)count * connections * 999 / 1000] * 1e6);
}
