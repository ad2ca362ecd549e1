/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of artifacts. */
#include "service/artifacts.h"

#include "base/clock.h"
#include "base/uri.h"
#include "model/file_info.h"
#include "store/artifact.h"

enum rs_code rs_artifact_get(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, struct rs_artifact_file *out)
{
    struct rs_artifact_entry e;
    bool found = false;

    RS_TRY(rs_store_artifact_find(cx, s, path, &e, &found));
    if (!found) {
        return rs_fail(cx, RS_NOT_FOUND, "No such artifact: '" RS_FMT "'", RS_ARG(path->path));
    }
    if (e.is_dir) {
        return rs_fail(cx, RS_INVALID,
                       "Artifact path refers to a directory, not a file: '" RS_FMT "'",
                       RS_ARG(path->path));
    }
    *out = (struct rs_artifact_file){.name = path->base,
                                     .key = e.blob.key,
                                     .sha256 = e.blob.sha256,
                                     .size = e.blob.size,
                                     .modified_ms = e.last_update_time};
    return RS_OK;
}

enum rs_code rs_artifact_put(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, const struct rs_blob *blob,
                             bool *is_new)
{
    const struct rs_blob_row row = {
        .key = rs_str_of(blob->key), .sha256 = rs_str_of(blob->sha256), .size = blob->size};

    return rs_store_artifact_put(cx, s, path, &row, rs_clock_wall_ms(), is_new);
}

enum rs_code rs_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_artifact_path *path)
{
    if (path->path.n == 0) {
        return rs_fail(cx, RS_INVALID, "could not delete artifacts: the path names all of them");
    }
    return rs_store_artifact_delete(cx, s, path, rs_clock_wall_ms());
}

enum rs_code rs_artifact_list(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                              struct rs_str prefix, struct rs_list *out)
{
    struct rs_artifact_entry *entries = NULL;
    size_t n = 0;

    RS_TRY(rs_store_artifact_list(cx, s, folder, &entries, &n));
    struct rs_file_info *files = RS_NEW_N(cx->arena, struct rs_file_info, n);
    for (size_t i = 0; i < n; i++) {
        const struct rs_artifact_entry *e = &entries[i];

        files[i].path = rs_arena_fmt(cx->arena, RS_FMT RS_FMT, RS_ARG(prefix), RS_ARG(e->name));
        files[i].is_dir = e->is_dir;
        files[i].file_size = (struct rs_opt_i64){e->blob.size, !e->is_dir};
    }
    *out = RS_LIST(files, n);
    return RS_OK;
}

enum rs_code rs_artifact_uri_path(struct rs_cx *cx, struct rs_str uri, struct rs_str *path)
{
    const struct rs_uri parts = rs_uri_split(uri);

    if (!rs_str_is(parts.scheme, "mlflow-artifacts") || parts.authority.n > 0) {
        return rs_fail(cx, RS_INVALID,
                       "the artifacts at '" RS_FMT
                       "' are not stored by this server; ask for them where they are",
                       RS_ARG(uri));
    }
    *path = parts.path;
    while (path->n > 0 && path->p[0] == '/') {
        *path = rs_str_from(*path, 1);
    }
    return RS_OK;
}
