#ifndef DUPLEXD_SHA2_H
#define DUPLEXD_SHA2_H

#include <stddef.h>
#include <stdint.h>
// Not all of the library's header: it defines names of libcrypto's.
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>

// SHA-2 by libcrypto in the library's own objects: what they hold between two calls is the library's form, so that the
// library may copy them, and go on with them itself, at any time.
//
// - Thread: one at a time for an object, as the library has it.
// Source: FIPS 180-4; SHA256_Init(3).

/// Absorbs `size` bytes.
void hardware_crypto_sha256_update(wc_Sha256 *hash, const uint8_t *input, size_t size);
/// For all of SHA-512's family, SHA-384 too: they differ in their first state and in what they give.
void hardware_crypto_sha512_update(wc_Sha512 *hash, const uint8_t *input, size_t size);

/// Writes the digest, of 32 or 48 bytes, and leaves the object as it is before the first byte.
void hardware_crypto_sha256_final(wc_Sha256 *hash, uint8_t *digest);
void hardware_crypto_sha384_final(wc_Sha384 *hash, uint8_t *digest);

#endif
