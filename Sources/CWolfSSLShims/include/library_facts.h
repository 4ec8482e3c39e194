#ifndef DUPLEXD_LIBRARY_FACTS_H
#define DUPLEXD_LIBRARY_FACTS_H

#include "../../CWolfSSL/wolfssl.h"

// Values that depend on the library's build options, pinned here and given to Swift as plain constants.

_Static_assert(WOLFSSL_CBIO_ERR_WANT_READ == -2, "wolfSSL's WANT_READ changed");
_Static_assert(WOLFSSL_SHUTDOWN_NOT_DONE == 0, "wolfSSL_shutdown's answer for a half-closed session changed");
_Static_assert(WOLFSSL_SUCCESS == 1, "wolfSSL's success value changed");

static const int duplex_wolfssl_success = WOLFSSL_SUCCESS;
static const int duplex_wolfssl_shutdown_not_done = WOLFSSL_SHUTDOWN_NOT_DONE;
static const int duplex_wolfssl_want_read = WOLFSSL_ERROR_WANT_READ;
static const int duplex_wolfssl_zero_return = WOLFSSL_ERROR_ZERO_RETURN;
static const int duplex_wolfssl_filetype_pem = WOLFSSL_FILETYPE_PEM;
static const int duplex_wolfssl_no_device = INVALID_DEVID;
static const long duplex_wolfssl_mode_auto_retry = SSL_MODE_AUTO_RETRY;
static const unsigned char duplex_wolfssl_alpn_fail_on_mismatch = WOLFSSL_ALPN_FAILED_ON_MISMATCH;

/// The library's text for an error code, or "" when it has none. `buffer` holds WOLFSSL_MAX_ERROR_SZ bytes.
void duplex_error_text(int code, char *buffer);

/// Empties the calling thread's error queue (the library keeps one per thread).
void duplex_clear_errors(void);

/// Frees memory that the library gave away.
void duplex_free(void *memory);

#endif
