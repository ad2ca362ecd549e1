/* SPDX-License-Identifier: Apache-2.0 */
/* Reading values. The searches agree on numbers, but that one of the registry may stand in quotes;
 * all want texts in quotes, save that of logged models, which takes any token as a text and only
 * single quotes away. */
#include "model/filter_value.h"

#include "base/num.h"
#include "model/experiment.h"
#include "model/filter_list.h"

static bool is_number(const struct rs_token *token)
{
    return token->kind == RS_TOKEN_INTEGER || token->kind == RS_TOKEN_FLOAT;
}

/* A number that has its place among the whole ones goes there, so that the store compares like with
 * like. */
static struct rs_val number_of(const struct rs_token *token, bool is_whole)
{
    const double exact = 9007199254740992.0; /* 2^53: below it a double holds whole numbers exactly
                                              */
    double f = 0;
    int64_t i;

    if (is_whole && token->kind == RS_TOKEN_INTEGER && rs_str_to_i64(token->text, &i)) {
        return rs_i64(i);
    }
    (void)rs_str_to_f64(token->text, &f);
    if (is_whole && f >= -exact && f <= exact && (double)(int64_t)f == f) {
        return rs_i64((int64_t)f);
    }
    return rs_f64(f);
}

static enum rs_code read_number(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                                const struct rs_token *token, struct rs_val *out)
{
    double unused;

    if (!is_number(token) || !rs_str_to_f64(token->text, &unused)) {
        if (term->entity == RS_ENTITY_METRIC) {
            return rs_fail(cx, RS_INVALID, "Expected numeric value type for metric. Found " RS_FMT,
                           RS_ARG(token->text));
        }
        return rs_fail(cx, RS_INVALID,
                       "Expected numeric value type for numeric attribute: " RS_FMT
                       ". Found " RS_FMT,
                       RS_ARG(term->key), RS_ARG(token->text));
    }
    if (search == RS_SEARCH_EXPERIMENTS && token->kind == RS_TOKEN_FLOAT) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value for numeric attribute '" RS_FMT "': '" RS_FMT "'",
                       RS_ARG(term->key), RS_ARG(token->text));
    }
    *out = number_of(token, term->is_number);
    return RS_OK;
}

static enum rs_code fail_text(struct rs_cx *cx, const struct rs_term *term,
                              const struct rs_token *token)
{
    if (term->entity == RS_ENTITY_PARAM || term->entity == RS_ENTITY_TAG) {
        return rs_fail(cx, RS_INVALID,
                       "Expected a quoted string value for %s (e.g. 'my-value'). Got value " RS_FMT,
                       term->entity == RS_ENTITY_PARAM ? "parameter" : "tag", RS_ARG(token->text));
    }
    return rs_fail(cx, RS_INVALID, "Expected a quoted string value for %s. Got value " RS_FMT,
                   term->entity == RS_ENTITY_DATASET ? "dataset attributes" : "attributes",
                   RS_ARG(token->text));
}

static enum rs_code fail_list_key(struct rs_cx *cx, enum rs_search search)
{
    static const char *const keys[] = {
        [RS_SEARCH_RUNS] = "'run_id'",
        [RS_SEARCH_EXPERIMENTS] = "'experiment_id'",
        [RS_SEARCH_LOGGED_MODELS] = "",
        [RS_SEARCH_REGISTERED_MODELS] = "'name'",
        [RS_SEARCH_MODEL_VERSIONS] = "'name', 'run_id'",
    };

    return rs_fail(cx, RS_INVALID,
                   "Only [%s] attributes support comparison with a list of quoted string values.",
                   keys[search]);
}

/* An attribute of the registry that is compared with neither a text nor a list. */
static enum rs_code fail_registry_text(struct rs_cx *cx, enum rs_search search,
                                       const struct rs_token *token)
{
    if (search == RS_SEARCH_MODEL_VERSIONS && is_number(token)) {
        return rs_fail(cx, RS_INVALID,
                       "Only the '{'version_number', 'creation_timestamp', "
                       "'last_updated_timestamp'}' attributes support comparison with numeric "
                       "values.");
    }
    return rs_fail(cx, RS_INVALID,
                   "Expected a quoted string value or a list of quoted string values for "
                   "attributes. Got value " RS_FMT,
                   RS_ARG(token->text));
}

/* The number of a version: a whole one, with or without quotes. */
static enum rs_code read_version(struct rs_cx *cx, enum rs_search search,
                                 const struct rs_term *term, const struct rs_token *token,
                                 struct rs_val *out)
{
    int64_t number = 0;

