#include "transport_window.h"

#include <stdlib.h>
#include <string.h>

#include "library_memory.h"

/// Bytes that are free behind the last staged record: the library asks for more than the record takes.
enum { reserve_behind = 1024 };

int duplex_transport_receive(WOLFSSL *ssl, char *buffer, int size, void *context) {
    (void)ssl;
    duplex_transport_window *window = context;
    // The library asks for 0 bytes after both directions ended.
    if (size <= 0 || window->input_left == 0) return WOLFSSL_CBIO_ERR_WANT_READ;
    size_t taken;
    size_t given = duplex_opening_hand_over(
        &window->opening,
        (uint8_t *)buffer,
        (size_t)size,
        window->input,
        window->input_left,
        &taken
    );
    if (given == 0) return WOLFSSL_CBIO_ERR_GENERAL;
    window->input += taken;
    window->input_left -= taken;
    return (int)given;
}

/// Makes room for `size` bytes between what was produced and what is staged.
static int make_way(duplex_transport_window *window, size_t size) {
    if (window->staged == 0) {
        window->gap = 0;
        return duplex_transport_reserve(window, size);
    }
    if (size > window->gap) {
        size_t more = size - window->gap;
        size_t span = duplex_transport_span(window->frame, window->staged);
        if (duplex_transport_reserve(window, window->gap + span + more + reserve_behind) != 0) return -1;
        uint8_t *first = window->output + window->output_count + window->gap;
        memmove(first + more, first, span);
        window->gap = size;
    }
    window->gap -= size;
    return 0;
}

int duplex_transport_send(WOLFSSL *ssl, char *buffer, int size, void *context) {
    (void)ssl;
    duplex_transport_window *window = context;
    if (size < 0) return WOLFSSL_CBIO_ERR_GENERAL;
    if (window->lent) {
        // Anything but the record that was built at the output's end would be written over that record, and one of
        // another size would end in the next one's plaintext or before it.
        if ((uint8_t *)buffer != window->output + window->output_count) return WOLFSSL_CBIO_ERR_GENERAL;
        if (window->is_in_place && (size_t)size != window->gap) return WOLFSSL_CBIO_ERR_GENERAL;
        if (duplex_transport_reserve(window, (size_t)size) != 0) return WOLFSSL_CBIO_ERR_GENERAL;
        window->gap = 0;
    } else {
        // The place before the plaintext that the library is given now is the record's.
        if (window->is_in_place || make_way(window, (size_t)size) != 0) return WOLFSSL_CBIO_ERR_GENERAL;
        duplex_memory_observe_record((const uint8_t *)buffer);
        memcpy(window->output + window->output_count, buffer, (size_t)size);
    }
    window->output_count += (size_t)size;
    return size;
}

int duplex_transport_reserve(duplex_transport_window *window, size_t size) {
    if (window->output_capacity - window->output_count >= size) return 0;
    // The library holds a part of it, which must stay where it is.
    if (window->lent) return -1;
    size_t wanted = window->output_count + size;
    size_t capacity = window->output_capacity ? window->output_capacity : 1024;
    while (capacity < wanted) capacity *= 2;
    uint8_t *block = window->output ? window->output - duplex_transport_headroom : NULL;
    uint8_t *grown = realloc(block, capacity + duplex_transport_headroom);
    if (!grown) return -1;
    window->output = grown + duplex_transport_headroom;
    window->output_capacity = capacity;
    return 0;
}

uint8_t *duplex_transport_allocate_output(size_t capacity) {
    uint8_t *block = malloc(capacity + duplex_transport_headroom);
    return block ? block + duplex_transport_headroom : NULL;
}

size_t duplex_transport_span(duplex_record_frame frame, size_t plaintext) {
    size_t records = (plaintext + frame.plaintext - 1) / frame.plaintext;
    return plaintext + records * (frame.before + frame.behind);
}

int duplex_transport_stage(
    duplex_transport_window *window,
    uint8_t **buffer,
    size_t *capacity,
    duplex_record_frame frame,
    size_t plaintext
) {
    duplex_transport_window staging = {.output = *buffer, .output_capacity = *capacity};
    size_t produced = window->output_count;
    size_t span = duplex_transport_span(frame, plaintext);
    if (duplex_transport_reserve(&staging, produced + span + reserve_behind) != 0) return -1;
    if (produced) {
        // What the other direction has produced and nobody has sent yet: an answer to a KeyUpdate, for one.
        memmove(staging.output + produced, staging.output, span);
        memcpy(staging.output, window->output, produced);
    }
    *buffer = window->output;
    *capacity = window->output_capacity;
    window->output = staging.output;
    window->output_capacity = staging.output_capacity;
    window->staged = plaintext;
    window->gap = 0;
    window->frame = frame;
    return 0;
}

const uint8_t *duplex_transport_begin_record(
    duplex_transport_window *window,
    uint8_t *scratch,
    size_t scratch_size,
    size_t *size
) {
    uint8_t *tail = window->output + window->output_count;
    // The library builds the record at the tail.
    if (window->gap) memmove(tail, tail + window->gap, duplex_transport_span(window->frame, window->staged));
    window->gap = 0;
    *size = window->staged < window->frame.plaintext ? window->staged : window->frame.plaintext;
    const uint8_t *plaintext = tail + window->frame.before;
    int is_moved = *size < scratch_size;
    if (is_moved) memcpy(scratch, plaintext, *size);
    window->is_in_place = !is_moved;
    window->staged -= *size;
    window->gap = window->frame.before + *size + window->frame.behind;
    return is_moved ? scratch : plaintext;
}

void duplex_transport_end_record(duplex_transport_window *window) { window->is_in_place = 0; }

void duplex_transport_unstage(duplex_transport_window *window) {
    window->staged = 0;
    window->gap = 0;
}

int duplex_transport_begin_opening(
    duplex_transport_window *window,
    uint8_t *record,
    size_t size,
    size_t largest
) {
    return duplex_opening_begin(&window->opening, record, size, largest);
}

void duplex_transport_end_opening(duplex_transport_window *window) { duplex_opening_end(&window->opening); }

void duplex_transport_free_output(uint8_t *output) {
    if (output) free(output - duplex_transport_headroom);
}

void duplex_transport_install(WOLFSSL_CTX *context) {
    wolfSSL_CTX_SetIORecv(context, duplex_transport_receive);
    wolfSSL_CTX_SetIOSend(context, duplex_transport_send);
}

void duplex_transport_attach(WOLFSSL *ssl, duplex_transport_window *window) {
    wolfSSL_SetIOReadCtx(ssl, window);
    wolfSSL_SetIOWriteCtx(ssl, window);
}
