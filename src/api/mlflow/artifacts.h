/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of artifacts, and the routes that carry bytes. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_ARTIFACTS_H
#define RS_API_MLFLOW_ARTIFACTS_H

#include "api/mlflow/messages.h"
#include "artifact/artifact.h"
#include "http/exchange.h"
#include "model/artifact_path.h"

struct rs_call;

/* A folder below our root. */
struct rs_ml_list_files {
    struct rs_str path;
};
extern const struct rs_fields rs_ml_list_files_fields;

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

/* PUT: the body becomes the artifact. */
extern const struct rs_body_ops rs_upload_ops;
void rs_upload_serve(struct rs_exchange *x);

/* GET and HEAD: the artifact becomes the reply. */
void rs_download_serve(struct rs_exchange *x);

/* Opens a stored file on a lane that may wait, and says what is being sent: for every route that downloads. The reply
 * of the call is a struct rs_download; finish it with rs_download_finish. */
struct rs_download {
    int fd;
    struct rs_str name;
    struct rs_str sha256;
    int64_t size;
    int64_t modified_ms;
};
extern const struct rs_fields rs_download_fields;
enum rs_code rs_download_open(struct rs_call *c, const struct rs_artifact_path *path,
                              struct rs_download *out);
void rs_download_finish(struct rs_call *c, enum rs_code code);

#endif
