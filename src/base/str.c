/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings: comparing, strict number parsing, and just enough UTF-8 to count and to refuse. */
#include "base/str.h"

#include <stdlib.h>

/* The longest text that is tried as a floating-point number: a double written in full takes 1,100
 * bytes, but what a program prints takes at most 330 ("%f" of the largest one). */
enum { F64_TEXT_MAX = 400 };

int rs_str_cmp(struct rs_str a, struct rs_str b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int c = n ? memcmp(a.p, b.p, n) : 0;

    if (c != 0) {
        return c;
    }
    return a.n < b.n ? -1 : a.n > b.n;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool rs_str_eq_nocase(struct rs_str a, struct rs_str b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

uint64_t rs_str_hash(uint64_t hash, struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001B3U;
    }
    return hash;
}

size_t rs_str_find(struct rs_str s, char c, size_t from)
{
    const char *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;

    return hit ? (size_t)(hit - s.p) : s.n;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct rs_str rs_str_trim(struct rs_str s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s = rs_str_from(s, 1);
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool rs_str_to_i64(struct rs_str s, int64_t *out)
{
    const bool negative = s.n > 0 && s.p[0] == '-';
    size_t i = negative || (s.n > 0 && s.p[0] == '+') ? 1 : 0;
    int64_t v = 0;

    if (i == s.n) {
        return false;
    }
    for (; i < s.n; i++) {
        const int digit = s.p[i] - '0';

        /* Counts downward: the negative range is the larger one. */
        if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_sub_overflow(v, digit, &v)) {
            return false;
        }
    }
    if (!negative && v == INT64_MIN) {
        return false;
    }
    *out = negative ? v : -v;
    return true;
}

int rs_hex_value(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool rs_str_to_f64(struct rs_str s, double *out)
{
    char text[F64_TEXT_MAX + 1];
    char *end = NULL;

    if (s.n == 0 || s.n > F64_TEXT_MAX) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];

        if (!is_digit(c) && c != '+' && c != '-' && c != '.' && c != 'e' && c != 'E') {
            return false;
        }
        text[i] = c;
    }
    text[s.n] = '\0';
    const double v = strtod(text, &end);
    if (end != text + s.n) {
        return false;
    }
    *out = v;
    return true;
}

/* How many bytes the sequence takes that starts with this byte, and the bits that it brings; 0: no
 * start. */
static size_t utf8_start(unsigned char c, int32_t *bits)
{
    if (c < 0x80) {
        *bits = c;
        return 1;
    }
    if (c >= 0xC2 && c <= 0xDF) {
        *bits = c & 0x1F;
        return 2;
    }
    if ((c & 0xF0) == 0xE0) {
        *bits = c & 0x0F;
        return 3;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        *bits = c & 0x07;
        return 4;
    }
    return 0;
}

int32_t rs_utf8_next(struct rs_str s, size_t *at)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int32_t v = 0;

    if (*at >= s.n) {
        return -1;
    }
    const size_t n = utf8_start((unsigned char)s.p[*at], &v);
    if (n == 0 || n > s.n - *at) {
        return -1;
    }
    for (size_t i = 1; i < n; i++) {
        const unsigned char c = (unsigned char)s.p[*at + i];

        if ((c & 0xC0) != 0x80) {
            return -1;
        }
        v = v << 6 | (c & 0x3F);
    }
    if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF)) {
        return -1;
    }
    *at += n;
    return v;
}

bool rs_utf8_is_valid(struct rs_str s)
{
    for (size_t at = 0; at < s.n;) {
        if (rs_utf8_next(s, &at) < 0) {
            return false;
        }
    }
    return true;
}

size_t rs_utf8_count(struct rs_str s)
{
    size_t count = 0;

    for (size_t at = 0; at < s.n; count++) {
        if (rs_utf8_next(s, &at) < 0) {
            at++;
        }
    }
    return count;
}

struct rs_str rs_utf8_prefix(struct rs_str s, size_t max)
{
    size_t at = 0;

    for (size_t count = 0; at < s.n && count < max; count++) {
        if (rs_utf8_next(s, &at) < 0) {
            at++;
        }
    }
    return (struct rs_str){s.p, at};
}
