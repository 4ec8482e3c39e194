// SHA-2 on the library's objects, its compression function by libcrypto.
//
// libcrypto's functions are those below EVP, which it calls deprecated since 3.0: EVP's contexts lie on the heap and are
// made for an algorithm that is looked up, at ten times the price of a block, and a handshake hashes 250 blocks in 320
// calls. They are given whole blocks, so that no byte is copied into libcrypto's object; most calls fill no block.

#ifdef HARDWARE_CRYPTO

#define OPENSSL_SUPPRESS_DEPRECATED
#include "CHardwareCrypto.h"

#include <endian.h>
#include <openssl/sha.h>
#include <string.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// SHA-256

static void compress256(wc_Sha256 *hash, const void *blocks, size_t count) {
    SHA256_CTX lent = {.md_len = SHA256_DIGEST_LENGTH};
    memcpy(lent.h, hash->digest, sizeof lent.h);
    SHA256_Update(&lent, blocks, count * SHA256_CBLOCK);
    memcpy(hash->digest, lent.h, sizeof lent.h);
    // With a key as its first block, the state is as good as the key.
    explicit_bzero(lent.h, sizeof lent.h);
}

void hardware_crypto_sha256_update(wc_Sha256 *hash, const uint8_t *input, size_t size) {
    uint64_t total = ((uint64_t)hash->hiLen << 32 | hash->loLen) + size;
    hash->loLen = (word32)total;
    hash->hiLen = (word32)(total >> 32);
    if (hash->buffLen > 0) {
        size_t taken = smaller(SHA256_CBLOCK - hash->buffLen, size);
        memcpy((uint8_t *)hash->buffer + hash->buffLen, input, taken);
        hash->buffLen += (word32)taken;
        if (hash->buffLen < SHA256_CBLOCK) return;
        compress256(hash, hash->buffer, 1);
        hash->buffLen = 0;
        input += taken;
        size -= taken;
    }
    size_t blocks = size / SHA256_CBLOCK;
    if (blocks > 0) compress256(hash, input, blocks);
    hash->buffLen = (word32)(size % SHA256_CBLOCK);
    memcpy(hash->buffer, input + blocks * SHA256_CBLOCK, hash->buffLen);
}

void hardware_crypto_sha256_final(wc_Sha256 *hash, uint8_t *digest) {
    uint8_t *block = (uint8_t *)hash->buffer;
    const size_t length_at = SHA256_CBLOCK - sizeof(uint64_t);
    uint64_t bits = htobe64(((uint64_t)hash->hiLen << 32 | hash->loLen) << 3);
    block[hash->buffLen++] = 0x80;
    if (hash->buffLen > length_at) {
        memset(block + hash->buffLen, 0, SHA256_CBLOCK - hash->buffLen);
        compress256(hash, block, 1);
        hash->buffLen = 0;
    }
    memset(block + hash->buffLen, 0, length_at - hash->buffLen);
    memcpy(block + length_at, &bits, sizeof bits);
    compress256(hash, block, 1);
    for (size_t word = 0; word < SHA256_DIGEST_LENGTH / sizeof(uint32_t); word++) {
        uint32_t value = htobe32(hash->digest[word]);
        memcpy(digest + word * sizeof value, &value, sizeof value);
    }
    SHA256_CTX first;
    SHA256_Init(&first);
    memcpy(hash->digest, first.h, sizeof first.h);
    hash->buffLen = hash->loLen = hash->hiLen = hash->flags = 0;
}

// SHA-512 and SHA-384

static void compress512(wc_Sha512 *hash, const void *blocks, size_t count) {
    SHA512_CTX lent = {.md_len = SHA512_DIGEST_LENGTH};
    memcpy(lent.h, hash->digest, sizeof lent.h);
    SHA512_Update(&lent, blocks, count * SHA512_CBLOCK);
    memcpy(hash->digest, lent.h, sizeof lent.h);
    explicit_bzero(lent.h, sizeof lent.h);
}

void hardware_crypto_sha512_update(wc_Sha512 *hash, const uint8_t *input, size_t size) {
    hash->loLen += size;
    if (hash->loLen < size) hash->hiLen++;
    if (hash->buffLen > 0) {
        size_t taken = smaller(SHA512_CBLOCK - hash->buffLen, size);
        memcpy((uint8_t *)hash->buffer + hash->buffLen, input, taken);
        hash->buffLen += (word32)taken;
        if (hash->buffLen < SHA512_CBLOCK) return;
        compress512(hash, hash->buffer, 1);
        hash->buffLen = 0;
        input += taken;
        size -= taken;
    }
    size_t blocks = size / SHA512_CBLOCK;
    if (blocks > 0) compress512(hash, input, blocks);
    hash->buffLen = (word32)(size % SHA512_CBLOCK);
    memcpy(hash->buffer, input + blocks * SHA512_CBLOCK, hash->buffLen);
}

void hardware_crypto_sha384_final(wc_Sha384 *hash, uint8_t *digest) {
    uint8_t *block = (uint8_t *)hash->buffer;
    uint64_t bits[2] = {htobe64(hash->hiLen << 3 | hash->loLen >> 61), htobe64(hash->loLen << 3)};
    const size_t length_at = SHA512_CBLOCK - sizeof bits;
    block[hash->buffLen++] = 0x80;
    if (hash->buffLen > length_at) {
        memset(block + hash->buffLen, 0, SHA512_CBLOCK - hash->buffLen);
        compress512(hash, block, 1);
        hash->buffLen = 0;
    }
    memset(block + hash->buffLen, 0, length_at - hash->buffLen);
    memcpy(block + length_at, bits, sizeof bits);
    compress512(hash, block, 1);
    for (size_t word = 0; word < SHA384_DIGEST_LENGTH / sizeof(uint64_t); word++) {
        uint64_t value = htobe64(hash->digest[word]);
        memcpy(digest + word * sizeof value, &value, sizeof value);
    }
    SHA512_CTX first;
    SHA384_Init(&first);
    memcpy(hash->digest, first.h, sizeof first.h);
    hash->loLen = hash->hiLen = 0;
    hash->buffLen = hash->flags = 0;
}

#endif
