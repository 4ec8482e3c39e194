// A TLS client of libssl whose wire is memory: what it would send is taken from it, what it is to receive is given.
//
// One version, one suite, X25519; the server's certificate is not verified. One thread at a time.

#ifndef CMEMORYCLIENT_H
#define CMEMORYCLIENT_H

#include "identity.h"

#include <stddef.h>

struct memory_client;

// A version's number is 12 or 13. With `resume_from` the client offers the newest session that one was given; NULL: a
// full handshake. NULL when libssl refuses.
struct memory_client *memory_client_new(int version, const char *suite, const struct memory_client *resume_from);
void memory_client_free(struct memory_client *client);

// 1: complete; 0: needs input; -1: failed.
int memory_client_handshake(struct memory_client *client);
int memory_client_has_resumed(const struct memory_client *client);

// What the client has put on the wire, at most `room` bytes; 0: nothing more.
size_t memory_client_take(struct memory_client *client, unsigned char *bytes, size_t room);
void memory_client_give(struct memory_client *client, const unsigned char *bytes, size_t count);

// Plaintext: how many bytes; 0: needs input; -1: failed or ended.
long memory_client_read(struct memory_client *client, unsigned char *bytes, size_t room);
long memory_client_write(struct memory_client *client, const unsigned char *bytes, size_t count);

#endif
