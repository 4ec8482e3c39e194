#include "library_facts.h"

void duplex_error_text(int code, char *buffer) {
    buffer[0] = 0;
    wolfSSL_ERR_error_string_n((unsigned long)(code < 0 ? -code : code), buffer, WOLFSSL_MAX_ERROR_SZ);
}

void duplex_clear_errors(void) { wolfSSL_ERR_clear_error(); }

void duplex_free(void *memory) { XFREE(memory, NULL, DYNAMIC_TYPE_OPENSSL); }