    if (token->kind == RS_TOKEN_INTEGER) {
        *out = number_of(token, true);
        return RS_OK;
    }
    if (token->kind == RS_TOKEN_PARENS) {
        return fail_list_key(cx, search);
    }
    if (rs_is_quoted(token->text, '\'') || rs_is_quoted(token->text, '"')) {
        if (rs_str_to_i64(rs_unquoted(token->text), &number)) {
            *out = rs_i64(number);
            return RS_OK;
        }
    } else if (token->kind != RS_TOKEN_FLOAT) {
        return fail_registry_text(cx, search, token);
    }
    return rs_fail(cx, RS_INVALID, "Invalid value for numeric attribute '" RS_FMT "': " RS_FMT,
                   RS_ARG(term->key), RS_ARG(token->text));
}

static enum rs_code read_text(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                              const struct rs_token *token, struct rs_val *out)
{
    const bool may_be = token->kind == RS_TOKEN_STRING || token->kind == RS_TOKEN_NAME;

    if (token->kind == RS_TOKEN_PARENS && term->entity == RS_ENTITY_ATTRIBUTE &&
        !term->takes_list) {
        return fail_list_key(cx, search);
    }
    if (rs_search_is_registry(search) && !may_be && term->entity == RS_ENTITY_ATTRIBUTE) {
        return fail_registry_text(cx, search, token);
    }
    if (!may_be || rs_token_is(token, "NULL")) {
        return fail_text(cx, term, token);
    }
    if (!rs_is_quoted(token->text, '\'') && !rs_is_quoted(token->text, '"')) {
        return rs_fail(cx, RS_INVALID,
                       "Parameter value is either not quoted or unidentified quote types used for "
                       "string value " RS_FMT ". Use either single or double quotes.",
                       RS_ARG(token->text));
    }
    *out = rs_text(rs_unquoted(token->text));
    return RS_OK;
}

static enum rs_code read_logged_model_text(struct rs_cx *cx, const struct rs_term *term,
                                           const struct rs_token *token, struct rs_val *out)
{
    if (token->kind == RS_TOKEN_PARENS) {
        return fail_text(cx, term, token);
    }
    *out = rs_text(rs_stripped(token->text, '\''));
    return RS_OK;
}

static enum rs_code read_list(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                              const struct rs_token *token, struct rs_clause *clause)
{
    if (term->entity == RS_ENTITY_METRIC || term->is_number) {
        return read_number(cx, search, term, token, &clause->value);
    }
    if (term->takes_list) {
        return rs_filter_list(cx, token->text, &clause->values, &clause->n_values);
    }
    if (term->entity != RS_ENTITY_ATTRIBUTE) {
        return fail_text(cx, term, token);
    }
    return fail_list_key(cx, search);
}

/* Makes a text the id of an experiment. */
static enum rs_code as_id(struct rs_cx *cx, struct rs_val *value)
{
    int64_t id;

    RS_TRY(rs_experiment_id_parse(cx, value->s, &id));
    *value = rs_i64(id);
    return RS_OK;
}

static enum rs_code read_any(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                             const struct rs_token *token, struct rs_clause *clause)
{
    if (term->attr == RS_ATTR_VERSION) {
        return read_version(cx, search, term, token, &clause->value);
    }
    if (clause->cmp == RS_CMP_IN || clause->cmp == RS_CMP_NOT_IN) {
        return read_list(cx, search, term, token, clause);
    }
    if (term->entity == RS_ENTITY_METRIC || term->is_number) {
        return read_number(cx, search, term, token, &clause->value);
    }
    if (search == RS_SEARCH_LOGGED_MODELS) {
        return read_logged_model_text(cx, term, token, &clause->value);
    }
    return read_text(cx, search, term, token, &clause->value);
}

enum rs_code rs_filter_value(struct rs_cx *cx, enum rs_search search, const struct rs_term *term,
                             const struct rs_token *token, struct rs_clause *clause)
{
    RS_TRY(read_any(cx, search, term, token, clause));
    if (search != RS_SEARCH_EXPERIMENTS || term->attr != RS_ATTR_EXPERIMENT_ID) {
        return RS_OK;
    }
    for (size_t i = 0; i < clause->n_values; i++) {
        RS_TRY(as_id(cx, &clause->values[i]));
    }
    return clause->n_values > 0 ? RS_OK : as_id(cx, &clause->value);
}
