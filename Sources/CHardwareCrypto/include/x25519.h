#ifndef DUPLEXD_X25519_H
#define DUPLEXD_X25519_H

#include <stdint.h>

enum { hardware_crypto_x25519_size = 32 };

typedef enum hardware_crypto_exchange {
    hardware_crypto_exchange_done,
    /// Nothing was computed: libcrypto has no memory, or the functions were not found.
    hardware_crypto_exchange_not_started,
    /// libcrypto refuses the result, which is zero: the point is of small order (RFC 7748 §6.1).
    hardware_crypto_exchange_refused,
} hardware_crypto_exchange;

/// Finds the functions of the provider that EVP would use. Returns 1, or 0 if it has not all of them.
///
/// To be called once, before the function below and on one thread.
int hardware_crypto_x25519_prepare(void);

/// X25519(`secret`, `point`), RFC 7748 §5; each is `hardware_crypto_x25519_size` bytes, and none may be NULL.
///
/// - Thread: any.
hardware_crypto_exchange hardware_crypto_x25519(const uint8_t *secret, const uint8_t *point, uint8_t *output);

#endif
