/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and the texts of bytes: SHA-256, MD5 where a protocol asks for it, HMAC, hexadecimal,
 * base64. May be included by every room; model uses the texts only, which are pure. */
#ifndef RS_BASE_DIGEST_H
#define RS_BASE_DIGEST_H

#include "base/arena.h"

enum {
    RS_SHA256_LEN = 32,
    RS_MD5_LEN = 16,
};

enum rs_digest_kind { RS_DIGEST_SHA256, RS_DIGEST_MD5 };

/* A hash in the making. One thread at a time. */
struct rs_digest;

/* Yours: rs_digest_free. */
struct rs_digest *rs_digest_new(enum rs_digest_kind kind);
void rs_digest_add(struct rs_digest *d, const void *bytes, size_t n);

/* Writes RS_SHA256_LEN or RS_MD5_LEN bytes. Nothing may be added afterwards. */
void rs_digest_end(struct rs_digest *d, unsigned char *out);
void rs_digest_free(struct rs_digest *d);

/* The SHA-256 of a text that is all there. */
void rs_sha256(struct rs_str text, unsigned char out[RS_SHA256_LEN]);

/* The same in lower-case hexadecimal; the arena's. */
struct rs_str rs_sha256_hex(struct rs_arena *a, struct rs_str text);

/* HMAC-SHA-256 of text under key. */
void rs_hmac_sha256(struct rs_str key, struct rs_str text, unsigned char out[RS_SHA256_LEN]);

/* Whether two byte runs of the same length are equal, in a time that does not tell where they
 * differ. */
bool rs_equal_secret(const void *a, const void *b, size_t n);

/* Lower-case hexadecimal; the arena's. */
struct rs_str rs_hex(struct rs_arena *a, const void *bytes, size_t n);

/* Standard base64 with padding (RFC 4648, section 4); the arena's. */
struct rs_str rs_base64(struct rs_arena *a, const void *bytes, size_t n);

/* Decodes standard base64, whose padding may be missing as a whole. False on anything else, such as
 * blanks and stray bits at the end: no two texts mean the same bytes. *out is the arena's. */
bool rs_base64_decode(struct rs_arena *a, struct rs_str text, struct rs_str *out);

#endif
