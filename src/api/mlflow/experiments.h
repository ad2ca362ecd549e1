/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of experiments. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_EXPERIMENTS_H
#define RS_API_MLFLOW_EXPERIMENTS_H

#include "api/mlflow/messages.h"
#include "base/cx.h"
#include "model/experiment.h"

struct rs_ml_experiment_id {
    struct rs_str experiment_id;
};
extern const struct rs_fields rs_ml_experiment_id_fields;

struct rs_ml_experiment_name {
    struct rs_str experiment_name;
};
extern const struct rs_fields rs_ml_experiment_name_fields;

struct rs_ml_experiment {
    struct rs_sub experiment; /* struct rs_experiment */
};
extern const struct rs_fields rs_ml_experiment_fields;

struct rs_ml_create_experiment {
    struct rs_str name;
    struct rs_str artifact_location;
    struct rs_list tags; /* of struct rs_tag */
};
extern const struct rs_fields rs_ml_create_experiment_fields;

struct rs_ml_update_experiment {
    struct rs_str experiment_id;
    struct rs_str new_name;
};
extern const struct rs_fields rs_ml_update_experiment_fields;

struct rs_ml_experiment_tag {
    struct rs_str experiment_id;
    struct rs_str key;
    struct rs_str value;
};
extern const struct rs_fields rs_ml_experiment_tag_fields;

struct rs_ml_experiment_tag_key {
    struct rs_str experiment_id;
    struct rs_str key;
};
extern const struct rs_fields rs_ml_experiment_tag_key_fields;

/* Two tags configure the archival of traces and must hold JSON of a certain form: RS_INVALID in
 * MLflow's words. Other tags pass. */
enum rs_code rs_archival_tag_check(struct rs_cx *cx, const struct rs_tag *tag);

#endif
