/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the model registry. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_REGISTRY_H
#define RS_API_MLFLOW_REGISTRY_H

#include "api/mlflow/messages.h"
#include "model/registered_model.h"

struct rs_ml_create_registered_model {
    struct rs_str name;
    struct rs_list tags; /* of struct rs_tag */
    struct rs_str description;
};
extern const struct rs_fields rs_ml_create_registered_model_fields;

struct rs_ml_rename_registered_model {
    struct rs_str name;
    struct rs_str new_name;
};
extern const struct rs_fields rs_ml_rename_registered_model_fields;

struct rs_ml_update_registered_model {
    struct rs_str name;
    struct rs_str description;
};
extern const struct rs_fields rs_ml_update_registered_model_fields;

struct rs_ml_registered_model_name {
    struct rs_str name;
};
extern const struct rs_fields rs_ml_registered_model_name_fields;

struct rs_ml_registered_model_tag {
    struct rs_str name;
    struct rs_str key;
    struct rs_str value;
};
extern const struct rs_fields rs_ml_registered_model_tag_fields;

struct rs_ml_registered_model_tag_key {
    struct rs_str name;
    struct rs_str key;
};
extern const struct rs_fields rs_ml_registered_model_tag_key_fields;

struct rs_ml_latest_versions {
    struct rs_str name;
    struct rs_strs stages;
};
extern const struct rs_fields rs_ml_latest_versions_fields;

struct rs_ml_set_alias {
    struct rs_str name;
    struct rs_str alias;
    struct rs_str version;
};
extern const struct rs_fields rs_ml_set_alias_fields;

struct rs_ml_alias {
    struct rs_str name;
    struct rs_str alias;
};
extern const struct rs_fields rs_ml_alias_fields;

struct rs_ml_create_model_version {
    struct rs_str name;
    struct rs_str source;
    struct rs_str run_id;
    struct rs_list tags; /* of struct rs_tag */
    struct rs_str run_link;
    struct rs_str description;
    struct rs_str model_id;
};
extern const struct rs_fields rs_ml_create_model_version_fields;

struct rs_ml_model_version_ref {
    struct rs_str name;
    struct rs_str version;
};
extern const struct rs_fields rs_ml_model_version_ref_fields;

struct rs_ml_update_model_version {
    struct rs_str name;
    struct rs_str version;
    struct rs_str description;
};
extern const struct rs_fields rs_ml_update_model_version_fields;

struct rs_ml_transition_stage {
    struct rs_str name;
    struct rs_str version;
    struct rs_str stage;
    struct rs_opt_bool archive_existing_versions;
};
extern const struct rs_fields rs_ml_transition_stage_fields;

struct rs_ml_model_version_tag {
    struct rs_str name;
    struct rs_str version;
    struct rs_str key;
    struct rs_str value;
};
extern const struct rs_fields rs_ml_model_version_tag_fields;

struct rs_ml_model_version_tag_key {
    struct rs_str name;
    struct rs_str version;
    struct rs_str key;
};
extern const struct rs_fields rs_ml_model_version_tag_key_fields;

struct rs_ml_search_registry {
    struct rs_str filter;
    struct rs_opt_i64 max_results;
    struct rs_strs order_by;
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_search_registry_fields;

/* Replies. */
struct rs_ml_registered_model {
    struct rs_sub registered_model; /* struct rs_registered_model */
};
extern const struct rs_fields rs_ml_registered_model_fields;

struct rs_ml_model_version {
    struct rs_sub model_version; /* struct rs_model_version */
};
extern const struct rs_fields rs_ml_model_version_fields;

struct rs_ml_model_versions {
    struct rs_list model_versions; /* of struct rs_model_version */
};
extern const struct rs_fields rs_ml_model_versions_fields;

struct rs_ml_registered_models_page {
    struct rs_list registered_models; /* of struct rs_registered_model */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_registered_models_page_fields;

struct rs_ml_model_versions_page {
    struct rs_list model_versions; /* of struct rs_model_version */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_model_versions_page_fields;

struct rs_ml_download_uri {
    struct rs_str artifact_uri;
};
extern const struct rs_fields rs_ml_download_uri_fields;

#endif
