#ifndef DUPLEXD_CHARDWARECRYPTO_H
#define DUPLEXD_CHARDWARECRYPTO_H

// What of HardwareCrypto has to be C: definitions that take the place of the library's.

#include "initialisers.h"
#include "kernel_random.h"
#include "sha2.h"
#include "spared.h"
#include "x25519.h"

#endif
