/* SPDX-License-Identifier: Apache-2.0 */
/* The words and attributes of each search, as tables, and the reading of names by them. */
#include "model/filter_term.h"

struct word {
    const char *name;
    enum rs_entity entity;
};

enum attr_flag {
    IS_NUMBER = 1,
    TAKES_LIST = 2,
    NOT_IN_ORDERS = 4, /* what orders do not know, such as an alias */
    NOT_IN_FILTERS = 8,
};

struct attr_row {
    const char *name;
    enum rs_attr attr;
    unsigned flags;
};

/* One search's vocabulary; both tables end with a NULL name. */
struct vocabulary {
    const struct word *words;
    const struct attr_row *attrs;
    const char *before_word, *after_word; /* around an unknown entity in MLflow's message */
};

static const struct word run_words[] = {
    {"metric", RS_ENTITY_METRIC},
    {"metrics", RS_ENTITY_METRIC},
    {"parameter", RS_ENTITY_PARAM},
    {"parameters", RS_ENTITY_PARAM},
    {"param", RS_ENTITY_PARAM},
    {"params", RS_ENTITY_PARAM},
    {"tag", RS_ENTITY_TAG},
    {"tags", RS_ENTITY_TAG},
    {"attribute", RS_ENTITY_ATTRIBUTE},
    {"attributes", RS_ENTITY_ATTRIBUTE},
    {"attr", RS_ENTITY_ATTRIBUTE},
    {"run", RS_ENTITY_ATTRIBUTE},
    {"dataset", RS_ENTITY_DATASET},
    {"datasets", RS_ENTITY_DATASET},
    {NULL, RS_ENTITY_ATTRIBUTE},
};

static const struct word experiment_words[] = {
    {"attribute", RS_ENTITY_ATTRIBUTE},
    {"tag", RS_ENTITY_TAG},
    {"tags", RS_ENTITY_TAG},
    {NULL, RS_ENTITY_ATTRIBUTE},
};

static const struct word logged_model_words[] = {
    {"attributes", RS_ENTITY_ATTRIBUTE}, {"metrics", RS_ENTITY_METRIC},
    {"params", RS_ENTITY_PARAM},         {"tags", RS_ENTITY_TAG},
    {NULL, RS_ENTITY_ATTRIBUTE},
};

static const struct attr_row run_attrs[] = {
    {"run_id", RS_ATTR_RUN_ID, TAKES_LIST},
    {"run_name", RS_ATTR_RUN_NAME, 0},
    {"run name", RS_ATTR_RUN_NAME, NOT_IN_ORDERS},
    {"Run name", RS_ATTR_RUN_NAME, NOT_IN_ORDERS},
    {"Run Name", RS_ATTR_RUN_NAME, NOT_IN_ORDERS},
    {"user_id", RS_ATTR_USER_ID, 0},
    {"status", RS_ATTR_STATUS, 0},
    {"artifact_uri", RS_ATTR_ARTIFACT_URI, 0},
    {"start_time", RS_ATTR_START_TIME, IS_NUMBER},
    {"end_time", RS_ATTR_END_TIME, IS_NUMBER},
    {"created", RS_ATTR_START_TIME, IS_NUMBER},
    {"Created", RS_ATTR_START_TIME, IS_NUMBER},
    {NULL, RS_ATTR_NONE, 0},
};

static const struct attr_row experiment_attrs[] = {
    {"name", RS_ATTR_NAME, 0},
    {"experiment_id", RS_ATTR_EXPERIMENT_ID, TAKES_LIST},
    {"creation_time", RS_ATTR_CREATION_TIME, IS_NUMBER},
    {"last_update_time", RS_ATTR_LAST_UPDATE_TIME, IS_NUMBER},
    {NULL, RS_ATTR_NONE, 0},
};

