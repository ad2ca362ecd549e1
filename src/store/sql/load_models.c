/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models as MLflow shows them. */
#include "model/artifact_uri.h"
#include "store/logged_model.h"
#include "store/sql/load.h"
#include "store/sql/values.h"

static const struct rs_load MODEL_INFO = RS_LOAD(
    "logged_model_info",
    "SELECT m.id, m.model_id, m.experiment, m.name, m.creation_time, m.last_update_time,"
    " m.status, m.model_type, m.source_run_id, m.status_message, e.artifact_location"
    " FROM logged_model m JOIN experiment e ON e.id = m.experiment WHERE m.id",
    " ORDER BY m.id");
static const struct rs_load MODEL_TAGS = RS_LOAD(
    "logged_model_tags", "SELECT model, name, value FROM logged_model_tag WHERE model",
    " ORDER BY model, name");
static const struct rs_load MODEL_PARAMS = RS_LOAD(
    "logged_model_params", "SELECT model, name, value FROM logged_model_param WHERE model",
    " ORDER BY model, name");
static const struct rs_load MODEL_METRICS = RS_LOAD(
    "logged_model_metrics",
    "SELECT x.model, x.name, x.value, x.is_nan, x.at, x.step, x.dataset_name,"
    " x.dataset_digest, m.model_id, x.run_id FROM logged_model_metric x"
    " JOIN logged_model m ON m.id = x.model WHERE x.model",
    " ORDER BY x.model, x.name, x.at, x.step");

static enum rs_code read_param(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct rs_param *p = item;

    (void)user;
    p->key = rs_row_str(cx, rows, 1);
    p->value = rs_row_str(cx, rows, 2);
    return RS_OK;
}

static enum rs_code read_metric(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_metric *)item = (struct rs_metric){.key = rs_row_str(cx, rows, 1),
                                                   .value = rs_row_double(rows, 2, 3),
                                                   .timestamp = rs_row_i64(rows, 4),
                                                   .step = rs_row_i64(rows, 5),
                                                   .dataset_name = rs_row_str(cx, rows, 6),
                                                   .dataset_digest = rs_row_str(cx, rows, 7),
                                                   .model_id = rs_row_str(cx, rows, 8),
                                                   .run_id = rs_row_str(cx, rows, 9)};
    return RS_OK;
}

static enum rs_code read_info(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    const struct rs_str model_id = rs_row_str(cx, rows, 1);
    const struct rs_str below = rs_arena_fmt(cx->arena, "models/" RS_FMT "/artifacts",
                                             RS_ARG(model_id));

    (void)user;
    *(struct rs_logged_model_info *)item = (struct rs_logged_model_info){
        .model_id = model_id,
        .experiment_id = rs_arena_i64(cx->arena, rs_row_i64(rows, 2)),
        .name = rs_row_str(cx, rows, 3),
        .creation_timestamp_ms = rs_row_i64(rows, 4),
        .last_updated_timestamp_ms = rs_row_i64(rows, 5),
        .artifact_uri = rs_artifact_uri(cx->arena, rs_row_str(cx, rows, 10), below),
        .status = RS_SOME_ENUM(rs_row_i64(rows, 6)),
        .model_type = rs_row_str(cx, rows, 7),
        .source_run_id = rs_row_str(cx, rows, 8),
        .status_message = rs_row_str(cx, rows, 9),
    };
    return RS_OK;
}

enum rs_code rs_store_logged_models_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                         size_t n, struct rs_logged_model *out)
{
    struct rs_logged_model_info *info = RS_NEW_N(cx->arena, struct rs_logged_model_info, n);
    struct rs_logged_model_data *data = RS_NEW_N(cx->arena, struct rs_logged_model_data, n);
    struct rs_list **tags = RS_NEW_N(cx->arena, struct rs_list *, n);
    struct rs_list **params = RS_NEW_N(cx->arena, struct rs_list *, n);
    struct rs_list **metrics = RS_NEW_N(cx->arena, struct rs_list *, n);
    const struct rs_places places = rs_places_of(cx->arena, ids, n);
    const struct rs_load_lists lists[] = {
        {&MODEL_TAGS, rs_load_tag, NULL, sizeof(struct rs_tag), tags},
        {&MODEL_PARAMS, read_param, NULL, sizeof(struct rs_param), params},
        {&MODEL_METRICS, read_metric, NULL, sizeof(struct rs_metric), metrics},
    };

    RS_TRY(rs_load_rows(cx, s, &places,
                        &(struct rs_load_rows){&MODEL_INFO, read_info, sizeof *info, info}));
    for (size_t i = 0; i < n; i++) {
        tags[i] = &info[i].tags;
        params[i] = &data[i].params;
        metrics[i] = &data[i].metrics;
        out[i] = (struct rs_logged_model){RS_SUB(&info[i]), RS_SUB(&data[i])};
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        RS_TRY(rs_load_lists(cx, s, &places, &lists[i]));
    }
    return RS_OK;
}
