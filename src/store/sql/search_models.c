/* SPDX-License-Identifier: Apache-2.0 */
/* The search of logged models: one statement. A metric here is any point that was logged to the
 * model, on the datasets that are asked for; in an order it is the latest one. */
#include "store/sql/search_sort.h"

/* How an attribute is compared: what is a number is compared as text, as the client wrote it. */
static const char *attr_expr(enum rs_attr attr)
{
    switch (attr) {
    case RS_ATTR_NAME:
        return "m.name";
    case RS_ATTR_MODEL_TYPE:
        return "m.model_type";
    case RS_ATTR_EXPERIMENT_ID:
        return "CAST(m.experiment AS TEXT)";
    case RS_ATTR_SOURCE_RUN_ID:
        return "m.source_run_id";
    case RS_ATTR_STATUS:
        return "CAST(m.status AS TEXT)";
    case RS_ATTR_STATUS_MESSAGE:
        return "m.status_message";
    case RS_ATTR_ARTIFACT_URI:
        return RS_ARTIFACT_URI_SQL("'models/' || m.model_id", "m.experiment");
    case RS_ATTR_CREATION_TIME:
        return "m.creation_time";
    case RS_ATTR_LAST_UPDATE_TIME:
        return "m.last_update_time";
    default:
        return "m.model_id";
    }
}

static struct rs_sort attr_sort(enum rs_attr attr, bool descending)
{
    struct rs_sort sort = {.value = attr_expr(attr),
                           .kind = RS_VAL_STR,
                           .class = RS_CLASS_VALUE,
                           .descending = descending};

    switch (attr) {
    case RS_ATTR_CREATION_TIME:
    case RS_ATTR_LAST_UPDATE_TIME:
        sort.kind = RS_VAL_I64;
        break;
    case RS_ATTR_EXPERIMENT_ID:
        sort.kind = RS_VAL_I64;
        sort.value = "m.experiment";
        break;
    case RS_ATTR_STATUS:
        sort.kind = RS_VAL_I64;
        sort.value = "m.status";
        break;
    case RS_ATTR_STATUS_MESSAGE:
        sort.class = RS_CLASS_ANY;
        break;
    default:
        break;
    }
    return sort;
}

/* One column of the latest point of a metric; the parameters are bound already. */
static const char *latest(struct rs_query *q, const char *column, const struct rs_str *where)
{
    return rs_arena_fmt(q->cx->arena,
                        "(SELECT x.%s FROM logged_model_metric x WHERE x.model = m.id" RS_FMT
                        " ORDER BY x.at DESC, x.step DESC, x.run_id, x.dataset_name,"
                        " x.dataset_digest LIMIT 1)",
                        column, RS_ARG(*where))
        .p;
}

static struct rs_sort metric_sort(struct rs_query *q, const struct rs_order *order)
{
    struct rs_arena *a = q->cx->arena;
    struct rs_str where = rs_arena_fmt(a, " AND x.name = $%zu",
                                       rs_query_bind(q, rs_text(order->key)));

    if (order->dataset_name.n > 0) {
        where = rs_arena_fmt(a, RS_FMT " AND x.dataset_name = $%zu", RS_ARG(where),
                             rs_query_bind(q, rs_text(order->dataset_name)));
    }
    if (order->dataset_digest.n > 0) {
        where = rs_arena_fmt(a, RS_FMT " AND x.dataset_digest = $%zu", RS_ARG(where),
                             rs_query_bind(q, rs_text(order->dataset_digest)));
    }
    return (struct rs_sort){.value = latest(q, "value", &where),
                            .is_nan = latest(q, "is_nan", &where),
                            .kind = RS_VAL_F64,
                            .class = RS_CLASS_ANY,
                            .descending = order->descending};
}

/* After the keys that are asked for: creation_time DESC, model_id. */
static struct rs_sorts sorts_of(struct rs_query *q, const struct rs_orders *orders)
{
    struct rs_sorts sorts = {RS_NEW_N(q->cx->arena, struct rs_sort, orders->n + 2), 0};
    bool has_creation = false;

