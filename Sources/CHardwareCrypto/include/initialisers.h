#ifndef DUPLEXD_INITIALISERS_H
#define DUPLEXD_INITIALISERS_H

/// Whether the library's own calls arrive at this program's initialisers: if not, what it makes without a device stays
/// without one, and nothing else changes.
///
/// Asked of the library itself, with a device number that need not exist.
int hardware_crypto_reaches_curve25519(int device);

#endif
