/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads under way: which path they will name, and whether they have done so. */
#include "store/artifact.h"

#include "store/sql/sql.h"

static const struct rs_sql MULTIPART_PUT = {
    "multipart_put", "INSERT INTO multipart (upload_id, path, creation_time) VALUES ($1, $2, $3)",
    false};

enum rs_code rs_store_multipart_put(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                    struct rs_str path, int64_t now_ms)
{
    return rs_db_run(cx, s->db, &MULTIPART_PUT,
                     RS_BIND(rs_text(id), rs_text(path), rs_i64(now_ms)));
}

static const struct rs_sql MULTIPART_FIND = {
    "multipart_find", "SELECT path, completion_time FROM multipart WHERE upload_id = $1", false};

enum rs_code rs_store_multipart_find(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                     struct rs_multipart_row *out, bool *found)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, &MULTIPART_FIND, RS_BIND(rs_text(id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, found));
    if (*found) {
        *out = (struct rs_multipart_row){.path = rs_row_str(cx, rows, 0),
                                         .is_complete = !rs_row_is_null(rows, 1)};
    }
    return RS_OK;
}

static const struct rs_sql MULTIPART_COMPLETE = {
    "multipart_complete", "UPDATE multipart SET completion_time = $2 WHERE upload_id = $1", false};

enum rs_code rs_store_multipart_complete(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                         int64_t now_ms)
{
    return rs_db_run(cx, s->db, &MULTIPART_COMPLETE, RS_BIND(rs_text(id), rs_i64(now_ms)));
}

static const struct rs_sql MULTIPART_DELETE = {"multipart_delete",
                                               "DELETE FROM multipart WHERE upload_id = $1", false};

enum rs_code rs_store_multipart_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str id)
{
    return rs_db_run(cx, s->db, &MULTIPART_DELETE, RS_BIND(rs_text(id)));
}

/* Few rows at any time: clients remove most of them by completing or aborting, so there is no
 * index. */
static const struct rs_sql MULTIPARTS_COLLECT = {
    "multiparts_collect", "DELETE FROM multipart WHERE creation_time < $1 RETURNING upload_id",
    false};

enum rs_code rs_store_multiparts_collect(struct rs_cx *cx, struct rs_store *s, int64_t before_ms,
                                         struct rs_strs *ids)
{
    RS_AUTO_ROWS *rows = NULL;
    size_t cap = 0;
    bool has_row = false;

    *ids = (struct rs_strs){0};
    RS_TRY(rs_db_query(cx, s->db, &MULTIPARTS_COLLECT, RS_BIND(rs_i64(before_ms)), &rows));
    for (;;) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (!has_row) {
            return RS_OK;
        }
        ids->p = rs_arena_grow(cx->arena, ids->p, ids->n, &cap, sizeof *ids->p);
        ids->p[ids->n++] = rs_row_str(cx, rows, 0);
    }
}
