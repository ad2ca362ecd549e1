/* SPDX-License-Identifier: Apache-2.0 */
/* Runs as MLflow shows them: what is known of each, and what it logged. */
#include "store/load.h"

#include "model/artifact_uri.h"
#include "store/sql/load.h"
#include "store/sql/load_inputs.h"
#include "store/sql/values.h"

static const struct rs_load RUN_INFO = RS_LOAD(
    "run_info",
    "SELECT r.id, r.run_id, r.experiment, r.stage, r.status, r.name, r.user_id,"
    " r.start_time, r.end_time, e.artifact_location"
    " FROM run r JOIN experiment e ON e.id = r.experiment WHERE r.id",
    " ORDER BY r.id");
static const struct rs_load RUN_METRICS = RS_LOAD(
    "run_metrics", "SELECT run, item_key, value, is_nan, at, step FROM latest_metric WHERE run",
    " ORDER BY run");
static const struct rs_load RUN_PARAMS = RS_LOAD(
    "run_params", "SELECT run, item_key, value FROM param WHERE run", " ORDER BY run");
static const struct rs_load RUN_TAGS = RS_LOAD(
    "run_tags", "SELECT run, item_key, value FROM tag WHERE run", " ORDER BY run");

enum { NAMES = 64 }; /* slots: the runs of a page share their keys */

/* The names of keys that this page has met, copied once. */
struct names {
    struct rs_store *store;
    int64_t id[NAMES];
    struct rs_str name[NAMES];
};

static enum rs_code name_of(struct rs_cx *cx, struct names *names, int64_t id, struct rs_str *out)
{
    const size_t slot = (size_t)id % NAMES;

    if (names->id[slot] != id) {
        RS_TRY(rs_key_name(cx, names->store, id, &names->name[slot]));
        names->id[slot] = id;
    }
    *out = names->name[slot];
    return RS_OK;
}

static enum rs_code read_metric(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct rs_metric *m = item;

    m->value = rs_row_double(rows, 2, 3);
    m->timestamp = rs_row_i64(rows, 4);
    m->step = rs_row_i64(rows, 5);
    return name_of(cx, user, rs_row_i64(rows, 1), &m->key);
}

static enum rs_code read_param(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct rs_param *p = item;

    p->value = rs_row_str(cx, rows, 2);
    return name_of(cx, user, rs_row_i64(rows, 1), &p->key);
}

static enum rs_code read_tag(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct rs_tag *t = item;

    t->value = rs_row_str(cx, rows, 2);
    return name_of(cx, user, rs_row_i64(rows, 1), &t->key);
}

static enum rs_code read_info(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    const int64_t end_time = rs_row_i64(rows, 8);
    struct rs_run_info *info = item;

    (void)user;

    *info = (struct rs_run_info){
        .run_id = rs_row_str(cx, rows, 1),
        .experiment_id = rs_arena_fmt(cx->arena, "%lld", (long long)rs_row_i64(rows, 2)),
        .lifecycle_stage = rs_stage_text((enum rs_stage)rs_row_i64(rows, 3)),
        .status = RS_SOME_ENUM(rs_row_i64(rows, 4)),
        .run_name = rs_row_str(cx, rows, 5),
        .user_id = rs_row_str(cx, rows, 6),
        .start_time = rs_row_i64(rows, 7),
        .end_time = {end_time, !rs_row_is_null(rows, 8)},
    };
    info->run_uuid = info->run_id;
    info->artifact_uri = rs_artifact_uri(
        cx->arena, rs_row_str(cx, rows, 9),
        rs_arena_fmt(cx->arena, RS_FMT "/artifacts", RS_ARG(info->run_id)));
    return RS_OK;
}

static enum rs_code load_data(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                              struct rs_run_data *data)
{
    struct names *names = RS_NEW(cx->arena, struct names);
    struct rs_list **metrics = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    struct rs_list **params = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    struct rs_list **tags = RS_NEW_N(cx->arena, struct rs_list *, places->n);
    const struct rs_load_lists lists[] = {
        {&RUN_METRICS, read_metric, names, sizeof(struct rs_metric), metrics},
        {&RUN_PARAMS, read_param, names, sizeof(struct rs_param), params},
        {&RUN_TAGS, read_tag, names, sizeof(struct rs_tag), tags},
    };

    names->store = s;
    for (size_t i = 0; i < places->n; i++) {
        metrics[i] = &data[i].metrics;
        params[i] = &data[i].params;
        tags[i] = &data[i].tags;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        RS_TRY(rs_load_lists(cx, s, places, &lists[i]));
    }
    return RS_OK;
}

enum rs_code rs_store_runs_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids, size_t n,
                                struct rs_run *out)
{
    struct rs_run_info *info = RS_NEW_N(cx->arena, struct rs_run_info, n);
    struct rs_run_data *data = RS_NEW_N(cx->arena, struct rs_run_data, n);
    struct rs_run_inputs *inputs = RS_NEW_N(cx->arena, struct rs_run_inputs, n);
    struct rs_run_outputs *outputs = RS_NEW_N(cx->arena, struct rs_run_outputs, n);
    const struct rs_places places = rs_places_of(cx->arena, ids, n);

    RS_TRY(rs_load_rows(cx, s, &places,
                        &(struct rs_load_rows){&RUN_INFO, read_info, sizeof *info, info}));
    RS_TRY(load_data(cx, s, &places, data));
    RS_TRY(rs_load_inputs(cx, s, &places, inputs, outputs));
    for (size_t i = 0; i < n; i++) {
        if (info[i].run_id.p == NULL) {
            return rs_fail(cx, RS_NOT_FOUND, "run number %lld is not there", (long long)ids[i]);
        }
        out[i] = (struct rs_run){RS_SUB(&info[i]), RS_SUB(&data[i]), RS_SUB(&inputs[i]),
                                 RS_SUB(&outputs[i])};
    }
    return RS_OK;
}
