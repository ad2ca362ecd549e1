/* SPDX-License-Identifier: Apache-2.0 */
/* JSON bodies into structs. jansson parses; the field table says what goes where. */
#include "api/json_in.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>

#include "api/json_tree.h"
#include "model/where.h"

/* jansson allocates for every key and value of a document: it is given an arena that lives as long
 * as the reading, on this thread. What a request keeps is copied, so that a document of many small
 * values does not hold its tree while the call waits for its lane. The tree of a small document
 * fits into the memory that the request has anyway. */
enum { SMALL_MAX = 512 };

static _Thread_local struct rs_arena *reading;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *take_memory(size_t n)
{
    return rs_arena_alloc(reading, 1, n);
}

static void leave_memory(void *p)
{
    (void)p;
}

static void use_arenas(void)
{
    json_set_alloc_funcs(take_memory, leave_memory);
}

/* Where a value stands in the request: "metrics[3].value". */
struct place {
    const struct place *outer;
    struct rs_str name;
    int64_t index; /* of an item of a list; -1: none */
};

static struct rs_str place_text(struct rs_cx *cx, const struct place *p)
{
    struct rs_str text = p->name;

    if (p->index >= 0) {
        text = rs_arena_fmt(cx->arena, RS_FMT "[%lld]", RS_ARG(text), (long long)p->index);
    }
    if (p->outer != NULL) {
        const struct rs_str outer = place_text(cx, p->outer);

        text = rs_arena_fmt(cx->arena, RS_FMT "." RS_FMT, RS_ARG(outer), RS_ARG(text));
    }
    return text;
}

enum rs_code rs_fail_missing(struct rs_cx *cx, struct rs_str path)
{
    return rs_fail(cx, RS_INVALID,
                   "Missing value for required parameter '" RS_FMT
                   "'. See the API docs for more information about request parameters.",
                   RS_ARG(path));
}

/* Python's name of a JSON value's type, as MLflow's messages say it. */
static const char *type_name(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "dict";
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "str";
    case JSON_INTEGER:
        return "int";
    case JSON_REAL:
        return "float";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_NULL:
        break;
    }
    return "NoneType";
}

enum { SHOWN_MAX = 200 }; /* bytes of a wrong value that its message repeats */

static enum rs_code fail_type(struct rs_cx *cx, const struct place *p, const json_t *v)
{
    char shown[SHOWN_MAX];
    const size_t n = json_dumpb(v, shown, sizeof shown,
                                JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_COMPACT);
    const struct rs_str where = place_text(cx, p);

    return rs_fail(
        cx, RS_INVALID,
        "Invalid value %.*s for parameter '" RS_FMT
        "' supplied:  Hint: Value was of type '%s'. See the API docs for more information "
        "about request parameters.",
        (int)(n < sizeof shown ? n : sizeof shown), shown, RS_ARG(where), type_name(v));
}

static struct rs_str string_of(const json_t *v)
{
    return (struct rs_str){json_string_value(v), json_string_length(v)};
}

/* A double that holds an integer, and one that no other integer would have become. */
static bool integral(double d, int64_t *out)
{
    if (!(fabs(d) <= 9007199254740992.0) || d != floor(d)) {
        return false;
    }
    *out = (int64_t)d;
    return true;
}

static bool read_i64(const json_t *v, int64_t *out)
{
    double d = 0;

    if (json_is_integer(v)) {
        *out = json_integer_value(v);
        return true;
    }
    if (json_is_real(v)) {
        return integral(json_real_value(v), out);
    }
    return json_is_string(v) && (rs_str_to_i64(string_of(v), out) ||
                                 (rs_str_to_f64(string_of(v), &d) && integral(d, out)));
}

static bool named_double(struct rs_str s, double *out)
{
    static const struct {
        const char *name;
        double value;
    } names[] = {{"NaN", NAN},           {"nan", NAN},
                 {"Infinity", INFINITY}, {"-Infinity", -INFINITY},
                 {"inf", INFINITY},      {"-inf", -INFINITY}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (rs_str_is(s, names[i].name)) {
            *out = names[i].value;
            return true;
        }
    }
    return false;
}

static bool read_f64(const json_t *v, double *out)
{
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return true;
    }
    if (json_is_boolean(v)) {
        *out = json_is_true(v) ? 1 : 0;
        return true;
    }
    return json_is_string(v) &&
           (named_double(string_of(v), out) || rs_str_to_f64(string_of(v), out));
}

static bool read_str(struct rs_cx *cx, const json_t *v, struct rs_str *out)
{
    if (!json_is_string(v)) {
        return false;
    }
    *out = rs_arena_str(cx->arena, string_of(v));
    return true;
}

/* By name or by number; a name that is in no table is ignored, as protobuf does. */
static bool read_enum(const struct rs_enum_name *names, const json_t *v, struct rs_opt_enum *out)
{
    int64_t number = 0;

    if (!read_i64(v, &number)) {
        out->is_set = json_is_string(v) && rs_enum_value(names, string_of(v), &out->v);
        return json_is_string(v);
    }
    *out = RS_SOME_ENUM(number);
    return number == out->v && rs_enum_name(names, out->v) != NULL;
}

