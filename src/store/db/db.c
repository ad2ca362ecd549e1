/* SPDX-License-Identifier: Apache-2.0 */
/* What every engine's caller shares: running a statement to its end, and reading columns. */
#include "store/db/db.h"

enum rs_code rs_db_run(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                       struct rs_bind bind)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, db, sql, bind, &rows));
    do {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    } while (has_row);
    return RS_OK;
}

enum rs_code rs_db_change(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                          struct rs_bind bind, int64_t *changed)
{
    RS_TRY(rs_db_run(cx, db, sql, bind));
    *changed = db->ops->changed(db);
    return RS_OK;
}

enum rs_code rs_db_first_i64(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                             struct rs_bind bind, int64_t *value)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *value = 0;
    RS_TRY(rs_db_query(cx, db, sql, bind, &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (has_row) {
        *value = rs_row_i64(rows, 0);
    }
    while (has_row) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    return RS_OK;
}

struct rs_str rs_row_str(struct rs_cx *cx, struct rs_rows *rows, unsigned i)
{
    const struct rs_val v = rs_row_val(rows, i);

    return v.kind == RS_VAL_STR ? rs_arena_str(cx->arena, v.s) : (struct rs_str){0};
}

bool rs_row_is_null(struct rs_rows *rows, unsigned i)
{
    return rs_row_val(rows, i).kind == RS_VAL_NULL;
}
