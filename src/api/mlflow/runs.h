/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of runs. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_RUNS_H
#define RS_API_MLFLOW_RUNS_H

#include "api/mlflow/messages.h"
#include "model/run.h"

struct rs_ml_log_metric {
    struct rs_str run_id;
    struct rs_str run_uuid; /* the deprecated name: run_id is preferred */
    struct rs_str key;
    struct rs_opt_f64 value;
    struct rs_opt_i64 timestamp;
    int64_t step;
    struct rs_str model_id;
    struct rs_str dataset_name;
    struct rs_str dataset_digest;
};
extern const struct rs_fields rs_ml_log_metric_fields;

#endif
