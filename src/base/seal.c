/* SPDX-License-Identifier: Apache-2.0 */
/* A sealed text is a random nonce of 96 bits, the ciphertext, and the tag of 128 bits. */
#include "base/seal.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/id.h"

enum { NONCE_LEN = 12, TAG_LEN = 16 };

/* Starts either way, with the place as what is vouched for but not kept. */
static EVP_CIPHER_CTX *begin(const struct rs_seal_key *key, const unsigned char *nonce,
                             struct rs_str place, int encrypts)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0;

    if (c == NULL || place.n > INT_MAX ||
        EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key->bytes, nonce, encrypts) != 1 ||
        EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)place.p, (int)place.n) != 1) {
        fputs("runestone: OpenSSL could not begin to seal a text\n", stderr);
        abort();
    }
    return c;
}

struct rs_str rs_seal(struct rs_arena *a, const struct rs_seal_key *key, struct rs_str place,
                      struct rs_str text)
{
    unsigned char *out = rs_arena_alloc(a, NONCE_LEN + text.n + TAG_LEN, 1);
    int n = 0;

    rs_random(out, NONCE_LEN);
    EVP_CIPHER_CTX *c = begin(key, out, place, 1);
    const bool done = text.n < INT_MAX &&
                      EVP_CipherUpdate(c, out + NONCE_LEN, &n,
                                       (const unsigned char *)(text.p ? text.p : ""),
                                       (int)text.n) == 1 &&
                      EVP_CipherFinal_ex(c, out + NONCE_LEN + n, &n) == 1 &&
                      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
                                          out + NONCE_LEN + text.n) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!done) {
        fputs("runestone: OpenSSL could not seal a text\n", stderr);
        abort();
    }
    return rs_base64(a, out, NONCE_LEN + text.n + TAG_LEN);
}

bool rs_seal_open(struct rs_arena *a, const struct rs_seal_key *key, struct rs_str place,
                  struct rs_str sealed, struct rs_str *out)
{
    struct rs_str raw;
    int n = 0;

    if (!rs_base64_decode(a, sealed, &raw) || raw.n < NONCE_LEN + TAG_LEN || raw.n > INT_MAX) {
        return false;
    }
    const size_t len = raw.n - NONCE_LEN - TAG_LEN;
    const unsigned char *const in = (const unsigned char *)raw.p;
    unsigned char tag[TAG_LEN];
    unsigned char *text = rs_arena_alloc(a, len + 1, 1);

    memcpy(tag, in + NONCE_LEN + len, TAG_LEN);
    EVP_CIPHER_CTX *c = begin(key, in, place, 0);
    const bool is_right = EVP_CipherUpdate(c, text, &n, in + NONCE_LEN, (int)len) == 1 &&
                          EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag) == 1 &&
                          EVP_CipherFinal_ex(c, text + n, &n) == 1;
    EVP_CIPHER_CTX_free(c);
    *out = (struct rs_str){(const char *)text, len};
    return is_right;
}
