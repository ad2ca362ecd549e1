/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments and their tags. */
#include "store/experiment.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

static const struct rs_sql EXPERIMENT_FIND = {
    "experiment_find", "SELECT stage, artifact_location, name FROM experiment WHERE id = $1",
    false};

enum rs_code rs_store_experiment_find(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                      struct rs_experiment_ref *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &EXPERIMENT_FIND, RS_BIND(rs_i64(id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_NOT_FOUND, "No Experiment with id=%lld exists", (long long)id);
    }
    out->id = id;
    out->stage = (enum rs_stage)rs_row_i64(rows, 0);
    out->artifact_location = rs_row_str(cx, rows, 1);
    out->name = rs_row_str(cx, rows, 2);
    return RS_OK;
}

static const struct rs_sql EXPERIMENT_FIND_NAME = {
    "experiment_find_name", "SELECT id FROM experiment WHERE name = $1", false};

enum rs_code rs_store_experiment_find_name(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                           int64_t *id)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &EXPERIMENT_FIND_NAME, RS_BIND(rs_text(name)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_NOT_FOUND, "Could not find experiment with name '" RS_FMT "'",
                       RS_ARG(name));
    }
    *id = rs_row_i64(rows, 0);
    return RS_OK;
}

static const struct rs_sql EXPERIMENT_CREATE = {
    "experiment_create",
    "INSERT INTO experiment (name, artifact_location, stage, creation_time, last_update_time)"
    " VALUES ($1, $2, 0, $3, $3) ON CONFLICT DO NOTHING RETURNING id",
    false};

/* *id is -1 when the name is taken. */
static enum rs_code insert(struct rs_cx *cx, struct rs_store *s, const struct rs_experiment_new *e,
                           int64_t *id)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(
        cx, s->db, &EXPERIMENT_CREATE,
        RS_BIND(rs_text(e->name), rs_text_or_empty(e->artifact_location), rs_i64(e->now)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *id = has_row ? rs_row_i64(rows, 0) : -1;
    return RS_OK;
}

/* The default location holds the id, which the engine has just given out. */
static const struct rs_sql EXPERIMENT_PLACE = {
    "experiment_place", "UPDATE experiment SET artifact_location = $2 WHERE id = $1", false};

enum rs_code rs_store_experiment_create(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_experiment_new *e, int64_t *id)
{
    RS_TRY(insert(cx, s, e, id));
    if (*id < 0) {
        return rs_fail(cx, RS_EXISTS, "Experiment(name=" RS_FMT ") already exists.",
                       RS_ARG(e->name));
    }
    if (e->artifact_location.n > 0) {
        return RS_OK;
    }
    const struct rs_str location = rs_arena_fmt(cx->arena, RS_FMT "/%lld", RS_ARG(e->artifact_root),
                                                (long long)*id);

    return rs_db_run(cx, s->db, &EXPERIMENT_PLACE, RS_BIND(rs_i64(*id), rs_text(location)));
}

/* Its id is the one that no engine gives out by itself. */
static const struct rs_sql EXPERIMENT_CREATE_DEFAULT = {
    "experiment_create_default",
    "INSERT INTO experiment (id, name, artifact_location, stage, creation_time, last_update_time)"
    " VALUES ($1, $2, $3, 0, $4, $4) ON CONFLICT DO NOTHING",
    false};

enum rs_code rs_store_experiment_create_default(struct rs_cx *cx, struct rs_store *s,
                                                const struct rs_experiment_new *e)
{
    const struct rs_str location = rs_arena_fmt(cx->arena, RS_FMT "/%d", RS_ARG(e->artifact_root),
                                                (int)RS_EXPERIMENT_DEFAULT);

    return rs_db_run(cx, s->db, &EXPERIMENT_CREATE_DEFAULT,
                     RS_BIND(rs_i64(RS_EXPERIMENT_DEFAULT), rs_text(e->name), rs_text(location),
                             rs_i64(e->now)));
}

/* A name that is taken changes no row, instead of failing in the middle of a transaction. */
static const struct rs_sql EXPERIMENT_RENAME = {
    "experiment_rename",
    "UPDATE experiment SET name = $2, last_update_time = $3 WHERE id = $1"
    " AND NOT EXISTS (SELECT 1 FROM experiment AS other WHERE other.name = $2 AND other.id <> $1)",
    false};

enum rs_code rs_store_experiment_rename(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                        struct rs_str name, int64_t now)
{
    int64_t changed = 0;

    RS_TRY(rs_db_change(cx, s->db, &EXPERIMENT_RENAME,
                        RS_BIND(rs_i64(id), rs_text(name), rs_i64(now)), &changed));
    if (changed == 0) {
        return rs_fail(cx, RS_EXISTS, "Experiment(name=" RS_FMT ") already exists.", RS_ARG(name));
    }
    return RS_OK;
}

static const struct rs_sql EXPERIMENT_SET_STAGE = {
    "experiment_set_stage", "UPDATE experiment SET stage = $2, last_update_time = $3 WHERE id = $1",
    false};

/* $3 is when they were deleted, or NULL. Runs that are in that stage already keep their time. */
static const struct rs_sql EXPERIMENT_RUNS_SET_STAGE = {
    "experiment_runs_set_stage",
    "UPDATE run SET stage = $2, deleted_at = $3 WHERE experiment = $1 AND stage <> $2", false};

enum rs_code rs_store_experiment_set_stage(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                           enum rs_stage stage, int64_t now)
{
    const struct rs_val deleted_at = stage == RS_STAGE_DELETED ? rs_i64(now) : rs_null();

    rs_changes_all_runs(s);
    RS_TRY(rs_db_run(cx, s->db, &EXPERIMENT_SET_STAGE,
                     RS_BIND(rs_i64(id), rs_i64(stage), rs_i64(now))));
    return rs_db_run(cx, s->db, &EXPERIMENT_RUNS_SET_STAGE,
                     RS_BIND(rs_i64(id), rs_i64(stage), deleted_at));
}

static const struct rs_sql EXPERIMENT_TAG_ADD = {
    "experiment_tag_add",
    "INSERT INTO experiment_tag (experiment, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT DO NOTHING",
    false};

enum rs_code rs_store_experiment_tag_add(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         const struct rs_tag *tag)
{
    int64_t added = 0;

    RS_TRY(rs_db_change(
        cx, s->db, &EXPERIMENT_TAG_ADD,
        RS_BIND(rs_i64(id), rs_text_or_empty(tag->key), rs_text_or_empty(tag->value)), &added));
    if (added == 0) {
        return rs_fail(cx, RS_INVALID, "the tag '" RS_FMT "' comes twice in one request",
                       RS_ARG(tag->key));
    }
    return RS_OK;
}

static const struct rs_sql EXPERIMENT_TAG_PUT = {
    "experiment_tag_put",
    "INSERT INTO experiment_tag (experiment, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (experiment, name) DO UPDATE SET value = excluded.value",
    false};

enum rs_code rs_store_experiment_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         const struct rs_tag *tag)
{
    return rs_db_run(cx, s->db, &EXPERIMENT_TAG_PUT,
                     RS_BIND(rs_i64(id), rs_text_or_empty(tag->key), rs_text_or_empty(tag->value)));
}

