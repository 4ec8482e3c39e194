#ifndef DUPLEXD_SELF_SIGNED_H
#define DUPLEXD_SELF_SIGNED_H

#include <stddef.h>
#include <stdint.h>
#include "../../CWolfSSL/wolfssl.h"

/// Room for one PEM text of `duplex_self_signed`, bytes.
enum { duplex_self_signed_room = 4096 };

/// Makes an ECDSA P-256 key and a certificate that it signs itself: CN=localhost, subjectAltName localhost, 127.0.0.1
/// and ::1, for digitalSignature and serverAuth, valid for `days` days from now.
///
/// Both buffers hold `duplex_self_signed_room` bytes; the sizes are those of the PEM texts, without a terminator.
/// Returns 0, or wolfCrypt's negative error code.
int duplex_self_signed(int days, uint8_t *certificate, size_t *certificate_size, uint8_t *key, size_t *key_size);

#endif
