/* SPDX-License-Identifier: Apache-2.0 */
/* The searches of the registry: one statement each. Prompts are found where the filter asks for
 * them, and are otherwise not there. */
#include "store/sql/search_registry.h"

#include "model/prompt.h"
#include "store/sql/registry_tags.h"

enum { BESIDE_MAX = 8 }; /* SQLite joins 64 tables at most, and more would hardly help */

static const struct rs_registry_noun MODELS = {
    .statement = "registered_models_search",
    .walk = "registered_models_walk",
    .answers = "registered_models_answers",
    .count = "registered_models_count",
    .owners = "registered_models_owners",
    .id = "m.id",
    .rows = "registered_model m",
    .kind = "m.is_prompt",
    .tags = "registered_model_tag",
    .owner = "model",
};

static const struct rs_registry_noun VERSIONS = {
    .is_version = true,
    .statement = "model_versions_search",
    .walk = "model_versions_walk",
    .answers = "model_versions_answers",
    .count = "model_versions_count",
    .owners = "model_versions_owners",
    .id = "v.id",
    .rows = "model_version v",
    .kind = "v.is_prompt",
    .tags = "model_version_tag",
    .owner = "version",
};

static const char *attr_expr(const struct rs_registry_noun *noun, enum rs_attr attr)
{
    switch (attr) {
    case RS_ATTR_VERSION:
        return "v.version";
    case RS_ATTR_RUN_ID:
        return "v.run_id";
    case RS_ATTR_SOURCE:
        return "v.source";
    case RS_ATTR_CREATION_TIME:
        return "v.creation_time";
    case RS_ATTR_LAST_UPDATE_TIME:
        return noun->is_version ? "v.last_update_time" : "m.last_update_time";
    default:
        return "m.name";
    }
}

static bool is_prompt_tag(const struct rs_clause *c)
{
    return c->entity == RS_ENTITY_TAG && rs_str_eq(c->key, RS_PROMPT_TAG);
}

/* The first comparison of the tag that makes prompts decides. */
static enum rs_registry_kinds kinds_of(const struct rs_filter *filter)
{
    for (size_t i = 0; i < filter->n; i++) {
        const struct rs_clause *c = &filter->clauses[i];

        if (is_prompt_tag(c)) {
            const bool is_true = rs_str_eq_nocase(c->value.s, RS_STR("true"));
            const bool is_false = rs_str_eq_nocase(c->value.s, RS_STR("false"));

            return c->cmp == RS_CMP_EQ && is_true    ? RS_KINDS_PROMPTS
                   : c->cmp == RS_CMP_NE && is_false ? RS_KINDS_BOTH
                                                     : RS_KINDS_MODELS;
        }
    }
    return RS_KINDS_MODELS;
}

/* The comparisons that are asked of rows: models are what they are by their column, as not all of
 * them have the tag. */
static const struct rs_filter *asked_of_rows(struct rs_arena *a, const struct rs_filter *filter,
                                             enum rs_registry_kinds kinds)
{
    struct rs_filter *out = RS_NEW(a, struct rs_filter);

    out->clauses = RS_NEW_N(a, struct rs_clause, filter->n);
    for (size_t i = 0; i < filter->n; i++) {
        if (kinds != RS_KINDS_MODELS || !is_prompt_tag(&filter->clauses[i])) {
            out->clauses[out->n++] = filter->clauses[i];
        }
    }
    return out;
}

/* Whether a statement goes through the names of models. */
static bool is_by_name(const struct rs_registry_search *rs)
{
    return rs->start == RS_START_NAME ||
           (rs->start == RS_START_ORDER && strcmp(rs->sorts.p[0].value, "m.name") == 0);
}

/* A `+` keeps the column from an index where another one is to be read. */
static void put_kind(struct rs_query *q, const struct rs_registry_search *rs)
{
    static const char *const tests[] = {
        [RS_KINDS_MODELS] = " = 0", [RS_KINDS_PROMPTS] = " = 1", [RS_KINDS_BOTH] = " IN (0, 1)"};

    const bool has_index = rs->start == RS_START_ORDER && !(rs->noun->is_version && is_by_name(rs));

    rs_query_put(q, has_index ? "" : "+");
    rs_query_put(q, rs->noun->kind);
    rs_query_put(q, tests[rs->kinds]);
}

