// X25519 by the functions of libcrypto's provider themselves.
//
// EVP asks for a key object and a context each time, and looks both up by name: 16 µs beside the 73 µs of a handshake's
// two exchanges. These are the functions that it ends in, taken from the provider that it would choose.
// Source: provider-keymgmt(7), provider-keyexch(7), OSSL_PROVIDER(3).

#ifdef HARDWARE_CRYPTO

#include "CHardwareCrypto.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <string.h>

enum { size = hardware_crypto_x25519_size };

/// Written by `hardware_crypto_x25519_prepare` alone.
static struct {
    void *provider;
    OSSL_FUNC_keymgmt_new_fn *new_key;
    OSSL_FUNC_keymgmt_free_fn *free_key;
    OSSL_FUNC_keymgmt_import_fn *import;
    OSSL_FUNC_keyexch_newctx_fn *new_exchange;
    OSSL_FUNC_keyexch_freectx_fn *free_exchange;
    OSSL_FUNC_keyexch_init_fn *init;
    OSSL_FUNC_keyexch_set_peer_fn *set_peer;
    OSSL_FUNC_keyexch_derive_fn *derive;
} x25519;

/// The functions of `operation` for X25519; NULL if there are none, or if they are not to be kept.
static const OSSL_DISPATCH *functions(const OSSL_PROVIDER *provider, int operation) {
    static const char name[] = "X25519";
    int must_not_be_kept = 0;
    const OSSL_ALGORITHM *algorithm = OSSL_PROVIDER_query_operation(provider, operation, &must_not_be_kept);
    if (must_not_be_kept) return NULL;
    for (; algorithm && algorithm->algorithm_names; algorithm++) {
        // Names that mean the same, with colons between them.
        size_t length = strcspn(algorithm->algorithm_names, ":");
        if (length == sizeof name - 1 && memcmp(algorithm->algorithm_names, name, length) == 0) {
            return algorithm->implementation;
        }
    }
    return NULL;
}

static void take_key_functions(const OSSL_DISPATCH *function) {
    for (; function && function->function_id; function++) {
        switch (function->function_id) {
        case OSSL_FUNC_KEYMGMT_NEW: x25519.new_key = OSSL_FUNC_keymgmt_new(function); break;
        case OSSL_FUNC_KEYMGMT_FREE: x25519.free_key = OSSL_FUNC_keymgmt_free(function); break;
        case OSSL_FUNC_KEYMGMT_IMPORT: x25519.import = OSSL_FUNC_keymgmt_import(function); break;
        }
    }
}

static void take_exchange_functions(const OSSL_DISPATCH *function) {
    for (; function && function->function_id; function++) {
        switch (function->function_id) {
        case OSSL_FUNC_KEYEXCH_NEWCTX: x25519.new_exchange = OSSL_FUNC_keyexch_newctx(function); break;
        case OSSL_FUNC_KEYEXCH_FREECTX: x25519.free_exchange = OSSL_FUNC_keyexch_freectx(function); break;
        case OSSL_FUNC_KEYEXCH_INIT: x25519.init = OSSL_FUNC_keyexch_init(function); break;
        case OSSL_FUNC_KEYEXCH_SET_PEER: x25519.set_peer = OSSL_FUNC_keyexch_set_peer(function); break;
        case OSSL_FUNC_KEYEXCH_DERIVE: x25519.derive = OSSL_FUNC_keyexch_derive(function); break;
        }
    }
}

int hardware_crypto_x25519_prepare(void) {
    // Never freed: they keep the provider where it is.
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(NULL, "X25519", NULL);
    EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(NULL, "X25519", NULL);
    if (!keys || !exchange || EVP_KEYMGMT_get0_provider(keys) != EVP_KEYEXCH_get0_provider(exchange)) {
        EVP_KEYMGMT_free(keys);
        EVP_KEYEXCH_free(exchange);
        ERR_clear_error();
        return 0;
    }
    const OSSL_PROVIDER *provider = EVP_KEYMGMT_get0_provider(keys);
    x25519.provider = OSSL_PROVIDER_get0_provider_ctx(provider);
    take_key_functions(functions(provider, OSSL_OP_KEYMGMT));
    take_exchange_functions(functions(provider, OSSL_OP_KEYEXCH));
    return x25519.new_key && x25519.free_key && x25519.import && x25519.new_exchange && x25519.free_exchange
        && x25519.init && x25519.set_peer && x25519.derive;
}

/// A key with the halves that are given. NULL without memory.
static void *make_key(const uint8_t *secret, const uint8_t *point) {
    void *key = x25519.new_key(x25519.provider);
    if (!key) return NULL;
    OSSL_PARAM parts[3], *part = parts;
    int selection = OSSL_KEYMGMT_SELECT_PUBLIC_KEY;
    *part++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, size);
    if (secret) {
        selection |= OSSL_KEYMGMT_SELECT_PRIVATE_KEY;
        *part++ = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)secret, size);
    }
    *part = OSSL_PARAM_construct_end();
    if (x25519.import(key, selection, parts) == 1) return key;
    x25519.free_key(key);
    return NULL;
}

hardware_crypto_exchange hardware_crypto_x25519(const uint8_t *secret, const uint8_t *point, uint8_t *output) {
    hardware_crypto_exchange outcome = hardware_crypto_exchange_not_started;
    // The secret's own public half has no part in an exchange, so that any stands for it; a missing one would be
    // computed, at the price of an exchange.
    void *own = make_key(secret, point);
    void *peer = make_key(NULL, point);
    void *exchange = own && peer ? x25519.new_exchange(x25519.provider) : NULL;
    if (exchange && x25519.init(exchange, own, NULL) == 1 && x25519.set_peer(exchange, peer) == 1) {
        size_t written = 0;
        int is_done = x25519.derive(exchange, output, &written, size) == 1 && written == size;
        outcome = is_done ? hardware_crypto_exchange_done : hardware_crypto_exchange_refused;
    }
    if (exchange) x25519.free_exchange(exchange);
    if (peer) x25519.free_key(peer);
    if (own) x25519.free_key(own);
    if (outcome != hardware_crypto_exchange_done) ERR_clear_error();
    return outcome;
}

#endif
