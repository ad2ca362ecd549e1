/* SPDX-License-Identifier: Apache-2.0 */
/* The search of experiments. They are few beside their runs: one statement, which reads them in the
 * order of their creation where that is asked for, and else sorts them. */
#include "store/sql/search_sort.h"

static const char *attr_expr(enum rs_attr attr)
{
    switch (attr) {
    case RS_ATTR_NAME:
        return "e.name";
    case RS_ATTR_CREATION_TIME:
        return "e.creation_time";
    case RS_ATTR_LAST_UPDATE_TIME:
        return "e.last_update_time";
    default:
        return "e.id";
    }
}

static void put_tag(struct rs_query *q, const struct rs_clause *c)
{
    rs_query_put(q, c->cmp == RS_CMP_IS_NULL ? "NOT EXISTS (" : "EXISTS (");
    rs_query_put(q, "SELECT 1 FROM experiment_tag t WHERE t.experiment = e.id AND t.name = ");
    rs_query_arg(q, rs_text(c->key));
    if (c->cmp != RS_CMP_IS_NULL && c->cmp != RS_CMP_NOT_NULL) {
        rs_query_put(q, " AND ");
        rs_query_compare(q, "t.value", c);
    }
    rs_query_put(q, ")");
}

static void put_filter(struct rs_query *q, const struct rs_experiments_query *query)
{
    rs_query_put(q, query->view == RS_VIEW_ALL            ? " WHERE e.stage IN (0, 1)"
                    : query->view == RS_VIEW_DELETED_ONLY ? " WHERE e.stage = 1"
                                                          : " WHERE e.stage = 0");
    for (size_t i = 0; i < query->filter->n; i++) {
        const struct rs_clause *c = &query->filter->clauses[i];

        rs_query_put(q, " AND ");
        if (c->entity == RS_ENTITY_TAG) {
            put_tag(q, c);
        } else {
            rs_query_compare(q, attr_expr(c->attr), c);
        }
    }
}

static void add_sort(struct rs_sorts *sorts, enum rs_attr attr, bool descending)
{
    sorts->p[sorts->n++] = (struct rs_sort){.value = attr_expr(attr),
                                            .kind = attr == RS_ATTR_NAME ? RS_VAL_STR : RS_VAL_I64,
                                            .class = RS_CLASS_VALUE,
                                            .descending = descending};
}

/* Nothing asked: the newest first, and the lower id of equals. Else the higher id of equals. */
static struct rs_sorts sorts_of(struct rs_arena *a, const struct rs_orders *orders)
{
    struct rs_sorts sorts = {RS_NEW_N(a, struct rs_sort, orders->n + 2), 0};

    for (size_t i = 0; i < orders->n; i++) {
        add_sort(&sorts, orders->p[i].attr, orders->p[i].descending);
        if (orders->p[i].attr == RS_ATTR_EXPERIMENT_ID) {
            return sorts;
        }
    }
    if (orders->n == 0) {
        add_sort(&sorts, RS_ATTR_CREATION_TIME, true);
    }
    add_sort(&sorts, RS_ATTR_EXPERIMENT_ID, orders->n > 0);
    return sorts;
}

enum rs_code rs_store_experiments_search(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_experiments_query *query,
                                         struct rs_found *out)
{
    const struct rs_sorts sorts = sorts_of(cx->arena, query->orders);
    struct rs_query *q = rs_query_new(cx, "experiments_search");
    RS_AUTO_ROWS *rows = NULL;

    *out = (struct rs_found){.ids = RS_NEW_N(cx->arena, int64_t, query->page.limit)};
    RS_TRY(rs_sorts_check(cx, &sorts, &query->page));
    rs_query_put(q, "SELECT e.id AS id");
    rs_sorts_columns(q, &sorts);
    rs_query_put(q, " FROM experiment e");
    put_filter(q, query);
    rs_sorts_bound(q, &sorts, &query->page);
    rs_sorts_after(q, &sorts, &query->page);
    rs_sorts_order(q, &sorts);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)query->page.limit + 1));
    RS_TRY(rs_query_run(q, s, &rows));
    return rs_sorts_collect(cx, rows, &sorts, query->page.limit, out);
}
