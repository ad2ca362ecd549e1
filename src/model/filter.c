/* SPDX-License-Identifier: Apache-2.0 */
/* Filters: first the shape of all comparisons, then the meaning of each, as MLflow goes about it,
 * so that the first error is the same one. */
#include "model/filter.h"

#include "model/filter_lex.h"
#include "model/filter_term.h"
#include "model/filter_value.h"
#include "model/limits.h"
#include "model/where.h"

#define BIT(cmp) (1U << (cmp))

enum { UNKNOWN_CMP = RS_CMP_NOT_NULL + 1 };

static const unsigned equal_cmps = BIT(RS_CMP_EQ) | BIT(RS_CMP_NE);
static const unsigned number_cmps = BIT(RS_CMP_EQ) | BIT(RS_CMP_NE) | BIT(RS_CMP_LT) |
                                    BIT(RS_CMP_LE) | BIT(RS_CMP_GT) | BIT(RS_CMP_GE);
static const unsigned text_cmps = BIT(RS_CMP_EQ) | BIT(RS_CMP_NE) | BIT(RS_CMP_LIKE) |
                                  BIT(RS_CMP_ILIKE);
static const unsigned list_cmps = BIT(RS_CMP_IN) | BIT(RS_CMP_NOT_IN);
static const unsigned null_cmps = BIT(RS_CMP_IS_NULL) | BIT(RS_CMP_NOT_NULL);

/* In the order of enum rs_cmp. */
static const char *const cmp_names[] = {
    "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"};

static const char *const entity_names[] = {
    [RS_ENTITY_ATTRIBUTE] = "attribute", [RS_ENTITY_METRIC] = "metric",
    [RS_ENTITY_PARAM] = "parameter",     [RS_ENTITY_TAG] = "tag",
    [RS_ENTITY_DATASET] = "dataset",
};

/* One comparison by its tokens. */
struct comparison {
    struct rs_str left;
    bool left_is_name;
    const struct rs_token *right; /* NULL behind IS [NOT] NULL */
    struct rs_str op;             /* as messages name it */
    unsigned cmp;                 /* enum rs_cmp or UNKNOWN_CMP */
};

static void set_op(struct comparison *c, const char *name)
{
    c->op = rs_str_of(name);
    c->cmp = UNKNOWN_CMP;
    for (unsigned i = 0; i < UNKNOWN_CMP; i++) {
        if (strcmp(cmp_names[i], name) == 0) {
            c->cmp = i;
        }
    }
}

/* What may stand at either side of a comparison: no keyword, and no word that starts like a number.
 */
static bool is_operand(const struct rs_token *t)
{
    static const char *const keywords[] = {"AND", "OR", "NOT", "IS", "IN", "TRUE", "FALSE"};

    if (t->kind < RS_TOKEN_NAME || t->kind > RS_TOKEN_PARENS) {
        return false;
    }
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (rs_token_is(t, keywords[i])) {
            return false;
        }
    }
    return t->kind != RS_TOKEN_NAME || t->text.p[0] < '0' || t->text.p[0] > '9';
}

/* How many tokens the left side has: one, or more where it computes, as "a - b" or a key without
 * its quotes does. */
static size_t take_left(const struct rs_token *t)
{
    size_t n = 1;

    while (t[n].kind == RS_TOKEN_OTHER && strchr("+-*/%^&|@", t[n].text.p[0]) != NULL &&
           is_operand(&t[n + 1])) {
        n += 2;
    }
    return n;
}

/* The comparisons that only a name can start. Returns how many tokens it takes, or 0. */
static size_t take_keywords(const struct rs_token *t, struct comparison *c)
{
    if (t[0].kind != RS_TOKEN_NAME) {
        return 0;
    }
    if (rs_token_is(&t[1], "IS")) {
        const size_t n = rs_token_is(&t[2], "NOT") ? 3 : 2;

        set_op(c, n == 3 ? "IS NOT NULL" : "IS NULL");
        return rs_token_is(&t[n], "NULL") ? n + 1 : 0;
    }
    const size_t in = rs_token_is(&t[1], "NOT") ? 2 : 1;

    if (!rs_token_is(&t[in], "IN") || t[in + 1].kind != RS_TOKEN_PARENS) {
        return 0;
    }
    set_op(c, in == 2 ? "NOT IN" : "IN");
    c->right = &t[in + 1];
    return in + 2;
}

