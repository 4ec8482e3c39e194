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
#include <pthread.h>
#include <string.h>
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

// Under TLS 1.2 the library asks for the 8 bytes of an explicit nonce with each record, and then counts: without these that
// is one call of the kernel for each record of 16 KiB, of which others need one for eight.
static _Thread_local struct {
    unsigned char bytes[128];
    size_t left;
} few;

/// A child of fork(2) has one thread, and must not give what its parent gives.
static void forget_few(void) { few.left = 0; }

int hardware_crypto_few_random(void *output, size_t size) {
    if (size > hardware_crypto_few) return hardware_crypto_kernel_random(output, size);
    if (few.left < size) {
        few.left = 0;
        if (!hardware_crypto_kernel_random(few.bytes, sizeof few.bytes)) return 0;
        few.left = sizeof few.bytes;
    }
    unsigned char *next = few.bytes + sizeof few.bytes - few.left;
    memcpy(output, next, size);
    memset(next, 0, size);
    few.left -= size;
    return 1;
}

static int bytes(unsigned char *output, int size) {
    return size >= 0 && hardware_crypto_kernel_random(output, (size_t)size);
}

static int status(void) { return 1; }

int hardware_crypto_use_kernel_random(void) {
    static const RAND_METHOD kernel = {.bytes = bytes, .pseudorand = bytes, .status = status};
    unsigned char tried;
    return hardware_crypto_kernel_random(&tried, sizeof tried) && pthread_atfork(NULL, NULL, forget_few) == 0
        && RAND_set_rand_method(&kernel) == 1;
}

#endif
