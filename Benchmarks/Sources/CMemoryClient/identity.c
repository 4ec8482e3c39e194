#include "identity.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { LIFETIME = 24 * 60 * 60 };

static X509 *certify(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    X509_NAME *name = certificate ? X509_get_subject_name(certificate) : NULL;
    if (name && X509_set_version(certificate, X509_VERSION_3) == 1
        && ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1
        && X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
        && X509_gmtime_adj(X509_getm_notAfter(certificate), LIFETIME)
        && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0) == 1
        && X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1
        && X509_sign(certificate, key, EVP_sha256()) > 0) {
        return certificate;
    }
    X509_free(certificate);
    return NULL;
}

// Whether all that was written fits.
static int copy(BIO *text, char *bytes, size_t *size, size_t room) {
    int count = BIO_read(text, bytes, (int)room);
    *size = count > 0 ? (size_t)count : 0;
    return count > 0 && BIO_ctrl_pending(text) == 0;
}

int identity_make(int is_rsa, char *certificate, size_t *certificate_size, char *key, size_t *key_size, size_t room) {
    EVP_PKEY *pair = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *signedKey = pair ? certify(pair) : NULL;
    BIO *first = BIO_new(BIO_s_mem()), *second = BIO_new(BIO_s_mem());
    int isMade = signedKey && first && second && PEM_write_bio_X509(first, signedKey) == 1
        && PEM_write_bio_PrivateKey(second, pair, NULL, NULL, 0, NULL, NULL) == 1
        && copy(first, certificate, certificate_size, room) && copy(second, key, key_size, room);
    BIO_free(first);
    BIO_free(second);
    X509_free(signedKey);
    EVP_PKEY_free(pair);
    return isMade;
}
