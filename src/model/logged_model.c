/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of logged models and the rule of their names. */
#include "model/logged_model.h"

const struct rs_enum_name rs_logged_model_status_names[] = {
    {"LOGGED_MODEL_STATUS_UNSPECIFIED", RS_LOGGED_MODEL_UNSPECIFIED},
    {"LOGGED_MODEL_PENDING", RS_LOGGED_MODEL_PENDING},
    {"LOGGED_MODEL_READY", RS_LOGGED_MODEL_READY},
    {"LOGGED_MODEL_UPLOAD_FAILED", RS_LOGGED_MODEL_UPLOAD_FAILED},
    {NULL, 0},
};

const struct rs_fields rs_logged_model_info_fields = RS_FIELDS(
    struct rs_logged_model_info, RS_FIELD(struct rs_logged_model_info, model_id, 0),
    RS_FIELD(struct rs_logged_model_info, experiment_id, 0),
    RS_FIELD(struct rs_logged_model_info, name, 0),
    RS_FIELD(struct rs_logged_model_info, creation_timestamp_ms, 0),
    RS_FIELD(struct rs_logged_model_info, last_updated_timestamp_ms, 0),
    RS_FIELD(struct rs_logged_model_info, artifact_uri, 0),
    RS_FIELD_ENUM(struct rs_logged_model_info, status, 0, rs_logged_model_status_names),
    RS_FIELD(struct rs_logged_model_info, model_type, 0),
    RS_FIELD(struct rs_logged_model_info, source_run_id, 0),
    RS_FIELD(struct rs_logged_model_info, status_message, 0),
    RS_FIELD_OF(struct rs_logged_model_info, tags, 0, &rs_free_tag_fields));

const struct rs_fields rs_logged_model_data_fields = RS_FIELDS(
    struct rs_logged_model_data,
    RS_FIELD_OF(struct rs_logged_model_data, params, 0, &rs_free_param_fields),
    RS_FIELD_OF(struct rs_logged_model_data, metrics, 0, &rs_metric_fields));

const struct rs_fields rs_logged_model_fields = RS_FIELDS(
    struct rs_logged_model,
    RS_FIELD_OF(struct rs_logged_model, info, 0, &rs_logged_model_info_fields),
    RS_FIELD_OF(struct rs_logged_model, data, 0, &rs_logged_model_data_fields));

const struct rs_fields rs_logged_model_order_fields = RS_FIELDS(
    struct rs_logged_model_order, RS_FIELD(struct rs_logged_model_order, field_name, 0),
    RS_FIELD(struct rs_logged_model_order, ascending, 0),
    RS_FIELD(struct rs_logged_model_order, dataset_name, 0),
    RS_FIELD(struct rs_logged_model_order, dataset_digest, 0));

const struct rs_fields rs_logged_model_dataset_fields = RS_FIELDS(
    struct rs_logged_model_dataset, RS_FIELD(struct rs_logged_model_dataset, dataset_name, 0),
    RS_FIELD(struct rs_logged_model_dataset, dataset_digest, 0));

static bool is_model_name(struct rs_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] != '\0' && strchr("/:.%\"'", name.p[i]) != NULL) {
            return false;
        }
    }
    return name.n > 0;
}

enum rs_code rs_logged_model_name_check(struct rs_cx *cx, struct rs_str name)
{
    if (is_model_name(name)) {
        return RS_OK;
    }
    const struct rs_str quoted = rs_quote_repr(cx->arena, name);

    return rs_fail(cx, RS_INVALID,
                   "Invalid model name (" RS_FMT
                   ") provided. Model name must be a non-empty string "
                   "and cannot contain the following characters: "
                   "('/', ':', '.', '%%', '\"', \"'\")",
                   RS_ARG(quoted));
}
