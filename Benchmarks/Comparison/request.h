// What a client asks of the backend, in the first bytes of a connection.
//   REQUEST_ECHO       1 byte, which is echoed, like everything that follows
//   REQUEST_TRANSFER   17 bytes: then the number of bytes that the client sends and the number that it wants, both 64
//                      bits, most significant byte first. The backend takes and sends at the same time. When it has
//                      done both it sends VERDICT_GOOD, or VERDICT_BAD if it was sent anything else than the pattern,
//                      and ends the stream.

#ifndef REQUEST_H
#define REQUEST_H

#include <stdint.h>

enum { REQUEST_ECHO = 'e', REQUEST_TRANSFER = 't', VERDICT_GOOD = 'k', VERDICT_BAD = 'x' };
enum { REQUEST_TRANSFER_SIZE = 17 };

static inline void request_put(unsigned char *bytes, uint64_t number) {
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (56 - 8 * i));
}

static inline uint64_t request_number(const unsigned char *bytes) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) number = number << 8 | bytes[i];
    return number;
}

#endif
