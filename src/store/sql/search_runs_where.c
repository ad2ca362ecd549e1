/* SPDX-License-Identifier: Apache-2.0 */
/* The conditions of a search of runs, and the rows that it starts from. */
#include "store/sql/search_runs.h"

/* How MLflow orders and compares a status. */
#define STATUS_NAME                                                                                \
    "CASE r.status WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'SCHEDULED' WHEN 3 THEN 'FINISHED'"           \
    " WHEN 4 THEN 'FAILED' ELSE 'KILLED' END"

const char *rs_run_attr(enum rs_attr attr)
{
    static const char *const exprs[] = {
        [RS_ATTR_RUN_ID] = "r.run_id",
        [RS_ATTR_RUN_NAME] = "r.name",
        [RS_ATTR_USER_ID] = "r.user_id",
        [RS_ATTR_STATUS] = STATUS_NAME,
        [RS_ATTR_START_TIME] = "r.start_time",
        [RS_ATTR_END_TIME] = "r.end_time",
        [RS_ATTR_ARTIFACT_URI] = RS_ARTIFACT_URI_SQL("r.run_id", "r.experiment"),
    };

    return exprs[attr];
}

const char *rs_item_table(enum rs_entity entity)
{
    return entity == RS_ENTITY_METRIC  ? "latest_metric"
           : entity == RS_ENTITY_PARAM ? "param"
                                       : "tag";
}

bool rs_condition_is_on(const struct rs_condition *c, const struct rs_shape *shape)
{
    return shape->start == RS_START_ITEMS && c->clause.cmp != RS_CMP_IS_NULL && c->item.key > 0 &&
           rs_item_is(&c->item, &shape->item);
}

/* ` AND`, and the comparison of a metric that stands in the alias `a`, of which nothing is known.
 * NaN is unequal to everything, and nothing else. */
static void put_metric(struct rs_query *q, const char *a, const struct rs_clause *c)
{
    const char *value = rs_arena_fmt(q->cx->arena, "%s.value", a).p;

    rs_query_put(q, c->cmp == RS_CMP_NE ? " AND (" : " AND ");
    rs_query_put(q, a);
    rs_query_put(q, c->cmp == RS_CMP_NE ? ".is_nan = 1 OR " : ".is_nan = 0 AND ");
    rs_query_compare(q, value, c);
    rs_query_put(q, c->cmp == RS_CMP_NE ? ")" : "");
}

/* Where a page goes on, a bound of the filter on the side that it comes from is no news; the "+"
 * keeps the engine from seeking by it instead of by the page's own. */
static bool is_behind(const struct rs_shape *shape, bool descending, enum rs_cmp cmp)
{
    return shape->seeks && (descending ? cmp == RS_CMP_LT || cmp == RS_CMP_LE
                                       : cmp == RS_CMP_GT || cmp == RS_CMP_GE);
}

/* ` AND`, and the equality of a param's or tag's first characters, which are all that the index
 * has. */
static void put_head(struct rs_query *q, const struct rs_clause *c)
{
    rs_query_put(q, " AND substr(d.value, 1, 64) = substr(");
    rs_query_arg(q, c->value);
    rs_query_put(q, ", 1, 64)");
}

/* Not as an equation: SQLite would put the constant into the substr of put_head, and not see that
 * the index has it. */
void rs_runs_put_whole(struct rs_query *q, const struct rs_clause *c)
{
    rs_query_put(q, " AND NOT (d.value <> ");
    rs_query_arg(q, c->value);
    rs_query_put(q, ")");
}

/* ` AND <condition>` on the entries d that the statement starts from. */
static void put_on_start(struct rs_query *q, const struct rs_runs_search *rs,
                         const struct rs_shape *shape, const struct rs_clause *c)
{
    if (c->cmp == RS_CMP_NOT_NULL) {
        return;
    }
    if (c->entity == RS_ENTITY_METRIC) {
        if (shape->class == RS_CLASS_VALUE && shape->reads_sort) {
            const bool behind = is_behind(shape, rs->sorts.p[0].descending, c->cmp);

            rs_query_put(q, " AND ");
            rs_query_compare(q, behind ? "+d.value" : "d.value", c);
            return;
        }
        put_metric(q, "d", c);
        return;
    }
    if (c->cmp == RS_CMP_EQ) {
        put_head(q, c);
        rs_runs_put_whole(q, c);
        return;
    }
    rs_query_put(q, " AND ");
    rs_query_compare(q, "d.value", c);
}

