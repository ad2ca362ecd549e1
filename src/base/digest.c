/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes by OpenSSL, and the texts of bytes by hand: both codings are a table and a loop, and must
 * write into the arena. A hash that cannot be computed (a crippled crypto provider) has no answer
 * that a caller could use, so it ends the process with one clear line, as memory that is truly out
 * does. */
#include "base/digest.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

struct rs_digest {
    EVP_MD_CTX *ctx;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "runestone: could not compute %s: the crypto library refused\n", what);
    abort();
}

struct rs_digest *rs_digest_new(enum rs_digest_kind kind)
{
    const bool md5 = kind == RS_DIGEST_MD5;
    struct rs_digest *d = malloc(sizeof *d);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (d == NULL || ctx == NULL ||
        EVP_DigestInit_ex(ctx, md5 ? EVP_md5() : EVP_sha256(), NULL) != 1) {
        die(md5 ? "an MD5" : "a SHA-256");
    }
    d->ctx = ctx;
    return d;
}

void rs_digest_add(struct rs_digest *d, const void *bytes, size_t n)
{
    if (n > 0 && EVP_DigestUpdate(d->ctx, bytes, n) != 1) {
        die("a digest");
    }
}

void rs_digest_end(struct rs_digest *d, unsigned char *out)
{
    if (EVP_DigestFinal_ex(d->ctx, out, NULL) != 1) {
        die("a digest");
    }
}

void rs_digest_free(struct rs_digest *d)
{
    if (d == NULL) {
        return;
    }
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

void rs_sha256(struct rs_str text, unsigned char out[RS_SHA256_LEN])
{
    struct rs_digest *d = rs_digest_new(RS_DIGEST_SHA256);

    rs_digest_add(d, text.p, text.n);
    rs_digest_end(d, out);
    rs_digest_free(d);
}

struct rs_str rs_sha256_hex(struct rs_arena *a, struct rs_str text)
{
    unsigned char hash[RS_SHA256_LEN];

    rs_sha256(text, hash);
    return rs_hex(a, hash, sizeof hash);
}

void rs_hmac_sha256(struct rs_str key, struct rs_str text, unsigned char out[RS_SHA256_LEN])
{
    unsigned n = 0;

    /* Neither pointer may be NULL: to HMAC() that means "the key of the last call". */
    if (key.n > INT_MAX ||
        HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n,
             (const unsigned char *)(text.p ? text.p : ""), text.n, out, &n) == NULL ||
        n != RS_SHA256_LEN) {
        die("an HMAC");
    }
}

bool rs_equal_secret(const void *a, const void *b, size_t n)
{
    return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}

struct rs_str rs_hex(struct rs_arena *a, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = bytes;
    char *out = rs_arena_alloc(a, n + 1, 2);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 0x0F];
    }
    return (struct rs_str){out, 2 * n};
}

struct rs_str rs_base64(struct rs_arena *a, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    const size_t groups = n / 3 + (n % 3 != 0);
    char *const out = rs_arena_alloc(a, groups + 1, 4);
    char *to = out;

    for (size_t i = 0; i < n; i += 3) {
        const uint32_t second = i + 1 < n ? in[i + 1] : 0;
        const uint32_t third = i + 2 < n ? in[i + 2] : 0;
        const uint32_t bits = (uint32_t)in[i] << 16 | second << 8 | third;

        *to++ = digits[bits >> 18];
        *to++ = digits[bits >> 12 & 0x3F];
        *to++ = i + 1 < n ? digits[bits >> 6 & 0x3F] : '=';
        *to++ = i + 2 < n ? digits[bits & 0x3F] : '=';
    }
    return (struct rs_str){out, 4 * groups};
}

/* The value of a base64 digit; 64 and more: it is none. */
static uint32_t base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0') + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : 64;
}

/* Takes the padding off; false where it does not fill the last group. */
static bool base64_unpad(struct rs_str *text)
{
    const size_t whole = text->n;

    while (text->n > 0 && whole - text->n < 2 && text->p[text->n - 1] == '=') {
        text->n--;
    }
    return text->n == whole || whole % 4 == 0;
}

bool rs_base64_decode(struct rs_arena *a, struct rs_str text, struct rs_str *out)
{
    uint32_t bits = 0;
    unsigned held = 0; /* how many of the low bits of `bits` are not yet written */

    if (!base64_unpad(&text) || text.n % 4 == 1) {
        return false;
    }
    char *const bytes = rs_arena_alloc(a, text.n / 4 + 1, 3);
    char *to = bytes;
    for (size_t i = 0; i < text.n; i++) {
        const uint32_t v = base64_value(text.p[i]);

        if (v > 63) {
            return false;
        }
        bits = (bits << 6 | v) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            *to++ = (char)(bits >> held & 0xFF);
        }
    }
    /* Bits that no byte takes must be zero: two texts must not decode to the same bytes. */
    if ((bits & ((1u << held) - 1)) != 0) {
        return false;
    }
    *out = (struct rs_str){bytes, (size_t)(to - bytes)};
    return true;
}
