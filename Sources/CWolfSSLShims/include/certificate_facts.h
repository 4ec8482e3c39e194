#ifndef DUPLEXD_CERTIFICATE_FACTS_H
#define DUPLEXD_CERTIFICATE_FACTS_H

#include <stddef.h>
#include <stdint.h>

/// What is read of a certificate. Strings end in 0.
typedef struct duplex_certificate_facts {
    /// The subject's distinguished name, such as "/CN=example.org".
    char subject[512];
    /// The DNS names of subjectAltName, each ended by 0; `names_size` bytes, from malloc; NULL when there are none.
    char *names;
    size_t names_size;
    /// Seconds since 1970-01-01 UTC.
    int64_t not_before, not_after;
} duplex_certificate_facts;

/// Reads the first certificate of PEM text. Returns 0, or the library's error code. After 0 the caller frees `names`.
///
/// By the library's decoder and not by its WOLFSSL_X509: version 5.5.4 makes none for a key that its EVP layer does not
/// know, and Ed25519 is one (CopyDecodedToX509 in internal.c: PUBLIC_KEY_E).
int duplex_certificate_facts_read(const uint8_t *pem, size_t size, duplex_certificate_facts *facts);

#endif