    for (size_t i = 0; i < orders->n; i++) {
        const struct rs_order *o = &orders->p[i];

        sorts.p[sorts.n++] = o->entity == RS_ENTITY_METRIC ? metric_sort(q, o)
                                                           : attr_sort(o->attr, o->descending);
        if (o->attr == RS_ATTR_MODEL_ID) {
            return sorts;
        }
        has_creation = has_creation || o->attr == RS_ATTR_CREATION_TIME;
    }
    if (!has_creation) {
        sorts.p[sorts.n++] = attr_sort(RS_ATTR_CREATION_TIME, true);
    }
    sorts.p[sorts.n++] = attr_sort(RS_ATTR_MODEL_ID, false);
    return sorts;
}

/* ` AND (...)`: the point x is on one of the datasets; nothing when any will do. */
static void put_datasets(struct rs_query *q, const struct rs_models_query *query)
{
    for (size_t i = 0; i < query->n_datasets; i++) {
        const struct rs_logged_model_dataset *d = &query->datasets[i];

        rs_query_put(q, i == 0 ? " AND ((x.dataset_name = " : " OR (x.dataset_name = ");
        rs_query_arg(q, rs_text(d->dataset_name));
        if (d->dataset_digest.n > 0) {
            rs_query_put(q, " AND x.dataset_digest = ");
            rs_query_arg(q, rs_text(d->dataset_digest));
        }
        rs_query_put(q, ")");
    }
    rs_query_put(q, query->n_datasets > 0 ? ")" : "");
}

static void put_metric(struct rs_query *q, const struct rs_models_query *query,
                       const struct rs_clause *c)
{
    rs_query_put(q,
                 "EXISTS (SELECT 1 FROM logged_model_metric x WHERE x.model = m.id AND x.name = ");
    rs_query_arg(q, rs_text(c->key));
    rs_query_put(q, c->cmp == RS_CMP_NE ? " AND (x.is_nan = 1 OR " : " AND (x.is_nan = 0 AND ");
    rs_query_compare(q, "x.value", c);
    rs_query_put(q, ")");
    put_datasets(q, query);
    rs_query_put(q, ")");
}

static void put_text(struct rs_query *q, const struct rs_clause *c)
{
    rs_query_put(q, c->entity == RS_ENTITY_PARAM
                        ? "EXISTS (SELECT 1 FROM logged_model_param x WHERE x.model = m.id"
                        : "EXISTS (SELECT 1 FROM logged_model_tag x WHERE x.model = m.id");
    rs_query_put(q, " AND x.name = ");
    rs_query_arg(q, rs_text(c->key));
    rs_query_put(q, " AND ");
    rs_query_compare(q, "x.value", c);
    rs_query_put(q, ")");
}

static void put_filter(struct rs_query *q, const struct rs_models_query *query)
{
    bool has_metric = false;

    for (size_t i = 0; i < query->filter->n; i++) {
        const struct rs_clause *c = &query->filter->clauses[i];

        rs_query_put(q, " AND ");
        if (c->entity == RS_ENTITY_METRIC) {
            put_metric(q, query, c);
            has_metric = true;
        } else if (c->entity == RS_ENTITY_ATTRIBUTE) {
            rs_query_compare(q, attr_expr(c->attr), c);
        } else {
            put_text(q, c);
        }
    }
    if (query->n_datasets > 0 && !has_metric) {
        rs_query_put(q, " AND EXISTS (SELECT 1 FROM logged_model_metric x WHERE x.model = m.id");
        put_datasets(q, query);
        rs_query_put(q, ")");
    }
}

enum rs_code rs_store_models_search(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_models_query *query, struct rs_found *out)
{
    struct rs_query *q = rs_query_new(cx, "models_search");
    const struct rs_sorts sorts = sorts_of(q, query->orders);
    RS_AUTO_ROWS *rows = NULL;

    *out = (struct rs_found){.ids = RS_NEW_N(cx->arena, int64_t, query->page.limit)};
    RS_TRY(rs_sorts_check(cx, &sorts, &query->page));
    rs_query_put(q, "SELECT m.id AS id");
    rs_sorts_columns(q, &sorts);
    rs_query_put(q, " FROM logged_model m WHERE ");
    rs_query_ids(q, "m.experiment", query->experiments, query->n_experiments);
    rs_query_put(q, " AND m.stage = 0");
    put_filter(q, query);
    rs_sorts_bound(q, &sorts, &query->page);
    rs_sorts_after(q, &sorts, &query->page);
    rs_sorts_order(q, &sorts);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)query->page.limit + 1));
    RS_TRY(rs_query_run(q, s, &rows));
    return rs_sorts_collect(cx, rows, &sorts, query->page.limit, out);
}
