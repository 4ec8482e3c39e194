#include "self_signed.h"

#include <stdlib.h>
#include <string.h>

#include <wolfssl/wolfcrypt/random.h>

// GeneralNames (RFC 5280 §4.2.1.6): dNSName is [2], iPAddress is [7].
static const uint8_t alternative_names[] = {
    0x30, 35,
    0x82, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't',
    0x87, 4, 127, 0, 0, 1,
    0x87, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
};

_Static_assert(sizeof alternative_names == 2 + 35, "the sequence's length is that of its content");

/// Turns `status` from a size into 0 or more, or leaves the error.
static int to_pem(const uint8_t *der, int status, int type, uint8_t *pem, size_t *size) {
    if (status < 0) return status;
    status = wc_DerToPem(der, (word32)status, pem, duplex_self_signed_room, type);
    if (status < 0) return status;
    *size = (size_t)status;
    return 0;
}

static int write_certificate(Cert *draft, ecc_key *key, WC_RNG *random, int days, uint8_t *der, uint8_t *pem,
                             size_t *size) {
    int status = wc_InitCert(draft);
    if (status != 0) return status;
    strcpy(draft->subject.commonName, "localhost");
    draft->daysValid = days;
    draft->sigType = CTC_SHA256wECDSA;
    memcpy(draft->altNames, alternative_names, sizeof alternative_names);
    draft->altNamesSz = sizeof alternative_names;
    if ((status = wc_SetKeyUsage(draft, "digitalSignature")) != 0) return status;
    if ((status = wc_SetExtKeyUsage(draft, "serverAuth")) != 0) return status;
    if ((status = wc_SetSubjectKeyIdFromPublicKey_ex(draft, ECC_TYPE, key)) != 0) return status;
    status = wc_MakeCert_ex(draft, der, duplex_self_signed_room, ECC_TYPE, key, random);
    if (status < 0) return status;
    status = wc_SignCert_ex(status, draft->sigType, der, duplex_self_signed_room, ECC_TYPE, key, random);
    return to_pem(der, status, CERT_TYPE, pem, size);
}

int duplex_self_signed(int days, uint8_t *certificate, size_t *certificate_size, uint8_t *key_text, size_t *key_size) {
    WC_RNG random;
    ecc_key key;
    uint8_t der[duplex_self_signed_room];
    // Tens of kilobytes: not for a stack.
    Cert *draft = calloc(1, sizeof *draft);
    if (!draft) return MEMORY_E;
    int status = wc_InitRng(&random);
    if (status == 0) {
        status = wc_ecc_init(&key);
        if (status == 0) {
            status = wc_ecc_make_key(&random, 32, &key);
            if (status == 0) status = write_certificate(draft, &key, &random, days, der, certificate, certificate_size);
            if (status == 0) {
                status = to_pem(der, wc_EccKeyToDer(&key, der, sizeof der), ECC_PRIVATEKEY_TYPE, key_text, key_size);
            }
            wc_ecc_free(&key);
        }
        wc_FreeRng(&random);
    }
    explicit_bzero(der, sizeof der);
    free(draft);
    return status;
}
