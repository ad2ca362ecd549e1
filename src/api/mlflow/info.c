/* SPDX-License-Identifier: Apache-2.0 */
/* The capability document: what a client may try. */
#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_server_info_fields = RS_FIELDS(
    struct rs_ml_server_info, RS_FIELD(struct rs_ml_server_info, store_type, 0),
    RS_FIELD(struct rs_ml_server_info, workspaces_enabled, 0),
    RS_FIELD(struct rs_ml_server_info, trace_archival_enabled, 0),
    RS_FIELD(struct rs_ml_server_info, multipart_uploads_enabled, 0),
    RS_FIELD(struct rs_ml_server_info, multipart_downloads_enabled, 0),
    RS_FIELD(struct rs_ml_server_info, presigned_upload_run_id_supported, 0),
    RS_FIELD(struct rs_ml_server_info, presigned_upload_model_id_supported, 0),
    RS_FIELD_LITERAL("features_enabled", "{\"gateway\":false}"));

enum rs_code rs_ml_server_info(struct rs_call *c, const struct rs_ml_empty *q,
                               struct rs_ml_server_info *out)
{
    (void)c;
    (void)q;
    *out = (struct rs_ml_server_info){
        .store_type = RS_STR("SqlStore"),
        .multipart_uploads_enabled = true,
        .presigned_upload_run_id_supported = true,
        .presigned_upload_model_id_supported = true,
    };
    return RS_OK;
}
