/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models: changes. Reading them whole is in load_models.c. */
#include "store/logged_model.h"

#include "store/sql/sql.h"
#include "store/sql/values.h"

static const struct rs_sql MODEL_FIND = {
    "logged_model_find",
    "SELECT m.id, m.stage, m.model_id, e.artifact_location, m.status FROM logged_model m"
    " JOIN experiment e ON e.id = m.experiment WHERE m.model_id = $1",
    false};

enum rs_code rs_store_logged_model_find(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, struct rs_logged_model_ref *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &MODEL_FIND, RS_BIND(rs_text_or_empty(model_id)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (!has_row) {
        return rs_fail(cx, RS_NOT_FOUND, "Logged model with ID '" RS_FMT "' not found.",
                       RS_ARG(model_id));
    }
    *out = (struct rs_logged_model_ref){.id = rs_row_i64(rows, 0),
                                        .stage = (enum rs_stage)rs_row_i64(rows, 1),
                                        .status = (enum rs_logged_model_status)rs_row_i64(rows, 4),
                                        .model_id = rs_row_str(cx, rows, 2),
                                        .artifact_location = rs_row_str(cx, rows, 3)};
    return RS_OK;
}

static const struct rs_sql MODEL_PUT = {
    "logged_model_put",
    "INSERT INTO logged_model (model_id, experiment, stage, status, name, model_type,"
    " source_run_id, creation_time, last_update_time)"
    " VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $7) RETURNING id",
    false};

enum rs_code rs_store_logged_model_create(struct rs_cx *cx, struct rs_store *s,
                                          const struct rs_logged_model_new *m, int64_t *id)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &MODEL_PUT,
                       RS_BIND(rs_text(m->model_id), rs_i64(m->experiment),
                               rs_i64(RS_LOGGED_MODEL_PENDING), rs_text(m->name),
                               rs_text_or_empty(m->model_type), rs_text_or_empty(m->source_run_id),
                               rs_i64(m->now)),
                       &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *id = rs_row_i64(rows, 0);
    return rs_rows_next(cx, rows, &has_row);
}

static const struct rs_sql MODEL_STATUS = {
    "logged_model_status",
    "UPDATE logged_model SET status = $2, last_update_time = $3 WHERE id = $1", false};

enum rs_code rs_store_logged_model_set_status(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              enum rs_logged_model_status status, int64_t now)
{
    return rs_db_run(cx, s->db, &MODEL_STATUS, RS_BIND(rs_i64(id), rs_i64(status), rs_i64(now)));
}

static const struct rs_sql MODEL_DELETE = {
    "logged_model_delete",
    "UPDATE logged_model SET stage = 1, last_update_time = $2 WHERE id = $1 AND stage = 0", false};

enum rs_code rs_store_logged_model_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                          int64_t now)
{
    return rs_db_run(cx, s->db, &MODEL_DELETE, RS_BIND(rs_i64(id), rs_i64(now)));
}

static const struct rs_sql TAG_PUT = {
    "logged_model_tag_put",
    "INSERT INTO logged_model_tag (model, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (model, name) DO UPDATE SET value = excluded.value",
    false};

enum rs_code rs_store_logged_model_tags_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_list *tags)
{
    const struct rs_tag *t = tags->p;

    for (size_t i = 0; i < tags->n; i++) {
        RS_TRY(rs_db_run(
            cx, s->db, &TAG_PUT,
            RS_BIND(rs_i64(id), rs_text_or_empty(t[i].key), rs_text_or_empty(t[i].value))));
    }
    return RS_OK;
}

static const struct rs_sql TAG_ADD = {
    "logged_model_tag_add",
    "INSERT INTO logged_model_tag (model, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (model, name) DO NOTHING",
    false};

enum rs_code rs_store_logged_model_tags_add(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_list *tags)
{
    const struct rs_tag *t = tags->p;

    for (size_t i = 0; i < tags->n; i++) {
        int64_t added = 0;

        RS_TRY(rs_db_change(
            cx, s->db, &TAG_ADD,
            RS_BIND(rs_i64(id), rs_text_or_empty(t[i].key), rs_text_or_empty(t[i].value)), &added));
        if (added == 0) {
            return rs_fail(cx, RS_INVALID, "the tag '" RS_FMT "' is given more than once",
                           RS_ARG(t[i].key));
        }
    }
    return RS_OK;
}

