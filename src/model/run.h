/* SPDX-License-Identifier: Apache-2.0 */
/* Runs. Pure. May be included by model, store, service and api. Rules: mlflow/utils/validation.py
 * and mlflow/protos/service.proto. */
#ifndef RS_MODEL_RUN_H
#define RS_MODEL_RUN_H

#include "model/dataset.h"
#include "model/metric.h"
#include "model/param.h"
#include "model/stage.h"
#include "model/tag.h"

enum rs_run_status {
    RS_RUN_RUNNING = 1,
    RS_RUN_SCHEDULED = 2,
    RS_RUN_FINISHED = 3,
    RS_RUN_FAILED = 4,
    RS_RUN_KILLED = 5,
};

extern const struct rs_enum_name rs_run_status_names[];

/* RunInfo, members in the order of the wire. */
struct rs_run_info {
    struct rs_str run_uuid; /* the same as run_id */
    struct rs_str experiment_id;
    struct rs_str run_name;
    struct rs_str user_id;      /* "" when nobody said it */
    struct rs_opt_enum status;  /* enum rs_run_status */
    int64_t start_time;         /* ms since the epoch, as the client says; any sign */
    struct rs_opt_i64 end_time; /* likewise; 0 is absent */
    struct rs_str artifact_uri;
    struct rs_str lifecycle_stage; /* rs_stage_text */
    struct rs_str run_id;
};

struct rs_run_data {
    struct rs_list metrics; /* of struct rs_metric: the latest of each key */
    struct rs_list params;  /* of struct rs_param */
    struct rs_list tags;    /* of struct rs_tag */
};

struct rs_model_input {
    struct rs_str model_id;
};

struct rs_model_output {
    struct rs_str model_id;
    int64_t step;
};

struct rs_run_inputs {
    struct rs_list dataset_inputs; /* of struct rs_dataset_input */
    struct rs_list model_inputs;   /* of struct rs_model_input */
};

struct rs_run_outputs {
    struct rs_list model_outputs; /* of struct rs_model_output */
};

struct rs_run {
    struct rs_sub info;    /* struct rs_run_info */
    struct rs_sub data;    /* struct rs_run_data */
    struct rs_sub inputs;  /* struct rs_run_inputs */
    struct rs_sub outputs; /* struct rs_run_outputs */
    struct rs_kept *kept;  /* of info and data; NULL: nobody keeps them */
};

extern const struct rs_fields rs_run_info_fields;
extern const struct rs_fields rs_run_data_fields;
extern const struct rs_fields rs_model_input_fields;
extern const struct rs_fields rs_model_output_fields;
extern const struct rs_fields rs_run_inputs_fields;
extern const struct rs_fields rs_run_outputs_fields;
extern const struct rs_fields rs_run_fields;

/* The rule of log-batch and log-inputs: an ASCII letter or digit, then word characters and "-", at
 * most RS_RUN_ID_MAX. Other calls look the id up, whatever it is. */
enum rs_code rs_run_id_check(struct rs_cx *cx, struct rs_str run_id);

/* How many there are of each in one log-batch. RS_INVALID names the first that is beyond its limit.
 */
enum rs_code rs_batch_size_check(struct rs_cx *cx, size_t n_metrics, size_t n_params,
                                 size_t n_tags);

/* Everything in data, in MLflow's order: metrics, params, tags; values are cut as rs_param_check
 * and rs_tag_check say. RS_INVALID also on a param key that comes twice. */
enum rs_code rs_batch_check(struct rs_cx *cx, const struct rs_run_data *data);

#endif
