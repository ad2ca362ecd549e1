/* SPDX-License-Identifier: Apache-2.0 */
/* The filter and order language of MLflow's searches, as syntax trees. Pure: what SQL it becomes is
 * the store's. May be included by model, store, service and api. Rules:
 * mlflow/utils/search_utils.py and search_logged_model_utils.py.
 *
 *     filter     := comparison { [AND] comparison }
 *     comparison := name op value | name [NOT] IN list | name IS [NOT] NULL
 *     name       := [entity "."] key; a key is a word or in "", ``, and may hold dots
 *     op         := = | != | < | <= | > | >= | LIKE | ILIKE
 *     value      := number | 'text' | "text"; nothing in a text is an escape
 *     list       := ('a', "b"); here backslashes escape
 *     order      := name [ASC | DESC]
 *
 * Keywords come in any case; entities and keys do not. What applies to what stands in filter_term.c
 * and filter.c as tables. */
#ifndef RS_MODEL_FILTER_H
#define RS_MODEL_FILTER_H

#include "base/cx.h"
#include "base/val.h"
#include "model/logged_model.h"

/* Which search: each has its own entities, keys and operators. */
enum rs_search {
    RS_SEARCH_RUNS,
    RS_SEARCH_EXPERIMENTS,
    RS_SEARCH_LOGGED_MODELS,
    RS_SEARCH_REGISTERED_MODELS,
    RS_SEARCH_MODEL_VERSIONS,
};

enum rs_entity {
    RS_ENTITY_ATTRIBUTE,
    RS_ENTITY_METRIC,
    RS_ENTITY_PARAM,
    RS_ENTITY_TAG,
    RS_ENTITY_DATASET,
};

/* Every attribute of every search, under its canonical name; aliases ("created", "Run Name") are
 * gone. */
enum rs_attr {
    RS_ATTR_NONE, /* the entity has free keys */
    /* runs */
    RS_ATTR_RUN_ID,
    RS_ATTR_RUN_NAME,
    RS_ATTR_USER_ID,
    RS_ATTR_STATUS, /* a run's is its name, a logged model's its number, as text */
    RS_ATTR_ARTIFACT_URI,
    RS_ATTR_START_TIME,
    RS_ATTR_END_TIME,
    /* experiments; `name` also of logged models, datasets and the registry */
    RS_ATTR_NAME,
    RS_ATTR_EXPERIMENT_ID, /* I64 of experiments, text of logged models */
    RS_ATTR_CREATION_TIME,
    RS_ATTR_LAST_UPDATE_TIME,
    /* logged models */
    RS_ATTR_MODEL_ID,
    RS_ATTR_MODEL_TYPE,
    RS_ATTR_SOURCE_RUN_ID,
    RS_ATTR_STATUS_MESSAGE,
    /* datasets of runs */
    RS_ATTR_DIGEST,
    RS_ATTR_CONTEXT,
    /* versions of registered models, which also have name and run_id */
    RS_ATTR_VERSION,
    RS_ATTR_SOURCE,
};

enum rs_cmp {
    RS_CMP_EQ,
    RS_CMP_NE,
    RS_CMP_LT,
    RS_CMP_LE,
    RS_CMP_GT,
    RS_CMP_GE,
    RS_CMP_LIKE,  /* case-sensitive, % and _, no escape */
    RS_CMP_ILIKE, /* ignoring case */
    RS_CMP_IN,
    RS_CMP_NOT_IN,
    RS_CMP_IS_NULL,
    RS_CMP_NOT_NULL,
};

struct rs_clause {
    enum rs_entity entity;
    enum rs_attr attr;
    struct rs_str key; /* of metrics, params and tags; cx's */
    enum rs_cmp cmp;
    /* Of comparisons with one value: STR, or F64 of metrics; of times, numbers of versions and ids
     * of experiments, I64, or F64 where the number is no whole one or beyond 64 bits. */
    struct rs_val value;
    struct rs_val *values; /* of IN and NOT IN; at least one */
    size_t n_values;
};

struct rs_filter {
    struct rs_clause *clauses; /* cx's */
    size_t n;
};

/* Reads a filter; absent or empty text gives no clauses. RS_INVALID says which clause breaks which
 * rule; text over RS_FILTER_MAX bytes or more than RS_FILTER_CLAUSES_MAX clauses are refused too.
 */
enum rs_code rs_filter_parse(struct rs_cx *cx, enum rs_search search, struct rs_str text,
                             struct rs_filter *out);

struct rs_order {
    enum rs_entity entity;
    enum rs_attr attr;
    struct rs_str key; /* cx's */
    bool descending;
    struct rs_str dataset_name; /* borrowed: a logged model's metrics on this dataset only; absent:
                                   on any */
    struct rs_str dataset_digest;
};

struct rs_orders {
    struct rs_order *p; /* cx's */
    size_t n;
};

/* Reads order_by texts such as "metrics.loss DESC" in turn. Tie-breaks are the store's: they are
 * not added here. RS_INVALID on what cannot be read, and on a key that is given twice. */
enum rs_code rs_orders_parse(struct rs_cx *cx, enum rs_search search, const struct rs_str *texts,
                             size_t n, struct rs_orders *out);

/* Reads the order of a search of logged models, which comes as messages. A key that is given twice
 * counts once. RS_INVALID on what is neither an attribute nor a metric. */
enum rs_code rs_logged_model_orders_parse(struct rs_cx *cx,
                                          const struct rs_logged_model_order *items, size_t n,
                                          struct rs_orders *out);

#endif
