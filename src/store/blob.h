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

/* How many blobs there are, and their bytes together. */
enum rs_code rs_store_blobs_sum(struct rs_cx *cx, struct rs_store *s, int64_t *n, int64_t *bytes);

/* Up to `most` paths of artifacts that name a blob; cx's. */
enum rs_code rs_store_blob_paths(struct rs_cx *cx, struct rs_store *s, int64_t id, size_t most,
                                 struct rs_strs *paths);

#endif
