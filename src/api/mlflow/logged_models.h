/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of logged models. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_LOGGED_MODELS_H
#define RS_API_MLFLOW_LOGGED_MODELS_H

#include "api/mlflow/messages.h"
#include "model/logged_model.h"

struct rs_ml_create_logged_model {
    struct rs_str experiment_id;
    struct rs_str name;
    struct rs_str model_type;
    struct rs_str source_run_id;
    struct rs_list params; /* of struct rs_param */
    struct rs_list tags;   /* of struct rs_tag */
};
extern const struct rs_fields rs_ml_create_logged_model_fields;

struct rs_ml_get_logged_model {
    struct rs_str model_id;
    bool allow_deleted;
};
extern const struct rs_fields rs_ml_get_logged_model_fields;

struct rs_ml_logged_model_ref {
    struct rs_str model_id;
};
extern const struct rs_fields rs_ml_logged_model_ref_fields;

struct rs_ml_finalize_logged_model {
    struct rs_str model_id;
    struct rs_opt_enum status;
};
extern const struct rs_fields rs_ml_finalize_logged_model_fields;

struct rs_ml_set_logged_model_tags {
    struct rs_str model_id;
    struct rs_list tags; /* of struct rs_tag */
};
extern const struct rs_fields rs_ml_set_logged_model_tags_fields;

struct rs_ml_delete_logged_model_tag {
    struct rs_str model_id;
    struct rs_str tag_key;
};
extern const struct rs_fields rs_ml_delete_logged_model_tag_fields;

struct rs_ml_log_logged_model_params {
    struct rs_str model_id;
    struct rs_list params; /* of struct rs_param */
};
extern const struct rs_fields rs_ml_log_logged_model_params_fields;

struct rs_ml_logged_model_reply {
    struct rs_sub model; /* struct rs_logged_model */
};
extern const struct rs_fields rs_ml_logged_model_reply_fields;

#endif
