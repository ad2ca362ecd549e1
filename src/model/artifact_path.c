/* SPDX-License-Identifier: Apache-2.0 */
/* Reading artifact paths: refuse what anybody might misread, then write it one way. */
#include "model/artifact_path.h"

#include "model/limits.h"

enum { CODING_DEPTH_MAX = 8 }; /* rounds of percent-decoding that are looked through */

/* Decodes %XX in place and leaves what is no such escape; false when there was none. */
static bool unquote(char *p, size_t *n)
{
    size_t to = 0;

    for (size_t i = 0; i < *n; i++, to++) {
        const int high = p[i] == '%' && i + 2 < *n ? rs_hex_value(p[i + 1]) : -1;
        const int low = high >= 0 ? rs_hex_value(p[i + 2]) : -1;

        p[to] = low >= 0 ? (char)(high * 16 + low) : p[i];
        i += low >= 0 ? 2 : 0;
    }
    const bool changed = to < *n;

    *n = to;
    return changed;
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool has_dotdot(struct rs_str path)
{
    size_t start = 0;

    /* An absent path has no address to count from. */
    for (size_t i = 0; path.n > 0 && i <= path.n; i++) {
        if (i == path.n || is_separator(path.p[i])) {
            if (rs_str_is((struct rs_str){path.p + start, i - start}, "..")) {
                return true;
            }
            start = i + 1;
        }
    }
    return false;
}

bool rs_unquote(struct rs_arena *a, struct rs_str text, struct rs_str *out)
{
    *out = text;
    if (rs_str_find(text, '%', 0) == text.n) {
        return true;
    }
    char *copy = rs_arena_alloc(a, text.n + 1, 1);

    memcpy(copy, text.p, text.n);
    out->p = copy;
    for (int depth = 0; depth < CODING_DEPTH_MAX; depth++) {
        if (!unquote(copy, &out->n)) {
            return true;
        }
    }
    return false;
}

/* Looking at the last form is enough: decoding takes no dot and no separator away. */
bool rs_path_climbs(struct rs_arena *a, struct rs_str path)
{
    struct rs_str plain;

    return !rs_unquote(a, path, &plain) || has_dotdot(plain);
}

/* A root, a drive of Windows, or a file URI. */
static bool is_absolute(struct rs_str path)
{
    const bool has_letter = path.n > 2 && ((path.p[0] >= 'a' && path.p[0] <= 'z') ||
                                           (path.p[0] >= 'A' && path.p[0] <= 'Z'));

    if (path.n > 0 && is_separator(path.p[0])) {
        return true;
    }
    if (has_letter && path.p[1] == ':' && is_separator(path.p[2])) {
        return true;
    }
    return path.n >= 5 && rs_str_eq_nocase((struct rs_str){path.p, 5}, RS_STR("file:"));
}

static bool is_control(char c)
{
    return (c >= 0 && c < 0x20) || c == 0x7F;
}

/* Appends a segment with its control characters as %xx; out has room for three bytes for each. */
static size_t put_segment(char *out, struct rs_str part)
{
    size_t n = 0;

    for (size_t i = 0; i < part.n; i++) {
        if (is_control(part.p[i])) {
            out[n++] = '%';
            out[n++] = "0123456789abcdef"[(unsigned char)part.p[i] >> 4];
            out[n++] = "0123456789abcdef"[(unsigned char)part.p[i] & 0xF];
        } else {
            out[n++] = part.p[i];
        }
    }
    return n;
}

/* Writes the segments with one slash between them; false on one that may not be. */
static bool put_path(struct rs_arena *a, struct rs_str text, struct rs_str *out)
{
    char *p = rs_arena_alloc(a, 3 * text.n + 1, 1);
    size_t n = 0;
    size_t end = 0;

    for (size_t at = 0; at < text.n; at = end + 1) {
        end = rs_str_find(text, '/', at);

        const struct rs_str part = {text.p + at, end - at};

        if (part.n == 0) {
            continue;
        }
        if (rs_str_is(part, ".")) {
            return false;
        }
        if (n > 0) {
            p[n++] = '/';
        }
        const size_t written = put_segment(p + n, part);

        if (written > RS_ARTIFACT_NAME_MAX_BYTES) {
            return false;
        }
        n += written;
    }
    *out = (struct rs_str){p, n};
    return n <= RS_ARTIFACT_PATH_MAX_BYTES;
}

enum rs_code rs_artifact_path_parse(struct rs_cx *cx, struct rs_str text,
                                    struct rs_artifact_path *out)
{
    struct rs_str path;

    if (text.n > RS_ARTIFACT_PATH_MAX_BYTES || rs_str_find(text, '#', 0) < text.n ||
        is_absolute(text) || rs_path_climbs(cx->arena, text) || !put_path(cx->arena, text, &path)) {
        return rs_fail(cx, RS_INVALID, "Invalid path");
    }
    size_t slash = path.n;

    while (slash > 0 && path.p[slash - 1] != '/') {
        slash--;
    }
    *out = (struct rs_artifact_path){
        .path = path,
        .dir = {path.p, slash > 0 ? slash - 1 : 0},
        .base = rs_str_from(path, slash),
        .is_dir = text.n == 0 || text.p[text.n - 1] == '/',
    };
    return RS_OK;
}
