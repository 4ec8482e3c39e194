#ifndef DUPLEXD_RECORD_OPENING_H
#define DUPLEXD_RECORD_OPENING_H

#include <stddef.h>
#include <stdint.h>

// A record that is opened where it was received. The library wants each record's body in a buffer of its own, decrypts
// it there, and copies the content out. A device (session_device.h) can do with less: the library hands it the
// addresses of payload and tag in its buffer, and it decrypts the payload at the place where that was received, to the
// same place. So the body need not be copied to the library, and the content not from it.
//
// The library is still told everything else: it finds the content type in its buffer, and what is no application data
// is copied there. A device that cannot do a record has the body copied there first (`duplex_opening_give_back`), and
// the library goes on alone. Were it to decrypt a body that it has not got, the tag would be wrong and the session
// would fail.

/// Bodies of less bytes are copied: it costs less than the second call of the library that lending needs.
enum { duplex_opening_least_lent = 2048 };

/// The opening of one record. Guarded by the session's lock.
typedef struct duplex_record_opening {
    /// Header and body, where they were received; NULL while no record is opened.
    uint8_t *record;
    size_t size;
    /// Where the library has, or believes to have, the body; NULL before it asked for it.
    uint8_t *place;
    /// Whether a device decrypts the session's records: known from the first that it did.
    int has_device;
    /// Whether the body of this one is lent: it lies in `record` alone.
    int is_lent;
    /// The application data, where it lies in `record`; NULL when there is none, or when it is in the library's buffer.
    uint8_t *content;
    size_t content_size;
    /// Where the library believes the content to be.
    uint8_t *content_place;
} duplex_record_opening;

/// What the library asks a device to decrypt; the tag lies behind the payload.
typedef struct duplex_payload {
    const uint8_t *input;
    uint8_t *output;
    size_t size;
    const uint8_t *tag;
    size_t tag_size;
} duplex_payload;

/// Begins to open the `size` bytes at `record`, one whole record, on this thread. Returns whether its body will be
/// lent. Ends with `duplex_opening_end`; `opening` stays where it is until then.
int duplex_opening_begin(duplex_record_opening *opening, uint8_t *record, size_t size);
void duplex_opening_end(duplex_record_opening *opening);

/// For the receive callback: gives the library `size` bytes of `input`, unless they are a body that is lent.
void duplex_opening_hand_over(duplex_record_opening *opening, uint8_t *buffer, const uint8_t *input, size_t size);

/// For a device: finds out where the payload really lies that the library asks it to decrypt on this thread.
void duplex_opening_locate(duplex_payload *payload);

/// For a device: the payload that was located last on this thread is decrypted, and authentic.
///
/// @param additional_data what was authenticated with it: under TLS 1.3 the record's header, under TLS 1.2 the sequence
///     number before that.
void duplex_opening_opened(const uint8_t *additional_data, size_t additional_data_size);

/// For a device that leaves a record to the library: gives it the body.
void duplex_opening_give_back(void);

/// How many contents have been left where they were received, on this thread. For tests.
size_t duplex_opening_lent_count(void);

#endif
