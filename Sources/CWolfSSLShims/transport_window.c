#include "transport_window.h"

#include <stdlib.h>
#include <string.h>

#include "library_memory.h"

int duplex_transport_receive(WOLFSSL *ssl, char *buffer, int size, void *context) {
    (void)ssl;
    duplex_transport_window *window = context;
    // The library asks for 0 bytes after both directions ended.
    if (size <= 0 || window->input_left == 0) return WOLFSSL_CBIO_ERR_WANT_READ;
    size_t taken = (size_t)size < window->input_left ? (size_t)size : window->input_left;
    memcpy(buffer, window->input, taken);
    window->input += taken;
    window->input_left -= taken;
    return (int)taken;
}

int duplex_transport_send(WOLFSSL *ssl, char *buffer, int size, void *context) {
    (void)ssl;
    duplex_transport_window *window = context;
    if (size < 0 || duplex_transport_reserve(window, (size_t)size) != 0) return WOLFSSL_CBIO_ERR_GENERAL;
    uint8_t *end = window->output + window->output_count;
    if (window->lent) {
        // Anything but the record that was built at the output's end would be written over that record.
        if ((uint8_t *)buffer != end) return WOLFSSL_CBIO_ERR_GENERAL;
    } else {
        duplex_memory_observe_record((const uint8_t *)buffer);
        memcpy(end, buffer, (size_t)size);
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
