/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: "metrics.loss DESC", and the messages that searches of logged models use instead. */
#include "model/filter.h"
#include "model/filter_lex.h"
#include "model/filter_term.h"
#include "model/limits.h"
#include "model/where.h"

static bool is_same(const struct rs_order *a, const struct rs_order *b)
{
    return a->entity == b->entity && a->attr == b->attr && rs_str_eq(a->key, b->key) &&
           rs_str_eq(a->dataset_name, b->dataset_name) &&
           rs_str_eq(a->dataset_digest, b->dataset_digest);
}

/* Whether the last of the orders is there twice. There are RS_ORDERS_MAX at most, so this is cheap.
 */
static bool is_repeated(const struct rs_orders *orders)
{
    for (size_t i = 0; i + 1 < orders->n; i++) {
        if (is_same(&orders->p[i], &orders->p[orders->n - 1])) {
            return true;
        }
    }
    return false;
}

static enum rs_code fail_unreadable(struct rs_cx *cx, struct rs_str text)
{
    return rs_fail(cx, RS_INVALID, "Invalid order_by clause '" RS_FMT "'. Could not be parsed.",
                   RS_ARG(text));
}

/* Cuts a text into the name and the direction. Two words of which the second is no direction are an
 * error of their own in MLflow. */
static enum rs_code split_order(struct rs_cx *cx, struct rs_str text, struct rs_str *name,
                                bool *descending)
{
    const struct rs_token *t;

    if (text.n > RS_FILTER_MAX || !rs_filter_tokens(cx->arena, text, &t) ||
        t[0].kind != RS_TOKEN_NAME) {
        return fail_unreadable(cx, text);
    }
    *name = t[0].text;
    *descending = rs_token_is(&t[1], "DESC");
    if (t[1].kind == RS_TOKEN_END) {
        return RS_OK;
    }
    if (t[1].kind != RS_TOKEN_NAME || t[2].kind != RS_TOKEN_END) {
        return fail_unreadable(cx, text);
    }
    if (!*descending && !rs_token_is(&t[1], "ASC")) {
        return rs_fail(cx, RS_INVALID, "Invalid ordering key in order_by clause '" RS_FMT "'.",
                       RS_ARG(text));
    }
    return RS_OK;
}

static enum rs_code fail_order_key(struct rs_cx *cx, struct rs_str name)
{
    return rs_fail(cx, RS_INVALID,
                   "Invalid order by key '" RS_FMT
                   "' specified. Valid keys are '{'name', 'timestamp'}'",
                   RS_ARG(name));
}

static enum rs_code parse_order(struct rs_cx *cx, enum rs_search search, struct rs_str text,
                                struct rs_order *out)
{
    struct rs_str name = {0};
    struct rs_term term;
    bool descending = false;

    RS_TRY(split_order(cx, text, &name, &descending));
    if (search == RS_SEARCH_REGISTERED_MODELS && rs_attr_find(search, name) == RS_ATTR_NONE) {
        return fail_order_key(cx, name);
    }
    RS_TRY(rs_term_parse_order(cx, search, name, &term));
    if (term.entity == RS_ENTITY_DATASET) {
        return rs_fail(cx, RS_INVALID, "Invalid identifier type 'dataset'");
    }
    if (search != RS_SEARCH_RUNS && term.entity != RS_ENTITY_ATTRIBUTE) {
        return rs_fail(cx, RS_INVALID, "Invalid order_by entity: tag");
    }
    *out = (struct rs_order){.entity = term.entity, .attr = term.attr, .descending = descending};
    if (term.attr == RS_ATTR_NONE) {
        out->key = rs_arena_str(cx->arena, term.key);
    }
    return RS_OK;
}

static enum rs_code fail_repeated(struct rs_cx *cx, const struct rs_str *texts, size_t n)
{
    struct rs_str list = {"", 0};

    for (size_t i = 0; i < n; i++) {
        const struct rs_str quoted = rs_quote_repr(cx->arena, texts[i]);

        list = rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT, RS_ARG(list), i > 0 ? ", " : "",
                            RS_ARG(quoted));
    }
    return rs_fail(cx, RS_INVALID, "`order_by` contains duplicate fields: [" RS_FMT "]",
                   RS_ARG(list));
}

static enum rs_code start_orders(struct rs_cx *cx, size_t n, struct rs_orders *out)
{
    if (n > RS_ORDERS_MAX) {
        return rs_fail(cx, RS_INVALID, "order_by has more than %d keys", RS_ORDERS_MAX);
    }
    *out = (struct rs_orders){.p = RS_NEW_N(cx->arena, struct rs_order, n + 1)};
    return RS_OK;
}

enum rs_code rs_orders_parse(struct rs_cx *cx, enum rs_search search, const struct rs_str *texts,
                             size_t n, struct rs_orders *out)
{
    RS_TRY(start_orders(cx, n, out));
    for (size_t i = 0; i < n; i++) {
        RS_TRY(parse_order(cx, search, texts[i], &out->p[out->n]));
        out->n++;
        if (is_repeated(out)) {
            if (search != RS_SEARCH_EXPERIMENTS) {
                return fail_repeated(cx, texts, n);
            }
            out->n--;
        }
    }
    return RS_OK;
}

static enum rs_code parse_field(struct rs_cx *cx, const struct rs_logged_model_order *item,
                                struct rs_order *out)
{
    const struct rs_str name = item->field_name.p != NULL ? item->field_name : RS_STR("");
    const struct rs_str metrics = RS_STR("metrics.");

    *out = (struct rs_order){.entity = RS_ENTITY_ATTRIBUTE,
                             .descending = item->ascending.is_set && !item->ascending.v};
    if (rs_str_starts(name, metrics)) {
        out->entity = RS_ENTITY_METRIC;
        out->key = rs_arena_str(cx->arena, rs_str_from(name, metrics.n));
        out->dataset_name = item->dataset_name.n > 0 ? item->dataset_name : (struct rs_str){0};
        out->dataset_digest = item->dataset_digest.n > 0 ? item->dataset_digest
                                                         : (struct rs_str){0};
        return RS_OK;
    }
    if (rs_str_find(name, '.', 0) < name.n) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid order by field name: " RS_FMT ". Only metrics are supported.",
                       RS_ARG(name));
    }
    out->attr = rs_attr_find(RS_SEARCH_LOGGED_MODELS, name);
    if (out->attr == RS_ATTR_NONE) {
        return rs_fail(cx, RS_INVALID, "Invalid order by field name: " RS_FMT, RS_ARG(name));
    }
    return RS_OK;
}

enum rs_code rs_logged_model_orders_parse(struct rs_cx *cx,
                                          const struct rs_logged_model_order *items, size_t n,
                                          struct rs_orders *out)
{
    RS_TRY(start_orders(cx, n, out));
    for (size_t i = 0; i < n; i++) {
        RS_TRY(parse_field(cx, &items[i], &out->p[out->n]));
        out->n++;
        if (is_repeated(out)) {
            out->n--;
        }
    }
    return RS_OK;
}
