/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and weighing the sources of model versions. */
#include "model/model_source.h"

#include "base/uri.h"
#include "model/artifact_path.h"

enum { SEGMENTS_MAX = 256 }; /* of a path; a deeper one lies in nothing */

enum rs_code rs_model_source_fail(struct rs_cx *cx, struct rs_str source, const char *which)
{
    return rs_fail(cx, RS_INVALID,
                   "Invalid model version source: '" RS_FMT "'. The %s request parameter must "
                   "identify the resource that contains the source.",
                   RS_ARG(source), which);
}

static bool is_number(struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

/* The path behind "models:": "/name/which", "/name@alias" or "/m-...". */
static bool read_model_path(struct rs_str path, struct rs_model_source *out)
{
    size_t start = 0;

    while (start < path.n && path.p[start] == '/') {
        start++;
    }
    const struct rs_str rest = rs_str_from(path, start);
    const size_t slash = rs_str_find(rest, '/', 0);
    size_t at = slash;

    if (start == 0 || rs_str_trim((struct rs_str){rest.p, slash}).n == 0) {
        return false;
    }
    if (slash < rest.n) {
        out->id = (struct rs_str){rest.p, slash};
        out->which = rs_str_from(rest, slash + 1);
        out->kind = is_number(out->which)                            ? RS_SOURCE_VERSION
                    : rs_str_eq_nocase(out->which, RS_STR("latest")) ? RS_SOURCE_LATEST
                                                                     : RS_SOURCE_STAGE;
        return rs_str_trim(out->which).n > 0 && rs_str_find(out->which, '/', 0) == out->which.n;
    }
    while (at > 0 && rest.p[at - 1] != '@') {
        at--;
    }
    out->kind = at > 0 ? RS_SOURCE_ALIAS : RS_SOURCE_LOGGED;
    out->id = (struct rs_str){rest.p, at > 0 ? at - 1 : rest.n};
    out->which = at > 0 ? rs_str_from(rest, at) : (struct rs_str){0};
    return out->kind == RS_SOURCE_LOGGED || rs_str_trim(out->which).n > 0;
}

/* The run's id in "/<run id>/<path>". */
static bool read_run_path(struct rs_str path, struct rs_model_source *out)
{
    if (path.n < 2 || path.p[0] != '/') {
        return false;
    }
    const struct rs_str rest = rs_str_from(path, 1);

    out->kind = RS_SOURCE_RUN;
    out->id = (struct rs_str){rest.p, rs_str_find(rest, '/', 0)};
    return out->id.n > 0;
}

struct segments {
    struct rs_str p[SEGMENTS_MAX];
    size_t n;
};

/* The segments of a path that are not empty, percent-decoded as far as they go. False when they
 * are too many, or cannot be decoded. */
static bool split(struct rs_arena *a, struct rs_str path, struct segments *out)
{
    out->n = 0;
    for (size_t from = 0; from < path.n;) {
        const size_t end = rs_str_find(path, '/', from);

        if (end > from) {
            if (out->n == SEGMENTS_MAX ||
                !rs_unquote(a, (struct rs_str){path.p + from, end - from}, &out->p[out->n++])) {
                return false;
            }
        }
        from = end + 1;
    }
    return true;
}

/* Whether the segments of MLflow's artifact route are somewhere in the path of a URL. */
static bool has_artifact_route(struct rs_arena *a, struct rs_str path)
{
    static const char *const route[] = {"api", "2.0", "mlflow-artifacts", "artifacts"};
    enum { N_ROUTE = 4 };
    struct segments s;

    if (!split(a, path, &s)) {
        return true;
    }
    for (size_t i = 0; i + N_ROUTE <= s.n; i++) {
        size_t k = 0;

        while (k < N_ROUTE && rs_str_is(s.p[i + k], route[k])) {
            k++;
        }
        if (k == N_ROUTE) {
            return true;
        }
    }
    return false;
}

static bool is_scheme(const struct rs_uri *uri, const char *name)
{
    return rs_str_eq_nocase(uri->scheme, rs_str_of(name));
}

enum rs_code rs_model_source_parse(struct rs_cx *cx, struct rs_str text,
                                   struct rs_model_source *out)
{
    const struct rs_uri uri = rs_uri_split(text);

    *out = (struct rs_model_source){.kind = RS_SOURCE_OTHER, .text = text};
    if (uri.scheme.n == 0 || is_scheme(&uri, "file")) {
        out->kind = RS_SOURCE_LOCAL;
    } else if (is_scheme(&uri, "models")) {
        if (uri.authority.n > 0) {
            return rs_fail(cx, RS_INVALID,
                           "Invalid model version source: '" RS_FMT "'. Registered model sources "
                           "must use the active model registry.",
                           RS_ARG(text));
        }
        if (!read_model_path(uri.path, out)) {
            return rs_model_source_fail(cx, text, "model_id");
        }
    } else if (is_scheme(&uri, "runs")) {
        if (uri.authority.n > 0 || !read_run_path(uri.path, out)) {
            return rs_model_source_fail(cx, text, "run_id");
        }
    } else if (is_scheme(&uri, "mlflow-artifacts") ||
               ((is_scheme(&uri, "http") || is_scheme(&uri, "https")) &&
                has_artifact_route(cx->arena, uri.path))) {
        out->kind = RS_SOURCE_ARTIFACTS;
    }
    return RS_OK;
}

/* Whether the path is what it would be as a file's: no "." or ".." and no control character. */
static bool is_plain(struct rs_arena *a, struct rs_str path)
{
    struct segments s;

    if (!split(a, path, &s)) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (rs_str_is(s.p[i], ".") || rs_str_is(s.p[i], "..") ||
            rs_str_find(s.p[i], '\0', 0) < s.p[i].n) {
            return false;
        }
    }
    return true;
}

/* Whether a path begins at its root and names something there. */
static bool is_absolute(struct rs_str path)
{
    size_t i = 0;

    while (i < path.n && path.p[i] == '/') {
        i++;
    }
    return i > 0 && i < path.n;
}

enum rs_code rs_model_source_path_check(struct rs_cx *cx, const struct rs_model_source *source)
{
    const struct rs_str path = rs_uri_split(source->text).path;

    if (is_absolute(path) && is_plain(cx->arena, path) &&
        !rs_path_climbs(cx->arena, source->text)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid model version source: '" RS_FMT "'. If supplying a source as an http, "
                   "https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute "
                   "path must be provided without relative path references present. Please provide "
                   "an absolute path.",
                   RS_ARG(source->text));
}

bool rs_uri_is_within(struct rs_arena *a, struct rs_str uri, struct rs_str root)
{
    const struct rs_uri u = rs_uri_split(uri);
    const struct rs_uri r = rs_uri_split(root);
    struct segments inner;
    struct segments outer;

    if (!rs_str_eq_nocase(u.scheme, r.scheme) || !rs_str_eq_nocase(u.authority, r.authority) ||
        !split(a, u.path, &inner) || !split(a, r.path, &outer) || outer.n == 0 ||
        inner.n < outer.n || !is_plain(a, u.path)) {
        return false;
    }
    for (size_t i = 0; i < outer.n; i++) {
        if (!rs_str_eq(inner.p[i], outer.p[i])) {
            return false;
        }
    }
    return true;
}
