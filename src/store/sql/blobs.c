/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs one by one, in the order of their ids: a page begins after the last one of the page before.
 */
#include "store/blob.h"

#include "store/sql/sql.h"

/* The base columns, which every version of the schema has: a backup reads any of them. */
static const struct rs_sql BLOBS_LIST = {
    "blobs_list", "SELECT id, blob_key, sha256, size FROM blob WHERE id > $1 ORDER BY id LIMIT $2",
    false};

static struct rs_blob_row read_blob(struct rs_cx *cx, struct rs_rows *rows)
{
    return (struct rs_blob_row){.id = rs_row_i64(rows, 0),
                                .key = rs_row_str(cx, rows, 1),
                                .sha256 = rs_row_str(cx, rows, 2),
                                .size = rs_row_i64(rows, 3)};
}

/* Up to from.args[1] blobs, from from.args[0] on in the statement's own order. */
static enum rs_code list_blobs(struct rs_cx *cx, struct rs_store *s, const struct rs_sql *sql,
                               struct rs_bind from, struct rs_blob_rows *blobs)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *blobs = (struct rs_blob_rows){
        .p = RS_NEW_N(cx->arena, struct rs_blob_row, (size_t)from.args[1].i)};
    RS_TRY(rs_db_query(cx, s->db, sql, from, &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        blobs->p[blobs->n++] = read_blob(cx, rows);
    }
}

enum rs_code rs_store_blobs_list(struct rs_cx *cx, struct rs_store *s, int64_t after_id,
                                 size_t most, struct rs_blob_rows *blobs)
{
    return list_blobs(cx, s, &BLOBS_LIST, RS_BIND(rs_i64(after_id), rs_i64((int64_t)most)), blobs);
}

static const struct rs_sql BLOBS_DUE = {
    "blobs_due",
    "SELECT id, blob_key, sha256, size FROM blob WHERE checked_at <= $1"
    " ORDER BY checked_at, id LIMIT $2",
    false};

enum rs_code rs_store_blobs_due(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                size_t most, struct rs_blob_rows *blobs)
{
    return list_blobs(cx, s, &BLOBS_DUE, RS_BIND(rs_i64(before_ms), rs_i64((int64_t)most)), blobs);
}

static const struct rs_sql BLOB_FIND = {
    "blob_find", "SELECT id, blob_key, sha256, size, state FROM blob WHERE sha256 = $1", false};

enum rs_code rs_store_blob_find(struct rs_cx *cx, struct rs_store *s, struct rs_str sha256,
                                struct rs_blob_row *out, bool *found)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, &BLOB_FIND, RS_BIND(rs_text(sha256)), &rows));
    RS_TRY(rs_rows_next(cx, rows, found));
    if (*found) {
        *out = read_blob(cx, rows);
        out->is_corrupt = rs_row_i64(rows, 4) != 0;
    }
    return RS_OK;
}

static const struct rs_sql BLOB_REPLACE = {
    "blob_replace", "UPDATE blob SET blob_key = $2, state = 0, checked_at = $3 WHERE id = $1",
    false};

enum rs_code rs_store_blob_replace(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                   struct rs_str key, int64_t now_ms)
{
    return rs_db_run(cx, s->db, &BLOB_REPLACE, RS_BIND(rs_i64(id), rs_text(key), rs_i64(now_ms)));
}

static const struct rs_sql BLOB_JUDGE = {
    "blob_judge",
    "UPDATE blob SET checked_at = $3, state = coalesce($4, state) WHERE id = $1 AND blob_key = $2",
    false};

enum rs_code rs_store_blob_judge(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_blob_verdict *v, bool *changed)
{
    const struct rs_val state = v->is == RS_BLOB_UNREAD ? rs_null()
                                                        : rs_i64(v->is == RS_BLOB_CORRUPT);
    int64_t n = 0;

    RS_TRY(rs_db_change(cx, s->db, &BLOB_JUDGE,
                        RS_BIND(rs_i64(v->id), rs_text(v->key), rs_i64(v->checked_ms), state), &n));
    *changed = n > 0;
    return RS_OK;
}

static const struct rs_sql BLOBS_CORRUPT = {
    "blobs_corrupt",
    "SELECT id, blob_key, sha256, size FROM blob WHERE state <> 0 AND id > $1 ORDER BY id LIMIT $2",
    false};

enum rs_code rs_store_blobs_corrupt(struct rs_cx *cx, struct rs_store *s, int64_t after_id,
                                    size_t most, struct rs_blob_rows *blobs)
{
    return list_blobs(cx, s, &BLOBS_CORRUPT, RS_BIND(rs_i64(after_id), rs_i64((int64_t)most)),
                      blobs);
}

static const struct rs_sql BLOBS_COUNT_CORRUPT = {
    "blobs_count_corrupt", "SELECT count(*) FROM blob WHERE state <> 0", false};

enum rs_code rs_store_blobs_count_corrupt(struct rs_cx *cx, struct rs_store *s, int64_t *n)
{
    return rs_db_first_i64(cx, s->db, &BLOBS_COUNT_CORRUPT, RS_NO_ARGS, n);
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
