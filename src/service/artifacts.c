/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of artifacts. */
#include "service/artifacts.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/uri.h"
#include "model/artifact_uri.h"
#include "model/file_info.h"
#include "model/model_source.h"
#include "service/model_versions.h"
#include "store/artifact.h"
#include "store/blob.h"
#include "store/experiment.h"
#include "store/logged_model.h"
#include "store/run.h"

static enum rs_code root_of_run(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                struct rs_str *uri)
{
    struct rs_run_ref run;
    struct rs_experiment_ref experiment;

    RS_TRY(rs_store_run_find(cx, s, run_id, &run));
    RS_TRY(rs_store_experiment_find(cx, s, run.experiment, &experiment));
    *uri = rs_artifact_uri(cx->arena, experiment.artifact_location,
                           rs_arena_fmt(cx->arena, RS_FMT "/artifacts", RS_ARG(run_id)));
    return RS_OK;
}

static enum rs_code root_of_model(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                  struct rs_str *uri)
{
    struct rs_logged_model_ref model;

    RS_TRY(rs_store_logged_model_find(cx, s, model_id, &model));
    if (model.stage != RS_STAGE_ACTIVE) {
        return rs_fail(cx, RS_NOT_FOUND, "Logged model with ID '" RS_FMT "' not found.",
                       RS_ARG(model_id));
    }
    *uri = rs_artifact_uri(
        cx->arena, model.artifact_location,
        rs_arena_fmt(cx->arena, "models/" RS_FMT "/artifacts", RS_ARG(model_id)));
    return RS_OK;
}

/* Of what came from a run, the run says where its artifacts are; the rest says it itself. */
static enum rs_code root_of_version(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_artifact_owner *owner, struct rs_str *uri)
{
    const struct rs_version_name name = {owner->id, owner->version};
    struct rs_model_source source;

    RS_TRY(rs_model_version_uri(cx, s, &name, uri));
    RS_TRY(rs_model_source_parse(cx, *uri, &source));
    if (source.kind != RS_SOURCE_RUN) {
        return RS_OK;
    }
    /* "/<run id>/<path>" */
    const struct rs_str path = rs_uri_split(*uri).path;
    const struct rs_str below = rs_str_from(path, source.id.n + 1);

    RS_TRY(root_of_run(cx, s, source.id, uri));
    *uri = below.n > 1 ? rs_artifact_uri(cx->arena, *uri, rs_str_from(below, 1)) : *uri;
    return RS_OK;
}

enum rs_code rs_artifact_root(struct rs_cx *cx, struct rs_store *s,
                              const struct rs_artifact_owner *owner, struct rs_str *uri)
{
    if (owner->kind == RS_OF_RUN) {
        return root_of_run(cx, s, owner->id, uri);
    }
    if (owner->kind == RS_OF_MODEL) {
        return root_of_model(cx, s, owner->id, uri);
    }
    if (owner->kind == RS_OF_VERSION) {
        return root_of_version(cx, s, owner, uri);
    }
    *uri = RS_STR("mlflow-artifacts:/");
    return RS_OK;
}

/* The path below our own root that an artifact URI names: "mlflow-artifacts:/1/ab/artifacts" is
 * "1/ab/artifacts". Any other URI, a local path above all, is none of ours to open. */
static enum rs_code path_of_uri(struct rs_cx *cx, struct rs_str uri, struct rs_str *path)
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

enum rs_code rs_artifact_resolve(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_artifact_owner *owner, struct rs_str below,
                                 struct rs_artifact_path *out)
{
    struct rs_str uri;
    struct rs_str root = {0};

    /* First alone: behind a root, an absolute path would look like a relative one. */
    RS_TRY(rs_artifact_path_parse(cx, below, out));
    if (owner->kind == RS_OF_ROOT) {
        return RS_OK;
    }
    RS_TRY(rs_artifact_root(cx, s, owner, &uri));
    RS_TRY(path_of_uri(cx, uri, &root));
    return rs_artifact_path_parse(
        cx, rs_arena_fmt(cx->arena, RS_FMT "/" RS_FMT, RS_ARG(root), RS_ARG(below)), out);
}

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
    if (e.blob.is_corrupt) {
        return rs_fail(cx, RS_CORRUPT,
                       "the stored bytes of '" RS_FMT
                       "' are damaged and are not served; upload the file again",
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
    const struct rs_artifact_entry file = {.last_update_time = rs_clock_wall_ms(),
                                           .blob = {.key = rs_str_of(blob->key),
                                                    .sha256 = rs_str_of(blob->sha256),
                                                    .size = blob->size}};

    return rs_store_artifact_put(cx, s, path, &file, is_new);
}

/* Whether a blob's file is there with its size. What cannot be told counts as there. */
static bool is_there(struct rs_cx *cx, struct rs_artifact_store *artifacts,
                     const struct rs_blob_row *blob)
{
    int64_t size = 0;
    int fd = -1;
    const enum rs_code code = rs_blob_open(cx, artifacts, blob->key, &fd, &size);

    rs_cx_clear(cx);
    if (code == RS_OK) {
        close(fd);
    }
    return code == RS_OK ? size == blob->size : code != RS_NOT_FOUND && code != RS_CORRUPT;
}

enum rs_code rs_artifact_mend(struct rs_cx *cx, struct rs_store *s,
                              struct rs_artifact_store *artifacts, const struct rs_blob *blob,
                              bool *is_new)
{
    struct rs_blob_row stored;
    bool found = false;

    if (*is_new) {
        return RS_OK;
    }
    RS_TRY(rs_store_blob_find(cx, s, rs_str_of(blob->sha256), &stored, &found));
    if (!found || (!stored.is_corrupt && is_there(cx, artifacts, &stored))) {
        return RS_OK;
    }
    *is_new = true;
    return rs_store_blob_replace(cx, s, stored.id, rs_str_of(blob->key), rs_clock_wall_ms());
}

enum rs_code rs_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_artifact_path *path)
{
    struct rs_artifact_entry e;
    bool found = false;

    RS_TRY(rs_store_artifact_find(cx, s, path, &e, &found));
    if (found && e.is_dir && path->dir.n == 0) {
        return rs_fail(cx, RS_INVALID,
                       "could not delete '" RS_FMT "': the folder holds a whole experiment",
                       RS_ARG(path->path));
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

        files[i].path = rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT, RS_ARG(prefix),
                                     prefix.n > 0 ? "/" : "", RS_ARG(e->name));
        files[i].is_dir = e->is_dir;
        files[i].file_size = (struct rs_opt_i64){e->blob.size, !e->is_dir};
    }
    *out = RS_LIST(files, n);
    return RS_OK;
}
