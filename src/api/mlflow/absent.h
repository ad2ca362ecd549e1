/* SPDX-License-Identifier: Apache-2.0 */
/* What MLflow's pages look for and this server does not keep: traces, evaluation datasets, scorers.
 * A request that is right finds nothing; one that is wrong is told so. May be included by
 * api/mlflow. */
#ifndef RS_API_MLFLOW_ABSENT_H
#define RS_API_MLFLOW_ABSENT_H

#include "api/mlflow/messages.h"

struct rs_ml_search_traces {
    struct rs_list locations; /* of what nobody looks at: a place without traces */
    struct rs_str filter;
    struct rs_opt_i64 max_results;
    struct rs_strs order_by;
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_search_traces_fields;

struct rs_ml_trace_metrics {
    struct rs_strs experiment_ids;
    struct rs_str view_type;
    struct rs_str metric_name;
    struct rs_list aggregations; /* of struct rs_ml_trace_aggregation */
    struct rs_strs dimensions;
    struct rs_opt_i64 time_interval_seconds;
};
extern const struct rs_fields rs_ml_trace_metrics_fields;

struct rs_ml_trace_aggregation {
    struct rs_str aggregation_type;
};

struct rs_ml_trace_figures {
    struct rs_list data_points; /* of struct rs_ml_trace_figure */
};
extern const struct rs_fields rs_ml_trace_figures_fields;

/* How many there are, which is 0. */
struct rs_ml_trace_figure {
    struct rs_str metric_name;
};

struct rs_ml_search_evaluation_datasets {
    struct rs_strs experiment_ids;
    struct rs_str filter_string;
    struct rs_opt_i64 max_results;
    struct rs_strs order_by;
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_search_evaluation_datasets_fields;

struct rs_ml_scorers {
    struct rs_str experiment_id;
};
extern const struct rs_fields rs_ml_scorers_fields;

#endif
