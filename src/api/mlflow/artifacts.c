/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts by path: lists, deletion, and what only stores with addresses of their own can do. */
#include "service/artifacts.h"

#include "api/json_in.h"
#include "api/mlflow/routes.h"
#include "base/uri.h"
#include "model/file_info.h"

/* Seconds; S3's limit of a presigned URL. */
enum { EXPIRATION_MAX = 604800 };

const struct rs_fields rs_ml_list_files_fields = RS_FIELDS(
    struct rs_ml_list_files, RS_FIELD(struct rs_ml_list_files, path, 0));

const struct rs_fields rs_ml_list_run_files_fields = RS_FIELDS(
    struct rs_ml_list_run_files, RS_FIELD(struct rs_ml_list_run_files, run_id, 0),
    RS_FIELD(struct rs_ml_list_run_files, run_uuid, 0),
    RS_FIELD(struct rs_ml_list_run_files, path, 0));

const struct rs_fields rs_ml_list_model_files_fields = RS_FIELDS(
    struct rs_ml_list_model_files, RS_FIELD(struct rs_ml_list_model_files, model_id, 0),
    RS_FIELD(struct rs_ml_list_model_files, artifact_directory_path, 0));

const struct rs_fields rs_ml_files_fields = RS_FIELDS(
    struct rs_ml_files, RS_FIELD(struct rs_ml_files, root_uri, 0),
    RS_FIELD_OF(struct rs_ml_files, files, 0, &rs_file_info_fields));

const struct rs_fields rs_ml_artifact_fields = RS_FIELDS(struct rs_ml_artifact,
                                                         RS_FIELD(struct rs_ml_artifact, path, 0));

const struct rs_fields rs_ml_presign_upload_fields = RS_FIELDS(
    struct rs_ml_presign_upload, RS_FIELD(struct rs_ml_presign_upload, run_id, 0),
    RS_FIELD(struct rs_ml_presign_upload, path, RS_REQUIRED),
    RS_FIELD(struct rs_ml_presign_upload, expiration, 0),
    RS_FIELD(struct rs_ml_presign_upload, model_id, 0));

const struct rs_fields rs_ml_presign_download_fields = RS_FIELDS(
    struct rs_ml_presign_download, RS_FIELD(struct rs_ml_presign_download, run_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_presign_download, path, RS_REQUIRED),
    RS_FIELD(struct rs_ml_presign_download, expiration, 0));

const struct rs_fields rs_ml_run_file_fields = RS_FIELDS(
    struct rs_ml_run_file, RS_FIELD(struct rs_ml_run_file, run_id, 0),
    RS_FIELD(struct rs_ml_run_file, run_uuid, 0), RS_FIELD(struct rs_ml_run_file, path, 0));

const struct rs_fields rs_ml_model_file_fields = RS_FIELDS(
    struct rs_ml_model_file, RS_FIELD(struct rs_ml_model_file, artifact_file_path, 0));

const struct rs_fields rs_ml_version_file_fields = RS_FIELDS(
    struct rs_ml_version_file, RS_FIELD(struct rs_ml_version_file, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_version_file, version, RS_REQUIRED),
    RS_FIELD(struct rs_ml_version_file, path, 0));

enum rs_code rs_ml_list_files(struct rs_call *c, const struct rs_ml_list_files *q,
                              struct rs_ml_files *out)
{
    struct rs_artifact_path path;

    RS_TRY(rs_artifact_path_parse(c->cx, q->path, &path));
    return rs_artifact_list(c->cx, c->store, path.path, RS_STR(""), &out->files);
}

/* One level below `text` inside an owner's artifacts; names are from the owner's root on. */
static enum rs_code list_of_owner(struct rs_call *c, const struct rs_artifact_owner *owner,
                                  struct rs_str text, struct rs_ml_files *out)
{
    struct rs_artifact_path below;
    struct rs_artifact_path folder;

    RS_TRY(rs_artifact_path_parse(c->cx, text, &below));
    RS_TRY(rs_artifact_root(c->cx, c->store, owner, &out->root_uri));
    RS_TRY(rs_artifact_resolve(c->cx, c->store, owner, text, &folder));
    return rs_artifact_list(c->cx, c->store, folder.path, below.path, &out->files);
}