static bool read_strs(struct rs_cx *cx, const json_t *v, struct rs_strs *out)
{
    if (!json_is_array(v)) {
        return false;
    }
    out->n = json_array_size(v);
    out->p = RS_NEW_N(cx->arena, struct rs_str, out->n);
    for (size_t i = 0; i < out->n; i++) {
        if (!read_str(cx, json_array_get(v, i), &out->p[i])) {
            return false;
        }
    }
    return true;
}

static bool read_scalar(struct rs_cx *cx, const struct rs_field *f, const json_t *v, void *at)
{
    int64_t number = 0;

    switch (f->kind) {
    case RS_KIND_STR:
        return read_str(cx, v, at);
    case RS_KIND_I64:
        return read_i64(v, at);
    case RS_KIND_F64:
        return read_f64(v, at);
    case RS_KIND_BOOL:
        *(bool *)at = json_is_true(v);
        return json_is_boolean(v);
    case RS_KIND_OPT_I64:
        if (!read_i64(v, &number) || ((f->flags & RS_INT32) && number != (int32_t)number)) {
            return false;
        }
        *(struct rs_opt_i64 *)at = RS_SOME_I64(number);
        return true;
    case RS_KIND_OPT_F64:
        ((struct rs_opt_f64 *)at)->is_set = true;
        return read_f64(v, &((struct rs_opt_f64 *)at)->v);
    case RS_KIND_OPT_BOOL:
        *(struct rs_opt_bool *)at = RS_SOME_BOOL(json_is_true(v));
        return json_is_boolean(v);
    case RS_KIND_OPT_ENUM:
        return read_enum(f->names, v, at);
    case RS_KIND_STRS:
        return read_strs(cx, v, at);
    case RS_KIND_LIST:
    case RS_KIND_SUB:
    case RS_KIND_LITERAL:
        break;
    }
    return false;
}

static enum rs_code read_object(struct rs_cx *cx, const struct rs_fields *fields, const json_t *v,
                                const struct place *outer, void *out);

static enum rs_code read_list(struct rs_cx *cx, const struct rs_field *f, const json_t *v,
                              struct place *p, struct rs_list *out)
{
    if (!json_is_array(v)) {
        return fail_type(cx, p, v);
    }
    out->n = json_array_size(v);
    out->p = rs_arena_alloc(cx->arena, out->n, f->sub->size);
    for (size_t i = 0; i < out->n; i++) {
        p->index = (int64_t)i;
        RS_TRY(read_object(cx, f->sub, json_array_get(v, i), p, (char *)out->p + i * f->sub->size));
    }
    return RS_OK;
}

static enum rs_code read_field(struct rs_cx *cx, const struct rs_field *f, const json_t *v,
                               struct place *p, void *at)
{
    if (f->kind == RS_KIND_LIST) {
        return read_list(cx, f, v, p, at);
    }
    if (f->kind == RS_KIND_SUB) {
        ((struct rs_sub *)at)->p = rs_arena_alloc(cx->arena, 1, f->sub->size);
        return read_object(cx, f->sub, v, p, ((struct rs_sub *)at)->p);
    }
    return read_scalar(cx, f, v, at) ? RS_OK : fail_type(cx, p, v);
}

/* snake_case to lowerCamelCase, into a buffer of the caller's. */
static struct rs_str camel(struct rs_str snake, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < snake.n; i++) {
        const bool up = snake.p[i] == '_' && i + 1 < snake.n;

        out[n++] = up ? (char)(snake.p[++i] - 'a' + 'A') : snake.p[i];
    }
    return (struct rs_str){out, n};
}

/* The value of a field under either spelling; both at once could get past a check of one of them.
 */
static enum rs_code find_value(struct rs_cx *cx, const struct rs_field *f, const json_t *object,
                               const json_t **out)
{
    char buffer[64];
    const json_t *v = json_object_getn(object, f->name.p, f->name.n);

    if (rs_str_find(f->name, '_', 0) < f->name.n && f->name.n <= sizeof buffer) {
        const struct rs_str name = camel(f->name, buffer);
        const json_t *other = json_object_getn(object, name.p, name.n);

        if (v != NULL && other != NULL) {
            return rs_fail(cx, RS_INVALID,
                           "Request specifies both '" RS_FMT "' and '" RS_FMT
                           "'; provide only one of them.",
                           RS_ARG(f->name), RS_ARG(name));
        }
        /* MLflow looks for what is required under its snake_case name only. */
        if (v == NULL && (f->flags & RS_REQUIRED) == 0) {
            v = other;
        }
    }
    *out = json_is_null(v) ? NULL : v;
    return RS_OK;
}

