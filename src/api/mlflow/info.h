/* SPDX-License-Identifier: Apache-2.0 */
/* What the server says of itself. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_INFO_H
#define RS_API_MLFLOW_INFO_H

#include "api/mlflow/messages.h"

/* The capability document of MLflow 3.17.2. Its features_enabled says that there is no gateway:
 * pages then have no links to it. */
struct rs_ml_server_info {
    struct rs_str store_type; /* "SqlStore": the UI shows all tabs */
    bool workspaces_enabled;
    bool trace_archival_enabled;
    bool multipart_uploads_enabled;   /* large files in parts, by signed URLs */
    bool multipart_downloads_enabled; /* true would make the client ask for a URL for every file */
    bool presigned_upload_run_id_supported;
    bool presigned_upload_model_id_supported;
};
extern const struct rs_fields rs_ml_server_info_fields;

#endif
