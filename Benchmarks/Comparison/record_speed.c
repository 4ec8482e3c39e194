// The floor of what AES-GCM can cost: libcrypto's own, 16 KiB records, keyed once, on one thread.
//   record_speed BYTES            prints CPU seconds a GB (10^9 bytes) of sealing and opening with each key length

#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/crypto.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RECORD = 16384, HEADER = 5, TAG = 16, NONCE = 12 };

static double cpu_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void require(int isGood, const char *what) {
    if (isGood) return;
    fprintf(stderr, "record_speed: %s failed\n", what);
    exit(1);
}

// Opening checks each tag, so it opens what was sealed with the same nonce.
static double seconds_per_gb(const EVP_CIPHER *cipher, int isSealing, uint64_t bytes) {
    static unsigned char plain[RECORD], sealed[RECORD], key[32], nonce[NONCE], header[HEADER] = {23, 3, 3, 64, 17};
    unsigned char tag[TAG];
    int count;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    require(context != NULL, "EVP_CIPHER_CTX_new");
    require(EVP_EncryptInit_ex(context, cipher, NULL, key, nonce) == 1, "EVP_EncryptInit_ex");
    if (!isSealing) {
        require(EVP_EncryptUpdate(context, NULL, &count, header, HEADER) == 1, "the header");
        require(EVP_EncryptUpdate(context, sealed, &count, plain, RECORD) == 1, "sealing");
        require(EVP_EncryptFinal_ex(context, sealed, &count) == 1, "the end of sealing");
        require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1, "the tag");
        require(EVP_DecryptInit_ex(context, cipher, NULL, key, nonce) == 1, "EVP_DecryptInit_ex");
    }
    uint64_t records = bytes / RECORD;
    double start = cpu_seconds();
    for (uint64_t i = 0; i < records; i++) {
        if (isSealing) {
            require(EVP_EncryptInit_ex(context, NULL, NULL, NULL, nonce) == 1, "the nonce");
            require(EVP_EncryptUpdate(context, NULL, &count, header, HEADER) == 1, "the header");
            require(EVP_EncryptUpdate(context, sealed, &count, plain, RECORD) == 1, "sealing");
            require(EVP_EncryptFinal_ex(context, sealed, &count) == 1, "the end of sealing");
            require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1, "the tag");
        } else {
            require(EVP_DecryptInit_ex(context, NULL, NULL, NULL, nonce) == 1, "the nonce");
            require(EVP_DecryptUpdate(context, NULL, &count, header, HEADER) == 1, "the header");
            require(EVP_DecryptUpdate(context, plain, &count, sealed, RECORD) == 1, "opening");
            require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1, "the tag");
            require(EVP_DecryptFinal_ex(context, plain, &count) == 1, "the tag's check");
        }
    }
    double seconds = cpu_seconds() - start;
    EVP_CIPHER_CTX_free(context);
    return seconds / ((double)(records * RECORD) / 1e9);
}

int main(int count, char **arguments) {
    uint64_t bytes = count == 2 ? strtoull(arguments[1], NULL, 10) : 0;
    if (bytes < RECORD) {
        fprintf(stderr, "usage: record_speed BYTES, at least %d\n", RECORD);
        return 64;
    }
    printf("seal128=%.4f open128=%.4f seal256=%.4f open256=%.4f version=%s\n",
        seconds_per_gb(EVP_aes_128_gcm(), 1, bytes), seconds_per_gb(EVP_aes_128_gcm(), 0, bytes),
        seconds_per_gb(EVP_aes_256_gcm(), 1, bytes), seconds_per_gb(EVP_aes_256_gcm(), 0, bytes),
        OpenSSL_version(OPENSSL_VERSION_STRING));
    return 0;
}
