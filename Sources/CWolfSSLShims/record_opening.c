#include "record_opening.h"

#include <string.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

enum {
    header_size = 5,
    /// Where in the header the length of the body is, big-endian (RFC 8446 §5.1).
    length_place = 3,
    length_size = 2,
    /// Under TLS 1.2 the explicit part of the nonce, which the library reads, comes before the payload (RFC 5288 §3).
    explicit_nonce_size = 8,
    tag_size = 16,
    application_data = 23,
    change_cipher_spec = 20,
    /// Under TLS 1.3 the record's header, under TLS 1.2 the sequence number before it, and the length of the plaintext
    /// in it (RFC 8446 §5.2, RFC 5246 §6.2.3.3). In both the length comes last.
    tls13_additional_data_size = header_size,
    tls12_additional_data_size = duplex_opening_additional_data_size,
    /// Payload of what stands in for a record of TLS 1.3: room for the one thing besides alerts that a client sends
    /// after the handshake and that is no application data, a KeyUpdate of 5 bytes, and its content type.
    tls13_stand_in_size = 32,
    /// Under TLS 1.2 all of a payload is content.
    tls12_stand_in_size = 1,
};

/// What goes on on this thread.
static _Thread_local struct {
    duplex_record_opening *opening;
    size_t lent_count;
} call;

static int is_tls12(const duplex_record_opening *opening) { return opening->nonce_size != 0; }

static size_t stand_in_size(const duplex_record_opening *opening) {
    return is_tls12(opening) ? tls12_stand_in_size : tls13_stand_in_size;
}

/// The body that the library is told of.
static size_t body_size(const duplex_record_opening *opening) {
    if (!opening->is_lent) return opening->size - header_size;
    return opening->nonce_size + stand_in_size(opening) + tag_size;
}

/// Where the payload of a lent record really lies, and what it takes without nonce and tag.
static uint8_t *payload_of(const duplex_record_opening *opening, size_t *size) {
    *size = opening->size - header_size - opening->nonce_size - tag_size;
    return opening->record + header_size + opening->nonce_size;
}

static size_t length_at(const uint8_t *place) { return (size_t)place[0] << 8 | place[1]; }

static void put_length(uint8_t *place, size_t length) {
    place[0] = (uint8_t)(length >> 8);
    place[1] = (uint8_t)length;
}

int duplex_opening_begin(duplex_record_opening *opening, uint8_t *record, size_t size, size_t largest) {
    duplex_opening_end(opening);
    opening->record = record;
    opening->size = size;
    call.opening = opening;
    if (!opening->has_device || record[0] != application_data) return 0;
    if (size < header_size + duplex_opening_least_lent) return 0;
    // A length that no record can have is passed on with whatever came behind it: the library refuses it.
    if (length_at(record + length_place) != size - header_size) return 0;
    size_t payload;
    payload_of(opening, &payload);
    opening->is_lent = largest > 0 && payload <= largest + (is_tls12(opening) ? 0 : 1);
    return opening->is_lent;
}

void duplex_opening_end(duplex_record_opening *opening) {
    *opening = (duplex_record_opening){.has_device = opening->has_device, .nonce_size = opening->nonce_size};
    call.opening = NULL;
}

size_t duplex_opening_hand_over(
    duplex_record_opening *opening,
    uint8_t *buffer,
    size_t size,
    const uint8_t *input,
    size_t left,
    size_t *taken
) {
    *taken = size < left ? size : left;
    int is_body = opening->record && input == opening->record + header_size;
    if (!opening->is_lent) {
        if (is_body && *taken == body_size(opening)) opening->place = buffer;
        memcpy(buffer, input, *taken);
        return *taken;
    }
    if (input == opening->record && size == header_size) {
        memcpy(buffer, input, header_size);
        put_length(buffer + length_place, body_size(opening));
        return header_size;
    }
    if (!is_body || size != body_size(opening)) return 0;
    opening->place = buffer;
    memset(buffer, 0, size);
    memcpy(buffer, input, opening->nonce_size);
    *taken = opening->size - header_size;
    return size;
}

/// Where in the body that the library was told of the payload begins that it asks for; -1 when it is none.
static ptrdiff_t place_in_body(const duplex_record_opening *opening, const duplex_payload *payload) {
    if (!opening->place) return -1;
    uintptr_t before = (uintptr_t)payload->input - (uintptr_t)opening->place;
    int is_payload = (before == 0 || before == explicit_nonce_size) && payload->tag_size == tag_size &&
                     before + payload->size + tag_size == body_size(opening) &&
                     payload->tag == payload->input + payload->size && payload->output == payload->input;
    return is_payload ? (ptrdiff_t)before : -1;
}