/* The expression of the run's number: d's where there is one, so that the condition is asked before
 * the run is looked up. */
static const char *run_of(const struct rs_shape *shape)
{
    return shape->start == RS_START_ITEMS || shape->start == RS_START_DATASET ? "d.run" : "r.id";
}

static void put_item(struct rs_query *q, const struct rs_shape *shape, const struct rs_condition *c)
{
    const struct rs_clause *clause = &c->clause;

    rs_query_put(q, clause->cmp == RS_CMP_IS_NULL ? " AND NOT EXISTS (SELECT 1 FROM "
                                                  : " AND EXISTS (SELECT 1 FROM ");
    rs_query_put(q, rs_item_table(c->item.entity));
    rs_query_put(q, " x WHERE x.run = ");
    rs_query_put(q, run_of(shape));
    rs_query_put(q, " AND x.item_key = ");
    rs_query_arg(q, rs_i64(c->item.key));
    if (clause->entity == RS_ENTITY_METRIC) {
        put_metric(q, "x", clause);
    } else if (clause->cmp != RS_CMP_IS_NULL && clause->cmp != RS_CMP_NOT_NULL) {
        rs_query_put(q, " AND ");
        rs_query_compare(q, "x.value", clause);
    }
    rs_query_put(q, ")");
}

/* `s.name = $1`, of the dataset s that was used as i. */
static void put_dataset_compare(struct rs_query *q, const struct rs_clause *c)
{
    if (c->attr == RS_ATTR_CONTEXT) {
        rs_query_put(q, "EXISTS (SELECT 1 FROM dataset_input_tag t WHERE t.input = i.id"
                        " AND t.name = 'mlflow.data.context' AND ");
        rs_query_compare(q, "t.value", c);
        rs_query_put(q, ")");
        return;
    }
    rs_query_compare(q, c->attr == RS_ATTR_DIGEST ? "s.digest" : "s.name", c);
}

static void put_dataset(struct rs_query *q, const struct rs_shape *shape, const struct rs_clause *c)
{
    rs_query_put(q, " AND EXISTS (SELECT 1 FROM dataset_input i JOIN dataset s ON s.id = i.dataset"
                    " WHERE i.run = ");
    rs_query_put(q, run_of(shape));
    rs_query_put(q, " AND ");
    put_dataset_compare(q, c);
    rs_query_put(q, ")");
}

static void put_attr(struct rs_query *q, const struct rs_runs_search *rs,
                     const struct rs_shape *shape, const struct rs_condition *c)
{
    const struct rs_clause *clause = &c->clause;

    rs_query_put(q, " AND ");
    if (clause->attr == RS_ATTR_RUN_ID && clause->cmp == RS_CMP_NOT_IN) {
        rs_query_put(q, "NOT (");
        rs_query_ids(q, "r.id", c->ids, c->n_ids);
        rs_query_put(q, ")");
        return;
    }
    if (c->n_ids > 0) {
        rs_query_ids(q, "r.id", c->ids, c->n_ids);
        return;
    }
    if (clause->attr == RS_ATTR_START_TIME && shape->start == RS_START_RUNS) {
        const size_t first = shape->class == RS_CLASS_MISSING ? 1 : 0;

        rs_query_put(q, is_behind(shape, rs->sorts.p[first].descending, clause->cmp) ? "+" : "");
    }
    rs_query_compare(q, rs_run_attr(clause->attr), clause);
}

void rs_runs_put_condition(struct rs_query *q, const struct rs_runs_search *rs,
                           const struct rs_shape *shape, const struct rs_condition *c)
{
    if (rs_condition_is_on(c, shape)) {
        put_on_start(q, rs, shape, &c->clause);
    } else if (c->clause.entity == RS_ENTITY_ATTRIBUTE) {
        put_attr(q, rs, shape, c);
    } else if (c->clause.entity == RS_ENTITY_DATASET) {
        put_dataset(q, shape, &c->clause);
    } else {
        put_item(q, shape, c);
    }
}

