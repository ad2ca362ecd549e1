/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings into structs: the text of each argument becomes what the field table says. */
#include "api/json_in.h"

#include "base/uri.h"
#include "model/where.h"

static enum rs_code fail_value(struct rs_cx *cx, const struct rs_field *f, struct rs_str value)
{
    const struct rs_str shown = rs_quote_ascii(cx->arena, value);

    return rs_fail(
        cx, RS_INVALID,
        "Invalid value " RS_FMT " for parameter '" RS_FMT
        "' supplied:  Hint: Value was of type 'str'. See the API docs for more information "
        "about request parameters.",
        RS_ARG(shown), RS_ARG(f->name));
}

static bool read_bool(struct rs_str s, bool *out)
{
    *out = rs_str_eq_nocase(s, RS_STR("true"));
    return *out || rs_str_eq_nocase(s, RS_STR("false"));
}

static bool read_enum(const struct rs_enum_name *names, struct rs_str s, struct rs_opt_enum *out)
{
    int64_t number = 0;

    if (rs_str_to_i64(s, &number)) {
        *out = RS_SOME_ENUM(number);
        return number == (int)number && rs_enum_name(names, out->v) != NULL;
    }
    out->is_set = rs_enum_value(names, s, &out->v);
    return true;
}

static bool read_scalar(const struct rs_field *f, struct rs_str s, void *at)
{
    struct rs_opt_i64 *number = at;

    switch (f->kind) {
    case RS_KIND_STR:
        *(struct rs_str *)at = s;
        return true;
    case RS_KIND_I64:
        return rs_str_to_i64(s, at);
    case RS_KIND_F64:
        return rs_str_to_f64(s, at);
    case RS_KIND_BOOL:
        return read_bool(s, at);
    case RS_KIND_OPT_I64:
        number->is_set = rs_str_to_i64(s, &number->v);
        return number->is_set && ((f->flags & RS_INT32) == 0 || number->v == (int32_t)number->v);
    case RS_KIND_OPT_F64:
        ((struct rs_opt_f64 *)at)->is_set = true;
        return rs_str_to_f64(s, &((struct rs_opt_f64 *)at)->v);
    case RS_KIND_OPT_BOOL:
        ((struct rs_opt_bool *)at)->is_set = true;
        return read_bool(s, &((struct rs_opt_bool *)at)->v);
    case RS_KIND_OPT_ENUM:
        return read_enum(f->names, s, at);
    case RS_KIND_STRS:
    case RS_KIND_LIST:
    case RS_KIND_SUB:
    case RS_KIND_LITERAL:
        break;
    }
    return false; /* messages have no form in a query */
}

static void read_list(struct rs_cx *cx, const struct rs_field *f, const struct rs_query_arg *args,
                      size_t n, struct rs_strs *out)
{
    out->p = RS_NEW_N(cx->arena, struct rs_str, n);
    for (size_t i = 0; i < n; i++) {
        if (rs_str_eq(args[i].name, f->name)) {
            out->p[out->n++] = args[i].value;
        }
    }
}

static enum rs_code read_field(struct rs_cx *cx, const struct rs_field *f,
                               const struct rs_query_arg *args, size_t n, void *at)
{
    size_t i = 0;

    if (f->kind == RS_KIND_STRS) {
        read_list(cx, f, args, n, at);
        return (f->flags & RS_REQUIRED) != 0 && ((struct rs_strs *)at)->n == 0
                   ? rs_fail_missing(cx, f->name)
                   : RS_OK;
    }
    while (i < n && !rs_str_eq(args[i].name, f->name)) {
        i++;
    }
    if ((f->flags & RS_REQUIRED) != 0 && (i == n || args[i].value.n == 0)) {
        return rs_fail_missing(cx, f->name);
    }
    if (i < n && !read_scalar(f, args[i].value, at)) {
        return fail_value(cx, f, args[i].value);
    }
    return RS_OK;
}

enum rs_code rs_query_decode(struct rs_cx *cx, struct rs_str query, const struct rs_fields *fields,
                             void *out)
{
    struct rs_query_arg *args = NULL;
    size_t n = 0;

    if (!rs_uri_query(cx->arena, query, &args, &n)) {
        return rs_fail(
            cx, RS_INVALID,
            "could not read the query string: it is not valid percent-encoded UTF-8, or has "
            "more than %d arguments",
            (int)RS_QUERY_ARGS_MAX);
    }
    for (size_t i = 0; i < fields->n; i++) {
        const struct rs_field *f = &fields->field[i];

        RS_TRY(read_field(cx, f, args, n, (char *)out + f->offset));
    }
    return RS_OK;
}
