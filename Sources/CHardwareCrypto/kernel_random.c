// Random bytes from the kernel, without a generator in between.
//
// libcrypto has two DRBGs for each thread that asks for a random number, as every signature does: 6 KB, and 6 µs to
// seed on a thread that serves one connection. getrandom(2) takes 0.4 µs for 32 bytes, half of what those take that are
// there. libcrypto calls the way to say so deprecated since 3.0, and has no other for all threads.

#ifdef HARDWARE_CRYPTO

#define OPENSSL_SUPPRESS_DEPRECATED
#include "CHardwareCrypto.h"

#include <errno.h>
#include <openssl/rand.h>
#include <sys/random.h>

int hardware_crypto_kernel_random(void *output, size_t size) {
    unsigned char *at = output;
    while (size > 0) {
        ssize_t count = getrandom(at, size, GRND_NONBLOCK);
        if (count > 0) {
            at += count;
            size -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            return 0;
        }
    }
    return 1;
}

static int bytes(unsigned char *output, int size) {
    return size >= 0 && hardware_crypto_kernel_random(output, (size_t)size);
}

static int status(void) { return 1; }

int hardware_crypto_use_kernel_random(void) {
    static const RAND_METHOD kernel = {.bytes = bytes, .pseudorand = bytes, .status = status};
    unsigned char tried;
    return hardware_crypto_kernel_random(&tried, sizeof tried) && RAND_set_rand_method(&kernel) == 1;
}

#endif
