#include "certificate_facts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../CWolfSSL/wolfssl.h"
#include <wolfssl/wolfcrypt/asn.h>

static int seconds(const byte *date, int size, int64_t *result) {
    const byte *text = NULL;
    byte format = 0;
    int text_size = 0;
    struct tm parts = {0};
    int status = wc_GetDateInfo(date, size, &text, &format, &text_size);
    if (status == 0) status = wc_GetDateAsCalendarTime(text, text_size, format, &parts);
    if (status == 0) *result = (int64_t)timegm(&parts);
    return status;
}

static int copy_names(const DNS_entry *first, duplex_certificate_facts *facts) {
    size_t size = 0;
    for (const DNS_entry *entry = first; entry; entry = entry->next) {
        if (entry->type == ASN_DNS_TYPE) size += (size_t)entry->len + 1;
    }
    if (size == 0) return 0;
    facts->names = malloc(size);
    if (!facts->names) return MEMORY_E;
    for (const DNS_entry *entry = first; entry; entry = entry->next) {
        if (entry->type != ASN_DNS_TYPE) continue;
        memcpy(facts->names + facts->names_size, entry->name, (size_t)entry->len);
        facts->names_size += (size_t)entry->len;
        facts->names[facts->names_size++] = 0;
    }
    return 0;
}

int duplex_certificate_facts_read(const uint8_t *pem, size_t size, duplex_certificate_facts *facts) {
    memset(facts, 0, sizeof *facts);
    if (size == 0 || size > INT_MAX) return ASN_NO_PEM_HEADER;
    DerBuffer *der = NULL;
    int status = wc_PemToDer(pem, (long)size, CERT_TYPE, &der, NULL, NULL, NULL);
    DecodedCert *certificate = NULL;
    if (status == 0 && !(certificate = malloc(sizeof *certificate))) status = MEMORY_E;
    if (status == 0) {
        wc_InitDecodedCert(certificate, der->buffer, der->length, NULL);
        // NO_VERIFY: an expired certificate is the operator's to be warned of, not refused here.
        status = wc_ParseCert(certificate, CERT_TYPE, NO_VERIFY, NULL);
        if (status == 0) status = seconds(certificate->beforeDate, certificate->beforeDateLen, &facts->not_before);
        if (status == 0) status = seconds(certificate->afterDate, certificate->afterDateLen, &facts->not_after);
        if (status == 0) status = copy_names(certificate->altNames, facts);
        if (status == 0) strncpy(facts->subject, certificate->subject, sizeof facts->subject - 1);
        wc_FreeDecodedCert(certificate);
    }
    free(certificate);
    wc_FreeDer(&der);
    return status;
}