/* Reads LIKE and its kin; returns how many tokens it takes, or 0. */
static size_t take_like(const struct rs_token *t, struct comparison *c)
{
    static const struct {
        const char *word, *plain, *negated;
    } likes[] = {
        {"LIKE", "LIKE", "NOT LIKE"},
        {"ILIKE", "ILIKE", "NOT ILIKE"},
        {"RLIKE", "RLIKE", "NOT RLIKE"},
    };
    const size_t at = rs_token_is(&t[0], "NOT") ? 1 : 0;

    for (size_t i = 0; i < sizeof likes / sizeof likes[0]; i++) {
        if (rs_token_is(&t[at], likes[i].word)) {
            set_op(c, at == 1 ? likes[i].negated : likes[i].plain);
            return at + 1;
        }
    }
    return 0;
}

static size_t take_op(struct rs_arena *a, const struct rs_token *t, struct comparison *c)
{
    if (t->kind != RS_TOKEN_SIGNS) {
        return take_like(t, c);
    }
    set_op(c, rs_arena_str(a, t->text).p);
    return 1;
}

/* Reads the comparison that starts at t. Returns how many tokens it takes, or 0 when none starts
 * there. The END at the end of all tokens stops every look ahead: it is no keyword. */
static size_t take_comparison(struct rs_arena *a, const struct rs_token *t, struct comparison *c)
{
    *c = (struct comparison){.left = t->text, .left_is_name = t->kind == RS_TOKEN_NAME};
    if (!is_operand(t)) {
        return 0;
    }
    const size_t by_keyword = take_keywords(t, c);

    if (by_keyword > 0) {
        return by_keyword;
    }
    const size_t left = take_left(t);
    const size_t op = take_op(a, t + left, c);

    if (op == 0 || !is_operand(&t[left + op])) {
        return 0;
    }
    c->left.n = (size_t)(t[left - 1].text.p + t[left - 1].text.n - t->text.p);
    c->left_is_name = c->left_is_name && left == 1;
    c->right = &t[left + op];
    return left + op + 1;
}

struct shape {
    struct comparison *p;
    size_t n;
    struct rs_str invalid; /* the tokens that belong to no comparison, as the message lists them */
};

static void add_invalid(struct rs_arena *a, enum rs_search search, struct shape *shape,
                        struct rs_str token)
{
    const bool is_bare = search == RS_SEARCH_EXPERIMENTS || rs_search_is_registry(search);
    const char *quote = is_bare ? "" : "'";

    if (shape->invalid.n > RS_ERROR_MESSAGE_MAX) {
        return; /* more than a message can hold */
    }
    shape->invalid = rs_arena_fmt(a, RS_FMT "%s%s" RS_FMT "%s", RS_ARG(shape->invalid),
                                  shape->invalid.n > 0 ? ", " : "", quote, RS_ARG(token), quote);
}

/* Finds the comparisons. AND may stand anywhere between them, or nowhere. */
static void read_shape(struct rs_arena *a, enum rs_search search, const struct rs_token *t,
                       struct shape *shape)
{
    size_t cap = 0;

    *shape = (struct shape){0};
    while (t->kind != RS_TOKEN_END) {
        shape->p = rs_arena_grow(a, shape->p, shape->n, &cap, sizeof *shape->p);

        const size_t taken = take_comparison(a, t, &shape->p[shape->n]);

        if (taken > 0) {
            shape->n++;
        } else if (!rs_token_is(t, "AND")) {
            add_invalid(a, search, shape, t->text);
        }
        t += taken > 0 ? taken : 1;
    }
}

