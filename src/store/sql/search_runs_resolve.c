/* SPDX-License-Identifier: Apache-2.0 */
/* A search of runs with its names turned into numbers: keys, runs, and the expressions of sorts. */
#include "store/sql/load.h"
#include "store/sql/search_runs.h"

/* MLflow keeps a run's name in this tag too, and evaluates run_name on it. */
#define NAME_TAG "mlflow.runName"

static const struct rs_sql RUN_NUMBERS = {"run_numbers",
                                          "SELECT id FROM run WHERE run_id" RS_LOAD_MANY, false};

/* The numbers of up to RS_LOAD_CHUNK runs, appended to ids. */
static enum rs_code find_chunk(struct rs_runs_search *rs, const struct rs_val *names, size_t n,
                               int64_t *ids, size_t *n_ids)
{
    struct rs_val arg[RS_LOAD_CHUNK];
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    for (size_t i = 0; i < RS_LOAD_CHUNK; i++) {
        arg[i] = names[i < n ? i : n - 1];
    }
    RS_TRY(rs_db_query(rs->cx, rs->store->db, &RUN_NUMBERS, (struct rs_bind){arg, RS_LOAD_CHUNK},
                       &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    while (has_row) {
        ids[(*n_ids)++] = rs_row_i64(rows, 0);
        RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    }
    return RS_OK;
}

/* run_id =, IN and NOT IN. */
static enum rs_code resolve_ids(struct rs_runs_search *rs, struct rs_condition *c)
{
    const bool is_one = c->clause.cmp == RS_CMP_EQ;
    const struct rs_val *names = is_one ? &c->clause.value : c->clause.values;
    const size_t n = is_one ? 1 : c->clause.n_values;
    int64_t *ids = RS_NEW_N(rs->cx->arena, int64_t, n);

    for (size_t i = 0; i < n; i += RS_LOAD_CHUNK) {
        RS_TRY(find_chunk(rs, names + i, n - i < RS_LOAD_CHUNK ? n - i : RS_LOAD_CHUNK, ids,
                          &c->n_ids));
    }
    c->ids = ids;
    return RS_OK;
}

static bool names_runs(const struct rs_clause *c)
{
    return c->entity == RS_ENTITY_ATTRIBUTE && c->attr == RS_ATTR_RUN_ID &&
           (c->cmp == RS_CMP_EQ || c->cmp == RS_CMP_IN || c->cmp == RS_CMP_NOT_IN);
}

static bool is_item(enum rs_entity entity)
{
    return entity == RS_ENTITY_METRIC || entity == RS_ENTITY_PARAM || entity == RS_ENTITY_TAG;
}

/* Says by *holds when every run meets the condition, which is then none. */
static enum rs_code resolve_condition(struct rs_runs_search *rs, const struct rs_clause *clause,
                                      struct rs_condition *c, bool *holds)
{
    *c = (struct rs_condition){.clause = *clause};
    *holds = false;
    if (names_runs(clause)) {
        RS_TRY(resolve_ids(rs, c));
        *holds = clause->cmp == RS_CMP_NOT_IN && c->n_ids == 0;
        rs->finds_nothing = rs->finds_nothing || (clause->cmp != RS_CMP_NOT_IN && c->n_ids == 0);
        return RS_OK;
    }
    if (clause->entity == RS_ENTITY_ATTRIBUTE && clause->attr == RS_ATTR_RUN_NAME) {
        c->clause.entity = RS_ENTITY_TAG;
        c->clause.key = RS_STR(NAME_TAG);
    }
    if (!is_item(c->clause.entity)) {
        return RS_OK;
    }
    c->item.entity = c->clause.entity;
    RS_TRY(rs_key_find(rs->cx, rs->store, c->clause.key, &c->item.key));
    *holds = c->item.key == 0 && c->clause.cmp == RS_CMP_IS_NULL;
    rs->finds_nothing = rs->finds_nothing || (c->item.key == 0 && !*holds);
    return RS_OK;
}

static enum rs_code resolve_filter(struct rs_runs_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;

    rs->conditions = RS_NEW_N(rs->cx->arena, struct rs_condition, filter->n);
    for (size_t i = 0; i < filter->n; i++) {
        bool holds;

        RS_TRY(
            resolve_condition(rs, &filter->clauses[i], &rs->conditions[rs->n_conditions], &holds));
        rs->n_conditions += holds ? 0 : 1;
    }
    return RS_OK;
}

static struct rs_sort attr_sort(enum rs_attr attr, bool descending)
{
    const bool is_time = attr == RS_ATTR_START_TIME || attr == RS_ATTR_END_TIME;

    return (struct rs_sort){.value = rs_run_attr(attr),
                            .kind = is_time ? RS_VAL_I64 : RS_VAL_STR,
                            .class = attr == RS_ATTR_END_TIME ? RS_CLASS_ANY : RS_CLASS_VALUE,
                            .descending = descending};
}

/* An item is read from a table of the sort's own, which is joined as o0, o1, ... */
static struct rs_sort item_sort(struct rs_arena *a, const struct rs_order *order, size_t number)
{
    const bool is_metric = order->entity == RS_ENTITY_METRIC;

    return (struct rs_sort){.value = rs_arena_fmt(a, "o%zu.value", number).p,
                            .is_nan = is_metric ? rs_arena_fmt(a, "o%zu.is_nan", number).p : NULL,
                            .kind = is_metric ? RS_VAL_F64 : RS_VAL_STR,
                            .class = RS_CLASS_ANY,
                            .descending = order->descending};
}

static void add_attr(struct rs_runs_search *rs, enum rs_attr attr, bool descending)
{
    rs->items[rs->sorts.n] = (struct rs_item){.key = -1};
    rs->sorts.p[rs->sorts.n++] = attr_sort(attr, descending);
}

/* After the keys that are asked for: start_time DESC, run_id. A run_id leaves nothing to decide. */
static enum rs_code resolve_sorts(struct rs_runs_search *rs)
{
    const struct rs_orders *orders = rs->query->orders;
    bool has_start = false;

    rs->sorts.p = RS_NEW_N(rs->cx->arena, struct rs_sort, orders->n + 2);
    rs->items = RS_NEW_N(rs->cx->arena, struct rs_item, orders->n + 2);
    for (size_t i = 0; i < orders->n; i++) {
        const struct rs_order *o = &orders->p[i];

        if (is_item(o->entity)) {
            rs->items[rs->sorts.n].entity = o->entity;
            RS_TRY(rs_key_find(rs->cx, rs->store, o->key, &rs->items[rs->sorts.n].key));
            rs->sorts.p[rs->sorts.n] = item_sort(rs->cx->arena, o, rs->sorts.n);
            rs->sorts.n++;
            continue;
        }
        add_attr(rs, o->attr, o->descending);
        has_start = has_start || o->attr == RS_ATTR_START_TIME;
        if (o->attr == RS_ATTR_RUN_ID) {
            return RS_OK;
        }
    }
    if (!has_start) {
        add_attr(rs, RS_ATTR_START_TIME, true);
    }
    add_attr(rs, RS_ATTR_RUN_ID, false);
    return RS_OK;
}

enum rs_code rs_runs_resolve(struct rs_runs_search *rs)
{
    RS_TRY(resolve_sorts(rs));
    RS_TRY(rs_sorts_check(rs->cx, &rs->sorts, &rs->query->page));
    return resolve_filter(rs);
}