enum rs_code rs_ml_list_run_files(struct rs_call *c, const struct rs_ml_list_run_files *q,
                                  struct rs_ml_files *out)
{
    const struct rs_artifact_owner run = {.kind = RS_OF_RUN,
                                          .id = q->run_id.n > 0 ? q->run_id : q->run_uuid};

    return run.id.n > 0 ? list_of_owner(c, &run, q->path, out)
                        : rs_fail_missing(c->cx, RS_STR("run_id"));
}

enum rs_code rs_ml_list_model_files(struct rs_call *c, const struct rs_ml_list_model_files *q,
                                    struct rs_ml_files *out)
{
    const struct rs_artifact_owner model = {.kind = RS_OF_MODEL, .id = q->model_id};

    return list_of_owner(c, &model, q->artifact_directory_path, out);
}

enum rs_code rs_ml_delete_artifact(struct rs_call *c, const struct rs_ml_artifact *q,
                                   struct rs_ml_empty *out)
{
    struct rs_artifact_path path;

    (void)out;
    RS_TRY(rs_artifact_path_parse(c->cx, q->path, &path));
    return rs_artifact_delete(c->cx, c->store, &path);
}

/* Our own artifacts have no addresses but ours, and for those of others we have no credentials. */
static enum rs_code refuse_presigned(struct rs_call *c, const struct rs_artifact_owner *owner,
                                     struct rs_str path, bool is_upload)
{
    struct rs_artifact_path below;
    struct rs_str uri;

    RS_TRY(rs_artifact_path_parse(c->cx, path, &below));
    RS_TRY(rs_artifact_root(c->cx, c->store, owner, &uri));
    const struct rs_str scheme = rs_uri_split(uri).scheme;
    return rs_fail(c->cx, RS_INVALID,
                   "Presigned %s is not supported for %sproxied artifact storage (artifact URI "
                   "scheme: " RS_FMT "). This endpoint requires a %sdirect cloud storage artifact "
                   "URI.",
                   is_upload ? "upload" : "download", is_upload ? "" : "runs with ", RS_ARG(scheme),
                   is_upload ? "" : "run with a ");
}

enum rs_code rs_ml_presign_upload(struct rs_call *c, const struct rs_ml_presign_upload *q,
                                  struct rs_ml_empty *out)
{
    const bool is_run = q->run_id.n > 0;
    const struct rs_artifact_owner owner = {.kind = is_run ? RS_OF_RUN : RS_OF_MODEL,
                                            .id = is_run ? q->run_id : q->model_id};

    (void)out;
    if (is_run == (q->model_id.n > 0)) {
        return rs_fail(c->cx, RS_INVALID, "Exactly one of run_id and model_id must be provided.");
    }
    return refuse_presigned(c, &owner, q->path, true);
}

enum rs_code rs_ml_presign_download(struct rs_call *c, const struct rs_ml_presign_download *q,
                                    struct rs_ml_empty *out)
{
    const struct rs_artifact_owner owner = {.kind = RS_OF_RUN, .id = q->run_id};

    (void)out;
    if (q->expiration.is_set && (q->expiration.v < 1 || q->expiration.v > EXPIRATION_MAX)) {
        return rs_fail(c->cx, RS_INVALID, "expiration must be between 1 and %d seconds (got %lld).",
                       EXPIRATION_MAX, (long long)q->expiration.v);
    }
    return refuse_presigned(c, &owner, q->path, false);
}

/* The client then takes the file by a plain GET. */
enum rs_code rs_ml_presign_artifact(struct rs_call *c, const struct rs_ml_artifact *q,
                                    struct rs_ml_empty *out)
{
    struct rs_artifact_path path;

    (void)out;
    RS_TRY(rs_artifact_path_parse(c->cx, q->path, &path));
    return rs_fail(c->cx, RS_UNSUPPORTED,
                   "Multipart download is not supported for the current artifact repository");
}
