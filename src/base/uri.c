/* SPDX-License-Identifier: Apache-2.0 */
/* URIs by hand: the rules of RFC 3986 that we need are few, and a lenient library would let through
 * what the decoder must refuse (broken escapes, NUL, bytes that are no UTF-8). */
#include "base/uri.h"

/* The byte that the escape "%XX" at text.p[at] stands for; -1: it is broken. */
static int unescape(struct rs_str text, size_t at)
{
    if (text.n - at < 3) {
        return -1;
    }
    const int high = rs_hex_value(text.p[at + 1]);
    const int low = rs_hex_value(text.p[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool rs_uri_decode(struct rs_arena *a, struct rs_str text, bool plus_is_space, struct rs_str *out)
{
    char *const bytes = rs_arena_alloc(a, text.n + 1, 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        int c = (unsigned char)text.p[i];

        if (c == '%') {
            c = unescape(text, i);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c <= 0) {
            return false;
        }
        bytes[n++] = (char)c;
    }
    *out = (struct rs_str){bytes, n};
    return rs_utf8_is_valid(*out);
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_unreserved(char c)
{
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

struct rs_str rs_uri_encode(struct rs_arena *a, struct rs_str text, const char *keep)
{
    static const char digits[] = "0123456789ABCDEF";
    char *const out = rs_arena_alloc(a, text.n + 1, 3);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const unsigned char byte = (unsigned char)c;

        if (is_unreserved(c) || (c != '\0' && strchr(keep, c) != NULL)) {
            out[n++] = c;
        } else {
            out[n++] = '%';
            out[n++] = digits[byte >> 4];
            out[n++] = digits[byte & 0x0F];
        }
    }
    return (struct rs_str){out, n};
}

static bool decode_arg(struct rs_arena *a, struct rs_str piece, struct rs_query_arg *arg)
{
    const size_t eq = rs_str_find(piece, '=', 0);
    const struct rs_str name = {piece.p, eq};
    const struct rs_str value = eq < piece.n ? rs_str_from(piece, eq + 1) : RS_STR("");

    return rs_uri_decode(a, name, true, &arg->name) && rs_uri_decode(a, value, true, &arg->value);
}

bool rs_uri_query(struct rs_arena *a, struct rs_str query, struct rs_query_arg **args, size_t *n)
{
    struct rs_query_arg *found = NULL;
    size_t cap = 0;
    size_t count = 0;

    for (size_t at = 0; at < query.n;) {
        const size_t end = rs_str_find(query, '&', at);
        const struct rs_str piece = {query.p + at, end - at};

        at = end + 1;
        if (piece.n == 0) {
            continue;
        }
        if (count == RS_QUERY_ARGS_MAX) {
            return false;
        }
        found = rs_arena_grow(a, found, count, &cap, sizeof *found);
        if (!decode_arg(a, piece, &found[count])) {
            return false;
        }
        count++;
    }
    *args = found;
    *n = count;
    return true;
}

/* The length of the scheme that text starts with, without its colon; 0: there is none. By the
 * grammar, so that "a b:c" and ":x" are paths. */
static size_t scheme_length(struct rs_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];

        if (c == ':') {
            return i;
        }
        if (!is_alpha(c) && (i == 0 || (!is_digit(c) && c != '+' && c != '-' && c != '.'))) {
            return 0;
        }
    }
    return 0;
}

/* Takes from the end of *rest what follows the first `mark`, which goes away; absent when there is
 * no mark. */
static struct rs_str cut_tail(struct rs_str *rest, char mark)
{
    const size_t at = rs_str_find(*rest, mark, 0);

    if (at == rest->n) {
        return (struct rs_str){NULL, 0};
    }
    const struct rs_str tail = rs_str_from(*rest, at + 1);
    rest->n = at;
    return tail;
}

struct rs_uri rs_uri_split(struct rs_str text)
{
    struct rs_uri uri = {0};
    struct rs_str rest = text.p ? text : RS_STR("");
    const size_t scheme = scheme_length(rest);

    if (scheme > 0) {
        uri.scheme = (struct rs_str){rest.p, scheme};
        rest = rs_str_from(rest, scheme + 1);
    }
    uri.fragment = cut_tail(&rest, '#');
    uri.query = cut_tail(&rest, '?');
    if (rs_str_starts(rest, RS_STR("//"))) {
        const size_t end = rs_str_find(rest, '/', 2);

        uri.authority = (struct rs_str){rest.p + 2, end - 2};
        rest = rs_str_from(rest, end);
    }
    uri.path = rest;
    return uri;
}
