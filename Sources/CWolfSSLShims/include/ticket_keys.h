#ifndef DUPLEXD_TICKET_KEYS_H
#define DUPLEXD_TICKET_KEYS_H

#include <stdint.h>
#include "../../CWolfSSL/wolfssl.h"

/// The keys that session tickets are sealed with (AES-256-GCM), shared by every context of a process so that tickets
/// outlive a reload.
///
/// The newest key seals; it is replaced after `lifetime` seconds, and the one before it still opens. Each ticket is
/// bound to `ticket_binding` of the session's transport window: one issued for another server name or another
/// context is refused, and the client does a full handshake (compare CVE-2025-23419).
///
/// Thread-safe: a mutex that is held for a few microseconds of computation, never across a system call that waits.
typedef struct duplex_ticket_keys duplex_ticket_keys;

/// Makes the keys. `lifetime` is in seconds. NULL when memory or randomness is not to be had.
duplex_ticket_keys *duplex_ticket_keys_new(uint32_t lifetime);
void duplex_ticket_keys_free(duplex_ticket_keys *keys);

/// Makes a context seal and open its tickets with `keys`, which must outlive it. 1 on success.
int duplex_ticket_keys_install(WOLFSSL_CTX *context, duplex_ticket_keys *keys, uint32_t ticket_lifetime);

#endif
