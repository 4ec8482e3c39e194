// The time of an echo on one connection that is otherwise at rest.

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

void run_round_trips(void) {
    // Untimed ones before the others, so that both ends and what lies between have settled.
    int warmUp = options.count / 10, size = options.size;
    double *times = calloc((size_t)options.count, sizeof *times);
    unsigned char *sent = malloc((size_t)size), *received = malloc((size_t)size);
    struct client client;
    if (!times || !sent || !received || size > PATTERN_PIECE || !client_open(&client)) {
        fail("round trips of %d bytes could not begin", size);
        return;
    }
    for (int i = -warmUp; i < options.count; i++) {
        memcpy(sent, pattern_at((uint64_t)(i + warmUp) * 4093), (size_t)size);
        if (i == -warmUp) sent[0] = REQUEST_ECHO;
        double start = now();
        if (!client_write_all(&client, sent, (size_t)size) || !client_read_all(&client, received, (size_t)size)) {
            fail("echo %d did not come back", i);
            return;
        }
        if (i >= 0) times[i] = now() - start;
        if (memcmp(sent, received, (size_t)size) != 0) fail("echo %d came back changed", i);
    }
    client_end(&client);
    client_await_end(&client);
    client_close(&client);
    qsort(times, (size_t)options.count, sizeof *times, compare);
    printf("p50_us=%.2f p99_us=%.2f p999_us=%.2f\n", times[options.count / 2] * 1e6,
        times[options.count * 99 / 100] * 1e6, times[options.count * 999 / 1000] * 1e6);
}
