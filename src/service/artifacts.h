/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts by their logical paths: what the rows say. The bytes have been stored, or are opened,
 * by the caller, who is the one that may wait for a disk. May be included by api. */
#ifndef RS_SERVICE_ARTIFACTS_H
#define RS_SERVICE_ARTIFACTS_H

#include "artifact/artifact.h"
#include "model/artifact_path.h"
#include "model/field.h"

struct rs_store;

/* Whose artifacts a path is below. {0} is our own root. */
struct rs_artifact_owner {
    enum { RS_OF_ROOT, RS_OF_RUN, RS_OF_MODEL, RS_OF_VERSION } kind;
    struct rs_str id;      /* of the run, deleted or not, or of the active logged model; or the name
                              of the registered model */
    struct rs_str version; /* its number, of RS_OF_VERSION */
};

/* The URI below which an owner's artifacts are, wherever that is; cx's. RS_NOT_FOUND: no such run,
 * model or version; RS_INVALID: of a version, its name or number. */
enum rs_code rs_artifact_root(struct rs_cx *cx, struct rs_store *s,
                              const struct rs_artifact_owner *owner, struct rs_str *uri);

/* The stored path of what a client calls `below` inside an owner's artifacts. RS_INVALID: the path,
 * or artifacts that are not stored here; RS_NOT_FOUND: the owner. */
enum rs_code rs_artifact_resolve(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_artifact_owner *owner, struct rs_str below,
                                 struct rs_artifact_path *out);

/* A stored file. Texts are cx's. */
struct rs_artifact_file {
    struct rs_str name; /* the last segment of its path */
    struct rs_str key;  /* of its blob */
    struct rs_str sha256;
    int64_t size;        /* bytes */
    int64_t modified_ms; /* wall time */
};

/* The file at a path. RS_NOT_FOUND; RS_INVALID when it is a folder; RS_CORRUPT when its bytes are
 * known to be damaged: they are not served. */
enum rs_code rs_artifact_get(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, struct rs_artifact_file *out);

/* Names uploaded bytes by a path; what was there is replaced. *is_new is false when the same bytes
 * were stored already: the blob just uploaded is then not needed, and is the caller's to remove.
 * RS_INVALID: see store/artifact.h. */
enum rs_code rs_artifact_put(struct rs_cx *cx, struct rs_store *s,
                             const struct rs_artifact_path *path, const struct rs_blob *blob,
                             bool *is_new);

/* After rs_artifact_put: when the same bytes were stored already, are they still there? Where they
 * are known to be damaged, or their file is missing or has another size, the row names the blob
 * just uploaded from now on, and *is_new becomes true. Looks at the file's size, once, and only for
 * bytes that were stored already. */
enum rs_code rs_artifact_mend(struct rs_cx *cx, struct rs_store *s,
                              struct rs_artifact_store *artifacts, const struct rs_blob *blob,
                              bool *is_new);

/* Forgets a file or a folder with all below it; nothing there is fine. RS_INVALID for the root and
 * the folders in it, each of which holds a whole experiment. */
enum rs_code rs_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_artifact_path *path);

/* One level below a folder, by name, as struct rs_file_info with `prefix` and a slash before each
 * name, unless it is empty; nothing for what is no folder. */
enum rs_code rs_artifact_list(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                              struct rs_str prefix, struct rs_list *out);

#endif
