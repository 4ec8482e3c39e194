// The library's initialisers, as the library itself calls them.
//
// libwolfssl.so calls its exported functions through its procedure linkage table, so a definition in the program takes
// the place of its own. Each one here calls the library's, and changes one argument: what is made without a device
// (INVALID_DEVID) inside a session that has one is made with the session's device. The device is then asked first, as
// for everything else of the session, and what it does not do the library does.
//
// Outside of a session, and in sessions without a device, nothing changes. See docs/decisions/0005.

#ifdef HARDWARE_CRYPTO

#include "CHardwareCrypto.h"
#include "CWolfSSLShims.h"
#include "library_function.h"

#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/sha512.h>

static int device_for(int device) { return device == INVALID_DEVID ? duplex_session_device : device; }

int wc_curve25519_init_ex(curve25519_key *key, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(curve25519_key *, void *, int) = library_function(&known, "wc_curve25519_init_ex");
    return library ? library(key, heap, device_for(device)) : BAD_STATE_E;
}

int wc_InitSha256_ex(wc_Sha256 *hash, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(wc_Sha256 *, void *, int) = library_function(&known, "wc_InitSha256_ex");
    return library ? library(hash, heap, device_for(device)) : BAD_STATE_E;
}

int wc_InitSha384_ex(wc_Sha384 *hash, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(wc_Sha384 *, void *, int) = library_function(&known, "wc_InitSha384_ex");
    return library ? library(hash, heap, device_for(device)) : BAD_STATE_E;
}

int wc_InitSha512_ex(wc_Sha512 *hash, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(wc_Sha512 *, void *, int) = library_function(&known, "wc_InitSha512_ex");
    return library ? library(hash, heap, device_for(device)) : BAD_STATE_E;
}

int hardware_crypto_reaches_curve25519(int device) {
    curve25519_key key;
    int outer = duplex_session_enter(device);
    // The library's, which calls the one above, or its own.
    int status = wc_curve25519_init(&key);
    duplex_session_leave(outer);
    return status == 0 && key.devId == device;
}

#endif
