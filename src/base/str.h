/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed byte strings, and the strict parsing of what they hold. May be included by every
 * room. */
#ifndef RS_BASE_STR_H
#define RS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A run of bytes that somebody else owns. p == NULL says "absent", which is not the same as
 * empty. */
struct rs_str {
    const char *p;
    size_t n;
};

/* A literal as a value, and as an initialiser of a static table. */
#define RS_STR(lit) ((struct rs_str){"" lit, sizeof(lit) - 1})
#define RS_STR_INIT(lit)                                                                           \
    {                                                                                              \
        "" lit, sizeof(lit) - 1                                                                    \
    }

/* For printf: RS_FMT is the conversion, RS_ARG(s) its two arguments, which take s three times: give
 * it a name, not a call. */
#define RS_FMT "%.*s"
#define RS_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct rs_str rs_str_of(const char *z)
{
    return (struct rs_str){z, z ? strlen(z) : 0};
}

static inline bool rs_str_eq(struct rs_str a, struct rs_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* As rs_str_eq, but an absent string is the same as another absent one only. */
static inline bool rs_str_same(struct rs_str a, struct rs_str b)
{
    return a.p == NULL || b.p == NULL ? a.p == b.p : rs_str_eq(a, b);
}

static inline bool rs_str_is(struct rs_str a, const char *z)
{
    return rs_str_eq(a, rs_str_of(z));
}

static inline bool rs_str_starts(struct rs_str s, struct rs_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

/* The part of s from byte `at` on; `at` must not be beyond the end. */
static inline struct rs_str rs_str_from(struct rs_str s, size_t at)
{
    return at ? (struct rs_str){s.p + at, s.n - at} : s;
}

/* Bytewise order, as both engines are told to compare text. Negative, zero or positive. */
int rs_str_cmp(struct rs_str a, struct rs_str b);

/* Equality that ignores the case of ASCII letters only. */
bool rs_str_eq_nocase(struct rs_str a, struct rs_str b);

/* FNV-1a over s, 64 bits, going on from `hash`: RS_HASH_START, or the hash of what stands before.
 * For tables and fingerprints of our own; whoever chooses the bytes can make them collide. */
#define RS_HASH_START 0xCBF29CE484222325U
uint64_t rs_str_hash(uint64_t hash, struct rs_str s);

/* Index of the first byte c at or after `from`, or s.n. */
size_t rs_str_find(struct rs_str s, char c, size_t from);

/* s without the ASCII blanks at both ends. */
struct rs_str rs_str_trim(struct rs_str s);

/* The whole of s as a decimal integer with an optional sign. False when there is anything else in
 * it, when it is empty, or when it does not fit; *out is then untouched. */
bool rs_str_to_i64(struct rs_str s, int64_t *out);

/* The value of a hexadecimal digit of either case; -1: c is none. */
int rs_hex_value(char c);

/* The whole of s as a decimal floating-point number, as JSON or C writes it, without blanks,
 * hexadecimal, or names such as "nan". A value beyond the range becomes an infinity. At most 400
 * bytes. */
bool rs_str_to_f64(struct rs_str s, double *out);

/* The next code point of UTF-8 at s.p[*at], which is moved past it; -1 on an invalid or overlong
 * sequence, a surrogate, or the end. */
int32_t rs_utf8_next(struct rs_str s, size_t *at);

/* Whether the whole of s is valid UTF-8. */
bool rs_utf8_is_valid(struct rs_str s);

/* The number of code points; bytes of invalid sequences count one each. */
size_t rs_utf8_count(struct rs_str s);

/* The longest prefix of s of at most `max` code points. */
struct rs_str rs_utf8_prefix(struct rs_str s, size_t max);

#endif
