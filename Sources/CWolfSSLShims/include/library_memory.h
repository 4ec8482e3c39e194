#ifndef DUPLEXD_LIBRARY_MEMORY_H
#define DUPLEXD_LIBRARY_MEMORY_H

#include <stddef.h>
#include "transport_window.h"

// The library's memory comes from malloc, with two exceptions. What it allocates when it makes an object has a place of its
// own (object_slots.h). And the buffer in which it builds a record to send can be the end of the outbound queue itself, so
// that the record is encrypted where it is sent from and not copied there.
//
// The library asks for that buffer at the beginning of wolfSSL_write, calls the send callback with it and frees it
// (GrowOutputBuffer, SendBuffered and ShrinkOutputBuffer in its src/internal.c). Whatever it does instead is noticed, and
// ends in a copy or in a failed session, never in wrong bytes: see `duplex_transport_send`.

/// Makes the library use these functions for its memory. Called once, before its initialisation.
void duplex_memory_install(void);

/// Around wolfSSL_new: what the library allocates on this thread in between has a place of its own.
void duplex_memory_begin_object(void);
void duplex_memory_end_object(void);

/// Puts an object that is not used for a while aside and gives its pages back (`duplex_slot_fold`). Returns whether it did;
/// if so, nothing may be called on the object before `duplex_memory_unfold_object`. Both inside the session's lock.
///
/// Only what wolfSSL_new allocates lies in the slot. All of it is the object's own: what the library makes later may belong
/// to others, such as a certificate of the peer's that it keeps with the context.
int duplex_memory_fold_object(WOLFSSL *object);
void duplex_memory_unfold_object(WOLFSSL *object);

/// Records with less plaintext than this are copied, bytes: it costs less than what lending does.
enum { duplex_memory_least_lent = 1024 };

/// Whether output can be lent: not before the first large record of the process has shown how the library does it.
int duplex_memory_can_lend(void);

/// Lets the library build its next record at the end of `window`'s output, if it is one of `plaintext_size` bytes or
/// more; small ones are copied. Room for the whole record has been reserved. Ends with `duplex_memory_settle`.
void duplex_memory_lend_output(duplex_transport_window *window, size_t plaintext_size);

/// The call for which output was lent is over. Returns 0, or -1 when the library has not given it back: then nothing may
/// be called on the object any more but `wolfSSL_free`, inside `duplex_memory_begin_free` and this.
int duplex_memory_settle(duplex_transport_window *window);

/// What was lent to the object that is freed now, it may give back.
void duplex_memory_begin_free(duplex_transport_window *window);

/// For the send callback: notes where in its block the library puts a record.
void duplex_memory_observe_record(const uint8_t *record);

/// How many records were built in the outbound queue, on this thread. For tests.
size_t duplex_memory_lent_count(void);

#endif
