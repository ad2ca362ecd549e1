/* SPDX-License-Identifier: Apache-2.0 */
/* Runs as MLflow shows them: what is known of each, and what it logged. */
#include "store/load.h"

#include "model/artifact_uri.h"
#include "store/sql/load.h"
#include "store/sql/load_inputs.h"
#include "store/sql/values.h"

static const struct rs_load RUN_ROW = RS_LOAD(
    "run_row",
    "SELECT r.id, r.run_id, r.experiment, r.stage, r.status, r.name, r.user_id,"
    " r.start_time, r.end_time, e.artifact_location, r.has_edges"
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

/* The row of a run. */
struct row {
    struct rs_run_info info;
    bool has_edges; /* there may be inputs or outputs */
};

static enum rs_code read_row(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    const int64_t end_time = rs_row_i64(rows, 8);
    struct row *row = item;
    struct rs_run_info *info = &row->info;

    (void)user;
    row->has_edges = rs_row_i64(rows, 10) != 0;
    *info = (struct rs_run_info){
        .run_id = rs_row_str(cx, rows, 1),
        .experiment_id = rs_arena_i64(cx->arena, rs_row_i64(rows, 2)),
        .lifecycle_stage = rs_stage_text((enum rs_stage)rs_row_i64(rows, 3)),
        .status = RS_SOME_ENUM(rs_row_i64(rows, 4)),
        .run_name = rs_row_str(cx, rows, 5),
        .user_id = rs_row_str(cx, rows, 6),
        .start_time = rs_row_i64(rows, 7),
        .end_time = {end_time, !rs_row_is_null(rows, 8)},
    };
    info->run_uuid = info->run_id;
    info->artifact_uri = rs_artifact_uri(cx->arena, rs_row_str(cx, rows, 9),
                                         RS_JOIN(cx->arena, info->run_id, RS_STR("/artifacts")));
    return RS_OK;
}

/* Fills data[p.at] for each place; data has n. */
static enum rs_code load_data(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                              struct rs_run_data *data, size_t n)
{
    struct names *names = RS_NEW(cx->arena, struct names);
    struct rs_list **metrics = RS_NEW_N(cx->arena, struct rs_list *, n);
    struct rs_list **params = RS_NEW_N(cx->arena, struct rs_list *, n);
    struct rs_list **tags = RS_NEW_N(cx->arena, struct rs_list *, n);
    const struct rs_load_lists lists[] = {
        {&RUN_METRICS, read_metric, names, sizeof(struct rs_metric), metrics},
        {&RUN_PARAMS, read_param, names, sizeof(struct rs_param), params},
        {&RUN_TAGS, read_tag, names, sizeof(struct rs_tag), tags},
    };

    names->store = s;
    for (size_t i = 0; i < n; i++) {
        metrics[i] = &data[i].metrics;
        params[i] = &data[i].params;
        tags[i] = &data[i].tags;
    }
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        RS_TRY(rs_load_lists(cx, s, places, &lists[i]));
    }
    return RS_OK;
}

/* A page of runs on its way. */
struct page {
    struct rs_memory *memory; /* NULL: nothing is remembered */
    struct row *rows;
    struct rs_run *runs;
    size_t n;
    struct rs_places all;
    struct rs_places fresh; /* that are not remembered */
};

/* What the reader remembers need not be read. */
static void recall(struct rs_cx *cx, struct page *p)
{
    if (p->memory == NULL) {
        p->fresh = p->all;
        return;
    }
    p->fresh.p = RS_NEW_N(cx->arena, struct rs_place, p->n);
    for (size_t i = 0; i < p->n; i++) {
        const struct rs_place place = p->all.p[i];
        struct rs_remembered *r = rs_memory_find(p->memory, place.id);

        if (r == NULL) {
            p->fresh.p[p->fresh.n++] = place;
        } else {
            p->runs[place.at].kept = &r->kept;
            p->rows[place.at].has_edges = r->has_edges;
        }
    }
}

static enum rs_code load_fresh(struct rs_cx *cx, struct rs_store *s, struct page *p)
{
    const struct rs_load_rows rows = {&RUN_ROW, read_row, sizeof *p->rows, p->rows};
    struct rs_run_data *data = RS_NEW_N(cx->arena, struct rs_run_data, p->n);

    if (p->fresh.n == 0) {
        return RS_OK;
    }
    RS_TRY(rs_load_rows(cx, s, &p->fresh, &rows));
    RS_TRY(load_data(cx, s, &p->fresh, data, p->n));
    for (size_t i = 0; i < p->fresh.n; i++) {
        const struct rs_place place = p->fresh.p[i];
        struct row *row = &p->rows[place.at];

        if (row->info.run_id.p == NULL) {
            return rs_fail(cx, RS_NOT_FOUND, "run number %lld is not there", (long long)place.id);
        }
        p->runs[place.at] = (struct rs_run){
            .info = RS_SUB(&row->info),
            .data = RS_SUB(&data[place.at]),
            .kept = p->memory != NULL ? rs_memory_put(p->memory, place.id, row->has_edges) : NULL};
    }
    return RS_OK;
}

/* Of most pages no run has any. */
static enum rs_code load_edges(struct rs_cx *cx, struct rs_store *s, struct page *p)
{
    struct rs_run_edges *edges = RS_NEW_N(cx->arena, struct rs_run_edges, p->n);
    struct rs_places some = {RS_NEW_N(cx->arena, struct rs_place, p->n), 0};

    for (size_t i = 0; i < p->n; i++) {
        const struct rs_place place = p->all.p[i];

        if (p->rows[place.at].has_edges) {
            some.p[some.n++] = place;
        }
        p->runs[place.at].inputs = RS_SUB(&edges[place.at].inputs);
        p->runs[place.at].outputs = RS_SUB(&edges[place.at].outputs);
    }
    return some.n > 0 ? rs_load_edges(cx, s, &some, edges, p->n) : RS_OK;
}

/* The page's ids, into page->runs. */
static enum rs_code load_page(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                              struct page *page)
{
    if (page->n == 0) {
        return RS_OK; /* and runs may be nothing */
    }
    page->rows = RS_NEW_N(cx->arena, struct row, page->n);
    page->all = rs_places_of(cx->arena, ids, page->n);
    memset(page->runs, 0, page->n * sizeof *page->runs);
    recall(cx, page);
    RS_TRY(load_fresh(cx, s, page));
    return load_edges(cx, s, page);
}

enum rs_code rs_store_runs_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids, size_t n,
                                struct rs_run *out)
{
    return load_page(cx, s, ids, &(struct page){.memory = s->memory, .runs = out, .n = n});
}

enum rs_code rs_store_runs_read(struct rs_cx *cx, struct rs_store *s, const int64_t *ids, size_t n,
                                struct rs_run *out)
{
    return load_page(cx, s, ids, &(struct page){.runs = out, .n = n});
}
