/* SPDX-License-Identifier: Apache-2.0 */
/* Where a search of runs starts.
 *
 * Reading an index of the order needs no sort and stops when the page is full: best where many runs
 * match. Reading the index of a selective condition and sorting its few hits is best where few do.
 * Which of the two it is, a trial says: the filter is asked of the first few hundred rows in order,
 * and what share of them matches tells how far one would have to read. Only if that is far, the
 * index entries of each condition are counted, no further than would still be worth it. */
#include "store/sql/search_runs.h"

enum {
    TRIAL_ROWS = 400,
    FAR = 1500,        /* entries that are read in 2 ms: less is not worth asking */
    COUNT_MAX = 50000, /* entries, which are counted in 4 ms; more would not be selective */
};

/* What reading a run costs, beside an entry of another index: runs that began one after the other
 * lie side by side, and so does what they logged. */
static const double RUN_COST = 0.6;

size_t rs_runs_branches(const struct rs_runs_query *query)
{
    return query->n_experiments * (query->view == RS_VIEW_ALL ? 2 : 1);
}

static bool is_by_start(const struct rs_sort *sort)
{
    return sort->value == rs_run_attr(RS_ATTR_START_TIME);
}

struct rs_shape rs_runs_natural_shape(const struct rs_runs_search *rs, enum rs_sort_class class)
{
    const bool may_merge = rs_runs_branches(rs->query) <= RS_BRANCHES_MAX;
    struct rs_shape shape = {.start = RS_START_RUNS, .class = class};

    if (class == RS_CLASS_VALUE || class == RS_CLASS_NAN) {
        shape.start = RS_START_ITEMS;
        shape.item = rs->items[0];
        shape.reads_sort = true;
        shape.in_order = class == RS_CLASS_VALUE && may_merge;
        return shape;
    }
    shape.in_order = may_merge && is_by_start(&rs->sorts.p[class == RS_CLASS_MISSING ? 1 : 0]);
    return shape;
}

struct rs_sorts rs_runs_sorts(const struct rs_runs_search *rs, const struct rs_shape *shape)
{
    struct rs_sort *p = RS_NEW_N(rs->cx->arena, struct rs_sort, rs->sorts.n);

    memcpy(p, rs->sorts.p, rs->sorts.n * sizeof *p);
    if (shape->class != RS_CLASS_ANY) {
        p[0].class = shape->class;
    }
    if (shape->class == RS_CLASS_VALUE) {
        p[0].value = "d.value";
        p[0].is_nan = p[0].is_nan != NULL ? "d.is_nan" : NULL;
        p[0].before = p[0].is_nan == NULL ? "substr(d.value, 1, 64)" : NULL;
    }
    return (struct rs_sorts){p, rs->sorts.n};
}

/* The rows that the trial looks at, as (SELECT ... AS run ... LIMIT n). Of several experiments it
 * takes whatever comes first: an order would cost a sort. */
static void put_sample(struct rs_query *q, const struct rs_runs_search *rs,
                       const struct rs_shape *shape, const struct rs_branch *branch)
{
    const bool descending = rs->sorts.p[shape->class == RS_CLASS_MISSING ? 1 : 0].descending;
    const bool is_items = shape->start == RS_START_ITEMS;

    rs_query_put(q,
                 is_items ? "(SELECT d.run AS run FROM " : "(SELECT r.id AS run FROM run r WHERE ");
    if (is_items) {
        rs_query_put(q, rs_item_table(shape->item.entity));
        rs_query_put(q, " d WHERE ");
        rs_runs_put_items(q, shape, branch);
    } else {
        rs_query_ids(q, "r.experiment", branch->experiments, branch->n_experiments);
        rs_runs_put_stage(q, branch->view);
    }
    for (size_t i = 0; i < rs->n_conditions; i++) {
        const struct rs_condition *c = &rs->conditions[i];

        if (is_items ? rs_condition_is_on(c, shape) : c->clause.attr == RS_ATTR_START_TIME) {
            rs_runs_put_condition(q, rs, shape, c);
        }
    }
    if (shape->seeks) {
        const struct rs_sorts sorts = rs_runs_sorts(rs, shape);

        rs_sorts_bound(q, &sorts, &rs->query->page);
    }
    if (branch->n_experiments == 1) {
        rs_query_put(q, !is_items ? " ORDER BY r.start_time"
                        : shape->item.entity == RS_ENTITY_METRIC
                            ? " ORDER BY d.value"
                            : " ORDER BY substr(d.value, 1, 64)");
        rs_query_put(q, descending ? " DESC" : "");
    }
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64(TRIAL_ROWS));
    rs_query_put(q, ")");
}

/* What it costs, in entries, to read in order until the page is full, as far as the first few tell.
 */