static const struct rs_sql TAG_DELETE = {
    "logged_model_tag_delete", "DELETE FROM logged_model_tag WHERE model = $1 AND name = $2",
    false};

enum rs_code rs_store_logged_model_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              struct rs_str key, bool *was_there)
{
    int64_t n = 0;

    RS_TRY(rs_db_change(cx, s->db, &TAG_DELETE, RS_BIND(rs_i64(id), rs_text(key)), &n));
    *was_there = n > 0;
    return RS_OK;
}

static const struct rs_sql PARAM_PUT = {
    "logged_model_param_put",
    "INSERT INTO logged_model_param (model, name, value) VALUES ($1, $2, $3)"
    " ON CONFLICT (model, name) DO NOTHING",
    false};
static const struct rs_sql PARAM_SAME = {
    "logged_model_param_same",
    "SELECT 1 FROM logged_model_param WHERE model = $1 AND name = $2 AND value = $3", false};

static enum rs_code put_param(struct rs_cx *cx, struct rs_store *s, int64_t id,
                              const struct rs_param *p)
{
    const struct rs_val args[] = {rs_i64(id), rs_text_or_empty(p->key), rs_text_or_empty(p->value)};
    RS_AUTO_ROWS *rows = NULL;
    bool is_same = false;
    int64_t added = 0;

    RS_TRY(rs_db_change(cx, s->db, &PARAM_PUT, (struct rs_bind){args, 3}, &added));
    if (added > 0) {
        return RS_OK;
    }
    RS_TRY(rs_db_query(cx, s->db, &PARAM_SAME, (struct rs_bind){args, 3}, &rows));
    RS_TRY(rs_rows_next(cx, rows, &is_same));
    return is_same ? RS_OK
                   : rs_fail(cx, RS_INVALID,
                             "could not log the param '" RS_FMT
                             "': the model has it already with another value",
                             RS_ARG(p->key));
}

enum rs_code rs_store_logged_model_params_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              const struct rs_list *params)
{
    const struct rs_param *p = params->p;

    for (size_t i = 0; i < params->n; i++) {
        RS_TRY(put_param(cx, s, id, &p[i]));
    }
    return RS_OK;
}

static const struct rs_sql METRIC_PUT = {
    "logged_model_metric_put",
    "INSERT INTO logged_model_metric"
    " (model, name, at, step, value, is_nan, run_id, dataset_name, dataset_digest)"
    " SELECT m.id, $2, $3, $4, $5, $6, $7, $8, $9 FROM logged_model m WHERE m.model_id = $1"
    " ON CONFLICT (model, name, at, step, run_id) DO NOTHING",
    false};

static enum rs_code put_metric(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               const struct rs_metric *m)
{
    struct rs_logged_model_ref model;
    int64_t added = 0;

    RS_TRY(
        rs_db_change(cx, s->db, &METRIC_PUT,
                     RS_BIND(rs_text(m->model_id), rs_text(m->key), rs_i64(m->timestamp),
                             rs_i64(m->step), rs_double_value(m->value), rs_double_is_nan(m->value),
                             rs_text(run_id), rs_text(m->dataset_name), rs_text(m->dataset_digest)),
                     &added));
    if (added > 0) {
        return RS_OK;
    }
    const enum rs_code code = rs_store_logged_model_find(cx, s, m->model_id, &model);
    if (code != RS_NOT_FOUND) {
        return code;
    }
    rs_cx_clear(cx);
    return rs_fail(cx, RS_INVALID,
                   "could not log the metric '" RS_FMT "': there is no logged model '" RS_FMT "'",
                   RS_ARG(m->key), RS_ARG(m->model_id));
}

enum rs_code rs_store_logged_model_metrics_put(struct rs_cx *cx, struct rs_store *s,
                                               struct rs_str run_id,
                                               const struct rs_metric *metrics, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (metrics[i].model_id.n > 0) {
            RS_TRY(put_metric(cx, s, run_id, &metrics[i]));
        }
    }
    return RS_OK;
}
