#include "ticket_keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session_device.h"
#include "transport_window.h"
#include <wolfssl/wolfcrypt/random.h>

enum { key_size = 32, iv_size = 12, tag_size = 16 };

typedef struct {
    uint8_t name[WOLFSSL_TICKET_NAME_SZ];
    uint8_t key[key_size];
    time_t made;
    int present;
} ticket_key;

struct duplex_ticket_keys {
    pthread_mutex_t mutex;
    WC_RNG random;
    uint32_t lifetime;
    ticket_key current;
    ticket_key previous;
};

static time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static int make_key(duplex_ticket_keys *keys, ticket_key *key) {
    if (wc_RNG_GenerateBlock(&keys->random, key->name, sizeof key->name) != 0) return -1;
    if (wc_RNG_GenerateBlock(&keys->random, key->key, sizeof key->key) != 0) return -1;
    key->made = now();
    key->present = 1;
    return 0;
}

duplex_ticket_keys *duplex_ticket_keys_new(uint32_t lifetime) {
    duplex_ticket_keys *keys = calloc(1, sizeof *keys);
    if (!keys) return NULL;
    if (wc_InitRng(&keys->random) != 0) {
        free(keys);
        return NULL;
    }
    pthread_mutex_init(&keys->mutex, NULL);
    keys->lifetime = lifetime;
    if (make_key(keys, &keys->current) != 0) {
        duplex_ticket_keys_free(keys);
        return NULL;
    }
    return keys;
}

void duplex_ticket_keys_free(duplex_ticket_keys *keys) {
    if (!keys) return;
    wc_FreeRng(&keys->random);
    pthread_mutex_destroy(&keys->mutex);
    explicit_bzero(keys, sizeof *keys);
    free(keys);
}

/// Copies the key that seals now, and a fresh IV for it.
static int sealing_key(duplex_ticket_keys *keys, ticket_key *key, uint8_t *iv) {
    int status = 0;
    pthread_mutex_lock(&keys->mutex);
    if (now() - keys->current.made >= (time_t)keys->lifetime) {
        ticket_key next = {0};
        status = make_key(keys, &next);
        if (status == 0) {
            keys->previous = keys->current;
            keys->current = next;
        }
        explicit_bzero(&next, sizeof next);
    }
    if (status == 0) status = wc_RNG_GenerateBlock(&keys->random, iv, iv_size);
    *key = keys->current;
    pthread_mutex_unlock(&keys->mutex);
    return status;
}

/// Copies the key of that name. Returns 1 for the current one, 2 for the previous one, 0 for none that is still valid.
static int opening_key(duplex_ticket_keys *keys, const uint8_t *name, ticket_key *key) {
    int found = 0;
    pthread_mutex_lock(&keys->mutex);
    time_t oldest = now() - 2 * (time_t)keys->lifetime;
    if (memcmp(name, keys->current.name, sizeof keys->current.name) == 0) {
        *key = keys->current;
        found = key->made > oldest ? 1 : 0;
    } else if (keys->previous.present && memcmp(name, keys->previous.name, sizeof keys->previous.name) == 0) {
        *key = keys->previous;
        found = key->made > oldest ? 2 : 0;
    }
    pthread_mutex_unlock(&keys->mutex);
    return found;
}

static int crypt_ticket(WOLFSSL *ssl, const ticket_key *key, const uint8_t *iv, uint8_t *tag, uint8_t *ticket, int size,
                        int sealing) {
    duplex_transport_window *window = wolfSSL_GetIOReadCtx(ssl);
    uint8_t aad[WOLFSSL_TICKET_NAME_SZ + sizeof window->ticket_binding];
    memcpy(aad, key->name, WOLFSSL_TICKET_NAME_SZ);
    memcpy(aad + WOLFSSL_TICKET_NAME_SZ, window->ticket_binding, sizeof window->ticket_binding);

    // Where the session's records are encrypted, too: the library's tables tell secrets by the cache.
    Aes *aes = malloc(sizeof *aes);
    if (!aes) return -1;
    int status = wc_AesInit(aes, NULL, duplex_session_device);
    if (status == 0) {
        status = wc_AesGcmSetKey(aes, key->key, key_size);
        if (status == 0) {
            status = sealing ? wc_AesGcmEncrypt(aes, ticket, ticket, (word32)size, iv, iv_size, tag, tag_size, aad, sizeof aad)
                             : wc_AesGcmDecrypt(aes, ticket, ticket, (word32)size, iv, iv_size, tag, tag_size, aad, sizeof aad);
        }
        wc_AesFree(aes);
    }
    explicit_bzero(aes, sizeof *aes);
    free(aes);
    return status;
}

static int crypt_callback(WOLFSSL *ssl, unsigned char name[WOLFSSL_TICKET_NAME_SZ], unsigned char iv[WOLFSSL_TICKET_IV_SZ],
                          unsigned char mac[WOLFSSL_TICKET_MAC_SZ], int sealing, unsigned char *ticket, int size,
                          int *result_size, void *context) {
    duplex_ticket_keys *keys = context;
    ticket_key key = {0};
    int answer = WOLFSSL_TICKET_RET_REJECT;

    if (sealing) {
        memset(iv, 0, WOLFSSL_TICKET_IV_SZ);
        memset(mac, 0, WOLFSSL_TICKET_MAC_SZ);
        if (sealing_key(keys, &key, iv) == 0) {
            memcpy(name, key.name, WOLFSSL_TICKET_NAME_SZ);
            if (crypt_ticket(ssl, &key, iv, mac, ticket, size, 1) == 0) answer = WOLFSSL_TICKET_RET_OK;
        }
    } else {
        int which = opening_key(keys, name, &key);
        if (which != 0 && crypt_ticket(ssl, &key, iv, mac, ticket, size, 0) == 0) {
            // TLS 1.3 sends a new ticket after every handshake; 1.2 only when asked to.
            answer = which == 1 ? WOLFSSL_TICKET_RET_OK : WOLFSSL_TICKET_RET_CREATE;
        }
    }
    *result_size = size;
    explicit_bzero(&key, sizeof key);
    return answer;
}

int duplex_ticket_keys_install(WOLFSSL_CTX *context, duplex_ticket_keys *keys, uint32_t ticket_lifetime) {
    if (wolfSSL_CTX_set_TicketEncCb(context, crypt_callback) != WOLFSSL_SUCCESS) return 0;
    if (wolfSSL_CTX_set_TicketEncCtx(context, keys) != WOLFSSL_SUCCESS) return 0;
    return wolfSSL_CTX_set_TicketHint(context, (int)ticket_lifetime) == WOLFSSL_SUCCESS;
}