static const struct attr_row logged_model_attrs[] = {
    {"name", RS_ATTR_NAME, TAKES_LIST},
    {"model_id", RS_ATTR_MODEL_ID, TAKES_LIST},
    {"model_type", RS_ATTR_MODEL_TYPE, TAKES_LIST},
    {"experiment_id", RS_ATTR_EXPERIMENT_ID, TAKES_LIST},
    {"source_run_id", RS_ATTR_SOURCE_RUN_ID, TAKES_LIST},
    {"status", RS_ATTR_STATUS, TAKES_LIST},
    {"status_message", RS_ATTR_STATUS_MESSAGE, TAKES_LIST},
    {"artifact_location", RS_ATTR_ARTIFACT_URI, TAKES_LIST},
    {"creation_time", RS_ATTR_CREATION_TIME, IS_NUMBER},
    {"creation_timestamp", RS_ATTR_CREATION_TIME, IS_NUMBER},
    {"creation_timestamp_ms", RS_ATTR_CREATION_TIME, IS_NUMBER},
    {"last_updated_timestamp", RS_ATTR_LAST_UPDATE_TIME, IS_NUMBER},
    {"last_updated_timestamp_ms", RS_ATTR_LAST_UPDATE_TIME, IS_NUMBER},
    {NULL, RS_ATTR_NONE, 0},
};

static const struct attr_row registered_model_attrs[] = {
    {"name", RS_ATTR_NAME, TAKES_LIST},
    {"timestamp", RS_ATTR_LAST_UPDATE_TIME, NOT_IN_FILTERS},
    {"last_updated_timestamp", RS_ATTR_LAST_UPDATE_TIME, NOT_IN_FILTERS},
    {NULL, RS_ATTR_NONE, 0},
};

static const struct attr_row model_version_attrs[] = {
    {"name", RS_ATTR_NAME, TAKES_LIST},
    {"version_number", RS_ATTR_VERSION, IS_NUMBER},
    {"run_id", RS_ATTR_RUN_ID, TAKES_LIST | NOT_IN_ORDERS},
    {"source_path", RS_ATTR_SOURCE, NOT_IN_ORDERS},
    {"creation_timestamp", RS_ATTR_CREATION_TIME, NOT_IN_FILTERS},
    {"last_updated_timestamp", RS_ATTR_LAST_UPDATE_TIME, NOT_IN_FILTERS},
    {NULL, RS_ATTR_NONE, 0},
};

static const struct attr_row dataset_attrs[] = {
    {"name", RS_ATTR_NAME, TAKES_LIST},
    {"digest", RS_ATTR_DIGEST, TAKES_LIST},
    {"context", RS_ATTR_CONTEXT, TAKES_LIST},
    {NULL, RS_ATTR_NONE, 0},
};

#define WORDS_OF_EXPERIMENTS "'. Valid entity types are ('attribute', 'tag', 'tags')"

static const struct vocabulary vocabularies[] = {
    [RS_SEARCH_RUNS] = {run_words, run_attrs, "Invalid entity type '",
                        "'. Valid values are ['metric', 'parameter', 'tag', 'attribute', "
                        "'dataset']"},
    [RS_SEARCH_EXPERIMENTS] = {experiment_words, experiment_attrs, "Invalid entity type '",
                               WORDS_OF_EXPERIMENTS},
    [RS_SEARCH_LOGGED_MODELS] = {logged_model_words, logged_model_attrs, "Invalid entity type: '",
                                 "'. Expected one of ['attributes', 'metrics', 'params', "
                                 "'tags']."},
    [RS_SEARCH_REGISTERED_MODELS] = {experiment_words, registered_model_attrs,
                                     "Invalid entity type '", WORDS_OF_EXPERIMENTS},
    [RS_SEARCH_MODEL_VERSIONS] = {experiment_words, model_version_attrs, "Invalid entity type '",
                                  WORDS_OF_EXPERIMENTS},
};

bool rs_is_quoted(struct rs_str s, char quote)
{
    return s.n >= 2 && s.p[0] == quote && s.p[s.n - 1] == quote;
}

struct rs_str rs_stripped(struct rs_str s, char c)
{
    while (s.n > 0 && s.p[0] == c) {
        s = rs_str_from(s, 1);
    }
    while (s.n > 0 && s.p[s.n - 1] == c) {
        s.n--;
    }
    return s;
}

static struct rs_str without_backticks(struct rs_str s)
{
    return rs_is_quoted(s, '`') ? rs_unquoted(s) : s;
}