/* Whether an object has more than nothing under the very name of a field. */
static bool is_given(const json_t *object, const struct rs_field *f)
{
    const json_t *v = json_object_getn(object, f->name.p, f->name.n);

    return v != NULL && !json_is_null(v) && !(json_is_string(v) && json_string_length(v) == 0);
}

static enum rs_code read_object(struct rs_cx *cx, const struct rs_fields *fields, const json_t *v,
                                const struct place *outer, void *out)
{
    if (!json_is_object(v)) {
        return fail_type(cx, outer, v);
    }
    for (size_t i = 0; i < fields->n; i++) {
        const struct rs_field *f = &fields->field[i];
        struct place p = {outer, f->name, -1};
        const json_t *value = NULL;

        RS_TRY(find_value(cx, f, v, &value));
        if ((f->flags & RS_OR_NEXT) != 0 && !is_given(v, f) && !is_given(v, f + 1)) {
            return rs_fail_missing(cx, place_text(cx, &p));
        }
        const bool is_blank = json_is_string(value) && json_string_length(value) == 0;
        if ((f->flags & RS_REQUIRED) != 0 && (value == NULL || is_blank)) {
            return rs_fail_missing(cx, place_text(cx, &p));
        }
        if (value != NULL) {
            RS_TRY(read_field(cx, f, value, &p, (char *)out + f->offset));
        }
    }
    return RS_OK;
}

/* What jansson allocates for what a character begins, as measured: an item of a list is 53 bytes (a
 * text 69, and its bytes), a member of an object 80 more, an empty list 133, an empty object 229.
 */
static size_t cost_of(char c)
{
    switch (c) {
    case ',':
        return 64;
    case ':':
        return 96;
    case '[':
        return 128;
    case '{':
        return 224;
    default:
        return 0;
    }
}

/* Looks, before the parser allocates and recurses, how much and how deep that would be. */
static enum rs_code check_size(struct rs_cx *cx, struct rs_str body)
{
    size_t bytes = 0;
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < body.n; i++) {
        const char c = body.p[i];

        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
            continue;
        }
        in_string = c == '"';
        bytes += cost_of(c);
        depth += c == '[' || c == '{';
        depth -= (c == ']' || c == '}') && depth > 0;
        if (depth > RS_JSON_DEPTH_MAX) {
            return rs_fail(cx, RS_INVALID,
                           "could not read the request body: it has more than %d levels of lists "
                           "and objects",
                           (int)RS_JSON_DEPTH_MAX);
        }
        if (bytes > RS_JSON_TREE_MAX) {
            return rs_fail(cx, RS_INVALID,
                           "could not read the request body: it has more values than %d MiB of "
                           "memory can hold; send them in several requests",
                           (int)RS_JSON_TREE_MAX >> 20);
        }
    }
    return RS_OK;
}

static enum rs_code parse(struct rs_cx *cx, struct rs_str body, json_t **root)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_error_t error;

    RS_TRY(check_size(cx, body));
    /* jansson takes a NUL behind a number or a word for the end of its buffer, and passes it by. */
    if (memchr(body.p, '\0', body.n) != NULL) {
        return rs_fail(cx, RS_INVALID,
                       "could not read the request body as JSON: it holds a NUL byte");
    }
    *root = rs_json_tree(body);
    if (*root != NULL) {
        return RS_OK;
    }
    *root = json_loadb(body.p, body.n, flags, &error);
    if (*root == NULL && json_error_code(&error) == json_error_numeric_overflow) {
        /* 1e20 is a fine value of a metric, and JavaScript writes it as an integer. */
        *root = json_loadb(body.p, body.n, flags | JSON_DECODE_INT_AS_REAL, &error);
    }
    if (*root == NULL) {
        return rs_fail(cx, RS_INVALID,
                       "could not read the request body as JSON: %s at line %d, column %d",
                       error.text, error.line, error.column);
    }
    return RS_OK;
}

static enum rs_code decode(struct rs_cx *cx, struct rs_str body, const struct rs_fields *fields,
                           void *out)
{
    json_t *root = NULL;

    RS_TRY(parse(cx, rs_str_trim(body).n > 0 ? body : RS_STR("{}"), &root));
    if (json_is_string(root)) {
        RS_TRY(parse(cx, string_of(root), &root));
    }
    if (json_is_null(root)) {
        RS_TRY(parse(cx, RS_STR("{}"), &root));
    }
    if (!json_is_object(root)) {
        return rs_fail(cx, RS_INVALID,
                       "could not read the request body: it is a JSON %s, not an object",
                       json_is_array(root) ? "array" : "value");
    }
    return read_object(cx, fields, root, NULL, out);
}

enum rs_code rs_json_decode(struct rs_cx *cx, struct rs_str body, const struct rs_fields *fields,
                            void *out)
{
    struct rs_arena tree = {0};

    pthread_once(&once, use_arenas);
    reading = body.n <= SMALL_MAX ? cx->arena : &tree;
    const enum rs_code code = decode(cx, body, fields, out);
    reading = NULL;
    rs_arena_fini(&tree);
    return code;
}
