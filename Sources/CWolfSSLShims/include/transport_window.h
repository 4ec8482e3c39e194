#ifndef DUPLEXD_TRANSPORT_WINDOW_H
#define DUPLEXD_TRANSPORT_WINDOW_H

#include <stddef.h>
#include <stdint.h>
#include "../../CWolfSSL/wolfssl.h"
#include "record_opening.h"

/// Bytes before the first of the output, which nobody sends: the library may begin a block there whose record begins at
/// the output's end (library_memory.h).
enum { duplex_transport_headroom = 64 };

/// What a record has before its plaintext, header and explicit nonce, and behind it, content type and tag; and how much
/// plaintext it carries at the most, which the peer may have bounded (RFC 6066 §4). Bytes.
typedef struct duplex_record_frame {
    size_t before;
    size_t plaintext;
    size_t behind;
} duplex_record_frame;

/// What wolfSSL's two I/O callbacks see instead of a socket: memory, nothing else, so that no call under the session's
/// lock can block.
///
/// Guarded by the session's lock, like the WOLFSSL object it belongs to.
typedef struct duplex_transport_window {
    /// Ciphertext lent to the library for the length of one call. The library keeps a started record itself.
    const uint8_t *input;
    size_t input_left;
    /// The record that is opened where it lies, while one is.
    duplex_record_opening opening;

    /// Ciphertext that the library produced and nobody has taken yet. Owned; grows as needed, so the send callback
    /// takes everything, always.
    uint8_t *output;
    size_t output_count;
    size_t output_capacity;
    /// Where in the output the library builds a record now; NULL while it does not.
    uint8_t *lent;

    /// Plaintext in the output behind what was produced, bytes: each of its records will be built around it, where it
    /// lies. Whatever else is produced meanwhile goes before it (`duplex_transport_stage`).
    size_t staged;
    /// Bytes between what was produced and the header of the first staged record.
    size_t gap;
    /// How a record frames its plaintext.
    duplex_record_frame frame;
    /// Whether the library is given plaintext now that lies where its record will be.
    int is_in_place;

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

/// Allocates a buffer that can become a window's output; NULL when memory is exhausted.
uint8_t *duplex_transport_allocate_output(size_t capacity);

/// Bytes that `plaintext` bytes take when they are laid out as their records will be.
size_t duplex_transport_span(duplex_record_frame frame, size_t plaintext);

/// Appends `plaintext` bytes, which lie in `*buffer` as `frame` lays them out, to `window`'s output as staged ones. The
/// two exchange their buffers. Nothing is staged yet. Returns 0, or -1 when memory is exhausted.
int duplex_transport_stage(
    duplex_transport_window *window,
    uint8_t **buffer,
    size_t *capacity,
    duplex_record_frame frame,
    size_t plaintext);

/// Takes the plaintext of the next record from what is staged, to give it to the library. When it has less bytes than
/// `scratch_size` it is moved to `scratch`, since the library then builds the record elsewhere; else it lies where the
/// record will be. Ends with `duplex_transport_end_record`.
const uint8_t *duplex_transport_begin_record(
    duplex_transport_window *window,
    uint8_t *scratch,
    size_t scratch_size,
    size_t *size);
void duplex_transport_end_record(duplex_transport_window *window);

/// Forgets what is staged.
void duplex_transport_unstage(duplex_transport_window *window);

/// Begins to open the `size` bytes of lent input at `record` where they lie (`duplex_opening_begin`). Returns whether
/// the record's body will be lent. Ends with `duplex_transport_end_opening`.
int duplex_transport_begin_opening(
    duplex_transport_window *window,
    uint8_t *record,
    size_t size,
    size_t largest);
void duplex_transport_end_opening(duplex_transport_window *window);

/// Frees a buffer that was a window's output. NULL is none.
void duplex_transport_free_output(uint8_t *output);

/// Registers the callbacks above with a context.
void duplex_transport_install(WOLFSSL_CTX *context);

/// Lends `window` to an object of such a context.
void duplex_transport_attach(WOLFSSL *ssl, duplex_transport_window *window);

#endif
