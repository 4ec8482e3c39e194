// A key and a certificate for localhost that it signs itself, made on the spot.

#ifndef IDENTITY_H
#define IDENTITY_H

#include <stddef.h>

// Writes PEM text into the two buffers of `room` bytes each and its sizes into the two counts. RSA-2048, or ECDSA P-256.
// Whether it could be made.
int identity_make(int is_rsa, char *certificate, size_t *certificate_size, char *key, size_t *key_size, size_t room);

#endif
