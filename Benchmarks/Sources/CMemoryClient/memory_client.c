#include "CMemoryClient.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdlib.h>

struct memory_client {
    SSL_CTX *context;
    SSL *tls;
    BIO *input, *output;
    SSL_SESSION *session;
};

static int keep_session(SSL *tls, SSL_SESSION *session) {
    struct memory_client *client = SSL_get_app_data(tls);
    SSL_SESSION_free(client->session);
    client->session = session;
    return 1;
}

static int set_up(struct memory_client *client, int version, const char *suite) {
    // P-256 stands in the list for TLS 1.2, where it also says which certificates are accepted.
    int number = version == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    client->context = SSL_CTX_new(TLS_client_method());
    if (!client->context || SSL_CTX_set_min_proto_version(client->context, number) != 1
        || SSL_CTX_set_max_proto_version(client->context, number) != 1
        || SSL_CTX_set1_groups_list(client->context, "X25519:P-256") != 1) {
        return 0;
    }
    int isSet = version == 12 ? SSL_CTX_set_cipher_list(client->context, suite)
                              : SSL_CTX_set_ciphersuites(client->context, suite);
    if (isSet != 1) return 0;
    SSL_CTX_set_session_cache_mode(client->context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client->context, keep_session);
    return 1;
}

struct memory_client *memory_client_new(int version, const char *suite, const struct memory_client *resume_from) {
    struct memory_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->input = BIO_new(BIO_s_mem());
    client->output = BIO_new(BIO_s_mem());
    if (client->input && client->output && set_up(client, version, suite)) client->tls = SSL_new(client->context);
    if (!client->tls) {
        BIO_free(client->input);
        BIO_free(client->output);
        SSL_CTX_free(client->context);
        free(client);
        return NULL;
    }
    // An empty wire is one that waits, not one that has ended.
    BIO_set_mem_eof_return(client->input, -1);
    SSL_set_bio(client->tls, client->input, client->output);
    SSL_set_app_data(client->tls, client);
    SSL_set_connect_state(client->tls);
    SSL_set_tlsext_host_name(client->tls, "localhost");
    if (resume_from && resume_from->session) {
        SSL_set_session(client->tls, resume_from->session);
        // Its own as well, as a server need not give another one.
        SSL_SESSION_up_ref(resume_from->session);
        client->session = resume_from->session;
    }
    return client;
}

void memory_client_free(struct memory_client *client) {
    if (!client) return;
    // What was not shut down would take its session along.
    SSL_set_shutdown(client->tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client->tls);
    SSL_SESSION_free(client->session);
    SSL_CTX_free(client->context);
    free(client);
}

static int needs_input(struct memory_client *client, int result) {
    int error = SSL_get_error(client->tls, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ;
}

int memory_client_handshake(struct memory_client *client) {
    int result = SSL_do_handshake(client->tls);
    if (result == 1) return 1;
    return needs_input(client, result) ? 0 : -1;
}

int memory_client_has_resumed(const struct memory_client *client) {
    return SSL_session_reused(client->tls);
}

size_t memory_client_take(struct memory_client *client, unsigned char *bytes, size_t room) {
    int count = BIO_read(client->output, bytes, (int)room);
    return count > 0 ? (size_t)count : 0;
}

void memory_client_give(struct memory_client *client, const unsigned char *bytes, size_t count) {
    BIO_write(client->input, bytes, (int)count);
}

long memory_client_read(struct memory_client *client, unsigned char *bytes, size_t room) {
    int result = SSL_read(client->tls, bytes, (int)room);
    if (result > 0) return result;
    return needs_input(client, result) ? 0 : -1;
}

long memory_client_write(struct memory_client *client, const unsigned char *bytes, size_t count) {
    int result = SSL_write(client->tls, bytes, (int)count);
    return result > 0 ? result : -1;
}
