// What the library prepares for itself, and the device has no use for.
//
// Like the initialisers, these take the place of the library's functions in its own calls, and only for objects of the
// one device that asked for it; for all others they call the library's.
//
// - A generator (one a session) brings its own Hash_DRBG, with a self-test each time: 16 µs. The device answers from
//   the kernel's, so there is none. Should the device have no answer, the library finds a generator that is not
//   initialised and refuses (RNG_FAILURE_E): never weaker bytes.
// - An AES-GCM key (six a handshake) has its schedule expanded and a table of 16 multiples made: 0.8 µs each. That is
//   put off until the device leaves a message to the library.
// - Beside the transcript that its suite asks for, every session keeps one by MD5 and one by SHA-1, which TLS 1.0 and 1.1
//   end their handshakes with (RFC 4346 §7.4.9): 52,000 instructions of a full handshake under TLS 1.2 with RSA. They
//   absorb nothing, and their digests are zeros.

#ifdef HARDWARE_CRYPTO

#include "CHardwareCrypto.h"
#include "library_function.h"
#include "object_slots.h"

#include <string.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/md5.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/sha.h>

/// INVALID_DEVID until a device asks.
static atomic_int spared = INVALID_DEVID;

void hardware_crypto_spare(int device) { atomic_store_explicit(&spared, device, memory_order_release); }

static int is_spared(int device) {
    return device != INVALID_DEVID && device == atomic_load_explicit(&spared, memory_order_relaxed);
}

int wc_InitRng_ex(WC_RNG *generator, void *heap, int device) {
    static _Atomic(void *) known;
    if (generator && is_spared(device)) {
        // All zeros: without a DRBG, and not initialised (DRBG_NOT_INIT in random.c).
        memset(generator, 0, sizeof *generator);
        generator->heap = heap;
        generator->devId = device;
        generator->seed.devId = device;
        return 0;
    }
    int (*library)(WC_RNG *, void *, int) = library_function(&known, "wc_InitRng_ex");
    return library ? library(generator, heap, device) : BAD_STATE_E;
}

static int set_key_in_library(Aes *aes, const byte *key, word32 size) {
    static _Atomic(void *) known;
    int (*library)(Aes *, const byte *, word32) = library_function(&known, "wc_AesGcmSetKey");
    return library ? library(aes, key, size) : BAD_STATE_E;
}

int wc_AesGcmSetKey(Aes *aes, const byte *key, word32 size) {
    if (!aes || !key || !is_spared(aes->devId) || (size != 16 && size != 24 && size != 32)) {
        return set_key_in_library(aes, key, size);
    }
    // As the library leaves it, less what is computed from the key.
    memset(aes->reg, 0, sizeof aes->reg);
    memset(aes->aadH, 0, sizeof aes->aadH);
    aes->aadLen = 0;
    aes->left = 0;
    aes->keylen = (int)size;
    aes->rounds = size / 4 + 6;
    aes->gcmKeySet = 1;
    memcpy(aes->devKey, key, size);
    return 0;
}

int hardware_crypto_expand_key(Aes *aes) {
    byte key[sizeof aes->devKey];
    if (aes->keylen < 0 || (size_t)aes->keylen > sizeof key) return BAD_FUNC_ARG;
    memcpy(key, aes->devKey, (size_t)aes->keylen);
    // There the library has the nonce of the record that it encrypts now (wc_AesGcmEncrypt_ex), and a new key clears
    // it: two records under one nonce would give the key's authentication away (SP 800-38D §8).
    byte nonce[sizeof aes->reg];
    memcpy(nonce, aes->reg, sizeof nonce);
    int status = set_key_in_library(aes, key, (word32)aes->keylen);
    memcpy(aes->reg, nonce, sizeof nonce);
    explicit_bzero(key, sizeof key);
    return status;
}

// Transcripts that nobody reads

/// The heap hint of such a transcript. It is the object's mark, and its copies' too: the library uses the
/// hint in builds for static memory alone.
static char unread;

/// A session's transcripts are the hashes that lie among what the library allocates when it makes the session.
static int is_unread(const void *hash, int device) { return is_spared(device) && duplex_slot_of(hash); }

int wc_InitMd5_ex(wc_Md5 *hash, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(wc_Md5 *, void *, int) = library_function(&known, "wc_InitMd5_ex");
    return library ? library(hash, is_unread(hash, device) ? &unread : heap, device) : BAD_STATE_E;
}

int wc_Md5Update(wc_Md5 *hash, const byte *input, word32 size) {
    static _Atomic(void *) known;
    if (hash && hash->heap == &unread) return 0;
    int (*library)(wc_Md5 *, const byte *, word32) = library_function(&known, "wc_Md5Update");
    return library ? library(hash, input, size) : BAD_STATE_E;
}

int wc_Md5GetHash(wc_Md5 *hash, byte *digest) {
    static _Atomic(void *) known;
    if (hash && digest && hash->heap == &unread) {
        memset(digest, 0, WC_MD5_DIGEST_SIZE);
        return 0;
    }
    int (*library)(wc_Md5 *, byte *) = library_function(&known, "wc_Md5GetHash");
    return library ? library(hash, digest) : BAD_STATE_E;
}

int wc_InitSha_ex(wc_Sha *hash, void *heap, int device) {
    static _Atomic(void *) known;
    int (*library)(wc_Sha *, void *, int) = library_function(&known, "wc_InitSha_ex");
    return library ? library(hash, is_unread(hash, device) ? &unread : heap, device) : BAD_STATE_E;
}

int wc_ShaUpdate(wc_Sha *hash, const byte *input, word32 size) {
    static _Atomic(void *) known;
    if (hash && hash->heap == &unread) return 0;
    int (*library)(wc_Sha *, const byte *, word32) = library_function(&known, "wc_ShaUpdate");
    return library ? library(hash, input, size) : BAD_STATE_E;
}

int wc_ShaGetHash(wc_Sha *hash, byte *digest) {
    static _Atomic(void *) known;
    if (hash && digest && hash->heap == &unread) {
        memset(digest, 0, WC_SHA_DIGEST_SIZE);
        return 0;
    }
    int (*library)(wc_Sha *, byte *) = library_function(&known, "wc_ShaGetHash");
    return library ? library(hash, digest) : BAD_STATE_E;
}

#endif
