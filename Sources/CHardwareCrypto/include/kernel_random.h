#ifndef DUPLEXD_KERNEL_RANDOM_H
#define DUPLEXD_KERNEL_RANDOM_H

#include <stddef.h>

/// Fills `output` from the kernel's generator, getrandom(2). Returns 1, or 0 if the kernel refuses, with the bytes
/// undefined.
///
/// Never waits: before the kernel's generator is ready, early in a boot, it refuses.
///
/// - Thread: any.
int hardware_crypto_kernel_random(void *output, size_t size);

/// What is asked for at once by whoever wants a nonce, bytes: too few for a secret.
enum { hardware_crypto_few = 8 };

/// As `hardware_crypto_kernel_random`, but up to `hardware_crypto_few` bytes come from 128 that the thread has fetched
/// before. None is given twice, and none is kept once it was given.
int hardware_crypto_few_random(void *output, size_t size);

/// Makes libcrypto take its random bytes from the kernel's generator each time, for the whole process. Returns 1, or 0
/// if the kernel's is not to be had, and libcrypto stays as it was.
int hardware_crypto_use_kernel_random(void);

#endif
