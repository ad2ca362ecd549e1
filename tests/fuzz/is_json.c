/* SPDX-License-Identifier: Apache-2.0 */
/* A recursive descent, a function a rule of the grammar. */
#include "is_json.h"

enum { DEPTH_MAX = 5000 };

/* What is left to read. */
struct reader {
    const char *p;
    const char *end;
    int depth;
};

static bool value(struct reader *r);

static bool is_next(struct reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static bool take(struct reader *r, char c)
{
    const bool found = is_next(r, c);

    r->p += found;
    return found;
}

static void blanks(struct reader *r)
{
    while (r->p < r->end && memchr(" \t\r\n", *r->p, 4) != NULL) {
        r->p++;
    }
}

static bool digits(struct reader *r)
{
    const char *from = r->p;

    while (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
        r->p++;
    }
    return r->p > from;
}

static bool number(struct reader *r)
{
    take(r, '-');
    if (!take(r, '0') && !digits(r)) {
        return false;
    }
    if (take(r, '.') && !digits(r)) {
        return false;
    }
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+')) {
            take(r, '-');
        }
        return digits(r);
    }
    return true;
}

static bool escape(struct reader *r)
{
    if (take(r, 'u')) {
        const char *from = r->p;

        while (r->p < r->end && r->p < from + 4 &&
               memchr("0123456789abcdefABCDEF", *r->p, 22) != NULL) {
            r->p++;
        }
        return r->p == from + 4;
    }
    const bool known = r->p < r->end && memchr("\"\\/bfnrt", *r->p, 8) != NULL;

    r->p += known;
    return known;
}

static bool string(struct reader *r)
{
    const char *from = ++r->p;

    while (r->p < r->end && *r->p != '"') {
        const unsigned char c = (unsigned char)*r->p++;

        if (c < 0x20 || (c == '\\' && !escape(r))) {
            return false;
        }
    }
    const struct rs_str text = {from, (size_t)(r->p - from)};
    return take(r, '"') && rs_utf8_is_valid(text);
}

static bool word(struct reader *r, const char *w)
{
    const size_t n = strlen(w);

    if ((size_t)(r->end - r->p) < n || memcmp(r->p, w, n) != 0) {
        return false;
    }
    r->p += n;
    return true;
}

static bool member(struct reader *r)
{
    blanks(r);
    if (!is_next(r, '"') || !string(r)) {
        return false;
    }
    blanks(r);
    return take(r, ':') && value(r);
}

/* Behind the opening bracket; how many items, or -1. */
static int64_t items(struct reader *r, char close, bool (*item)(struct reader *r))
{
    int64_t n = 0;

    r->p++;
    blanks(r);
    if (take(r, close)) {
        return 0;
    }
    do {
        if (!item(r)) {
            return -1;
        }
        n++;
    } while (take(r, ','));
    return take(r, close) ? n : -1;
}

static bool value_inside(struct reader *r)
{
    blanks(r);
    if (is_next(r, '{')) {
        return items(r, '}', member) >= 0;
    }
    if (is_next(r, '[')) {
        return items(r, ']', value) >= 0;
    }
    if (is_next(r, '"')) {
        return string(r);
    }
    return word(r, "true") || word(r, "false") || word(r, "null") || number(r);
}

static bool value(struct reader *r)
{
    if (++r->depth > DEPTH_MAX || !value_inside(r)) {
        return false;
    }
    r->depth--;
    blanks(r);
    return true;
}

static struct reader reader_of(struct rs_str text)
{
    return (struct reader){.p = text.p, .end = text.p + text.n};
}

bool fuzz_is_json(struct rs_str text)
{
    struct reader r = reader_of(text);

    return text.n > 0 && value(&r) && r.p == r.end;
}

bool fuzz_is_json_number(struct rs_str text)
{
    struct reader r = reader_of(text);

    return text.n > 0 && number(&r) && r.p == r.end;
}

int64_t fuzz_json_members(struct rs_str text)
{
    struct reader r = reader_of(text);

    if (text.n == 0) {
        return -1;
    }
    blanks(&r);
    if (!is_next(&r, '{')) {
        return -1;
    }
    const int64_t n = items(&r, '}', member);
    blanks(&r);
    return r.p == r.end ? n : -1;
}
