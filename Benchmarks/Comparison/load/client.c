#include "load.h"

#include <openssl/err.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// Longer than any one wait of a proxy that works, seconds.
enum { PATIENCE = 60 };
// Client addresses 127.0.0.1 on, so that ports of connections that have ended do not run out.
enum { ADDRESSES = 16 };

static SSL_CTX *context;
// Each thread takes up its own sessions: libcrypto's client does not always resume one that other threads use as well.
static _Thread_local SSL_SESSION *newest_session;
static _Atomic uint64_t resumptions;

static int keep_session(SSL *tls, SSL_SESSION *session) {
    (void)tls;
    SSL_SESSION_free(newest_session);
    newest_session = session;
    return 1;
}

void client_forget_session(void) {
    SSL_SESSION_free(newest_session);
    newest_session = NULL;
}

// One version, one suite and one group, so that every proxy does the same cryptography.
void client_set_up(void) {
    if (options.tls == 0) return;
    int version = options.tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_min_proto_version(context, version) != 1
        || SSL_CTX_set_max_proto_version(context, version) != 1 || SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1
        || (options.suite[0]
            && (options.tls == 12 ? SSL_CTX_set_cipher_list(context, options.suite)
                                  : SSL_CTX_set_ciphersuites(context, options.suite)) != 1)) {
        fail("the TLS client could not be set up for TLS %d and %s", options.tls, options.suite);
        return;
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                  | SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    if (options.isResumed) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    }
}

static int dial(void) {
    static _Atomic unsigned turn;
    int one = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in own = {.sin_family = AF_INET}, proxy = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + atomic_fetch_add(&turn, 1) % ADDRESSES);
    proxy.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    proxy.sin_port = htons((uint16_t)options.port);
    struct timeval patience = {.tv_sec = PATIENCE};
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (bind(descriptor, (struct sockaddr *)&own, sizeof own) == 0
        && connect(descriptor, (struct sockaddr *)&proxy, sizeof proxy) == 0) {
        return descriptor;
    }
    fail("connect: %s", strerror(errno));
    close(descriptor);
    return -1;
}

// Whether the handshake is the one that was to be measured.
static int is_as_wanted(SSL *tls, int offeredSession) {
    int wanted = options.tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    int type = !strcmp(options.key, "rsa") ? EVP_PKEY_RSA : EVP_PKEY_EC;
    X509 *certificate = SSL_get0_peer_certificate(tls);
    if (SSL_version(tls) != wanted || (options.suite[0] && strcmp(SSL_get_cipher_name(tls), options.suite) != 0)) {
        fail("negotiated %s with %s", SSL_get_version(tls), SSL_get_cipher_name(tls));
    } else if (offeredSession != SSL_session_reused(tls)) {
        fail(offeredSession ? "the session was not resumed" : "a session was resumed");
    } else if (options.key[0] && certificate && EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) != type) {
        fail("the certificate's key is not %s", options.key);
    } else {
        return 1;
    }
    return 0;
}

int client_dial(struct client *client) {
    *client = (struct client){.descriptor = dial()};
    return client->descriptor >= 0;
}

int client_open(struct client *client) {
    if (!client_dial(client)) return 0;
    if (options.tls == 0) return 1;
    SSL_SESSION *session = newest_session;
    if (session) SSL_SESSION_up_ref(session);
    client->tls = SSL_new(context);
    int isGood = client->tls && SSL_set_fd(client->tls, client->descriptor) == 1
        && SSL_set_tlsext_host_name(client->tls, "localhost") == 1
        && (!session || SSL_set_session(client->tls, session) == 1);
    if (!isGood || SSL_connect(client->tls) != 1) {
        unsigned long code = ERR_get_error();
        fail("handshake: %s", code ? ERR_reason_error_string(code) : "the connection broke off");
        ERR_clear_error();
        isGood = 0;
    } else {
        isGood = is_as_wanted(client->tls, session != NULL);
        if (isGood && session) atomic_fetch_add(&resumptions, 1);
    }
    SSL_SESSION_free(session);
    if (!isGood) client_close(client);
    return isGood;
}

char *client_hello(size_t *length) {
    SSL *tls = SSL_new(context);
    BIO *input = BIO_new(BIO_s_mem()), *output = BIO_new(BIO_s_mem());
    char *copy = NULL, *bytes;
    if (!tls || !input || !output) {
        BIO_free(input);
        BIO_free(output);
    } else {
        SSL_set_bio(tls, input, output);
        SSL_set_tlsext_host_name(tls, "localhost");
        SSL_connect(tls);
        *length = (size_t)BIO_get_mem_data(output, &bytes);
        copy = *length > 0 ? malloc(*length) : NULL;
        if (copy) memcpy(copy, bytes, *length);
    }
    if (!copy) fail("no ClientHello was made");
    SSL_free(tls);
    ERR_clear_error();
    return copy;
}

uint64_t client_resumptions(void) {
    return atomic_load(&resumptions);
}

void client_stop_waiting(struct client *client) {
    fcntl(client->descriptor, F_SETFL, fcntl(client->descriptor, F_GETFL) | O_NONBLOCK);
}

static ssize_t tls_outcome(SSL *tls, int result) {
    int error = SSL_get_error(tls, result);
    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_ZERO_RETURN: return CLIENT_ENDED;
    case SSL_ERROR_WANT_READ: return CLIENT_WANTS_INPUT;
    case SSL_ERROR_WANT_WRITE: return CLIENT_WANTS_OUTPUT;
    default: return CLIENT_FAILED;
    }
}

ssize_t client_read(struct client *client, void *bytes, size_t count) {
    if (client->tls) {
        int result = SSL_read(client->tls, bytes, (int)count);
        return result > 0 ? result : tls_outcome(client->tls, result);
    }
    ssize_t result = recv(client->descriptor, bytes, count, 0);
    if (result >= 0) return result;
    return errno == EAGAIN ? CLIENT_WANTS_INPUT : CLIENT_FAILED;
}

ssize_t client_write(struct client *client, const void *bytes, size_t count) {
    if (client->tls) {
        int result = SSL_write(client->tls, bytes, (int)count);
        return result > 0 ? result : tls_outcome(client->tls, result);
    }
    ssize_t result = send(client->descriptor, bytes, count, MSG_NOSIGNAL);
    if (result > 0) return result;
    return errno == EAGAIN ? CLIENT_WANTS_OUTPUT : CLIENT_FAILED;
}

int client_read_all(struct client *client, void *bytes, size_t count) {
    for (char *next = bytes; count > 0;) {
        ssize_t done = client_read(client, next, count);
        if (done <= 0) return 0;
        next += done;
        count -= (size_t)done;
    }
    return 1;
}

int client_write_all(struct client *client, const void *bytes, size_t count) {
    for (const char *next = bytes; count > 0;) {
        ssize_t done = client_write(client, next, count);
        if (done <= 0) return 0;
        next += done;
        count -= (size_t)done;
    }
    return 1;
}

void client_end(struct client *client) {
    if (client->tls) SSL_shutdown(client->tls);
    else shutdown(client->descriptor, SHUT_WR);
    ERR_clear_error();
}

int client_await_end(struct client *client) {
    char byte;
    ssize_t result = client_read(client, &byte, 1);
    if (result > 0) fail("bytes behind the end of the answer");
    return result == CLIENT_ENDED;
}

void client_reset(struct client *client) {
    setsockopt(client->descriptor, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
    client_close(client);
}

void client_close(struct client *client) {
    SSL_free(client->tls);
    close(client->descriptor);
    *client = (struct client){.descriptor = -1};
}