static const struct rs_sql EXPERIMENT_TAG_FIND = {
    "experiment_tag_find", "SELECT value FROM experiment_tag WHERE experiment = $1 AND name = $2",
    false};

enum rs_code rs_store_experiment_tag_find(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                          struct rs_str key, struct rs_str *value)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &EXPERIMENT_TAG_FIND, RS_BIND(rs_i64(id), rs_text_or_empty(key)),
                       &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *value = has_row ? rs_row_str(cx, rows, 0) : (struct rs_str){0};
    return RS_OK;
}

static const struct rs_sql EXPERIMENT_TAG_DELETE = {
    "experiment_tag_delete", "DELETE FROM experiment_tag WHERE experiment = $1 AND name = $2",
    false};

enum rs_code rs_store_experiment_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            struct rs_str key)
{
    int64_t changed = 0;

    RS_TRY(rs_db_change(cx, s->db, &EXPERIMENT_TAG_DELETE, RS_BIND(rs_i64(id), rs_text(key)),
                        &changed));
    if (changed == 0) {
        return rs_fail(cx, RS_NOT_FOUND, "No tag with name: " RS_FMT " in experiment with id %lld",
                       RS_ARG(key), (long long)id);
    }
    return RS_OK;
}

/* The range of keys that rs_tag_is_view knows; its end is the next text of that length. */
static const struct rs_sql EXPERIMENT_VIEWS_COUNT = {
    "experiment_views_count",
    "SELECT COUNT(*) FROM experiment_tag WHERE experiment = $1 AND name <> $2"
    " AND name >= 'mlflow.customView.view' AND name < 'mlflow.customView.viex'",
    false};

enum rs_code rs_store_experiment_views_count(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             struct rs_str key, int64_t *n)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(
        rs_db_query(cx, s->db, &EXPERIMENT_VIEWS_COUNT, RS_BIND(rs_i64(id), rs_text(key)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *n = rs_row_i64(rows, 0);
    return RS_OK;
}
