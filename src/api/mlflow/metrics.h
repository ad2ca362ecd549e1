/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of metric histories. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_METRICS_H
#define RS_API_MLFLOW_METRICS_H

#include "api/mlflow/messages.h"
#include "model/point.h"

struct rs_ml_get_history {
    struct rs_str run_id;
    struct rs_str run_uuid; /* the deprecated name: run_id is preferred */
    struct rs_str metric_key;
    struct rs_str page_token;
    struct rs_opt_i64 max_results;
};
extern const struct rs_fields rs_ml_get_history_fields;

struct rs_ml_history {
    struct rs_list metrics; /* of struct rs_point */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_history_fields;

struct rs_ml_get_history_bulk {
    struct rs_strs run_id;
    struct rs_str metric_key;
    struct rs_opt_i64 max_results;
};
extern const struct rs_fields rs_ml_get_history_bulk_fields;

/* Plain JSON upstream: the list is there also when it is empty. */
struct rs_ml_history_bulk {
    struct rs_list metrics; /* of struct rs_point */
};
extern const struct rs_fields rs_ml_history_bulk_fields;

struct rs_ml_get_history_interval {
    struct rs_strs run_ids;
    struct rs_str metric_key;
    struct rs_opt_i64 start_step;
    struct rs_opt_i64 end_step;
    struct rs_opt_i64 max_results;
};
extern const struct rs_fields rs_ml_get_history_interval_fields;

#endif
