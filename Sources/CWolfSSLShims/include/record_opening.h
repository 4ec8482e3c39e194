#ifndef DUPLEXD_RECORD_OPENING_H
#define DUPLEXD_RECORD_OPENING_H

#include <stddef.h>
#include <stdint.h>

#include "../../CWolfSSL/wolfssl.h"

// A record that is opened where it was received. The library wants each record's body in a buffer of its own, decrypts
// it there, copies the content out, and clears the buffer. A device (session_device.h) can do with less: the library
// hands it the addresses of payload and tag, and it can decrypt another payload than that one.
//
// So of a record of application data the library is not given the body. It is given a short record that stands in for
// it: the same type and nonce, and a payload of a few bytes. When it asks the device to decrypt those, the device
// decrypts the record that was received, where that lies, with its true length in the additional data. Only when that
// is authentic the library finds something in the payload that it has: one byte of application data; or what is no
// application data, an alert or a handshake message in a padded record of TLS 1.3.

/// Bodies of less bytes are given to the library: it costs no more.
enum { duplex_opening_least_lent = 256 };
/// The most additional data that TLS authenticates with a record, bytes (RFC 5246 §6.2.3.3).
enum { duplex_opening_additional_data_size = 13 };

/// The opening of one record. Guarded by the session's lock.
typedef struct duplex_record_opening {
    /// Header and body, where they were received; NULL while no record is opened.
    uint8_t *record;
    size_t size;
    /// Where the library has the body that it was given; NULL before it asked for it.
    uint8_t *place;
    /// The payload that a device was asked for, as the library believes it to lie; NULL when none was.
    uint8_t *output;
    /// What a device was given to authenticate with a lent payload.
    uint8_t additional_data[duplex_opening_additional_data_size];
    /// Whether a device decrypts the session's records: known from the first that it did.
    int has_device;
    /// Bytes of the explicit nonce before a payload, known from that one too: none under TLS 1.3.
    size_t nonce_size;
    /// Whether the body of this one is lent: the library is given what stands in for it.
    int is_lent;
    /// The application data of a lent record, where it lies in `record`; NULL when there is none.
    uint8_t *content;
    size_t content_size;
} duplex_record_opening;

/// What the library asks a device to decrypt.
typedef struct duplex_payload {
    const uint8_t *input;
    uint8_t *output;
    size_t size;
    const uint8_t *tag;
    size_t tag_size;
    const uint8_t *additional_data;
    size_t additional_data_size;
} duplex_payload;

/// Begins to open the `size` bytes at `record` on this thread: one whole record, or what begins like one with a length
/// that none can have, which is not lent. Returns whether the body will be lent. Ends with `duplex_opening_end`;
/// `opening` stays where it is until then.
///
/// @param largest the most plaintext that a record of the session carries, bytes: a record that may have more is given
///     to the library, which judges it. 0 lends nothing.
int duplex_opening_begin(duplex_record_opening *opening, uint8_t *record, size_t size, size_t largest);
void duplex_opening_end(duplex_record_opening *opening);

/// For the receive callback: gives the library `size` bytes of the `left` ones at `input`, or fewer, or what stands in
/// for them. Returns how many it gave, and in `taken` how many of the input they were or stood for; 0 when the library
/// asks for something else than it was told of.
size_t duplex_opening_hand_over(
    duplex_record_opening *opening,
    uint8_t *buffer,
    size_t size,
    const uint8_t *input,
    size_t left,
    size_t *taken);

/// What a device is asked to decrypt, as the library sees it.
duplex_payload duplex_payload_asked(const wc_CryptoInfo *info);

/// For a device: finds out what really is to be decrypted when the library asks for `payload` on this thread. The
/// additional data are good until the next call. Returns 0, or -1 when a record is lent and the library asks for
/// something else than what stands in for it.
int duplex_opening_locate(duplex_payload *payload);

/// For a device: the payload that was located last on this thread is decrypted, and authentic.
void duplex_opening_opened(void);

/// For a device that leaves what it was asked to decrypt to the library: returns CRYPTOCB_UNAVAILABLE, so that the
/// library goes on alone. What the library has not got, a lent record, is decrypted by its code where it lies, and that
/// code's status returned.
int duplex_opening_leave(wc_CryptoInfo *info);

/// How many contents have been left where they were received, on this thread. For tests.
size_t duplex_opening_lent_count(void);

#endif
