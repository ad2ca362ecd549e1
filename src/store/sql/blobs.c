/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs one by one, in the order of their ids: a page begins after the last one of the page before.
 */
#include "store/blob.h"

#include "store/sql/sql.h"

static const struct rs_sql BLOBS_LIST = {
    "blobs_list", "SELECT id, blob_key, sha256, size FROM blob WHERE id > $1 ORDER BY id LIMIT $2",
    false};

enum rs_code rs_store_blobs_list(struct rs_cx *cx, struct rs_store *s, int64_t after_id,
                                 size_t most, struct rs_blob_rows *blobs)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *blobs = (struct rs_blob_rows){.p = RS_NEW_N(cx->arena, struct rs_blob_row, most)};
    RS_TRY(rs_db_query(cx, s->db, &BLOBS_LIST, RS_BIND(rs_i64(after_id), rs_i64((int64_t)most)),
                       &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        blobs->p[blobs->n++] = (struct rs_blob_row){.id = rs_row_i64(rows, 0),
                                                    .key = rs_row_str(cx, rows, 1),
                                                    .sha256 = rs_row_str(cx, rows, 2),
                                                    .size = rs_row_i64(rows, 3)};
    }
}

static const struct rs_sql BLOBS_SUM = {"blobs_sum", "SELECT count(*), sum(size) FROM blob", false};

enum rs_code rs_store_blobs_sum(struct rs_cx *cx, struct rs_store *s, int64_t *n, int64_t *bytes)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &BLOBS_SUM, RS_NO_ARGS, &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *n = rs_row_i64(rows, 0);
    *bytes = rs_row_i64(rows, 1);
    return RS_OK;
}

static const struct rs_sql BLOB_PATHS = {
    "blob_paths",
    "SELECT CASE WHEN folder = '' THEN name ELSE folder || '/' || name END FROM artifact"
    " WHERE blob = $1 ORDER BY folder, name LIMIT $2",
    false};

enum rs_code rs_store_blob_paths(struct rs_cx *cx, struct rs_store *s, int64_t id, size_t most,
                                 struct rs_strs *paths)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *paths = (struct rs_strs){.p = RS_NEW_N(cx->arena, struct rs_str, most)};
    RS_TRY(rs_db_query(cx, s->db, &BLOB_PATHS, RS_BIND(rs_i64(id), rs_i64((int64_t)most)), &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        paths->p[paths->n++] = rs_row_str(cx, rows, 0);
    }
}