int duplex_opening_locate(duplex_payload *payload) {
    duplex_record_opening *opening = call.opening;
    if (!opening) return 0;
    opening->output = NULL;
    ptrdiff_t before = place_in_body(opening, payload);
    if (!opening->is_lent) {
        if (before < 0) return 0;
        opening->nonce_size = (size_t)before;
        opening->output = payload->output;
        return 0;
    }
    size_t data_size = is_tls12(opening) ? tls12_additional_data_size : tls13_additional_data_size;
    if (before != (ptrdiff_t)opening->nonce_size || payload->additional_data_size != data_size) return -1;
    opening->output = payload->output;
    payload->input = payload->output = payload_of(opening, &payload->size);
    payload->tag = payload->input + payload->size;
    // The library's, with the length that the received header has (duplex_opening_begin) in place of the stand-in's.
    memcpy(opening->additional_data, payload->additional_data, data_size);
    size_t length = is_tls12(opening) ? payload->size : opening->size - header_size;
    put_length(opening->additional_data + data_size - length_size, length);
    payload->additional_data = opening->additional_data;
    return 0;
}

/// Puts `content`, of a type that is not application data, into the payload that the library has, which is all zeros.
static void stand_in(uint8_t *payload, const uint8_t *content, size_t size, uint8_t type) {
    if (size < tls13_stand_in_size) {
        memcpy(payload, content, size);
        payload[size] = type;
    } else {
        // No client may send as much. A change_cipher_spec in this place the library answers with unexpected_message,
        // as RFC 8446 §5 asks for, whatever it has of a handshake message that came in pieces.
        payload[0] = 1;
        payload[1] = change_cipher_spec;
    }
}

void duplex_opening_opened(void) {
    duplex_record_opening *opening = call.opening;
    if (!opening || !opening->output) return;
    opening->has_device = 1;
    if (!opening->is_lent) return;
    size_t size;
    uint8_t *payload = payload_of(opening, &size);
    if (!is_tls12(opening)) {
        // Content, its type, and zeros (RFC 8446 §5.2, TLSInnerPlaintext). The library refuses zeros alone.
        while (size > 0 && payload[size - 1] == 0) size--;
        if (size == 0) return;
        uint8_t type = payload[--size];
        if (type != application_data) return stand_in(opening->output, payload, size, type);
        // Behind one byte of content, when there is any.
        opening->output[size ? 1 : 0] = application_data;
    }
    if (size == 0) return;
    opening->content = payload;
    opening->content_size = size;
    call.lent_count++;
}

duplex_payload duplex_payload_asked(const wc_CryptoInfo *info) {
    return (duplex_payload){
        .input = info->cipher.aesgcm_dec.in,
        .output = info->cipher.aesgcm_dec.out,
        .size = info->cipher.aesgcm_dec.sz,
        .tag = info->cipher.aesgcm_dec.authTag,
        .tag_size = info->cipher.aesgcm_dec.authTagSz,
        .additional_data = info->cipher.aesgcm_dec.authIn,
        .additional_data_size = info->cipher.aesgcm_dec.authInSz,
    };
}

int duplex_opening_leave(wc_CryptoInfo *info) {
    duplex_record_opening *opening = call.opening;
    if (!opening || !opening->is_lent) return CRYPTOCB_UNAVAILABLE;
    duplex_payload payload = duplex_payload_asked(info);
    Aes *aes = info->cipher.aesgcm_dec.aes;
    if (duplex_opening_locate(&payload) != 0 || !aes) return BAD_STATE_E;
    int device = aes->devId;
    aes->devId = INVALID_DEVID;
    int status = wc_AesGcmDecrypt(
        aes,
        payload.output,
        payload.input,
        (word32)payload.size,
        info->cipher.aesgcm_dec.iv,
        info->cipher.aesgcm_dec.ivSz,
        payload.tag,
        (word32)payload.tag_size,
        payload.additional_data,
        (word32)payload.additional_data_size
    );
    aes->devId = device;
    if (status == 0) duplex_opening_opened();
    return status;
}

size_t duplex_opening_lent_count(void) { return call.lent_count; }
