/* SPDX-License-Identifier: Apache-2.0 */
/* The runs that meet the conditions of which an index has a list: the entries of each are read, one
 * list after the other, and what is in all of them is kept. */
#include "store/sql/search_bits.h"
#include "store/sql/search_runs.h"

/* An entry of a list of metrics is read in the tenth of the time in which a run is asked by its
 * key, which is a page somewhere else each time. One of params or tags costs as much as that: their
 * index has an expression, and SQLite 3.40 looks up the row of each entry. */
enum {
    FEW = 1500,        /* entries: read without another thought, and then not met with others */
    ENOUGH = 200,      /* runs: fewer are asked by key rather than met with another list */
    ALIKE = 16,        /* a list that is longer than so many times the runs is not met with them */
    METRICS_A_ROW = 8, /* entries that cost as much as a row in order */
    ENTRIES_MAX = 50000, /* of a list */
    NAMED_MAX = 5000,    /* runs that a statement names */
    NAME_COST = 4,       /* rows in order that are asked while one is named, looked up and sorted */
};

/* What has been met so far. */
struct met {
    struct rs_bits runs; /* that are left */
    bool *is_met;        /* by condition: what the runs are known to meet */
    bool has_any;
    const struct rs_shape *shape; /* that would be read */
};

/* Whether a condition has a list that was not met yet and is not read in order anyway. */
static bool has_list(const struct rs_runs_search *rs, const struct met *met, size_t i)
{
    const struct rs_condition *c = &rs->conditions[i];

    if (met->is_met[i] || c->item.key <= 0 || rs_condition_is_on(c, met->shape)) {
        return false;
    }
    return c->clause.entity == RS_ENTITY_METRIC
               ? c->clause.cmp != RS_CMP_NE && c->clause.cmp != RS_CMP_IS_NULL
               : c->clause.cmp == RS_CMP_EQ;
}

/* Whether the list of a condition may be remembered, and by what. */
static bool bound_of(const struct rs_runs_search *rs, const struct rs_condition *c,
                     struct rs_metric_bound *out)
{
    if (rs->store->memory == NULL || rs->query->n_experiments != 1 ||
        c->clause.entity != RS_ENTITY_METRIC) {
        return false;
    }
    *out = (struct rs_metric_bound){rs->query->experiments[0], c->item.key, c->clause.cmp,
                                    c->clause.value.f};
    return true;
}

/* Keeps of the runs those in the list of condition i, or takes that list if it is the first. */
static void keep_common(const struct rs_runs_search *rs, size_t i, const struct rs_bits *list,
                        struct met *met)
{
    met->runs = met->has_any ? rs_bits_common(rs->cx->arena, &met->runs, list) : *list;
    met->has_any = true;
    met->is_met[i] = true;
}

/* Meets the lists that the reader remembers, which costs next to nothing. */
static enum rs_code recall(const struct rs_runs_search *rs, struct met *met)
{
    if (rs->store->memory == NULL || rs->store->memory->list == NULL) {
        return RS_OK;
    }
    /* The snapshot begins with the first statement: what is remembered is asked for behind it. */
    RS_TRY(rs_store_check(rs->cx, rs->store));
    for (size_t i = 0; i < rs->n_conditions; i++) {
        struct rs_metric_bound bound;

        if (has_list(rs, met, i) && bound_of(rs, &rs->conditions[i], &bound)) {
            const struct rs_bits *list = rs_memory_find_list(rs->store->memory, &bound);

            if (list != NULL) {
                keep_common(rs, i, list, met);
            }
        }
    }
    return RS_OK;
}

static enum rs_code start_list(const struct rs_runs_search *rs, const struct rs_condition *c,
                               size_t most, struct rs_rows **rows)
{
    struct rs_query *q = rs_query_new(rs->cx, "runs_list");

    rs_query_put(q, "SELECT d.run");
    rs_runs_put_entries(q, rs, c);
    if (c->clause.cmp == RS_CMP_EQ && c->clause.entity != RS_ENTITY_METRIC) {
        rs_runs_put_whole(q, &c->clause);
    }
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)most));
    return rs_query_run(q, rs->store, rows);
}

