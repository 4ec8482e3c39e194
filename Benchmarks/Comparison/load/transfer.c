// Bulk: on each connection the client sends the pattern and checks the pattern that it gets, both at once, then the
// backend's verdict on what it was sent, then that the stream ended as it should.

#include "../pattern.h"
#include "../request.h"
#include "load.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// What a connection that makes no progress is given, milliseconds.
enum { PATIENCE = 60000 };

static _Atomic uint64_t moved;

struct transfer {
    struct client client;
    uint64_t sent, received;
    unsigned char buffer[PATTERN_PIECE];
    unsigned char verdict;
    int isEnded, waitsFor;
};

// One step of sending. Whether there was progress.
static int send_some(struct transfer *transfer) {
    uint64_t left = options.upload - transfer->sent;
    if (left == 0) return 0;
    size_t count = left < PATTERN_PIECE ? (size_t)left : PATTERN_PIECE;
    ssize_t done = client_write(&transfer->client, pattern_at(transfer->sent), count);
    if (done > 0) {
        transfer->sent += (uint64_t)done;
        return 1;
    }
    if (done == CLIENT_WANTS_OUTPUT) transfer->waitsFor |= POLLOUT;
    if (done == CLIENT_ENDED || done == CLIENT_FAILED) transfer->isEnded = 1;
    return 0;
}

// One step of receiving. Whether there was progress.
static int receive_some(struct transfer *transfer) {
    ssize_t count = client_read(&transfer->client, transfer->buffer, PATTERN_PIECE);
    if (count == CLIENT_ENDED || count == CLIENT_FAILED) {
        transfer->isEnded = 1;
        if (count == CLIENT_FAILED) fail("the answer ended without close_notify");
    }
    if (count == CLIENT_WANTS_OUTPUT) transfer->waitsFor |= POLLOUT;
    if (count <= 0) return 0;
    uint64_t left = options.download - transfer->received;
    size_t content = (uint64_t)count < left ? (size_t)count : (size_t)left;
    if (!pattern_holds(transfer->buffer, content, transfer->received)) {
        fail("wrong content at byte %llu of the download", (unsigned long long)transfer->received);
    }
    transfer->received += content;
    if (content < (size_t)count) {
        if (transfer->verdict || (size_t)count - content > 1) fail("bytes behind the verdict");
        transfer->verdict = transfer->buffer[content];
    }
    return 1;
}

static void check(struct transfer *transfer) {
    if (transfer->sent != options.upload || transfer->received != options.download) {
        fail("%llu of %llu bytes up and %llu of %llu down", (unsigned long long)transfer->sent,
            (unsigned long long)options.upload, (unsigned long long)transfer->received,
            (unsigned long long)options.download);
    } else if (transfer->verdict != VERDICT_GOOD) {
        fail(transfer->verdict ? "the backend was sent something else" : "no verdict from the backend");
    }
    atomic_fetch_add(&moved, transfer->sent + transfer->received);
}

static void run_connection(int number) {
    (void)number;
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer || !client_open(&transfer->client)) {
        free(transfer);
        return;
    }
    unsigned char request[REQUEST_TRANSFER_SIZE] = {REQUEST_TRANSFER};
    request_put(request + 1, options.upload);
    request_put(request + 9, options.download);
    if (!client_write_all(&transfer->client, request, sizeof request)) fail("the request was not taken");
    client_stop_waiting(&transfer->client);
    while (!transfer->isEnded) {
        transfer->waitsFor = POLLIN;
        int hasSent = send_some(transfer), hasReceived = !transfer->isEnded && receive_some(transfer);
        if (hasSent || hasReceived || transfer->isEnded) continue;
        struct pollfd ready = {.fd = transfer->client.descriptor, .events = (short)transfer->waitsFor};
        if (poll(&ready, 1, PATIENCE) <= 0) {
            fail("no progress for %d s", PATIENCE / 1000);
            break;
        }
    }
    check(transfer);
    client_end(&transfer->client);
    client_close(&transfer->client);
    free(transfer);
}

void run_transfers(void) {
    double start = now();
    run_threads(options.connections, run_connection);
    double seconds = now() - start;
    printf("bytes=%llu seconds=%.3f\n", (unsigned long long)moved, seconds);
}
