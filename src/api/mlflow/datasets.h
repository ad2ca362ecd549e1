/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of datasets, inputs and outputs. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_DATASETS_H
#define RS_API_MLFLOW_DATASETS_H

#include "api/mlflow/messages.h"

struct rs_ml_log_inputs {
    struct rs_str run_id;
    struct rs_list datasets; /* of struct rs_dataset_input */
    struct rs_list models;   /* of struct rs_model_input */
};
extern const struct rs_fields rs_ml_log_inputs_fields;

struct rs_ml_log_outputs {
    struct rs_str run_id;
    struct rs_list models; /* of struct rs_model_output */
};
extern const struct rs_fields rs_ml_log_outputs_fields;

struct rs_ml_search_datasets {
    struct rs_strs experiment_ids;
};
extern const struct rs_fields rs_ml_search_datasets_fields;

struct rs_ml_dataset_summaries {
    struct rs_list dataset_summaries; /* of struct rs_dataset_summary */
};
extern const struct rs_fields rs_ml_dataset_summaries_fields;

#endif
