/* SPDX-License-Identifier: Apache-2.0 */
/* Checking keys: the characters first, then that the key is its own normal path. */
#include "model/key.h"

#include "model/word.h"

static bool is_key_char(int32_t c)
{
    return rs_is_word(c) || c == '/' || c == '.' || c == '-' || c == ' ' || c == ':';
}

/* A trailing newline passes: MLflow's pattern ends in "$", which in Python matches before one too.
 */
static bool has_key_chars(struct rs_str key)
{
    const size_t end = key.n > 0 && key.p[key.n - 1] == '\n' ? key.n - 1 : key.n;
    const struct rs_str text = {key.p, end};
    size_t at = 0;

    while (at < text.n) {
        if (!is_key_char(rs_utf8_next(text, &at))) {
            return false;
        }
    }
    return true;
}

/* How the path starts: POSIX keeps two slashes, and makes three or more one. */
static size_t root_length(struct rs_str path)
{
    size_t n = 0;

    while (n < path.n && path.p[n] == '/') {
        n++;
    }
    return n == 2 ? 2 : n > 0;
}

/* The bytes of out that remain when its last segment is taken away; out is longer than root. */
static size_t without_last(const char *out, size_t n, size_t root)
{
    while (n > root && out[n - 1] != '/') {
        n--;
    }
    return n > root ? n - 1 : root;
}

static bool ends_in_dotdot(const char *out, size_t n, size_t root)
{
    return n >= root + 2 && memcmp(out + n - 2, "..", 2) == 0 &&
           (n == root + 2 || out[n - 3] == '/');
}

struct rs_str rs_path_normal(struct rs_arena *a, struct rs_str path)
{
    const size_t root = root_length(path);
    char *out = rs_arena_alloc(a, path.n + 2, 1);
    size_t n = root;
    size_t at = 0;

    memset(out, '/', root);
    while (at < path.n) {
        const size_t end = rs_str_find(path, '/', at);
        const struct rs_str part = {path.p + at, end - at};

        at = end + 1;
        if (part.n == 0 || rs_str_is(part, ".")) {
            continue;
        }
        if (rs_str_is(part, "..") && !ends_in_dotdot(out, n, root) && (n > root || root > 0)) {
            n = without_last(out, n, root);
            continue;
        }
        if (n > root) {
            out[n++] = '/';
        }
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    if (n == 0) {
        return RS_STR(".");
    }
    return (struct rs_str){out, n};
}

bool rs_path_is_ambiguous(struct rs_str name)
{
    size_t at = 0;

    if (name.n == 0 || rs_str_starts(name, RS_STR(".."))) {
        return true;
    }
    do {
        const size_t end = rs_str_find(name, '/', at);
        const struct rs_str part = {name.p + at, end - at};

        if (part.n == 0 || rs_str_is(part, ".") || rs_str_is(part, "..")) {
            return true;
        }
        at = end + 1;
    } while (at <= name.n);
    return false;
}

enum rs_code rs_key_check(struct rs_cx *cx, struct rs_where at, const char *field,
                          struct rs_str key)
{
    const char *words = "Names may only contain alphanumerics, underscores (_), dashes (-), "
                        "periods (.), spaces ( ), colon(:) and slashes (/).";
    struct rs_str why = rs_str_of(words);

    if (has_key_chars(key)) {
        if (!rs_path_is_ambiguous(key)) {
            return RS_OK;
        }
        const struct rs_str quoted = rs_quote_repr(cx->arena, rs_path_normal(cx->arena, key));

        why = rs_arena_fmt(
            cx->arena,
            "Names may be treated as files in certain cases, and must not resolve to "
            "other names when treated as such. This name would resolve to " RS_FMT,
            RS_ARG(quoted));
    }
    const struct rs_str where = rs_where_text(cx->arena, at, field);
    const struct rs_str shown = rs_quote_ascii(cx->arena, key);

    return rs_fail(cx, RS_INVALID,
                   "Invalid value " RS_FMT " for parameter '" RS_FMT "' supplied: " RS_FMT,
                   RS_ARG(shown), RS_ARG(where), RS_ARG(why));
}