static enum rs_code try_out(const struct rs_runs_search *rs, const struct rs_shape *shape,
                            double *cost)
{
    const struct rs_runs_query *query = rs->query;
    const struct rs_branch all = {query->experiments, query->n_experiments, query->view};
    /* Conditions on d that the sample has met already are on another shape here. */
    const struct rs_shape asked = {.start = RS_START_DATASET, .condition = rs->n_conditions};
    struct rs_query *q = rs_query_new(rs->cx, "runs_trial");
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    rs_query_put(q, "SELECT count(*), count(CASE WHEN 1 = 1");
    rs_runs_put_stage(q, query->view);
    for (size_t i = 0; i < rs->n_conditions; i++) {
        if (!rs_condition_is_on(&rs->conditions[i], shape)) {
            rs_runs_put_condition(q, rs, &asked, &rs->conditions[i]);
        }
    }
    rs_query_put(q, " THEN 1 END) FROM ");
    put_sample(q, rs, shape, &all);
    rs_query_put(q, " d CROSS JOIN run r WHERE r.id = d.run");
    RS_TRY(rs_query_run(q, rs->store, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    const double seen = (double)rs_row_i64(rows, 0);
    const double hits = (double)rs_row_i64(rows, 1);
    const double wanted = (double)query->page.limit + 1;

    /* One more hit than was seen: of few, chance decides more than the filter does. */
    *cost = seen < TRIAL_ROWS ? seen : hits > 0 ? seen * wanted / (hits + 1) : 1e18;
    if (shape->start == RS_START_RUNS) {
        *cost *= RUN_COST;
    }
    return RS_OK;
}

/* Whether a condition can be where a search starts. */
static bool shape_by(const struct rs_condition *c, size_t i, struct rs_shape *shape)
{
    if (c->item.key > 0 && c->clause.cmp != RS_CMP_IS_NULL) {
        shape->start = RS_START_ITEMS;
        shape->item = c->item;
        return true;
    }
    shape->start = RS_START_DATASET;
    shape->condition = i;
    return c->clause.entity == RS_ENTITY_DATASET && c->clause.attr != RS_ATTR_CONTEXT &&
           (c->clause.cmp == RS_CMP_EQ || c->clause.cmp == RS_CMP_IN);
}

/* Counts the entries that a start by this condition would read, up to `most`. */
static enum rs_code count_entries(const struct rs_runs_search *rs, const struct rs_shape *shape,
                                  const struct rs_condition *c, size_t most, size_t *n)
{
    struct rs_query *q = rs_query_new(rs->cx, "runs_count");

    rs_query_put(q, "SELECT count(*) FROM (SELECT 1");
    if (shape->start == RS_START_DATASET) {
        rs_runs_put_from(q, rs, shape);
        rs_query_put(q, " WHERE r.id = d.run");
    } else {
        rs_runs_put_entries(q, rs, c);
    }
    return rs_query_count(q, rs->store, most, n);
}

/* Takes the condition with the fewest entries, if they are fewer than `most`. */
static enum rs_code choose_condition(const struct rs_runs_search *rs, size_t most,
                                     struct rs_shape *out)
{
    size_t least = most;

    for (size_t i = 0; i < rs->n_conditions; i++) {
        struct rs_shape shape = {.class = out->class, .is_met = out->is_met, .within = out->within};
        size_t n = 0;

        if (!shape_by(&rs->conditions[i], i, &shape)) {
            continue;
        }
        RS_TRY(count_entries(rs, &shape, &rs->conditions[i], least, &n));
        if (n < least) {
            *out = shape;
            least = n;
        }
    }
    return RS_OK;
}

/* Runs that the filter names are few. */
static bool find_ids(const struct rs_runs_search *rs, enum rs_sort_class class,
                     struct rs_shape *out)
{
    for (size_t i = 0; i < rs->n_conditions; i++) {
        if (rs->conditions[i].n_ids > 0 && rs->conditions[i].clause.cmp != RS_CMP_NOT_IN) {
            *out = (struct rs_shape){.start = RS_START_IDS, .condition = i, .class = class};
            return true;
        }
    }
    return false;
}

enum rs_code rs_runs_plan(const struct rs_runs_search *rs, enum rs_sort_class class,
                          const struct rs_search_page *page, struct rs_shape *out)
{
    double cost = COUNT_MAX;

    if (find_ids(rs, class, out)) {
        return RS_OK;
    }
    *out = rs_runs_natural_shape(rs, class);
    out->seeks = out->in_order && page->n_after > 0;
    if (rs->n_conditions == 0 || class == RS_CLASS_NAN) {
        return RS_OK;
    }
    if (out->in_order) {
        RS_TRY(try_out(rs, out, &cost));
        if (cost < FAR) {
            return RS_OK;
        }
    }
    RS_TRY(rs_runs_meet(rs, cost, out));
    if (out->start == RS_START_MET ||
        (out->in_order && cost < COUNT_MAX && out->within.byte != NULL)) {
        return RS_OK;
    }
    /* What starts from a condition has to be looked up and sorted. */
    return choose_condition(rs, cost / 2 < COUNT_MAX ? (size_t)cost / 2 : COUNT_MAX, out);
}
