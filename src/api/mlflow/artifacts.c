/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts by path: lists and deletion. */
#include "service/artifacts.h"

#include "api/mlflow/routes.h"
#include "model/file_info.h"

const struct rs_fields rs_ml_list_files_fields =
    RS_FIELDS(struct rs_ml_list_files, RS_FIELD(struct rs_ml_list_files, path, 0));

const struct rs_fields rs_ml_files_fields =
    RS_FIELDS(struct rs_ml_files, RS_FIELD(struct rs_ml_files, root_uri, 0),
              RS_FIELD_OF(struct rs_ml_files, files, 0, &rs_file_info_fields));

const struct rs_fields rs_ml_artifact_fields =
    RS_FIELDS(struct rs_ml_artifact, RS_FIELD(struct rs_ml_artifact, path, 0));

enum rs_code rs_ml_list_files(struct rs_call *c, const struct rs_ml_list_files *q,
                              struct rs_ml_files *out)
{
    struct rs_artifact_path path;

    RS_TRY(rs_artifact_path_parse(c->cx, q->path, &path));
    return rs_artifact_list(c->cx, c->store, path.path, RS_STR(""), &out->files);
}

enum rs_code rs_ml_delete_artifact(struct rs_call *c, const struct rs_ml_artifact *q,
                                   struct rs_ml_empty *out)
{
    struct rs_artifact_path path;

    (void)out;
    RS_TRY(rs_artifact_path_parse(c->cx, q->path, &path));
    return rs_artifact_delete(c->cx, c->store, &path);
}