/* Reads the list of condition i and meets it. Leaves all as it was when the list has `most` entries
 * or more. */
static enum rs_code meet(const struct rs_runs_search *rs, size_t i, size_t most, struct met *met)
{
    const struct rs_condition *c = &rs->conditions[i];
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    int64_t *ids = NULL;
    size_t cap = 0;
    size_t n = 0;
    struct rs_metric_bound bound;

    RS_TRY(start_list(rs, c, most, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    while (has_row) {
        ids = rs_arena_grow(rs->cx->arena, ids, n, &cap, sizeof *ids);
        ids[n++] = rs_row_i64(rows, 0);
        RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    }
    if (n == most) {
        return RS_OK;
    }
    const struct rs_bits list = rs_bits_of(rs->cx->arena, ids, n);
    keep_common(rs, i, &list, met);
    if (bound_of(rs, c, &bound)) {
        rs_memory_put_list(rs->store->memory, &bound, &list);
    }
    return RS_OK;
}

/* Whether it is not worth meeting the runs with more. */
static bool is_enough(const struct met *met)
{
    return met->has_any && met->runs.n <= ENOUGH;
}

static size_t smaller(double a, size_t b)
{
    return a < (double)b ? (size_t)a : b;
}

/* Entries that are few beside `cost`. */
static size_t few(double cost)
{
    return smaller(cost / NAME_COST, FEW);
}

/* Meets one list of few, if there is one: then *is_met. */
static enum rs_code meet_few(const struct rs_runs_search *rs, double cost, struct met *met,
                             bool *is_met)
{
    for (size_t i = 0; i < rs->n_conditions && !*is_met && !is_enough(met); i++) {
        if (has_list(rs, met, i)) {
            RS_TRY(meet(rs, i, few(cost), met));
            *is_met = met->is_met[i];
        }
    }
    return RS_OK;
}

/* How many entries of a list of either kind are worth reading. */
static size_t worth(bool of_metrics, double cost, const struct met *met)
{
    const size_t most = of_metrics ? smaller(cost * METRICS_A_ROW, ENTRIES_MAX)
                                   : smaller(cost / NAME_COST, ENTRIES_MAX / NAME_COST);

    return met->has_any ? smaller((double)most, (of_metrics ? ALIKE : 1) * met->runs.n) : most;
}

/* Meets the lists of one kind. */
static enum rs_code meet_all(const struct rs_runs_search *rs, bool of_metrics, double cost,
                             struct met *met)
{
    for (size_t i = 0; i < rs->n_conditions && !is_enough(met); i++) {
        const struct rs_condition *c = &rs->conditions[i];
        const size_t most = worth(of_metrics, cost, met);

        if (has_list(rs, met, i) && (c->clause.entity == RS_ENTITY_METRIC) == of_metrics &&
            most > few(cost)) {
            RS_TRY(meet(rs, i, most, met));
        }
    }
    return RS_OK;
}

enum rs_code rs_runs_meet(const struct rs_runs_search *rs, double cost, struct rs_shape *out)
{
    struct met met = {.is_met = RS_NEW_N(rs->cx->arena, bool, rs->n_conditions), .shape = out};
    bool has_few = false;

    RS_TRY(recall(rs, &met));
    RS_TRY(meet_few(rs, cost, &met, &has_few));
    if (!has_few) {
        RS_TRY(meet_all(rs, true, cost, &met));
        RS_TRY(meet_all(rs, false, cost, &met));
    }
    if (!met.has_any) {
        return RS_OK;
    }
    out->is_met = met.is_met;
    if (is_enough(&met) || met.runs.n < smaller(cost / NAME_COST, NAMED_MAX)) {
        *out = (struct rs_shape){.start = RS_START_MET,
                                 .class = out->class,
                                 .ids = rs_bits_ids(rs->cx->arena, &met.runs),
                                 .n_ids = met.runs.n,
                                 .is_met = met.is_met};
    } else {
        out->within = met.runs;
    }
    return RS_OK;
}
