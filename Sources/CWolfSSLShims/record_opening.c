#include "record_opening.h"

#include <string.h>

enum {
    header_size = 5,
    /// Under TLS 1.2 the explicit part of the nonce, which the library reads, comes before the payload (RFC 5288 §3).
    explicit_nonce_size = 8,
    application_data = 23,
    tls12_additional_data_size = 13,
    /// In the additional data of TLS 1.2, behind the sequence number (RFC 5246 §6.2.3.3).
    tls12_content_type = 8,
};

/// What goes on on this thread.
static _Thread_local struct {
    duplex_record_opening *opening;
    /// The payload of `opening` that the device was asked for, as the library believes it to lie.
    uint8_t *output;
    size_t output_size;
    size_t lent_count;
} call;

int duplex_opening_begin(duplex_record_opening *opening, uint8_t *record, size_t size) {
    *opening = (duplex_record_opening){.record = record, .size = size, .has_device = opening->has_device};
    opening->is_lent =
        opening->has_device && size >= header_size + duplex_opening_least_lent && record[0] == application_data;
    call.opening = opening;
    call.output = NULL;
    return opening->is_lent;
}

void duplex_opening_end(duplex_record_opening *opening) {
    *opening = (duplex_record_opening){.has_device = opening->has_device};
    call.opening = NULL;
    call.output = NULL;
}

void duplex_opening_hand_over(duplex_record_opening *opening, uint8_t *buffer, const uint8_t *input, size_t size) {
    int is_body = opening->record && input == opening->record + header_size && size == opening->size - header_size;
    if (is_body) opening->place = buffer;
    memcpy(buffer, input, is_body && opening->is_lent ? explicit_nonce_size : size);
}

static int is_in_body(const duplex_record_opening *opening, const duplex_payload *payload) {
    if (!opening->place) return 0;
    uintptr_t body = (uintptr_t)opening->place, input = (uintptr_t)payload->input;
    size_t body_size = opening->size - header_size;
    return input >= body && input - body <= explicit_nonce_size &&
           input - body + payload->size + payload->tag_size == body_size &&
           payload->tag == payload->input + payload->size && payload->output == payload->input;
}

void duplex_opening_locate(duplex_payload *payload) {
    duplex_record_opening *opening = call.opening;
    call.output = NULL;
    if (!opening) return;
    if (!is_in_body(opening, payload)) return duplex_opening_give_back();
    call.output = payload->output;
    call.output_size = payload->size;
    if (!opening->is_lent) return;
    uint8_t *lies = opening->record + header_size + (payload->input - opening->place);
    payload->tag = lies + payload->size;
    payload->input = payload->output = lies;
}

/// How many bytes the application data takes of a decrypted payload, which under TLS 1.3 has content type and padding
/// behind it (RFC 8446 §5.2, TLSInnerPlaintext); -1 when it is something else.
static ptrdiff_t content_size(const uint8_t *payload, size_t size, const uint8_t *additional_data, size_t data_size) {
    if (data_size == tls12_additional_data_size) {
        return additional_data[tls12_content_type] == application_data ? (ptrdiff_t)size : -1;
    }
    while (size > 0 && payload[size - 1] == 0) size--;
    return size > 0 && payload[size - 1] == application_data ? (ptrdiff_t)size - 1 : -1;
}

void duplex_opening_opened(const uint8_t *additional_data, size_t additional_data_size) {
    duplex_record_opening *opening = call.opening;
    if (!opening || !call.output) return;
    opening->has_device = 1;
    if (!opening->is_lent) return;
    size_t before = (size_t)(call.output - opening->place);
    uint8_t *payload = opening->record + header_size + before;
    ptrdiff_t content = content_size(payload, call.output_size, additional_data, additional_data_size);
    size_t left = content < 0 ? 0 : (size_t)content;
    // The library looks for the content type from the end.
    memcpy(call.output + left, payload + left, call.output_size - left);
    if (content < 0) return;
    opening->content = payload;
    opening->content_size = left;
    opening->content_place = call.output;
    call.lent_count++;
}

void duplex_opening_give_back(void) {
    duplex_record_opening *opening = call.opening;
    if (!opening || !opening->is_lent || !opening->place || opening->content) return;
    opening->is_lent = 0;
    memcpy(opening->place, opening->record + header_size, opening->size - header_size);
}

size_t duplex_opening_lent_count(void) { return call.lent_count; }
