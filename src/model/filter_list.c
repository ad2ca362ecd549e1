/* SPDX-License-Identifier: Apache-2.0 */
/* Reading ('a', "b",). */
#include "model/filter_list.h"

struct reader {
    struct rs_str s; /* what stands between the parentheses */
    size_t at;
    char *out; /* the text of all values, one behind the other; room for all of s */
    size_t n;
};

static void skip_blanks(struct reader *r)
{
    while (r->at < r->s.n && strchr(" \t\n\r\f", r->s.p[r->at]) != NULL && r->s.p[r->at] != '\0') {
        r->at++;
    }
}

static bool at_quote(const struct reader *r)
{
    return r->at < r->s.n && (r->s.p[r->at] == '\'' || r->s.p[r->at] == '"');
}

/* Puts what the escape at r->at stands for; false on those that are not read. */
static bool put_escape(struct reader *r)
{
    static const char letters[] = "\\\\''\"\"n\nt\tr\r";
    const char c = r->at + 1 < r->s.n ? r->s.p[r->at + 1] : '\0';

    if (c == '\0' || strchr("abfvxuUN01234567\n", c) != NULL) {
        return false;
    }
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (letters[i] == c) {
            r->out[r->n++] = letters[i + 1];
            r->at += 2;
            return true;
        }
    }
    /* Python leaves an escape that it does not know as it is. */
    r->out[r->n++] = '\\';
    r->at++;
    return true;
}

/* Reads one quoted text; false when it is not closed, or when a newline stands in it. */
static bool read_quoted(struct reader *r)
{
    const char quote = r->s.p[r->at++];

    while (r->at < r->s.n && r->s.p[r->at] != quote) {
        const char c = r->s.p[r->at];

        if (c == '\n') {
            return false;
        }
        if (c == '\\') {
            if (!put_escape(r)) {
                return false;
            }
        } else {
            r->out[r->n++] = c;
            r->at++;
        }
    }
    return r->at++ < r->s.n;
}

/* Reads a value: one quoted text, or several side by side. */
static bool read_value(struct reader *r, struct rs_val *value)
{
    const size_t start = r->n;

    do {
        if (!read_quoted(r)) {
            return false;
        }
        skip_blanks(r);
    } while (at_quote(r));
    *value = rs_text((struct rs_str){r->out + start, r->n - start});
    return true;
}

static enum rs_code fail_list(struct rs_cx *cx, const char *what)
{
    return rs_fail(cx, RS_INVALID,
                   "While parsing a list in the query, expected a non-empty list of string values, "
                   "but got %s",
                   what);
}

static enum rs_code fail_element(struct rs_cx *cx, const struct reader *r, struct rs_str list)
{
    const char c = r->at < r->s.n ? r->s.p[r->at] : '\0';

    if (c == '-' || (c >= '0' && c <= '9')) {
        return rs_fail(cx, RS_INVALID,
                       "While parsing a list in the query, expected string value, punctuation, or "
                       "whitespace, but got different type in list: " RS_FMT,
                       RS_ARG(list));
    }
    return fail_list(cx, "ill-formed list.");
}

enum rs_code rs_filter_list(struct rs_cx *cx, struct rs_str list, struct rs_val **values,
                            size_t *n_values)
{
    struct reader r = {
        .s = {list.p + 1, list.n - 2},
        .out = rs_arena_alloc(cx->arena, list.n, 1),
    };
    size_t cap = 0;
    size_t n = 0;

    *values = NULL;
    skip_blanks(&r);
    while (r.at < r.s.n) {
        if (!at_quote(&r)) {
            return fail_element(cx, &r, list);
        }
        *values = rs_arena_grow(cx->arena, *values, n, &cap, sizeof **values);
        if (!read_value(&r, &(*values)[n])) {
            return fail_list(cx, "ill-formed list.");
        }
        n++;
        if (r.at < r.s.n && r.s.p[r.at++] != ',') {
            return fail_list(cx, "ill-formed list.");
        }
        skip_blanks(&r);
    }
    *n_values = n;
    return n > 0 ? RS_OK : fail_list(cx, "empty list");
}
