/* SPDX-License-Identifier: Apache-2.0 */
/* Runs themselves; what they log is in metrics.c, params.c and tags.c. */
#include "model/artifact_uri.h"
#include "store/run.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

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

static const struct rs_sql RUN_CREATE = {
    "run_create",
    "INSERT INTO run (run_id, experiment, stage, status, name, user_id, start_time)"
    " VALUES ($1, $2, 0, $3, $4, $5, $6) RETURNING id",
    false};

enum rs_code rs_store_run_create(struct rs_cx *cx, struct rs_store *s, const struct rs_run_new *r,
                                 struct rs_run_ref *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(
        rs_db_query(cx, s->db, &RUN_CREATE,
                    RS_BIND(rs_text(r->run_id), rs_i64(r->experiment), rs_i64(RS_RUN_RUNNING),
                            rs_text(r->name), rs_text_or_empty(r->user_id), rs_i64(r->start_time)),
                    &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *out = (struct rs_run_ref){rs_row_i64(rows, 0), r->experiment, RS_STAGE_ACTIVE};
    return RS_OK;
}

/* $2 and $5 are NULL, and $3 is 0, where nothing is to change. */
static const struct rs_sql RUN_UPDATE = {
    "run_update",
    "UPDATE run SET status = COALESCE($2, status), name = COALESCE($5, name),"
    " end_time = CASE WHEN $3 = 1 THEN $4 ELSE end_time END WHERE id = $1",
    false};

enum rs_code rs_store_run_update(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                                 const struct rs_run_change *change)
{
    const struct rs_opt_i64 end = change->end_time;

    rs_changes_run(s, run->id);
    return rs_db_run(cx, s->db, &RUN_UPDATE,
                     RS_BIND(rs_i64(run->id),
                             change->status.is_set ? rs_i64(change->status.v) : rs_null(),
                             rs_i64(end.is_set), end.v != 0 ? rs_i64(end.v) : rs_null(),
                             change->name.n > 0 ? rs_text(change->name) : rs_null()));
}

static const struct rs_sql RUN_SET_STAGE = {
    "run_set_stage", "UPDATE run SET stage = $2, deleted_at = $3 WHERE id = $1 AND stage <> $2",
    false};

enum rs_code rs_store_run_set_stage(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_run_ref *run, enum rs_stage stage, int64_t now)
{
    const struct rs_val deleted_at = stage == RS_STAGE_DELETED ? rs_i64(now) : rs_null();

    rs_changes_run(s, run->id);
    return rs_db_run(cx, s->db, &RUN_SET_STAGE,
                     RS_BIND(rs_i64(run->id), rs_i64(stage), deleted_at));
}

static const struct rs_sql RUN_INFO = {
    "run_info",
    "SELECT r.run_id, r.name, r.user_id, r.status, r.start_time, r.end_time, r.stage,"
    " e.artifact_location FROM run AS r JOIN experiment AS e ON e.id = r.experiment"
    " WHERE r.id = $1",
    false};

enum rs_code rs_store_run_info(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               struct rs_run_info *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &RUN_INFO, RS_BIND(rs_i64(run->id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_INTERNAL, "could not read run %lld: it is gone", (long long)run->id);
    }
    const struct rs_str run_id = rs_row_str(cx, rows, 0);
    const struct rs_str below = RS_JOIN(cx->arena, run_id, RS_STR("/artifacts"));

    *out = (struct rs_run_info){
        .run_uuid = run_id,
        .experiment_id = rs_arena_i64(cx->arena, run->experiment),
        .run_name = rs_row_str(cx, rows, 1),
        .user_id = rs_row_str(cx, rows, 2),
        .status = RS_SOME_ENUM(rs_row_i64(rows, 3)),
        .start_time = rs_row_i64(rows, 4),
        .end_time = {rs_row_i64(rows, 5), !rs_row_is_null(rows, 5)},
        .artifact_uri = rs_artifact_uri(cx->arena, rs_row_str(cx, rows, 7), below),
        .lifecycle_stage = rs_stage_text((enum rs_stage)rs_row_i64(rows, 6)),
        .run_id = run_id,
    };
    return RS_OK;
}
