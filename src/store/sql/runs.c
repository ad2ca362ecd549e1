/* SPDX-License-Identifier: Apache-2.0 */
/* Runs. */
#include "store/run.h"
#include "store/sql/sql.h"

static const struct rs_sql RUN_FIND = {
    "run_find", "SELECT id, experiment, stage FROM run WHERE run_id = $1", false};

enum rs_code rs_store_run_find(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               struct rs_run_ref *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &RUN_FIND, RS_BIND(rs_text(run_id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_NOT_FOUND, "Run with id=" RS_FMT " not found", RS_ARG(run_id));
    }
    out->id = rs_row_i64(rows, 0);
    out->experiment = rs_row_i64(rows, 1);
    out->stage = (enum rs_stage)rs_row_i64(rows, 2);
    return RS_OK;
}
