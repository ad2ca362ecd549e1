/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: ids of what matches a filter, in an order, a page at a time. May be included by
 * service.
 *
 * Pages go by keys: the sort key of the last row says where the next page begins, so no row comes
 * twice and none is skipped while others are inserted. What the keys mean is the store's; their
 * number depends on the order alone. */
#ifndef RS_STORE_SEARCH_H
#define RS_STORE_SEARCH_H

#include "model/filter.h"
#include "model/view.h"
#include "store/store.h"

struct rs_search_page {
    size_t limit;               /* rows; at least 1 */
    const struct rs_val *after; /* the sort key of the last row that was given */
    size_t n_after;             /* 0: the first page */
};

struct rs_found {
    int64_t *ids; /* the store's own numbers, in order; cx's, as is `last` */
    size_t n;
    const struct rs_val *last; /* the sort key of the last row, when there are more */
    size_t n_last;             /* 0: this is the last page */
};

struct rs_runs_query {
    const int64_t *experiments; /* ascending, each once; at least one */
    size_t n_experiments;
    enum rs_view view;
    const struct rs_filter *filter; /* parsed for RS_SEARCH_RUNS, as is order */
    const struct rs_orders *orders;
    struct rs_search_page page;
};

/* RS_INVALID when the filter compares with more values than a statement takes, or when the key is
 * not one of this order. */
enum rs_code rs_store_runs_search(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_runs_query *query, struct rs_found *out);

struct rs_experiments_query {
    enum rs_view view;
    const struct rs_filter *filter; /* parsed for RS_SEARCH_EXPERIMENTS, as is order */
    const struct rs_orders *orders;
    struct rs_search_page page;
};

/* Likewise. */
enum rs_code rs_store_experiments_search(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_experiments_query *query,
                                         struct rs_found *out);

struct rs_models_query {
    const int64_t *experiments; /* ascending, each once; at least one */
    size_t n_experiments;
    const struct rs_filter *filter; /* parsed for RS_SEARCH_LOGGED_MODELS, as is order */
    const struct rs_orders *orders;
    const struct rs_logged_model_dataset *datasets; /* metrics count when they are on one of these;
                                                       an empty digest is any */
    size_t n_datasets;
    struct rs_search_page page;
};

/* Likewise; deleted models are not found. */
enum rs_code rs_store_models_search(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_models_query *query, struct rs_found *out);

struct rs_registry_query {
    const struct rs_filter *filter; /* parsed for the search, as is order */
    const struct rs_orders *orders;
    struct rs_search_page page;
};

/* Likewise. Prompts are found only where the filter asks for them: the first comparison of
 * RS_PROMPT_TAG is `= 'true'` or `!= 'false'`; any other comparison of this tag says nothing. */
enum rs_code rs_store_registered_models_search(struct rs_cx *cx, struct rs_store *s,
                                               const struct rs_registry_query *query,
                                               struct rs_found *out);
enum rs_code rs_store_model_versions_search(struct rs_cx *cx, struct rs_store *s,
                                            const struct rs_registry_query *query,
                                            struct rs_found *out);

#endif
