/* SPDX-License-Identifier: Apache-2.0 */
/* Stored bytes as rows, one by one: for who copies them all or looks after them. What names them is
 * in store/artifact.h. May be included by service and upkeep. */
#ifndef RS_STORE_BLOB_H
#define RS_STORE_BLOB_H

#include "model/field.h"
#include "store/artifact.h"

/* Some blobs; cx's. */
struct rs_blob_rows {
    struct rs_blob_row *p;
    size_t n;
};

/* Up to `most` blobs by rising id, from the first one after after_id on. */
enum rs_code rs_store_blobs_list(struct rs_cx *cx, struct rs_store *s, int64_t after_id,
                                 size_t most, struct rs_blob_rows *blobs);

/* The blob with that SHA-256; *found is false when there is none. */
enum rs_code rs_store_blob_find(struct rs_cx *cx, struct rs_store *s, struct rs_str sha256,
                                struct rs_blob_row *out, bool *found);

/* Puts other bytes in the place of a blob's: `key` names a blob of the same hash and size. now_ms:
 * wall time. */
enum rs_code rs_store_blob_replace(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                   struct rs_str key, int64_t now_ms);

/* Up to `most` blobs that were not compared after before_ms, those of the longest ago first. */
enum rs_code rs_store_blobs_due(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                size_t most, struct rs_blob_rows *blobs);

/* What became of comparing a blob's bytes with its row. */
struct rs_blob_verdict {
    int64_t id;
    struct rs_str key;
    enum rs_blob_is {
        RS_BLOB_GOOD,
        RS_BLOB_CORRUPT,
        RS_BLOB_UNREAD, /* it could not be told: the state stays */
    } is;
    int64_t checked_ms; /* wall time: when they count as compared */
};

/* Records a verdict, unless the row has gone or has other bytes by now; *changed says so. */
enum rs_code rs_store_blob_judge(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_blob_verdict *verdict, bool *changed);

/* Up to `most` corrupt ones by rising id, from the first one after after_id on. */
enum rs_code rs_store_blobs_corrupt(struct rs_cx *cx, struct rs_store *s, int64_t after_id,
                                    size_t most, struct rs_blob_rows *blobs);

/* How many are corrupt. */
enum rs_code rs_store_blobs_count_corrupt(struct rs_cx *cx, struct rs_store *s, int64_t *n);

/* How many blobs there are, and their bytes together. */
enum rs_code rs_store_blobs_sum(struct rs_cx *cx, struct rs_store *s, int64_t *n, int64_t *bytes);

/* Up to `most` paths of artifacts that name a blob; cx's. */
enum rs_code rs_store_blob_paths(struct rs_cx *cx, struct rs_store *s, int64_t id, size_t most,
                                 struct rs_strs *paths);

#endif
