/* SPDX-License-Identifier: Apache-2.0 */
/* Our own JSON writer: jansson prints 0.1 as 0.10000000000000001, knows no NaN, and builds a tree
 * first. */
#include "api/json_out.h"

#include <float.h>
#include <math.h>

#include "base/num.h"

/* Whether a JSON string holds a byte as it is, where all of it is ASCII: no quote, backslash or
 * control. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The same of eight bytes at once. A subtraction that borrows sets the high bit of its byte, and
 * may then carry a wrong one upward: that of the byte which borrowed first is true, and one is
 * enough. */
static bool are_plain(const char *eight)
{
    const uint64_t each = 0x0101010101010101;
    uint64_t w = 0;

    memcpy(&w, eight, sizeof w);
    const uint64_t quote = (w ^ '"' * each) - each;
    const uint64_t backslash = (w ^ '\\' * each) - each;
    const uint64_t control = w - 0x20 * each;
    return ((w | quote | backslash | control) & 0x80 * each) == 0;
}

/* The length of the run of plain bytes at s.p. */
static size_t plain_run(struct rs_str s)
{
    size_t n = 0;

    while (s.n - n >= 8 && are_plain(s.p + n)) {
        n += 8;
    }
    while (n < s.n && is_plain((unsigned char)s.p[n])) {
        n++;
    }
    return n;
}

static void put_escape(struct rs_buf *out, char c)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* byte, letter, ... */

    for (size_t i = 0; i + 1 < sizeof shorts; i += 2) {
        if (shorts[i] == c) {
            rs_buf_putc(out, '\\');
            rs_buf_putc(out, shorts[i + 1]);
            return;
        }
    }
    rs_buf_fmt(out, "\\u%04x", (unsigned char)c);
}

/* The rest of a string whose first bytes are not plain. */
static void put_mixed(struct rs_buf *out, struct rs_str s)
{
    while (s.n > 0) {
        const size_t run = plain_run(s);
        size_t at = run;

        rs_buf_put(out, s.p, run);
        if (run == s.n) {
            break;
        }
        if ((unsigned char)s.p[run] < 0x80) {
            put_escape(out, s.p[at++]);
        } else if (rs_utf8_next(s, &at) >= 0) {
            rs_buf_put(out, s.p + run, at - run);
        } else {
            RS_BUF_LIT(out, "\xEF\xBF\xBD");
            at++;
        }
        s = rs_str_from(s, at);
    }
}

void rs_json_string(struct rs_buf *out, struct rs_str s)
{
    const size_t run = plain_run(s);
    char *room = rs_buf_room(out, run + 2);

    if (room == NULL) {
        return;
    }
    *room++ = '"';
    if (run > 0) {
        memcpy(room, s.p, run);
    }
    out->n += run + 1;
    if (run < s.n) {
        put_mixed(out, rs_str_from(s, run));
        rs_buf_putc(out, '"');
        return;
    }
    room[run] = '"';
    out->n++;
}

void rs_json_f64(struct rs_buf *out, double v)
{
    if (isnan(v)) {
        RS_BUF_LIT(out, "\"NaN\"");
        return;
    }
    if (isinf(v)) {
        rs_buf_str(out, v > 0 ? RS_STR("\"Infinity\"") : RS_STR("\"-Infinity\""));
        return;
    }
    char *room = rs_buf_room(out, RS_F64_TEXT_MAX);
    if (room != NULL) {
        out->n += rs_f64_text(v, room);
    }
}

/* As GraphQL's Float, which has no other numbers. */
static void put_finite(struct rs_buf *out, double v)
{
    if (isnan(v)) {
        RS_BUF_LIT(out, "null");
        return;
    }
    rs_json_f64(out, isinf(v) ? copysign(DBL_MAX, v) : v);
}

static void put_f64(struct rs_buf *out, double v, unsigned flags)
{
    if ((flags & RS_FINITE) != 0) {
        put_finite(out, v);
        return;
    }
    rs_json_f64(out, v);
}

static void put_i64(struct rs_buf *out, int64_t v, unsigned flags)
{
    const bool quoted = (flags & RS_I64_TEXT) != 0;
    char *room = rs_buf_room(out, RS_I64_TEXT_MAX + 2);

    if (room == NULL) {
        return;
    }
    size_t n = 0;
    if (quoted) {
        room[n++] = '"';
    }
    n += rs_i64_text(v, room + n);
    if (quoted) {
        room[n++] = '"';
    }
    out->n += n;
}

static void put_bool(struct rs_buf *out, bool v)
{
    rs_buf_str(out, v ? RS_STR("true") : RS_STR("false"));
}

static void put_strs(struct rs_buf *out, const struct rs_strs *strs)
{
    rs_buf_putc(out, '[');
    for (size_t i = 0; i < strs->n; i++) {
        if (i > 0) {
            rs_buf_putc(out, ',');
        }
        rs_json_string(out, strs->p[i]);
    }
    rs_buf_putc(out, ']');
}

static void put_list(struct rs_buf *out, const struct rs_fields *fields, const struct rs_list *list)
{
    rs_buf_putc(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0) {
            rs_buf_putc(out, ',');
        }
        rs_json_encode(out, fields, (const char *)list->p + i * fields->size);
    }
    rs_buf_putc(out, ']');
}

