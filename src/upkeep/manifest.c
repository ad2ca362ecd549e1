/* SPDX-License-Identifier: Apache-2.0 */
/* Lines `name = value`, the last of which is the SHA-256 of those above it. */
#include "upkeep/manifest.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/digest.h"
#include "upkeep/folder.h"

enum { MANIFEST_MAX = 8192 };

static const char NAME[] = "manifest";
static const char NEW_NAME[] = "manifest.new";
static const char SEAL[] = "manifest-sha256 = ";

/* Every line, once. */
static const struct line {
    const char *name;
    size_t offset;
    bool is_number;
} lines[] = {
    {"runestone-backup", offsetof(struct rs_manifest, format), true},
    {"program", offsetof(struct rs_manifest, program), false},
    {"created", offsetof(struct rs_manifest, created), false},
    {"schema", offsetof(struct rs_manifest, schema), false},
    {"database", offsetof(struct rs_manifest, database), false},
    {"database-bytes", offsetof(struct rs_manifest, database_bytes), true},
    {"database-sha256", offsetof(struct rs_manifest, database_sha256), false},
    {"blobs", offsetof(struct rs_manifest, blobs), true},
    {"blob-bytes", offsetof(struct rs_manifest, blob_bytes), true},
    {"missing", offsetof(struct rs_manifest, missing), true},
};

enum { N_LINES = sizeof lines / sizeof lines[0] };

enum rs_code rs_manifest_put(struct rs_cx *cx, const char *folder, const struct rs_manifest *m)
{
    const char *path = rs_folder_path(cx->arena, folder, NAME);
    const char *fresh = rs_folder_path(cx->arena, folder, NEW_NAME);
    struct rs_buf text = {.max = MANIFEST_MAX};

    for (size_t i = 0; i < N_LINES; i++) {
        const void *at = (const char *)m + lines[i].offset;

        if (lines[i].is_number) {
            rs_buf_fmt(&text, "%s = %lld\n", lines[i].name, (long long)*(const int64_t *)at);
        } else {
            const struct rs_str *s = at;
            rs_buf_fmt(&text, "%s = " RS_FMT "\n", lines[i].name, RS_ARG(*s));
        }
    }
    const struct rs_str seal = rs_sha256_hex(cx->arena, rs_buf_view(&text));
    rs_buf_fmt(&text, "%s" RS_FMT "\n", SEAL, RS_ARG(seal));
    const enum rs_code code = rs_file_write(cx, fresh, rs_buf_view(&text));
    rs_buf_fini(&text);
    RS_TRY(code);
    if (rename(fresh, path) != 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not rename \"%s\": %s", fresh, strerror(errno));
    }
    return rs_path_sync(cx, folder);
}

static enum rs_code read_text(struct rs_cx *cx, const char *folder, struct rs_str *text)
{
    const char *path = rs_folder_path(cx->arena, folder, NAME);
    FILE *f = fopen(path, "re");

    if (f == NULL && errno == ENOENT) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "there is no finished backup in \"%s\": it has no file \"manifest\"",
                       folder);
    }
    if (f == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", path, strerror(errno));
    }
    char *bytes = rs_arena_alloc(cx->arena, 1, MANIFEST_MAX);
    *text = (struct rs_str){bytes, fread(bytes, 1, MANIFEST_MAX, f)};
    fclose(f);
    return RS_OK;
}

static enum rs_code fail_damaged(struct rs_cx *cx, const char *folder)
{
    return rs_fail(cx, RS_CORRUPT,
                   "the manifest of the backup in \"%s\" is damaged: take another backup", folder);
}

/* The next line, `name = value`, which must be this one. */
static bool read_line(struct rs_str *rest, const struct line *line, struct rs_manifest *out)
{
    const size_t end = rs_str_find(*rest, '\n', 0);
    const size_t name_n = strlen(line->name);
    const struct rs_str whole = {rest->p, end};
    void *at = (char *)out + line->offset;

    if (end == rest->n || !rs_str_starts(whole, rs_str_of(line->name)) ||
        !rs_str_starts(rs_str_from(whole, name_n), RS_STR(" = "))) {
        return false;
    }
    const struct rs_str value = rs_str_from(whole, name_n + 3);
    *rest = rs_str_from(*rest, end + 1);
    if (line->is_number) {
        return rs_str_to_i64(value, at);
    }
    *(struct rs_str *)at = value;
    return true;
}

/* A name in the folder, and no way out of it. */
static bool is_plain_name(struct rs_str name)
{
    return name.n > 0 && name.p[0] != '.' && rs_str_find(name, '/', 0) == name.n;
}

enum rs_code rs_manifest_get(struct rs_cx *cx, const char *folder, struct rs_manifest *out)
{
    struct rs_str text;
    struct rs_str rest;

    *out = (struct rs_manifest){0};
    RS_TRY(read_text(cx, folder, &text));
    rest = text;
    if (!read_line(&rest, &lines[0], out)) {
        return fail_damaged(cx, folder);
    }
    if (out->format > RS_MANIFEST_FORMAT) {
        return rs_fail(cx, RS_INVALID,
                       "could not use the backup in \"%s\": a newer version of the program made it",
                       folder);
    }
    for (size_t i = 1; i < N_LINES; i++) {
        if (!read_line(&rest, &lines[i], out)) {
            return fail_damaged(cx, folder);
        }
    }
    const struct rs_str seal = rs_sha256_hex(cx->arena, (struct rs_str){text.p, text.n - rest.n});
    const struct rs_str line = rs_arena_fmt(cx->arena, "%s" RS_FMT "\n", SEAL, RS_ARG(seal));
    if (!rs_str_eq(rest, line) || !is_plain_name(out->database)) {
        return fail_damaged(cx, folder);
    }
    return RS_OK;
}
