/* SPDX-License-Identifier: Apache-2.0 */
/* Where a search of the registry starts, by the same thought as that of runs: a comparison that few
 * rows meet is read from its index and its hits are sorted; else the rows are read in order until
 * the page is full, unless a trial on the first ones says that this is far. Then the trial also
 * says which comparison is met by the fewest: counting all of them would cost more. */
#include "store/sql/search_registry.h"

enum {
    TRIAL_ROWS = 200,
    FEW = 500,         /* entries: read without another thought */
    FAR = 3000,        /* rows in order: less is not worth another thought */
    COUNT_MAX = 50000, /* entries; more would not be selective */
    ENTRIES_A_ROW = 5, /* that cost as much as a row in order, where other tags are beside them */
};

static bool is_name(const struct rs_clause *c)
{
    return c->entity == RS_ENTITY_ATTRIBUTE && c->attr == RS_ATTR_NAME;
}

static bool is_list_or_equal(const struct rs_clause *c)
{
    return c->cmp == RS_CMP_EQ || c->cmp == RS_CMP_IN;
}

/* Whether a comparison has an index that it alone may be read from. */
static bool may_start(const struct rs_clause *c)
{
    if (c->entity == RS_ENTITY_TAG) {
        return rs_registry_has_pair(c);
    }
    return is_list_or_equal(c) && (c->attr == RS_ATTR_RUN_ID || c->attr == RS_ATTR_SOURCE);
}

/* Counts the entries that a start by this comparison reads, up to `most`. */
static enum rs_code count_entries(const struct rs_registry_search *rs, const struct rs_clause *c,
                                  size_t most, size_t *n)
{
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->count);

    rs_query_put(q, "SELECT count(*) FROM (SELECT 1 FROM ");
    if (c->entity == RS_ENTITY_TAG) {
        rs_query_put(q, rs->noun->tags);
        rs_query_put(q, " t WHERE ");
        rs_registry_put_pairs(q, "t.pair", c);
    } else {
        rs_query_put(q, "model_version v WHERE ");
        rs_query_compare(q, c->attr == RS_ATTR_RUN_ID ? "v.run_id" : "v.source", c);
    }
    return rs_query_count(q, rs->store, most, n);
}

/* Starts by the comparison with the fewest entries, if they are few. */
static enum rs_code take_few(struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;
    size_t most = FEW;

    for (size_t i = 0; i < filter->n; i++) {
        size_t n = 0;

        if (!may_start(&filter->clauses[i])) {
            continue;
        }
        RS_TRY(count_entries(rs, &filter->clauses[i], most, &n));
        if (n < most) {
            rs->start = RS_START_CLAUSE;
            rs->by = &filter->clauses[i];
            most = n;
        }
    }
    return RS_OK;
}

static const struct rs_clause *fewest(const struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;
    const struct rs_clause *best = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < filter->n; i++) {
        if (may_start(&filter->clauses[i]) && rs->met[i] < least) {
            least = rs->met[i];
            best = &filter->clauses[i];
        }
    }
    return best;
}

/* How many rows must be read in order until the page is full, as far as the first ones tell. */
static enum rs_code try_out(struct rs_registry_walk *w, double *cost)
{
    const double wanted = (double)w->rs->query->page.limit + 1;

    RS_TRY(rs_registry_walk_on(w, TRIAL_ROWS, true));
    /* One more hit than was seen: of few, chance decides more than the filter does. */
    *cost = w->n_read < TRIAL_ROWS ? (double)w->n_read
                                   : (double)w->n_read * wanted / (double)(w->hits.n + 1);
    return RS_OK;
}

/* Whether another comparison is looked up beside the entries of `few`, so that hardly any of them
 * is read as a row. */
static bool has_beside(const struct rs_registry_search *rs, const struct rs_clause *few)
{
    const struct rs_filter *filter = rs->query->filter;

    for (size_t i = 0; i < filter->n; i++) {
        if (&filter->clauses[i] != few && rs_registry_has_pair(few) &&
            rs_registry_has_pair(&filter->clauses[i])) {
            return true;
        }
    }
    return false;
}

/* Reading in order is far: takes the comparison that looks best, if it is better. */
static enum rs_code take_better(struct rs_registry_search *rs, double cost, bool has_name)
{
    const struct rs_clause *few = fewest(rs);
    const bool is_cheap = few != NULL && has_beside(rs, few);
    const double entries = cost * (is_cheap ? ENTRIES_A_ROW : 1);
    const size_t most = entries < COUNT_MAX ? (size_t)entries : COUNT_MAX;
    size_t n = most;

    if (is_cheap) {
        RS_TRY(rs_registry_meet(rs, few, most, &n));
    } else if (few != NULL) {
        RS_TRY(count_entries(rs, few, most, &n));
    }
    if (rs->start == RS_START_OWNERS) {
        return RS_OK;
    }
    if (n < most) {
        rs->start = RS_START_CLAUSE;
        rs->by = few;
    } else if (has_name) {
        rs->start = RS_START_NAME;
    }
    return RS_OK;
}

/* Reads in order, at least as far as the trial does. */
static enum rs_code walk(struct rs_registry_search *rs, bool has_name)
{
    struct rs_registry_walk w;
    RS_AUTO_ROWS *rows = NULL;
    double cost = 0;

    RS_TRY(rs_registry_walk_begin(rs, &w, &rows));
    RS_TRY(try_out(&w, &cost));
    if (cost >= FAR) {
        RS_TRY(take_better(rs, cost, has_name));
    }
    return rs->start == RS_START_ORDER ? rs_registry_walk_end(&w, cost) : RS_OK;
}

enum rs_code rs_registry_plan(struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;
    bool has_name = false;
    bool has_choice = false;

    rs->start = RS_START_ORDER;
    for (size_t i = 0; i < filter->n; i++) {
        const struct rs_clause *c = &filter->clauses[i];

        if (is_name(c) && is_list_or_equal(c)) {
            rs->start = RS_START_NAME;
            return RS_OK;
        }
        has_name = has_name || (is_name(c) && rs->noun->is_version);
        has_choice = has_choice || may_start(c) || c->entity == RS_ENTITY_TAG;
    }
    if (!has_name && !has_choice) {
        return RS_OK;
    }
    RS_TRY(rs_registry_recall(rs, FEW));
    if (rs->start == RS_START_OWNERS) {
        return RS_OK;
    }
    RS_TRY(take_few(rs));
    return rs->start == RS_START_ORDER ? walk(rs, has_name) : RS_OK;
}