/* MLflow takes quotes of either kind away, and then backticks. */
static struct rs_str without_quotes(struct rs_str s)
{
    if (rs_is_quoted(s, '\'') || rs_is_quoted(s, '"')) {
        s = rs_unquoted(s);
    }
    return without_backticks(s);
}

static bool find_word(const struct vocabulary *v, struct rs_str name, enum rs_entity *entity)
{
    for (const struct word *w = v->words; w->name != NULL; w++) {
        if (rs_str_is(name, w->name)) {
            *entity = w->entity;
            return true;
        }
    }
    return false;
}

static const struct attr_row *find_attr(const struct attr_row *rows, struct rs_str name,
                                        unsigned excluded)
{
    for (; rows->name != NULL; rows++) {
        if (rs_str_is(name, rows->name) && (rows->flags & excluded) == 0) {
            return rows;
        }
    }
    return NULL;
}

static enum rs_code fail_key(struct rs_cx *cx, const char *what, const struct attr_row *rows,
                             unsigned excluded, struct rs_str key)
{
    struct rs_str valid = {"", 0};

    for (; rows->name != NULL; rows++) {
        if ((rows->flags & excluded) == 0) {
            valid = rs_arena_fmt(cx->arena, RS_FMT "%s'%s'", RS_ARG(valid), valid.n > 0 ? ", " : "",
                                 rows->name);
        }
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid %s key '" RS_FMT "' specified. Valid keys are '{" RS_FMT "}'", what,
                   RS_ARG(key), RS_ARG(valid));
}

/* Cuts the name at its first dot, wherever that stands; without one it is an attribute. The
 * vocabulary of logged models wants something behind the dot, and takes no quotes but backticks. */
static enum rs_code split_name(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                               struct rs_term *out)
{
    const struct vocabulary *v = &vocabularies[search];
    const size_t dot = rs_str_find(name, '.', 0);
    const bool is_logged_model = search == RS_SEARCH_LOGGED_MODELS;
    struct rs_str word = {name.p, dot};
    struct rs_str key = name;

    out->entity = RS_ENTITY_ATTRIBUTE;
    if (dot < name.n && !(is_logged_model && dot + 1 == name.n)) {
        word = search == RS_SEARCH_RUNS ? without_backticks(word) : word;
        key = rs_str_from(name, dot + 1);
        if (!find_word(v, word, &out->entity)) {
            return rs_fail(cx, RS_INVALID, "%s" RS_FMT "%s", v->before_word, RS_ARG(word),
                           v->after_word);
        }
    }
    out->key = is_logged_model ? rs_stripped(key, '`') : without_quotes(key);
    return RS_OK;
}

static enum rs_code parse(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                          unsigned excluded, struct rs_term *out)
{
    const struct attr_row *rows = vocabularies[search].attrs;
    const char *what = "attribute";

    *out = (struct rs_term){.attr = RS_ATTR_NONE};
    RS_TRY(split_name(cx, search, name, out));
    if (out->entity == RS_ENTITY_DATASET) {
        rows = dataset_attrs;
        what = "dataset";
    } else if (out->entity != RS_ENTITY_ATTRIBUTE) {
        out->takes_list = search == RS_SEARCH_LOGGED_MODELS && out->entity != RS_ENTITY_METRIC;
        return RS_OK;
    }
    const struct attr_row *row = find_attr(rows, out->key, excluded);

    if (row == NULL) {
        return fail_key(cx, what, rows, excluded, out->key);
    }
    out->attr = row->attr;
    out->is_number = (row->flags & IS_NUMBER) != 0;
    out->takes_list = (row->flags & TAKES_LIST) != 0;
    return RS_OK;
}

enum rs_code rs_term_parse(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                           struct rs_term *out)
{
    return parse(cx, search, name, NOT_IN_FILTERS, out);
}

enum rs_code rs_term_parse_order(struct rs_cx *cx, enum rs_search search, struct rs_str name,
                                 struct rs_term *out)
{
    return parse(cx, search, name, NOT_IN_ORDERS, out);
}

enum rs_attr rs_attr_find(enum rs_search search, struct rs_str name)
{
    const struct attr_row *row = find_attr(vocabularies[search].attrs, name, NOT_IN_ORDERS);

    return row != NULL ? row->attr : RS_ATTR_NONE;
}
