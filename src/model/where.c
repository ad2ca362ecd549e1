/* SPDX-License-Identifier: Apache-2.0 */
/* The words around what a client sent. Error paths only: nothing here needs to be fast. */
#include "model/where.h"

/* No character becomes more than 12 bytes: a surrogate pair of JSON. */
enum { ESCAPE_MAX = 12 };

struct quoted {
    char *p;
    size_t n;
};

static void put(struct quoted *q, const void *bytes, size_t n)
{
    memcpy(q->p + q->n, bytes, n);
    q->n += n;
}

static void put_hex(struct quoted *q, char kind, uint32_t v, unsigned digits)
{
    const char head[2] = {'\\', kind};

    put(q, head, sizeof head);
    while (digits-- > 0) {
        put(q, &"0123456789abcdef"[(v >> (4 * digits)) & 0xF], 1);
    }
}

/* The letter after the backslash of a short escape, or 0. */
static char short_escape(int32_t c)
{
    switch (c) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
        return '\\';
    default:
        return 0;
    }
}

/* An empty writer with room for s in quotes; s is cut to what a message can hold. */
static struct quoted start(struct rs_arena *a, struct rs_str *s)
{
    *s = rs_utf8_prefix(*s, RS_ERROR_MESSAGE_MAX);
    return (struct quoted){.p = rs_arena_alloc(a, ESCAPE_MAX * s->n + 2, 1)};
}

static void put_ascii_char(struct quoted *q, int32_t c)
{
    const char letter = c == '"' ? '"' : c == '\b' ? 'b' : c == '\f' ? 'f' : short_escape(c);

    if (letter != 0) {
        put(q, (const char[2]){'\\', letter}, 2);
    } else if (c >= 0x10000) {
        const uint32_t v = (uint32_t)c - 0x10000;

        put_hex(q, 'u', 0xD800 + (v >> 10), 4);
        put_hex(q, 'u', 0xDC00 + (v & 0x3FF), 4);
    } else if (c < 0x20 || c > 0x7E) {
        put_hex(q, 'u', c < 0 ? 0xFFFD : (uint32_t)c, 4);
    } else {
        put(q, &(const char){(char)c}, 1);
    }
}

struct rs_str rs_where_text(struct rs_arena *a, struct rs_where at, const char *field)
{
    if (at.list == NULL) {
        return rs_str_of(field);
    }
    return rs_arena_fmt(a, "%s[%zu].%s", at.list, at.index, field);
}

struct rs_str rs_quote_ascii(struct rs_arena *a, struct rs_str s)
{
    struct quoted q = start(a, &s);
    size_t at = 0;

    put(&q, "\"", 1);
    while (at < s.n) {
        const size_t before = at;
        const int32_t c = rs_utf8_next(s, &at);

        at = at > before ? at : before + 1;
        put_ascii_char(&q, c);
    }
    put(&q, "\"", 1);
    return (struct rs_str){q.p, q.n};
}

struct rs_str rs_quote_repr(struct rs_arena *a, struct rs_str s)
{
    struct quoted q = start(a, &s);
    const bool has_single = rs_str_find(s, '\'', 0) < s.n;
    const char mark = has_single && rs_str_find(s, '"', 0) == s.n ? '"' : '\'';
    size_t at = 0;

    put(&q, &mark, 1);
    while (at < s.n) {
        const size_t before = at;
        const int32_t c = rs_utf8_next(s, &at);
        const char letter = c == mark ? mark : short_escape(c);

        at = at > before ? at : before + 1;
        if (letter != 0) {
            put(&q, (const char[2]){'\\', letter}, 2);
        } else if (c < 0x20 || (c >= 0x7F && c <= 0xA0)) {
            put_hex(&q, 'x', c < 0 ? (unsigned char)s.p[before] : (uint32_t)c, 2);
        } else {
            put(&q, s.p + before, at - before);
        }
    }
    put(&q, &mark, 1);
    return (struct rs_str){q.p, q.n};
}

enum rs_code rs_length_check(struct rs_cx *cx, const char *label, size_t max, struct rs_str s)
{
    /* A code point has one byte at least, so most texts need no counting. */
    if (s.n <= max || rs_utf8_count(s) <= max) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID, "'%s' exceeds the maximum length of %zu characters", label, max);
}
