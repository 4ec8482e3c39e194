#ifndef DUPLEXD_SPARED_H
#define DUPLEXD_SPARED_H

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>

/// Spares the library, from now on, what it would prepare for itself in the generators and AES-GCM keys of `device`, and
/// the transcripts by MD5 and SHA-1 of the sessions that have it: those must not speak TLS 1.1 or less.
///
/// The device must answer for all of the generators' bytes, and call `hardware_crypto_expand_key` before it leaves an
/// AES-GCM message to the library. To be called once, before the device's number is given to anybody.
void hardware_crypto_spare(int device);

/// Prepares a key for the library itself, as it would have done in the first place. Returns 0, or its error code.
int hardware_crypto_expand_key(Aes *aes);

#endif
