/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of searches. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_SEARCH_H
#define RS_API_MLFLOW_SEARCH_H

#include "api/mlflow/messages.h"
#include "service/search.h"

struct rs_ml_search_runs {
    struct rs_strs experiment_ids;
    struct rs_str filter;
    struct rs_opt_enum run_view_type;
    struct rs_opt_i64 max_results;
    struct rs_strs order_by;
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_search_runs_fields;

/* The search that it asks for, of the same texts. */
struct rs_search_request rs_ml_search_of(const struct rs_ml_search_runs *q);

struct rs_ml_runs_page {
    struct rs_list runs; /* of struct rs_run */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_runs_page_fields;

struct rs_ml_search_experiments {
    struct rs_opt_i64 max_results;
    struct rs_str page_token;
    struct rs_str filter;
    struct rs_strs order_by;
    struct rs_opt_enum view_type;
};
extern const struct rs_fields rs_ml_search_experiments_fields;

struct rs_ml_experiments_page {
    struct rs_list experiments; /* of struct rs_experiment */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_experiments_page_fields;

struct rs_ml_search_logged_models {
    struct rs_strs experiment_ids;
    struct rs_str filter;
    struct rs_list datasets; /* of struct rs_logged_model_dataset */
    struct rs_opt_i64 max_results;
    struct rs_list order_by; /* of struct rs_logged_model_order */
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_search_logged_models_fields;

struct rs_ml_logged_models_page {
    struct rs_list models; /* of struct rs_logged_model */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_logged_models_page_fields;

#endif
