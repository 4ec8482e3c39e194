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

/// Makes libcrypto take its random bytes from the kernel's generator each time, for the whole process. Returns 1, or 0
/// if the kernel's is not to be had, and libcrypto stays as it was.
int hardware_crypto_use_kernel_random(void);

#endif
