/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may call a file, a key or a place. */
#include "model/artifact_path.h"

#include "model/key.h"
#include "model/limits.h"
#include "model/location.h"
#include "base/uri.h"
#include "model/media_type.h"
#include "model/model_source.h"
#include "target.h"

/* A path that was accepted leads nowhere but down, whoever reads it, and is written in one way. */
static void check_path(struct rs_cx *cx, const struct rs_artifact_path *p)
{
    struct rs_artifact_path again;

    FUZZ_HOLDS(p->path.n <= RS_ARTIFACT_PATH_MAX_BYTES, p->path);
    FUZZ_HOLDS(!rs_path_climbs(cx->arena, p->path), p->path);
    FUZZ_HOLDS(p->path.n == 0 || (p->path.p[0] != '/' && p->path.p[p->path.n - 1] != '/'), p->path);
    for (size_t i = 0; i < p->path.n; i++) {
        FUZZ_HOLDS((unsigned char)p->path.p[i] >= 0x20 && p->path.p[i] != 0x7F, p->path);
        FUZZ_HOLDS(i == 0 || p->path.p[i] != '/' || p->path.p[i - 1] != '/', p->path);
    }
    FUZZ_HOLDS(p->dir.n + (p->dir.n > 0) + p->base.n == p->path.n, p->path);
    FUZZ_HOLDS(rs_str_find(p->base, '/', 0) == p->base.n, p->base);
    FUZZ_HOLDS(rs_media_type(p->base) != NULL, p->base);
    FUZZ_HOLDS(rs_artifact_path_parse(cx, p->path, &again) == RS_OK, p->path);
    FUZZ_HOLDS(rs_str_eq(p->path, again.path), again.path);
}

static void check_key(struct rs_cx *cx, struct rs_str input)
{
    const enum rs_code code = rs_key_check(cx, RS_ALONE, "name", input);
    const struct rs_str normal = rs_path_normal(cx->arena, input);

    fuzz_refused(cx, code, input);
    rs_cx_clear(cx);
    FUZZ_HOLDS(code != RS_OK || !rs_path_is_ambiguous(input), input);
    FUZZ_HOLDS(code != RS_OK || rs_str_eq(normal, input), normal);
    FUZZ_HOLDS(rs_str_eq(normal, rs_path_normal(cx->arena, normal)), normal);
}

static void check_location(struct rs_cx *cx, struct rs_str input)
{
    const struct rs_str roots[] = {RS_STR("mlflow-artifacts:"), RS_STR("s3://bucket/root")};
    const struct rs_location_policy policy = {.roots = roots, .n_roots = 2};
    const enum rs_code code = rs_artifact_location_check(cx, "artifact_location", input, &policy);

    fuzz_refused(cx, code, input);
    rs_cx_clear(cx);
    FUZZ_HOLDS(code != RS_OK || rs_str_find(input, '#', 0) == input.n, input);
}

/* A source that leads to bytes of ours by a path does not climb there. */
static void check_source(struct rs_cx *cx, struct rs_str input)
{
    struct rs_model_source source = {0};
    enum rs_code code = rs_model_source_parse(cx, input, &source);

    if (code == RS_OK) {
        FUZZ_HOLDS(rs_str_eq(source.text, input), input);
        code = rs_model_source_path_check(cx, &source);
    }
    fuzz_refused(cx, code, input);
    rs_cx_clear(cx);
    if (code == RS_OK && source.kind == RS_SOURCE_ARTIFACTS) {
        FUZZ_HOLDS(!rs_path_climbs(cx->arena, rs_uri_split(input).path), input);
    }
    rs_uri_is_within(cx->arena, input, RS_STR("mlflow-artifacts:/1/x"));
}

static void try_path(struct rs_cx *cx, struct rs_str input)
{
    struct rs_artifact_path path;
    struct rs_str plain;
    const enum rs_code code = rs_artifact_path_parse(cx, input, &path);

    fuzz_refused(cx, code, input);
    rs_cx_clear(cx);
    if (code == RS_OK) {
        check_path(cx, &path);
    }
    if (rs_unquote(cx->arena, input, &plain)) {
        FUZZ_HOLDS(plain.n <= input.n, plain);
    }
    rs_media_type(input);
    check_key(cx, input);
    check_location(cx, input);
    check_source(cx, input);
}

static void put_words(void (*put)(struct rs_str word))
{
    static const char *const words[] = {
        "..",  "../",    "%2e%2e",  "%252e", "..\\",      "%5c",
        "/",   "//",     "./",      "C:\\",  "file:///",  "#",
        "%00", "%0d%0a", "s3://",   "%2f",   "http://h/", "mlflow-artifacts:/",
        ";",   "?",      ".tar.gz", ".yaml"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put(rs_str_of(words[i]));
    }
}

const struct fuzz_target fuzz_path = {.name = "path",
                                      .what = "paths of artifacts, keys, locations, media types",
                                      .one = try_path,
                                      .words = put_words};