void rs_runs_put_entries(struct rs_query *q, const struct rs_runs_search *rs,
                         const struct rs_condition *c)
{
    const struct rs_runs_query *query = rs->query;
    const struct rs_shape shape = {.start = RS_START_ITEMS, .item = c->item};
    const bool is_range = c->clause.entity == RS_ENTITY_METRIC && c->clause.cmp != RS_CMP_NE;

    rs_query_put(q, " FROM ");
    rs_query_put(q, rs_item_table(c->item.entity));
    rs_query_put(q, " d WHERE ");
    rs_runs_put_items(q, &shape,
                      &(struct rs_branch){query->experiments, query->n_experiments, query->view});
    if (is_range) {
        put_metric(q, "d", &c->clause);
    } else if (c->clause.entity != RS_ENTITY_METRIC && c->clause.cmp == RS_CMP_EQ) {
        put_head(q, &c->clause);
    }
}

void rs_runs_put_filter(struct rs_query *q, const struct rs_runs_search *rs,
                        const struct rs_shape *shape)
{
    for (size_t i = 0; i < rs->n_conditions; i++) {
        const struct rs_condition *c = &rs->conditions[i];
        const bool is_met = shape->is_met != NULL && shape->is_met[i];
        const bool is_start = shape->start == RS_START_DATASET && shape->condition == i;

        /* The bounds of the index that is read are needed all the same. */
        if (rs_condition_is_on(c, shape) || (!is_met && !is_start)) {
            rs_runs_put_condition(q, rs, shape, c);
        }
    }
    if (shape->within.byte != NULL) {
        rs_query_put(q, " AND ");
        rs_query_within(q, run_of(shape), &shape->within);
    }
}

void rs_runs_put_from(struct rs_query *q, const struct rs_runs_search *rs,
                      const struct rs_shape *shape)
{
    switch (shape->start) {
    case RS_START_RUNS:
    case RS_START_IDS:
    case RS_START_MET:
        rs_query_put(q, " FROM run r");
        break;
    case RS_START_ITEMS:
        rs_query_put(q, " FROM ");
        rs_query_put(q, rs_item_table(shape->item.entity));
        rs_query_put(q, " d CROSS JOIN run r");
        break;
    case RS_START_DATASET:
        rs_query_put(q, " FROM (SELECT DISTINCT i.run AS run FROM dataset s CROSS JOIN"
                        " dataset_input i WHERE i.dataset = s.id AND ");
        rs_query_ids(q, "s.experiment", rs->query->experiments, rs->query->n_experiments);
        rs_query_put(q, " AND ");
        put_dataset_compare(q, &rs->conditions[shape->condition].clause);
        rs_query_put(q, ") d CROSS JOIN run r");
        break;
    }
}

void rs_runs_put_items(struct rs_query *q, const struct rs_shape *shape,
                       const struct rs_branch *branch)
{
    rs_query_ids(q, "d.experiment", branch->experiments, branch->n_experiments);
    rs_query_put(q, " AND d.item_key = ");
    rs_query_arg(q, rs_i64(shape->item.key));
    if (shape->reads_sort && shape->item.entity == RS_ENTITY_METRIC) {
        rs_query_put(q, shape->class == RS_CLASS_NAN ? " AND d.is_nan = 1" : " AND d.is_nan = 0");
    }
}

void rs_runs_put_stage(struct rs_query *q, enum rs_view view)
{
    if (view != RS_VIEW_ALL) {
        rs_query_put(q, view == RS_VIEW_DELETED_ONLY ? " AND r.stage = 1" : " AND r.stage = 0");
    }
}

void rs_runs_put_scope(struct rs_query *q, const struct rs_shape *shape,
                       const struct rs_branch *branch)
{
    static const int64_t nobody = 0;

    rs_query_put(q, " WHERE ");
    switch (shape->start) {
    case RS_START_RUNS:
        rs_query_ids(q, "r.experiment", branch->experiments, branch->n_experiments);
        break;
    case RS_START_IDS:
        /* The filter names them. The "+" keeps the engine from starting here. */
        rs_query_ids(q, "+r.experiment", branch->experiments, branch->n_experiments);
        break;
    case RS_START_MET:
        rs_query_ids(q, "r.id", shape->n_ids > 0 ? shape->ids : &nobody,
                     shape->n_ids > 0 ? shape->n_ids : 1);
        break;
    case RS_START_ITEMS:
        rs_runs_put_items(q, shape, branch);
        rs_query_put(q, " AND r.id = d.run");
        break;
    case RS_START_DATASET:
        rs_query_put(q, "r.id = d.run");
        break;
    }
    rs_runs_put_stage(q, branch->view);
}
