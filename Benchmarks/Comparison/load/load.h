// The client of the comparison: one load, its figures on standard output, its failures on standard error.
// In the order of reading: main.c, client.c (a connection), then a file for each kind of load.

#ifndef LOAD_H
#define LOAD_H

#include <openssl/ssl.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { THREAD_LIMIT = 256 };

struct options {
    int port;
    // Of 127.0.0.1; 0: no TLS at all, for what stands in no need of it.
    int tls;
    const char *suite;
    // "ec" or "rsa": what the server's certificate has to be.
    const char *key;
    int isResumed;
    uint64_t upload, download;
    int connections, threads, size, count;
    double seconds;
};

extern struct options options;

// Set by SIGTERM: loads that run for a time begin nothing more.
extern atomic_int isStopped;

// Notes a failure of the load; it goes on. Its first failure is the one that is told.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Seconds of a clock that never goes back.
double now(void);

// A connection, with TLS or without.
struct client {
    int descriptor;
    SSL *tls;
};

// What a read or a write can come to besides a number of bytes.
enum { CLIENT_ENDED = 0, CLIENT_FAILED = -1, CLIENT_WANTS_INPUT = -2, CLIENT_WANTS_OUTPUT = -3 };

void client_set_up(void);
// Connects and, with TLS, completes the handshake and checks that it is what the options ask for. Whether it is.
int client_open(struct client *client);
// Connects only. Whether it did.
int client_dial(struct client *client);
// A ClientHello of what the options ask for, to be freed; NULL after a failure.
char *client_hello(size_t *length);
// Lets reads and writes come back with CLIENT_WANTS_… instead of waiting.
void client_stop_waiting(struct client *client);
// CLIENT_ENDED only after close_notify; without TLS, after FIN.
ssize_t client_read(struct client *client, void *bytes, size_t count);
ssize_t client_write(struct client *client, const void *bytes, size_t count);
// Reads and writes that wait. Whether all of `count` bytes went.
int client_read_all(struct client *client, void *bytes, size_t count);
int client_write_all(struct client *client, const void *bytes, size_t count);
// Ends our direction: close_notify, and nothing else; without TLS, FIN.
void client_end(struct client *client);
// Waits for the other direction's end, which has to come now. True: by close_notify, or FIN without TLS.
int client_await_end(struct client *client);
void client_close(struct client *client);
// Ends both directions at once, with RST.
void client_reset(struct client *client);
// With `isResumed` a thread's connections take up its newest session, until it forgets it.
void client_forget_session(void);
// Handshakes that took up an earlier session.
uint64_t client_resumptions(void);

void run_transfers(void);
void run_handshakes(void);
void run_hellos(void);
void run_round_trips(void);
void run_idle(void);

// Runs `body` in so many threads, each with its number, and waits for all.
void run_threads(int count, void (*body)(int number));

#endif