static void put_tag(struct rs_query *q, const struct rs_registry_noun *noun,
                    const struct rs_clause *c)
{
    rs_query_put(q, "EXISTS (SELECT 1 FROM ");
    rs_query_put(q, noun->tags);
    rs_query_put(q, " x WHERE x.");
    rs_query_put(q, noun->owner);
    rs_query_put(q, " = ");
    rs_query_put(q, noun->id);
    rs_query_put(q, " AND x.name = ");
    rs_query_arg(q, rs_text(c->key));
    rs_query_put(q, " AND ");
    rs_query_compare(q, "x.value", c);
    rs_query_put(q, ")");
}

void rs_registry_put_and(struct rs_query *q, const struct rs_registry_search *rs,
                         const struct rs_clause *c)
{
    rs_query_put(q, " AND ");
    if (c->entity == RS_ENTITY_TAG) {
        put_tag(q, rs->noun, c);
    } else {
        rs_query_compare(q, attr_expr(rs->noun, c->attr), c);
    }
}

static void put_filter(struct rs_query *q, const struct rs_registry_search *rs)
{
    for (size_t i = 0; i < rs->query->filter->n; i++) {
        rs_registry_put_and(q, rs, &rs->query->filter->clauses[i]);
    }
}

static bool is_by_tag(const struct rs_registry_search *rs)
{
    return rs->start == RS_START_CLAUSE && rs->by->entity == RS_ENTITY_TAG;
}

/* Whether the entries of a comparison are looked up beside those of the tag to start from. */
static bool is_beside(const struct rs_registry_search *rs, const struct rs_clause *c)
{
    return is_by_tag(rs) && c != rs->by && rs_registry_has_pair(c);
}

/* The entries of the tag to start from, and beside them those of the filter's other tags, as y0,
 * y1, ...: a row is read only when all of them lead to it. */
static void put_entry_tables(struct rs_query *q, const struct rs_registry_search *rs)
{
    unsigned n = 0;

    rs_buf_fmt(&q->text, "%s t CROSS JOIN ", rs->noun->tags);
    for (size_t i = 0; i < rs->query->filter->n && n < BESIDE_MAX; i++) {
        if (is_beside(rs, &rs->query->filter->clauses[i])) {
            rs_buf_fmt(&q->text, "%s y%u CROSS JOIN ", rs->noun->tags, n++);
        }
    }
}

static void put_entries(struct rs_query *q, const struct rs_registry_search *rs)
{
    const char *owner = rs->noun->owner;
    unsigned n = 0;

    rs_buf_fmt(&q->text, " AND %s = t.%s AND ", rs->noun->id, owner);
    rs_registry_put_pairs(q, "t.pair", rs->by);
    for (size_t i = 0; i < rs->query->filter->n && n < BESIDE_MAX; i++) {
        const struct rs_clause *c = &rs->query->filter->clauses[i];

        if (is_beside(rs, c)) {
            rs_buf_fmt(&q->text, " AND y%u.pair = t.%s + ", n++, owner);
            rs_query_arg(q, rs_i64(rs_tag_pair(0, c->key, c->value.s)));
        }
    }
}

/* The tables, the one to begin with first. */
static void put_tables(struct rs_query *q, const struct rs_registry_search *rs)
{
    const bool is_alone = rs->noun->is_version && rs->is_alone && !is_by_name(rs);

    rs_query_put(q, " FROM ");
    if (is_by_tag(rs)) {
        put_entry_tables(q, rs);
    }
    rs_query_put(q, !rs->noun->is_version ? "registered_model m"
                    : is_alone            ? "model_version v"
                    : is_by_name(rs)      ? "registered_model m CROSS JOIN model_version v"
                                          : "model_version v CROSS JOIN registered_model m");
    rs_query_put(q, rs->noun->is_version && !is_alone ? " WHERE v.model = m.id AND " : " WHERE ");
}

void rs_registry_put_rows(struct rs_query *q, const struct rs_registry_search *rs)
{
    put_tables(q, rs);
    put_kind(q, rs);
    if (is_by_tag(rs)) {
        put_entries(q, rs);
    } else if (rs->start == RS_START_OWNERS) {
        rs_registry_put_owners(q, rs);
    }
    put_filter(q, rs);
}

bool rs_registry_has_pair(const struct rs_clause *c)
{
    return c->entity == RS_ENTITY_TAG && c->cmp == RS_CMP_EQ;
}

