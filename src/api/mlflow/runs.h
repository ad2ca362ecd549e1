/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of runs. May be included by api/mlflow. Where there is a run_uuid, it is the
 * deprecated name of run_id, which is preferred; the other calls know only run_id. */
#ifndef RS_API_MLFLOW_RUNS_H
#define RS_API_MLFLOW_RUNS_H

#include "api/mlflow/messages.h"
#include "model/run.h"

struct rs_ml_create_run {
    struct rs_str experiment_id;
    struct rs_str user_id;
    struct rs_str run_name;
    int64_t start_time;
    struct rs_list tags; /* of struct rs_tag */
};
extern const struct rs_fields rs_ml_create_run_fields;

struct rs_ml_get_run {
    struct rs_str run_id;
    struct rs_str run_uuid;
};
extern const struct rs_fields rs_ml_get_run_fields;

struct rs_ml_run_id {
    struct rs_str run_id;
};
extern const struct rs_fields rs_ml_run_id_fields;

struct rs_ml_run {
    struct rs_sub run; /* struct rs_run */
};
extern const struct rs_fields rs_ml_run_fields;

struct rs_ml_update_run {
    struct rs_str run_id;
    struct rs_str run_uuid;
    struct rs_opt_enum status;
    struct rs_opt_i64 end_time;
    struct rs_str run_name;
};
extern const struct rs_fields rs_ml_update_run_fields;

struct rs_ml_updated_run {
    struct rs_sub run_info; /* struct rs_run_info */
};
extern const struct rs_fields rs_ml_updated_run_fields;

struct rs_ml_log_metric {
    struct rs_str run_id;
    struct rs_str run_uuid;
    struct rs_str key;
    struct rs_opt_f64 value;
    struct rs_opt_i64 timestamp;
    int64_t step;
    struct rs_str model_id;
    struct rs_str dataset_name;
    struct rs_str dataset_digest;
};
extern const struct rs_fields rs_ml_log_metric_fields;

/* A param or a tag. */
struct rs_ml_run_item {
    struct rs_str run_id;
    struct rs_str run_uuid;
    struct rs_str key;
    struct rs_str value;
};
extern const struct rs_fields rs_ml_run_item_fields;

struct rs_ml_run_tag_key {
    struct rs_str run_id;
    struct rs_str key;
};
extern const struct rs_fields rs_ml_run_tag_key_fields;

struct rs_ml_log_batch {
    struct rs_str run_id;
    struct rs_list metrics; /* of struct rs_metric */
    struct rs_list params;  /* of struct rs_param */
    struct rs_list tags;    /* of struct rs_tag */
};
extern const struct rs_fields rs_ml_log_batch_fields;

struct rs_ml_log_model {
    struct rs_str run_id;
    struct rs_str model_json;
};
extern const struct rs_fields rs_ml_log_model_fields;

#endif
