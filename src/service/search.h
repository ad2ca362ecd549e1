/* SPDX-License-Identifier: Apache-2.0 */
/* The searches: of runs, experiments, logged models, registered models and their versions. Reads.
 * May be included by service and api. */
#ifndef RS_SERVICE_SEARCH_H
#define RS_SERVICE_SEARCH_H

#include "model/filter.h"
#include "model/run.h"
#include "model/view.h"

struct rs_store;

/* What a client asks for. Of logged models, `view` and `order_by` do not apply; of experiments,
 * `experiment_ids`; of the registry, only filter, order_by, max_results and page_token do. */
struct rs_search_request {
    struct rs_strs experiment_ids; /* numbers in decimal; repeated ones count once */
    struct rs_str filter;
    struct rs_strs order_by;
    enum rs_view view;
    struct rs_opt_i64 max_results;
    struct rs_str page_token; /* absent or empty: the first page */
    struct rs_list models_by; /* of struct rs_logged_model_order */
    struct rs_list datasets;  /* of struct rs_logged_model_dataset: models that were measured on one
                               */
    bool unfolded; /* runs have info and data as fields, never as the text of an earlier reply */
};

struct rs_search_reply {
    struct rs_list items;          /* struct rs_run, rs_experiment, rs_logged_model,
                                      rs_registered_model or rs_model_version; cx's */
    struct rs_str next_page_token; /* absent on the last page */
};

/* RS_INVALID on a filter, an order, an id, a page size or a token that breaks its rule; a token
 * that belongs to another search breaks its rule. An experiment that is not there has no runs. */
enum rs_code rs_search_runs(struct rs_cx *cx, struct rs_store *s,
                            const struct rs_search_request *request, struct rs_search_reply *out);

enum rs_code rs_search_experiments(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_search_request *request,
                                   struct rs_search_reply *out);

enum rs_code rs_search_logged_models(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_search_request *request,
                                     struct rs_search_reply *out);

/* Of the registry: prompts are hidden unless the filter asks for them; versions come without their
 * aliases, as MLflow has it. */
enum rs_code rs_search_registered_models(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_search_request *request,
                                         struct rs_search_reply *out);

enum rs_code rs_search_model_versions(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_search_request *request,
                                      struct rs_search_reply *out);

#endif
