// A TLS 1.3 client on OpenSSL that sends and receives as fast as it can, and asks for new keys all the time:
//   1. connects to 127.0.0.1 and completes the handshake; from then on the socket does not block
//   2. in turn: writes a record, and after every few records a KeyUpdate that asks for one; reads a record
//   3. after the last byte: close_notify, then reads on to the server's close_notify
//   4. prints `sent BYTES SHA-256`, `received BYTES SHA-256`, `keyupdates SENT ANSWERED`
//
//   openssl_client PORT BYTES RECORDS PADDING     RECORDS: how many between two KeyUpdates; PADDING: each record is
//                                                 filled up to a multiple of so many bytes, KeyUpdates too; 0: none
//
// Exit status 0 when both directions ended with close_notify.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD_SIZE = 16384 };
// The longest that nothing may move in either direction, milliseconds.
enum { PATIENCE = 30000 };

struct direction {
    EVP_MD_CTX *digest;
    uint64_t count;
    int is_closed;
};

static struct direction sent, received;
static unsigned long requests, answers;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("openssl_client: ", stderr);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    ERR_print_errors_fp(stderr);
    exit(1);
}

// Counts KeyUpdates both ways (RFC 8446 §4.6.3: one byte of content, 1 asks for an answer).
static void see(int is_written, int version, int type, const void *bytes, size_t size, SSL *ssl, void *argument) {
    (void)version, (void)ssl, (void)argument;
    const unsigned char *message = bytes;
    if (type != SSL3_RT_HANDSHAKE || size != 5 || message[0] != SSL3_MT_KEY_UPDATE) return;
    if (is_written && message[4] == 1) requests++;
    if (!is_written && message[4] == 0) answers++;
}

static void add(struct direction *direction, const unsigned char *bytes, size_t size) {
    EVP_DigestUpdate(direction->digest, bytes, size);
    direction->count += size;
}

static void print(const char *name, struct direction *direction) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(direction->digest, hash, &size);
    printf("%s %llu ", name, (unsigned long long)direction->count);
    for (unsigned index = 0; index < size; index++) printf("%02x", hash[index]);
    putchar('\n');
}

// SplitMix64: no stretch of the stream repeats.
static void make_record(unsigned char *record, size_t size) {
    static uint64_t state = 1;
    for (size_t at = 0; at < size; at += sizeof state) {
        uint64_t word = state += 0x9E3779B97F4A7C15;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        word ^= word >> 31;
        memcpy(record + at, &word, size - at < sizeof word ? size - at : sizeof word);
    }
}

static SSL *dial(int port, size_t padding) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION)) fail("no context");
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_msg_callback(context, see);
    if (padding && !SSL_CTX_set_block_padding(context, padding)) fail("padding to %zu bytes", padding);
    int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (number < 0 || connect(number, (struct sockaddr *)&address, sizeof address) != 0)
        fail("port %d: no connection", port);
    int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL *ssl = SSL_new(context);
    if (!ssl || !SSL_set_fd(ssl, number) || SSL_connect(ssl) != 1) fail("no handshake");
    if (fcntl(number, F_SETFL, O_NONBLOCK) != 0) fail("the socket cannot be made non-blocking");
    return ssl;
}

// What a call that moved nothing waits for; ends the program when it waits for nothing.
static short awaited(SSL *ssl, int status, const char *call) {
    switch (SSL_get_error(ssl, status)) {
    case SSL_ERROR_WANT_READ: return POLLIN;
    case SSL_ERROR_WANT_WRITE: return POLLOUT;
    default: fail("%s failed after %llu bytes sent, %llu received", call, (unsigned long long)sent.count,
                  (unsigned long long)received.count);
    }
    return 0;
}

// Writes a record, or the KeyUpdate that is due, or at the end close_notify. Returns 0, or what must be waited for.
static short step_out(SSL *ssl, uint64_t total, unsigned records) {
    static unsigned char record[RECORD_SIZE];
    static size_t size;
    static unsigned since_update;
    // A KeyUpdate is sent by the next call that sends anything; this one sends it now.
    if (SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE) {
        int status = SSL_do_handshake(ssl);
        return status == 1 ? 0 : awaited(ssl, status, "SSL_do_handshake");
    }
    if (sent.count == total) {
        // Once: 0 says that the server's close_notify has not come yet.
        int status = SSL_shutdown(ssl);
        if (status < 0) return awaited(ssl, status, "SSL_shutdown");
        sent.is_closed = 1;
        return 0;
    }
    if (size == 0) {
        size = total - sent.count < RECORD_SIZE ? (size_t)(total - sent.count) : RECORD_SIZE;
        make_record(record, size);
    }
    int status = SSL_write(ssl, record, (int)size);
    if (status <= 0) return awaited(ssl, status, "SSL_write");
    add(&sent, record, size);
    size = 0;
    if (++since_update == records) {
        since_update = 0;
        if (!SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED)) fail("SSL_key_update");
    }
    return 0;
}

// Reads a record. Returns 0, or what must be waited for.
static short step_in(SSL *ssl) {
    static unsigned char record[RECORD_SIZE];
    int status = SSL_read(ssl, record, sizeof record);
    if (status > 0) {
        add(&received, record, (size_t)status);
        return 0;
    }
    if (SSL_get_error(ssl, status) == SSL_ERROR_ZERO_RETURN) {
        received.is_closed = 1;
        return 0;
    }
    return awaited(ssl, status, "SSL_read");
}

static struct direction new_direction(void) {
    struct direction direction = {.digest = EVP_MD_CTX_new()};
    if (!direction.digest || !EVP_DigestInit_ex(direction.digest, EVP_sha256(), NULL)) fail("no digest");
    return direction;
}

int main(int count, char **arguments) {
    if (count != 5) fail("usage: openssl_client PORT BYTES RECORDS PADDING");
    uint64_t total = strtoull(arguments[2], NULL, 10);
    unsigned records = (unsigned)strtoul(arguments[3], NULL, 10);
    sent = new_direction();
    received = new_direction();
    SSL *ssl = dial(atoi(arguments[1]), strtoul(arguments[4], NULL, 10));
    while (!sent.is_closed || !received.is_closed) {
        short out = sent.is_closed ? -1 : step_out(ssl, total, records);
        short in = received.is_closed ? -1 : step_in(ssl);
        if (out == 0 || in == 0) continue;
        struct pollfd entry = {.fd = SSL_get_fd(ssl)};
        if (out > 0) entry.events |= out;
        if (in > 0) entry.events |= in;
        if (poll(&entry, 1, PATIENCE) == 0) fail("nothing moved for %d ms", PATIENCE);
    }
    print("sent", &sent);
    print("received", &received);
    printf("keyupdates %lu %lu\n", requests, answers);
    return 0;
}
