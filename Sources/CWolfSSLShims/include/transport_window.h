#ifndef DUPLEXD_TRANSPORT_WINDOW_H
#define DUPLEXD_TRANSPORT_WINDOW_H

#include <stddef.h>
#include <stdint.h>
#include "../../CWolfSSL/wolfssl.h"

/// Bytes before the first of the output, which nobody sends: the library may begin a block there whose record begins at
/// the output's end (library_memory.h).
enum { duplex_transport_headroom = 64 };

/// What wolfSSL's two I/O callbacks see instead of a socket: memory, nothing else, so that no call under the session's
/// lock can block.
///
/// Guarded by the session's lock, like the WOLFSSL object it belongs to.
typedef struct duplex_transport_window {
    /// Ciphertext lent to the library for the length of one call. The library keeps a started record itself.
    const uint8_t *input;
    size_t input_left;

    /// Ciphertext that the library produced and nobody has taken yet. Owned; grows as needed, so the send callback
    /// takes everything, always.
    uint8_t *output;
    size_t output_count;
    size_t output_capacity;
    /// Where in the output the library builds a record now; NULL while it does not.
    uint8_t *lent;

    /// What the session's tickets are bound to: SHA-256 over the context's scope and the server name asked for.
    uint8_t ticket_binding[32];
} duplex_transport_window;

/// Takes `size` bytes or fewer from the lent input; WOLFSSL_CBIO_ERR_WANT_READ when there is none.
int duplex_transport_receive(WOLFSSL *ssl, char *buffer, int size, void *window);

/// Appends all `size` bytes to the output, or takes them as they are when they were built there. Fails only when memory
/// is exhausted, or when the library sends something else while it holds a part of the output.
int duplex_transport_send(WOLFSSL *ssl, char *buffer, int size, void *window);

/// Makes room for `size` more bytes of output. Returns 0, or -1 when memory is exhausted.
int duplex_transport_reserve(duplex_transport_window *window, size_t size);

/// Frees a buffer that was a window's output. NULL is none.
void duplex_transport_free_output(uint8_t *output);

/// Registers the callbacks above with a context.
void duplex_transport_install(WOLFSSL_CTX *context);

/// Lends `window` to an object of such a context.
void duplex_transport_attach(WOLFSSL *ssl, duplex_transport_window *window);

#endif
