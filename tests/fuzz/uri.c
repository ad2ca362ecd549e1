/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-coding, queries and the parts of a URI. */
#include "base/uri.h"

#include "target.h"

static void check_text(struct rs_str decoded)
{
    FUZZ_HOLDS(rs_utf8_is_valid(decoded), decoded);
    FUZZ_HOLDS(rs_str_find(decoded, '\0', 0) == decoded.n, decoded);
}

/* What was decoded is what its own coding means; any bytes survive being encoded. */
static void check_coding(struct rs_cx *cx, struct rs_str input, bool plus_is_space)
{
    struct rs_str decoded;
    struct rs_str again;

    if (rs_uri_decode(cx->arena, input, plus_is_space, &decoded)) {
        check_text(decoded);
        const struct rs_str encoded = rs_uri_encode(cx->arena, decoded, "/");
        FUZZ_HOLDS(rs_uri_decode(cx->arena, encoded, plus_is_space, &again), encoded);
        FUZZ_HOLDS(rs_str_eq(decoded, again), encoded);
    }
    const bool is_text = rs_utf8_is_valid(input) && rs_str_find(input, '\0', 0) == input.n;
    const struct rs_str coded = rs_uri_encode(cx->arena, input, "");
    FUZZ_HOLDS(rs_uri_decode(cx->arena, coded, plus_is_space, &again) == is_text, coded);
    FUZZ_HOLDS(!is_text || rs_str_eq(input, again), coded);
}

static void check_query(struct rs_cx *cx, struct rs_str input)
{
    struct rs_query_arg *args = NULL;
    size_t n = 0;

    if (!rs_uri_query(cx->arena, input, &args, &n)) {
        return;
    }
    FUZZ_HOLDS(n <= RS_QUERY_ARGS_MAX, input);
    for (size_t i = 0; i < n; i++) {
        check_text(args[i].name);
        check_text(args[i].value);
    }
}

/* The part with the mark that stands before or behind it, at the end of what was joined so far. */
static struct rs_str join(struct rs_cx *cx, struct rs_str text, const char *before,
                          struct rs_str part, const char *behind)
{
    return part.p == NULL ? text
                          : rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT "%s", RS_ARG(text), before,
                                         RS_ARG(part), behind);
}

static void check_split(struct rs_cx *cx, struct rs_str input)
{
    const struct rs_uri uri = rs_uri_split(input);
    struct rs_str text = {"", 0};

    text = join(cx, text, "", uri.scheme, ":");
    text = join(cx, text, "//", uri.authority, "");
    text = join(cx, text, "", uri.path, "");
    text = join(cx, text, "?", uri.query, "");
    text = join(cx, text, "#", uri.fragment, "");
    /* printf ends a text at a NUL. */
    FUZZ_HOLDS(rs_str_find(input, '\0', 0) < input.n || rs_str_eq(text, input), text);
}

static void try_uri(struct rs_cx *cx, struct rs_str input)
{
    check_coding(cx, input, false);
    check_coding(cx, input, true);
    check_query(cx, input);
    check_split(cx, input);
}

static void put_words(void (*put)(struct rs_str word))
{
    static const char *const words[] = {"%00", "%2e", "%2F", "%25", "%C3%A9", "%ED%A0%80", "+",
                                        "&",   "=",   "://", "?",   "#",      ";"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put(rs_str_of(words[i]));
    }
}

const struct fuzz_target fuzz_uri = {.name = "uri",
                                     .what = "percent-coding, query strings, parts of a URI",
                                     .one = try_uri,
                                     .words = put_words};
