/* SPDX-License-Identifier: Apache-2.0 */
/* Where a search of the registry starts, by the same thought as that of runs: a comparison that few
 * rows meet is read from its index and its hits are sorted; else the rows are read in order until
 * the page is full, unless a trial on the first ones says that this is far. Then the trial also
 * says which comparison is met by the fewest: counting all of them would cost more. */
#include "store/sql/search_registry.h"

enum {
    TRIAL_ROWS = 200,
    FEW = 500,         /* entries: read without another thought */
    FAR = 1500,        /* rows in order: less is not worth another thought */
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
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    rs_query_put(q, "SELECT count(*) FROM (SELECT 1 FROM ");
    if (c->entity == RS_ENTITY_TAG) {
        rs_query_put(q, rs->noun->tags);
        rs_query_put(q, " t WHERE ");
        rs_registry_put_pairs(q, "t.pair", c);
    } else {
        rs_query_put(q, "model_version v WHERE ");
        rs_query_compare(q, c->attr == RS_ATTR_RUN_ID ? "v.run_id" : "v.source", c);
    }
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)most));
    rs_query_put(q, ") n");
    RS_TRY(rs_query_run(q, rs->store, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    *n = (size_t)rs_row_i64(rows, 0);
    return RS_OK;
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

/* What the first rows in order tell. */
struct trial {
    double cost;                 /* rows that must be read in order until the page is full */
    const struct rs_clause *few; /* of those that may start, the one that the fewest met */
};

/* ` AND ...` for each comparison that may not start. */
static void put_rest(struct rs_query *q, const struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;

    for (size_t i = 0; i < filter->n; i++) {
        if (!may_start(&filter->clauses[i])) {
            rs_registry_put_and(q, rs, &filter->clauses[i]);
        }
    }
}

/* `SELECT` of each row whether it meets each comparison that may start, and all of the others. */
static void put_questions(struct rs_query *q, const struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;

    rs_query_put(q, "SELECT CASE WHEN 1 = 1");
    put_rest(q, rs);
    rs_query_put(q, " THEN 1 ELSE 0 END");
    for (size_t i = 0; i < filter->n; i++) {
        if (may_start(&filter->clauses[i])) {
            rs_query_put(q, ", CASE WHEN 1 = 1");
            rs_registry_put_and(q, rs, &filter->clauses[i]);
            rs_query_put(q, " THEN 1 ELSE 0 END");
        }
    }
}

/* ` FROM` the first rows in order, from where the page begins. */
static void put_sample(struct rs_query *q, const struct rs_registry_search *rs)
{
    const struct rs_filter none = {0};
    const struct rs_sorts first = {rs->sorts.p, 1};
    struct rs_registry_query all = *rs->query;
    struct rs_registry_search sample = *rs;

    all.filter = &none;
    sample.query = &all;
    rs_query_put(q, " FROM (SELECT ");
    rs_query_put(q, rs->noun->id);
    rs_query_put(q, " AS id");
    rs_sorts_columns(q, &first);
    rs_registry_put_rows(q, &sample);
    rs_sorts_bound(q, &rs->sorts, &rs->query->page);
    rs_sorts_order(q, &first);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64(TRIAL_ROWS));
    rs_query_put(q, rs->noun->is_version
                        ? ") d CROSS JOIN model_version v CROSS JOIN registered_model m"
                          " WHERE v.id = d.id AND m.id = v.model"
                        : ") d CROSS JOIN registered_model m WHERE m.id = d.id");
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

/* Counts what a row answers. Whether it meets all of the filter. */
static bool count_answers(const struct rs_registry_search *rs, struct rs_rows *rows)
{
    const struct rs_filter *filter = rs->query->filter;
    bool meets_all = rs_row_i64(rows, 0) != 0;
    unsigned column = 1;

    for (size_t i = 0; i < filter->n; i++) {
        if (may_start(&filter->clauses[i])) {
            const bool meets = rs_row_i64(rows, column++) != 0;

            rs->met[i] += meets;
            meets_all = meets_all && meets;
        }
    }
    return meets_all;
}

static enum rs_code try_out(struct rs_registry_search *rs, struct trial *out)
{
    const double wanted = (double)rs->query->page.limit + 1;
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->trial);
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    double seen = 0;
    double hits = 0;

    rs->met = RS_NEW_N(rs->cx->arena, size_t, rs->query->filter->n);
    put_questions(q, rs);
    put_sample(q, rs);
    RS_TRY(rs_query_run(q, rs->store, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    while (has_row) {
        seen++;
        hits += count_answers(rs, rows);
        RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    }
    /* One more hit than was seen: of few, chance decides more than the filter does. */
    out->cost = seen < TRIAL_ROWS ? seen : seen * wanted / (hits + 1);
    out->few = fewest(rs);
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
static enum rs_code take_better(struct rs_registry_search *rs, const struct trial *trial,
                                bool has_name)
{
    const bool is_cheap = trial->few != NULL && has_beside(rs, trial->few);
    const double entries = trial->cost * (is_cheap ? ENTRIES_A_ROW : 1);
    const size_t most = entries < COUNT_MAX ? (size_t)entries : COUNT_MAX;
    size_t n = most;

    if (is_cheap) {
        RS_TRY(rs_registry_meet(rs, trial->few, most, &n));
    } else if (trial->few != NULL) {
        RS_TRY(count_entries(rs, trial->few, most, &n));
    }
    if (rs->start == RS_START_OWNERS) {
        return RS_OK;
    }
    if (n < most) {
        rs->start = RS_START_CLAUSE;
        rs->by = trial->few;
    } else if (has_name) {
        rs->start = RS_START_NAME;
    }
    return RS_OK;
}

enum rs_code rs_registry_plan(struct rs_registry_search *rs)
{
    const struct rs_filter *filter = rs->query->filter;
    bool has_name = false;
    bool has_choice = false;
    struct trial trial = {0};

    rs->start = RS_START_ORDER;
    for (size_t i = 0; i < filter->n; i++) {
        const struct rs_clause *c = &filter->clauses[i];

        if (is_name(c) && is_list_or_equal(c)) {
            rs->start = RS_START_NAME;
            return RS_OK;
        }
        has_name = has_name || (is_name(c) && rs->noun->is_version);
        has_choice = has_choice || may_start(c);
    }
    if (!has_name && !has_choice) {
        return RS_OK;
    }
    RS_TRY(rs_registry_recall(rs, FEW));
    if (rs->start == RS_START_OWNERS) {
        return RS_OK;
    }
    RS_TRY(take_few(rs));
    if (rs->start != RS_START_ORDER) {
        return RS_OK;
    }
    RS_TRY(try_out(rs, &trial));
    return trial.cost < FAR ? RS_OK : take_better(rs, &trial, has_name);
}
