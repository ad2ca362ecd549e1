/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts by their logical paths: what the rows say. The bytes have been stored, or are opened, by the caller, who
 * is the one that may wait for a disk. May be included by api. */
#ifndef RS_SERVICE_ARTIFACTS_H
#define RS_SERVICE_ARTIFACTS_H

#include "artifact/artifact.h"
#include "model/artifact_path.h"
#include "model/field.h"

struct rs_store;

/* A stored file. Texts are cx's. */
struct rs_artifact_file {
    struct rs_str name; /* the last segment of its path */
    struct rs_str key;  /* of its blob */
    struct rs_str sha256;
    int64_t size;        /* bytes */
    int64_t modified_ms; /* wall time */
};

/* The file at a path. RS_NOT_FOUND; RS_INVALID when it is a folder. */
enum rs_code rs_artifact_get(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, struct rs_artifact_file *out);

/* Names uploaded bytes by a path; what was there is replaced. *is_new is false when the same bytes were stored
 * already: the blob just uploaded is then not needed, and is the caller's to remove. RS_INVALID: see store/artifact.h. */
enum rs_code rs_artifact_put(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, const struct rs_blob *blob,
                             bool *is_new);

/* Forgets a file or a folder with all below it; nothing there is fine. RS_INVALID for the root. */
enum rs_code rs_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_artifact_path *path);

/* One level below a folder, by name, as struct rs_file_info with `prefix` before each name; nothing for what is no
 * folder. */
enum rs_code rs_artifact_list(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                              struct rs_str prefix, struct rs_list *out);

/* The path below our own root that an artifact URI names: "mlflow-artifacts:/1/ab/artifacts" is "1/ab/artifacts".
 * RS_INVALID for any other URI: those artifacts are not here. */
enum rs_code rs_artifact_uri_path(struct rs_cx *cx, struct rs_str uri, struct rs_str *path);

#endif
