/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of artifacts, and the routes that carry bytes. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_ARTIFACTS_H
#define RS_API_MLFLOW_ARTIFACTS_H

#include "api/mlflow/messages.h"
#include "http/exchange.h"

/* A folder below our root. */
struct rs_ml_list_files {
    struct rs_str path;
};
extern const struct rs_fields rs_ml_list_files_fields;

/* A folder of a run. */
struct rs_ml_list_run_files {
    struct rs_str run_id;
    struct rs_str run_uuid;
    struct rs_str path;
};
extern const struct rs_fields rs_ml_list_run_files_fields;

/* A folder of a logged model. */
struct rs_ml_list_model_files {
    struct rs_str model_id;
    struct rs_str artifact_directory_path;
};
extern const struct rs_fields rs_ml_list_model_files_fields;

struct rs_ml_files {
    struct rs_str root_uri; /* of runs and logged models */
    struct rs_list files;   /* of struct rs_file_info */
};
extern const struct rs_fields rs_ml_files_fields;

/* A path of the address itself. */
struct rs_ml_artifact {
    struct rs_str path;
};
extern const struct rs_fields rs_ml_artifact_fields;

struct rs_ml_presign_upload {
    struct rs_str run_id;
    struct rs_str path;
    int64_t expiration; /* seconds */
    struct rs_str model_id;
};
extern const struct rs_fields rs_ml_presign_upload_fields;

struct rs_ml_presign_download {
    struct rs_str run_id;
    struct rs_str path;
    struct rs_opt_i64 expiration; /* seconds */
};
extern const struct rs_fields rs_ml_presign_download_fields;

/* The query of a file of a run: downloads take either name of the id, uploads run_uuid only. */
struct rs_ml_run_file {
    struct rs_str run_id;
    struct rs_str run_uuid;
    struct rs_str path;
};
extern const struct rs_fields rs_ml_run_file_fields;

/* The query of a file of a logged model. */
struct rs_ml_model_file {
    struct rs_str artifact_file_path;
};
extern const struct rs_fields rs_ml_model_file_fields;

/* The query of a file of a model version. */
struct rs_ml_version_file {
    struct rs_str name;
    struct rs_str version;
    struct rs_str path;
};
extern const struct rs_fields rs_ml_version_file_fields;

/* PUT: the body becomes the artifact. */
extern const struct rs_body_ops rs_upload_ops;
void rs_upload_serve(struct rs_exchange *x);

/* The same from the web page, for a run. */
extern const struct rs_body_ops rs_page_upload_ops;
void rs_page_upload_serve(struct rs_exchange *x);

/* GET and HEAD: the artifact becomes the reply. By its path, or as a file of a run, of a logged
 * model or of a model version. */
void rs_download_serve(struct rs_exchange *x);
void rs_run_download_serve(struct rs_exchange *x);
void rs_model_download_serve(struct rs_exchange *x);
void rs_version_download_serve(struct rs_exchange *x);

#endif
