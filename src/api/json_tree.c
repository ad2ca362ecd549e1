/* SPDX-License-Identifier: Apache-2.0 */
/* jansson reads through a stream and a buffer, a byte at a time: 160 instructions for each. A body
 * is in memory whole. */
#include "api/json_tree.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { DIGITS_MAX = 18, REAL_MAX = 63 };

/* What is left of the text. */
struct rest {
    const char *p;
    const char *end;
};

/* A string without its quotes. */
struct plain {
    struct rs_str s;
    bool is_ascii;
};

static bool has(const struct rest *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static bool has_digit(const struct rest *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static void skip_blanks(struct rest *r)
{
    while (has(r, ' ') || has(r, '\n') || has(r, '\t') || has(r, '\r')) {
        r->p++;
    }
}

/* Past blanks and this character, if it is the next one. */
static bool take(struct rest *r, char c)
{
    skip_blanks(r);
    const bool found = has(r, c);
    r->p += found;
    return found;
}

static bool take_word(struct rest *r, struct rs_str word)
{
    const bool found = (size_t)(r->end - r->p) >= word.n && memcmp(r->p, word.p, word.n) == 0;

    r->p += found ? word.n : 0;
    return found;
}

/* Behind the first quote, to behind the second. */
static bool take_string(struct rest *r, struct plain *out)
{
    const char *from = r->p;
    unsigned char all = 0;

    for (; r->p < r->end && *r->p != '"'; r->p++) {
        if ((unsigned char)*r->p < ' ' || *r->p == '\\') {
            return false;
        }
        all |= (unsigned char)*r->p;
    }
    if (r->p == r->end) {
        return false;
    }
    *out = (struct plain){{from, (size_t)(r->p - from)}, all < 0x80};
    r->p++;
    return true;
}

/* Digits, of which there must be one. */
static bool take_digits(struct rest *r)
{
    const char *from = r->p;

    while (has_digit(r)) {
        r->p++;
    }
    return r->p > from;
}

static json_t *integer(const char *from, const char *end)
{
    const bool negative = *from == '-';
    json_int_t n = 0;

    if (end - from - negative > DIGITS_MAX) {
        return NULL;
    }
    for (const char *p = from + negative; p < end; p++) {
        n = 10 * n + (*p - '0');
    }
    return json_integer(negative ? -n : n);
}

static json_t *real(const char *from, const char *end)
{
    char text[REAL_MAX + 1];
    const size_t n = (size_t)(end - from);

    if (n > REAL_MAX) {
        return NULL;
    }
    memcpy(text, from, n);
    text[n] = '\0';
    return json_real(strtod(text, NULL)); /* NULL beyond the greatest double */
}

/* -1.5e+3 and its parts. A zero that another digit follows ends here, and nothing fits behind it.
 */
static json_t *number(struct rest *r)
{
    const char *from = r->p;

    r->p += has(r, '-');
    if (has(r, '0')) {
        r->p++;
    } else if (!take_digits(r)) {
        return NULL;
    }
    const char *whole = r->p;
    if (has(r, '.')) {
        r->p++;
        if (!take_digits(r)) {
            return NULL;
        }
    }
    if (has(r, 'e') || has(r, 'E')) {
        r->p++;
        r->p += has(r, '-') || has(r, '+');
        if (!take_digits(r)) {
            return NULL;
        }
    }
    return r->p == whole ? integer(from, whole) : real(from, r->p);
}

static json_t *value(struct rest *r);

/* A name that is there already is refused: the object has not grown then. */
static bool take_member(struct rest *r, json_t *o)
{
    const size_t n = json_object_size(o);
    struct plain name;

    if (!take(r, '"') || !take_string(r, &name) || !name.is_ascii || !take(r, ':')) {
        return false;
    }
    json_t *v = value(r);
    return v != NULL && json_object_setn_new_nocheck(o, name.s.p, name.s.n, v) == 0 &&
           json_object_size(o) > n;
}

static json_t *object(struct rest *r)
{
    json_t *o = json_object();
    bool good = take(r, '}');

    if (!good) {
        do {
            good = take_member(r, o);
        } while (good && take(r, ','));
        good = good && take(r, '}');
    }
    if (!good) {
        json_decref(o);
    }
    return good ? o : NULL;
}

static json_t *array(struct rest *r)
{
    json_t *a = json_array();
    bool good = take(r, ']');

    if (!good) {
        do {
            json_t *v = value(r);
            good = v != NULL && json_array_append_new(a, v) == 0;
        } while (good && take(r, ','));
        good = good && take(r, ']');
    }
    if (!good) {
        json_decref(a);
    }
    return good ? a : NULL;
}

static json_t *string(struct rest *r)
{
    struct plain text;

    if (!take_string(r, &text)) {
        return NULL;
    }
    return text.is_ascii ? json_stringn_nocheck(text.s.p, text.s.n)
                         : json_stringn(text.s.p, text.s.n); /* NULL when it is no UTF-8 */
}

static json_t *value(struct rest *r)
{
    skip_blanks(r);
    if (r->p == r->end) {
        return NULL;
    }
    switch (*r->p) {
    case '{':
        r->p++;
        return object(r);
    case '[':
        r->p++;
        return array(r);
    case '"':
        r->p++;
        return string(r);
    case 't':
        return take_word(r, RS_STR("true")) ? json_true() : NULL;
    case 'f':
        return take_word(r, RS_STR("false")) ? json_false() : NULL;
    case 'n':
        return take_word(r, RS_STR("null")) ? json_null() : NULL;
    default:
        return number(r);
    }
}

json_t *rs_json_tree(struct rs_str text)
{
    struct rest r = {text.p, text.p + text.n};

    if (!take(&r, '{')) {
        return NULL;
    }
    json_t *root = object(&r);
    skip_blanks(&r);
    if (root != NULL && r.p < r.end) {
        json_decref(root);
        return NULL;
    }
    return root;
}