void rs_registry_put_pairs(struct rs_query *q, const char *column, const struct rs_clause *c)
{
    rs_query_put(q, column);
    rs_query_put(q, " BETWEEN ");
    rs_query_arg(q, rs_i64(rs_tag_pair(0, c->key, c->value.s)));
    rs_query_put(q, " AND ");
    rs_query_arg(q, rs_i64(rs_tag_pair(RS_TAG_OWNER_MAX, c->key, c->value.s)));
}

static void add_sort(const struct rs_registry_search *rs, struct rs_sorts *sorts, enum rs_attr attr,
                     bool descending)
{
    sorts->p[sorts->n++] = (struct rs_sort){.value = attr_expr(rs->noun, attr),
                                            .kind = attr == RS_ATTR_NAME ? RS_VAL_STR : RS_VAL_I64,
                                            .class = RS_CLASS_VALUE,
                                            .descending = descending};
}

static bool has_order(const struct rs_orders *orders, enum rs_attr attr)
{
    for (size_t i = 0; i < orders->n; i++) {
        if (orders->p[i].attr == attr) {
            return true;
        }
    }
    return false;
}

/* Behind the keys that are asked for: the name, and the higher number of a version. Versions of
 * which nothing is asked come by their last change, the newest first. */
static struct rs_sorts sorts_of(const struct rs_registry_search *rs)
{
    const struct rs_orders *orders = rs->query->orders;
    struct rs_sorts sorts = {RS_NEW_N(rs->cx->arena, struct rs_sort, orders->n + 3), 0};

    for (size_t i = 0; i < orders->n; i++) {
        add_sort(rs, &sorts, orders->p[i].attr, orders->p[i].descending);
    }
    if (rs->noun->is_version && orders->n == 0) {
        add_sort(rs, &sorts, RS_ATTR_LAST_UPDATE_TIME, true);
    }
    if (!has_order(orders, RS_ATTR_NAME)) {
        add_sort(rs, &sorts, RS_ATTR_NAME, false);
    }
    if (rs->noun->is_version && !has_order(orders, RS_ATTR_VERSION)) {
        add_sort(rs, &sorts, RS_ATTR_VERSION, true);
    }
    return sorts;
}

static enum rs_code search(struct rs_registry_search *rs, struct rs_found *out)
{
    struct rs_registry_query *query = RS_NEW(rs->cx->arena, struct rs_registry_query);
    const struct rs_search_page *page = &rs->query->page;
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->statement);
    RS_AUTO_ROWS *rows = NULL;

    *out = (struct rs_found){.ids = RS_NEW_N(rs->cx->arena, int64_t, page->limit)};
    rs->kinds = kinds_of(rs->query->filter);
    *query = *rs->query;
    query->filter = asked_of_rows(rs->cx->arena, query->filter, rs->kinds);
    rs->query = query;
    rs->sorts = sorts_of(rs);
    RS_TRY(rs_sorts_check(rs->cx, &rs->sorts, page));
    RS_TRY(rs_registry_plan(rs));
    /* Were two tags of one row to share a pair, it would come twice. */
    rs_query_put(q, is_by_tag(rs) ? "SELECT DISTINCT " : "SELECT ");
    rs_query_put(q, rs->noun->id);
    rs_query_put(q, " AS id");
    rs_sorts_columns(q, &rs->sorts);
    rs_registry_put_rows(q, rs);
    if (rs->start == RS_START_ORDER) {
        rs_sorts_bound(q, &rs->sorts, page);
    }
    rs_sorts_after(q, &rs->sorts, page);
    rs_sorts_order(q, &rs->sorts);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)page->limit + 1));
    RS_TRY(rs_query_run(q, rs->store, &rows));
    return rs_sorts_collect(rs->cx, rows, &rs->sorts, page->limit, out);
}

enum rs_code rs_store_registered_models_search(struct rs_cx *cx, struct rs_store *s,
                                               const struct rs_registry_query *query,
                                               struct rs_found *out)
{
    return search(&(struct rs_registry_search){cx, s, .noun = &MODELS, .query = query}, out);
}

enum rs_code rs_store_model_versions_search(struct rs_cx *cx, struct rs_store *s,
                                            const struct rs_registry_query *query,
                                            struct rs_found *out)
{
    return search(&(struct rs_registry_search){cx, s, .noun = &VERSIONS, .query = query}, out);
}
