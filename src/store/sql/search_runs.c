/* SPDX-License-Identifier: Apache-2.0 */
/* The search of runs.
 *
 * An order that begins with a metric, a param or a tag is read in phases, a statement each: the
 * runs that have a value, by the index of values; those whose metric is NaN; those that have none.
 * A phase that the page does not reach is not run. */
#include "store/sql/search_runs.h"

/* ` LEFT JOIN latest_metric o0 ON ...`: the items that the sorts read, from the first-th on. */
static void put_joins(struct rs_query *q, const struct rs_runs_search *rs, size_t first)
{
    for (size_t i = first; i < rs->sorts.n; i++) {
        if (rs->items[i].key < 0) {
            continue;
        }
        rs_buf_fmt(&q->text, " LEFT JOIN %s o%zu ON o%zu.run = r.id AND o%zu.item_key = ",
                   rs_item_table(rs->items[i].entity), i, i, i);
        rs_query_arg(q, rs_i64(rs->items[i].key));
    }
}

/* The first sort's item is not there. */
static void put_missing(struct rs_query *q, const struct rs_runs_search *rs)
{
    rs_query_put(q, " AND NOT EXISTS (SELECT 1 FROM ");
    rs_query_put(q, rs_item_table(rs->items[0].entity));
    rs_query_put(q, " x WHERE x.run = r.id AND x.item_key = ");
    rs_query_arg(q, rs_i64(rs->items[0].key));
    rs_query_put(q, ")");
}

/* One phase of a search: its shape, the sorts as its rows have them, and where the page begins. */
struct phase {
    const struct rs_runs_search *rs;
    struct rs_shape shape;
    struct rs_sorts sorts;
    struct rs_search_page page;
};

static void put_select(struct rs_query *q, const struct phase *p, const struct rs_branch *branch)
{
    const bool knows_first = p->shape.class != RS_CLASS_ANY;

    rs_query_put(q, "SELECT r.id AS id");
    rs_sorts_columns(q, &p->sorts);
    rs_runs_put_from(q, p->rs, &p->shape);
    put_joins(q, p->rs, knows_first ? 1 : 0);
    rs_runs_put_scope(q, &p->shape, branch);
    if (p->shape.seeks) {
        rs_sorts_bound(q, &p->sorts, &p->page);
    }
    if (p->shape.class == RS_CLASS_MISSING) {
        put_missing(q, p->rs);
    }
    rs_runs_put_filter(q, p->rs, &p->shape);
    rs_sorts_after(q, &p->sorts, &p->page);
}

/* What comes in order from each experiment and stage is merged; else all are read and sorted. */
static void put_selects(struct rs_query *q, const struct phase *p)
{
    static const enum rs_view stages[] = {RS_VIEW_ACTIVE_ONLY, RS_VIEW_DELETED_ONLY};
    const struct rs_runs_query *query = p->rs->query;
    /* Items do not know the stage of their run: they are read once for both. */
    const bool splits_view = query->view == RS_VIEW_ALL && p->shape.start == RS_START_RUNS;
    const char *between = "";

    if (!p->shape.in_order) {
        put_select(q, p,
                   &(struct rs_branch){query->experiments, query->n_experiments, query->view});
        return;
    }
    for (size_t i = 0; i < query->n_experiments * (splits_view ? 2 : 1); i++) {
        const struct rs_branch branch = {
            .experiments = &query->experiments[splits_view ? i / 2 : i],
            .n_experiments = 1,
            .view = splits_view ? stages[i % 2] : query->view,
        };

        rs_query_put(q, between);
        put_select(q, p, &branch);
        between = " UNION ALL ";
    }
}

static enum rs_code run_phase(const struct phase *p, struct rs_found *out)
{
    const struct rs_runs_search *rs = p->rs;
    struct rs_query *q = rs_query_new(rs->cx, "runs_search");
    RS_AUTO_ROWS *rows = NULL;

    put_selects(q, p);
    rs_sorts_order(q, &p->sorts);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)(p->page.limit - out->n + 1)));
    RS_TRY(rs_query_run(q, rs->store, &rows));
    return rs_sorts_collect(rs->cx, rows, &p->sorts, p->page.limit, out);
}

/* Whether the filter leaves rows of this class at all. */
static bool is_possible(const struct rs_runs_search *rs, enum rs_sort_class class)
{
    if (rs->items[0].key == 0 ||
        (class == RS_CLASS_NAN && rs->items[0].entity != RS_ENTITY_METRIC)) {
        return class == RS_CLASS_MISSING;
    }
    for (size_t i = 0; i < rs->n_conditions; i++) {
        const struct rs_condition *c = &rs->conditions[i];

        if (c->item.key <= 0 || !rs_item_is(&c->item, &rs->items[0])) {
            continue;
        }
        if (c->clause.cmp == RS_CMP_IS_NULL) {
            return class == RS_CLASS_MISSING;
        }
        if (class == RS_CLASS_MISSING || (class == RS_CLASS_NAN && c->clause.cmp != RS_CMP_NE)) {
            return false;
        }
    }
    return true;
}

/* The class in which the page begins. */
static enum rs_sort_class first_class(const struct rs_runs_search *rs)
{
    const struct rs_search_page *page = &rs->query->page;

    if (page->n_after == 0) {
        return RS_CLASS_VALUE;
    }
    if (rs->sorts.p[0].is_nan != NULL) {
        return (enum rs_sort_class)page->after[0].i;
    }
    return page->after[0].kind == RS_VAL_NULL ? RS_CLASS_MISSING : RS_CLASS_VALUE;
}

/* Finds the rows of one class. *class becomes RS_CLASS_ANY when it found those of all others too.
 */
static enum rs_code search_class(const struct rs_runs_search *rs, const struct rs_search_page *page,
                                 enum rs_sort_class *class, struct rs_found *out)
{
    struct phase p = {.rs = rs, .page = *page};

    RS_TRY(rs_runs_plan(rs, *class, page, &p.shape));
    if (*class == RS_CLASS_VALUE && !p.shape.reads_sort) {
        /* The few hits of a condition are sorted all at once. */
        *class = RS_CLASS_ANY;
        p.shape.class = RS_CLASS_ANY;
    }
    p.sorts = rs_runs_sorts(rs, &p.shape);
    return run_phase(&p, out);
}

static enum rs_code search_phases(const struct rs_runs_search *rs, struct rs_found *out)
{
    struct rs_search_page page = rs->query->page;

    for (unsigned i = first_class(rs); i <= RS_CLASS_MISSING && out->n_last == 0; i++) {
        enum rs_sort_class class = (enum rs_sort_class)i;

        if (is_possible(rs, class)) {
            RS_TRY(search_class(rs, &page, &class, out));
        }
        if (class == RS_CLASS_ANY) {
            break;
        }
        page.n_after = 0;
    }
    return RS_OK;
}

enum rs_code rs_store_runs_search(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_runs_query *query, struct rs_found *out)
{
    struct rs_runs_search rs = {.cx = cx, .store = s, .query = query};
    enum rs_sort_class any = RS_CLASS_ANY;

    *out = (struct rs_found){.ids = RS_NEW_N(cx->arena, int64_t, query->page.limit)};
    RS_TRY(rs_runs_resolve(&rs));
    if (rs.finds_nothing) {
        return RS_OK;
    }
    if (rs.items[0].key >= 0 && rs_runs_branches(query) <= RS_BRANCHES_MAX) {
        return search_phases(&rs, out);
    }
    return search_class(&rs, &query->page, &any, out);
}
