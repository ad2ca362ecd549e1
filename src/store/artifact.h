/* SPDX-License-Identifier: Apache-2.0 */
/* Logical paths of artifacts, the blobs that they name, and multipart uploads under way. The bytes
 * are elsewhere (artifact/). May be included by service. */
#ifndef RS_STORE_ARTIFACT_H
#define RS_STORE_ARTIFACT_H

#include "base/cx.h"
#include "model/artifact_path.h"
#include "model/field.h"

struct rs_store;

/* Bytes as rows know them. Texts are cx's, or the caller's on the way in. */
struct rs_blob_row {
    int64_t id;
    struct rs_str key;    /* of the artifact store */
    struct rs_str sha256; /* lower-case hexadecimal */
    int64_t size;         /* bytes */
    bool is_corrupt;      /* the stored bytes are known not to be these */
};

struct rs_artifact_entry {
    struct rs_str name; /* the last segment */
    bool is_dir;
    int64_t last_update_time; /* ms since the epoch */
    struct rs_blob_row blob;  /* of a file */
};

/* Names file->blob by a path from file->last_update_time on; what was there is replaced, and
 * folders above it are made. When these bytes are stored already, the path names the old blob and
 * *is_new is false: the caller removes the one it brought. RS_INVALID when the path, or one above
 * it, is of the other kind (file, folder). */
enum rs_code rs_store_artifact_put(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_artifact_path *path,
                                   const struct rs_artifact_entry *file, bool *is_new);

/* What a path is; *found is false when nothing is there. The root is a folder. */
enum rs_code rs_store_artifact_find(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_artifact_path *path,
                                    struct rs_artifact_entry *out, bool *found);

/* The entries of one folder, by name; none when it is no folder. *entries is cx's. */
enum rs_code rs_store_artifact_list(struct rs_cx *cx, struct rs_store *s, struct rs_str folder,
                                    struct rs_artifact_entry **entries, size_t *n);

/* Forgets a file, or a folder with all below it; nothing there is fine. Blobs that nobody names any
 * more start their grace time at now_ms. */
enum rs_code rs_store_artifact_delete(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_artifact_path *path, int64_t now_ms);

/* Whether a row names this blob key. */
enum rs_code rs_store_blob_is_known(struct rs_cx *cx, struct rs_store *s, struct rs_str key,
                                    bool *known);

/* Forgets up to `most` blobs that have been unused since before_ms, and gives their keys (cx's):
 * the caller removes the bytes after the commit. */
enum rs_code rs_store_blobs_collect(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                    size_t most, struct rs_strs *keys);

/* A multipart upload, as its row knows it. */
struct rs_multipart_row {
    struct rs_str path; /* of the artifact that it becomes; cx's */
    bool is_complete;
};

/* Records an upload that has begun. now_ms: wall time. */
enum rs_code rs_store_multipart_put(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                    struct rs_str path, int64_t now_ms);

/* *found is false when there is none of that id. */
enum rs_code rs_store_multipart_find(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                     struct rs_multipart_row *out, bool *found);

enum rs_code rs_store_multipart_complete(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                         int64_t now_ms);

/* One that is not there is fine. */
enum rs_code rs_store_multipart_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str id);

/* Forgets uploads that began before before_ms, complete or not, and gives their ids (cx's): the
 * caller drops their parts after the commit. */
enum rs_code rs_store_multiparts_collect(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                         struct rs_strs *ids);

#endif