static enum rs_code fail_shape(struct rs_cx *cx, enum rs_search search, struct rs_str text,
                               const struct shape *shape)
{
    const struct rs_str quoted = rs_quote_repr(cx->arena, text);
    const bool is_blank = shape->invalid.n == 0;

    if (search != RS_SEARCH_LOGGED_MODELS && is_blank) {
        return rs_fail(cx, RS_INVALID, "Invalid filter '" RS_FMT "'. Could not be parsed.",
                       RS_ARG(text));
    }
    if (search != RS_SEARCH_LOGGED_MODELS) {
        return rs_fail(cx, RS_INVALID, "Invalid clause(s) in filter string: " RS_FMT,
                       RS_ARG(shape->invalid));
    }
    return rs_fail(cx, RS_INVALID, "Invalid filter string: " RS_FMT ". %s", RS_ARG(quoted),
                   is_blank ? "Expected a single SQL expression."
                            : "Expected a list of comparisons separated by 'AND' (e.g. "
                              "'metrics.loss > 0.1 AND params.lr = 0.01').");
}

/* The comparisons that apply to a term. */
static unsigned cmps_of(enum rs_search search, const struct rs_term *term)
{
    if (term->entity == RS_ENTITY_METRIC || term->is_number) {
        return number_cmps;
    }
    if (search == RS_SEARCH_EXPERIMENTS && term->attr == RS_ATTR_EXPERIMENT_ID) {
        return equal_cmps | list_cmps;
    }
    if (rs_search_is_registry(search)) {
        return term->takes_list ? text_cmps | list_cmps : text_cmps;
    }
    if (search == RS_SEARCH_LOGGED_MODELS || term->entity == RS_ENTITY_ATTRIBUTE ||
        term->entity == RS_ENTITY_DATASET) {
        return text_cmps | list_cmps;
    }
    return text_cmps | null_cmps;
}

static struct rs_str cmp_list(struct rs_arena *a, unsigned cmps)
{
    struct rs_str list = {"", 0};

    for (unsigned i = 0; i < UNKNOWN_CMP; i++) {
        if ((cmps & BIT(i)) != 0) {
            list = rs_arena_fmt(a, RS_FMT "%s'%s'", RS_ARG(list), list.n > 0 ? ", " : "",
                                cmp_names[i]);
        }
    }
    return list;
}

static enum rs_code fail_registry_cmp(struct rs_cx *cx, const struct rs_term *term,
                                      const struct comparison *c)
{
    const struct rs_str number = rs_arena_fmt(cx->arena, "attribute " RS_FMT, RS_ARG(term->key));
    const struct rs_str what = term->is_number ? number : rs_str_of(entity_names[term->entity]);

    return rs_fail(cx, RS_INVALID, "Invalid comparator for " RS_FMT ": " RS_FMT, RS_ARG(what),
                   RS_ARG(c->op));
}

static enum rs_code check_cmp(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                              const struct comparison *c)
{
    const unsigned cmps = cmps_of(search, term);

    if ((cmps & BIT(c->cmp)) != 0) {
        return RS_OK;
    }
    if (rs_search_is_registry(search)) {
        return fail_registry_cmp(cx, term, c);
    }
    const struct rs_str list = cmp_list(cx->arena, cmps);

    if (search == RS_SEARCH_LOGGED_MODELS) {
        /* The word of a logged model's entity is a plural, and "params" instead of "parameters". */
        const char *word = term->entity == RS_ENTITY_PARAM ? "param" : entity_names[term->entity];

        return rs_fail(cx, RS_INVALID,
                       "Invalid comparison operator for %ss." RS_FMT ": '" RS_FMT
                       "'. Expected one of (" RS_FMT ").",
                       word, RS_ARG(term->key), RS_ARG(c->op), RS_ARG(list));
    }
    if (search == RS_SEARCH_EXPERIMENTS &&
        (term->attr == RS_ATTR_EXPERIMENT_ID || term->entity == RS_ENTITY_TAG)) {
        return rs_fail(cx, RS_INVALID, "Invalid comparator for %s: " RS_FMT,
                       term->entity == RS_ENTITY_TAG ? "tag" : "experiment_id", RS_ARG(c->op));
    }
    return rs_fail(cx, RS_INVALID, "Invalid comparator '" RS_FMT "' not one of '{" RS_FMT "}'",
                   RS_ARG(c->op), RS_ARG(list));
}