static bool is_there(const struct rs_field *f, const void *at)
{
    if ((f->flags & RS_ALWAYS) != 0) {
        return true;
    }
    switch (f->kind) {
    case RS_KIND_STR:
        return ((const struct rs_str *)at)->p != NULL;
    case RS_KIND_OPT_I64:
        return ((const struct rs_opt_i64 *)at)->is_set;
    case RS_KIND_OPT_F64:
        return ((const struct rs_opt_f64 *)at)->is_set;
    case RS_KIND_OPT_BOOL:
        return ((const struct rs_opt_bool *)at)->is_set;
    case RS_KIND_OPT_ENUM:
        return ((const struct rs_opt_enum *)at)->is_set;
    case RS_KIND_STRS:
        return ((const struct rs_strs *)at)->n > 0 || (f->flags & RS_EMPTY_TOO) != 0;
    case RS_KIND_LIST:
        return ((const struct rs_list *)at)->n > 0 || (f->flags & RS_EMPTY_TOO) != 0;
    case RS_KIND_SUB:
        return ((const struct rs_sub *)at)->p != NULL;
    case RS_KIND_I64:
    case RS_KIND_F64:
    case RS_KIND_BOOL:
    case RS_KIND_LITERAL:
        break;
    }
    return true;
}

static void put_enum(struct rs_buf *out, const struct rs_field *f, int v)
{
    const char *name = rs_enum_name(f->names, v);

    rs_json_string(out, rs_str_of(name ? name : ""));
}

static void put_value(struct rs_buf *out, const struct rs_field *f, const void *at)
{
    switch (f->kind) {
    case RS_KIND_STR:
        if ((f->flags & RS_VERBATIM) != 0) {
            rs_buf_str(out, *(const struct rs_str *)at);
            break;
        }
        rs_json_string(out, *(const struct rs_str *)at);
        break;
    case RS_KIND_I64:
        put_i64(out, *(const int64_t *)at, f->flags);
        break;
    case RS_KIND_F64:
        put_f64(out, *(const double *)at, f->flags);
        break;
    case RS_KIND_BOOL:
        put_bool(out, *(const bool *)at);
        break;
    case RS_KIND_OPT_I64:
        put_i64(out, ((const struct rs_opt_i64 *)at)->v, f->flags);
        break;
    case RS_KIND_OPT_F64:
        put_f64(out, ((const struct rs_opt_f64 *)at)->v, f->flags);
        break;
    case RS_KIND_OPT_BOOL:
        put_bool(out, ((const struct rs_opt_bool *)at)->v);
        break;
    case RS_KIND_OPT_ENUM:
        put_enum(out, f, ((const struct rs_opt_enum *)at)->v);
        break;
    case RS_KIND_STRS:
        put_strs(out, at);
        break;
    case RS_KIND_LIST:
        put_list(out, f->sub, at);
        break;
    case RS_KIND_SUB:
        rs_json_encode(out, f->sub, ((const struct rs_sub *)at)->p);
        break;
    case RS_KIND_LITERAL: /* as put_name has it */
        break;
    }
}

/* `{"name":` or `,"name":` */
static void put_name(struct rs_buf *out, char before, struct rs_str wire)
{
    char *room = rs_buf_room(out, wire.n);

    if (room != NULL) {
        memcpy(room, wire.p, wire.n);
        room[0] = before;
        out->n += wire.n;
    }
}

/* Writes fields from..to-1 of a message, which those before 'from' have begun; returns '{' while
 * nothing has. */
static char put_fields(struct rs_buf *out, const struct rs_fields *fields, size_t from, size_t to,
                       const char *in)
{
    char before = from == 0 ? '{' : ',';

    for (size_t i = from; i < to; i++) {
        const struct rs_field *f = &fields->field[i];

        if (is_there(f, in + f->offset)) {
            put_name(out, before, f->wire);
            put_value(out, f, in + f->offset);
            before = ',';
        }
    }
    return before;
}

/* The first fields, from what is kept of an earlier reply, or for one to come. Without any there is
 * nothing to keep. */
static size_t put_kept(struct rs_buf *out, const struct rs_fields *fields, const void *in)
{
    struct rs_kept *kept = *(struct rs_kept *const *)((const char *)in + fields->kept);
    const size_t start = out->n;

    if (kept == NULL) {
        return 0;
    }
    if (kept->text.p != NULL) {
        rs_buf_str(out, kept->text);
        return fields->n_kept;
    }
    if (put_fields(out, fields, 0, fields->n_kept, in) == '{') {
        return 0;
    }
    if (!out->over) {
        kept->keep(kept, (struct rs_str){out->p + start, out->n - start});
    }
    return fields->n_kept;
}

void rs_json_encode(struct rs_buf *out, const struct rs_fields *fields, const void *in)
{
    const size_t from = fields->n_kept > 0 ? put_kept(out, fields, in) : 0;

    if (put_fields(out, fields, from, fields->n, in) == '{') {
        rs_buf_putc(out, '{');
    }
    rs_buf_putc(out, '}');
}
