/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads as rows: what an upload will become, and when it has. The parts themselves are
 * files of the artifact store (rs_multipart_begin, _compose, _drop), which are called by whoever
 * may wait for a disk. May be included by api. */
#ifndef RS_SERVICE_MULTIPARTS_H
#define RS_SERVICE_MULTIPARTS_H

#include "artifact/artifact.h"
#include "model/artifact_path.h"

struct rs_store;

/* A multipart upload as a client names it. */
struct rs_multipart {
    struct rs_str id;
    struct rs_artifact_path path; /* of the artifact that it becomes */
};

/* Records an upload that has begun: before its first part, so that a janitor finds it. */
enum rs_code rs_multipart_record(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_multipart *m);

/* Whether the upload is complete already. RS_NOT_FOUND, also when it is that of another path. */
enum rs_code rs_multipart_find(struct rs_cx *cx, struct rs_store *s, const struct rs_multipart *m,
                               bool *is_complete);

/* Names the composed blob by the upload's path. When the upload is complete already, nothing
 * changes (P9). *is_new: as rs_artifact_put. RS_NOT_FOUND; RS_INVALID. */
enum rs_code rs_multipart_complete(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_multipart *m, const struct rs_blob *blob,
                                   bool *is_new);

/* Forgets an upload; one that is not there is fine. RS_NOT_FOUND when it is that of another path.
 */
enum rs_code rs_multipart_forget(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_multipart *m);

#endif