static enum rs_code check_null(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                               const struct comparison *c)
{
    if ((cmps_of(search, term) & BIT(c->cmp)) != 0) {
        return RS_OK;
    }
    if (rs_search_is_registry(search)) {
        return fail_registry_cmp(cx, term, c);
    }
    if (search == RS_SEARCH_EXPERIMENTS) {
        return rs_fail(
            cx, RS_INVALID,
            "IS NULL / IS NOT NULL is only supported for tags, not for attribute '" RS_FMT "'",
            RS_ARG(term->key));
    }
    return rs_fail(cx, RS_INVALID,
                   "IS NULL / IS NOT NULL is only supported for tags and params, not for '%s' "
                   "'" RS_FMT "'",
                   entity_names[term->entity], RS_ARG(term->key));
}

/* What the sides of a comparison must be, whatever they mean. A logged model's key needs no quotes.
 */
static enum rs_code check_sides(struct rs_cx *cx, enum rs_search search, const struct comparison *c)
{
    const bool is_logged_model = search == RS_SEARCH_LOGGED_MODELS;

    if (is_logged_model && c->right == NULL) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid comparison: " RS_FMT RS_FMT
                       ". Expected a comparison with 3 tokens.",
                       RS_ARG(c->left), RS_ARG(c->op));
    }
    if (!is_logged_model && !c->left_is_name) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid comparison clause. Expected 'Identifier' found '" RS_FMT "'",
                       RS_ARG(c->left));
    }
    return RS_OK;
}

static enum rs_code read_clause(struct rs_cx *cx, enum rs_search search, const struct comparison *c,
                                struct rs_clause *out)
{
    struct rs_term term;

    RS_TRY(check_sides(cx, search, c));
    RS_TRY(rs_term_parse(cx, search, c->left, &term));
    *out = (struct rs_clause){.entity = term.entity, .attr = term.attr, .cmp = (enum rs_cmp)c->cmp};
    if (term.attr == RS_ATTR_NONE) {
        out->key = rs_arena_str(cx->arena, term.key);
    }
    if (c->right == NULL) {
        return check_null(cx, search, &term, c);
    }
    if (search == RS_SEARCH_LOGGED_MODELS) {
        RS_TRY(check_cmp(cx, search, &term, c));
    }
    RS_TRY(rs_filter_value(cx, search, &term, c->right, out));
    return check_cmp(cx, search, &term, c);
}

enum rs_code rs_filter_parse(struct rs_cx *cx, enum rs_search search, struct rs_str text,
                             struct rs_filter *out)
{
    const struct rs_token *tokens;
    struct shape shape;

    *out = (struct rs_filter){0};
    if (text.n == 0) {
        return RS_OK;
    }
    if (text.n > RS_FILTER_MAX || !rs_filter_tokens(cx->arena, text, &tokens)) {
        return rs_fail(cx, RS_INVALID, "filter is longer than %d bytes or %d tokens", RS_FILTER_MAX,
                       RS_TOKENS_MAX);
    }
    read_shape(cx->arena, search, tokens, &shape);
    if (shape.invalid.n > 0 || tokens->kind == RS_TOKEN_END) {
        return fail_shape(cx, search, text, &shape);
    }
    if (shape.n > RS_FILTER_CLAUSES_MAX) {
        return rs_fail(cx, RS_INVALID, "filter has more than %d comparisons",
                       RS_FILTER_CLAUSES_MAX);
    }
    out->clauses = RS_NEW_N(cx->arena, struct rs_clause, shape.n + 1);
    for (; out->n < shape.n; out->n++) {
        RS_TRY(read_clause(cx, search, &shape.p[out->n], &out->clauses[out->n]));
    }
    return RS_OK;
}
