/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models: what a run, or nobody's run, made. Pure. May be included by model, store, service
 * and api. Rules: mlflow/utils/validation.py and mlflow/protos/service.proto. */
#ifndef RS_MODEL_LOGGED_MODEL_H
#define RS_MODEL_LOGGED_MODEL_H

#include "model/metric.h"
#include "model/param.h"
#include "model/stage.h"
#include "model/tag.h"

enum rs_logged_model_status {
    RS_LOGGED_MODEL_UNSPECIFIED = 0,
    RS_LOGGED_MODEL_PENDING = 1,
    RS_LOGGED_MODEL_READY = 2,
    RS_LOGGED_MODEL_UPLOAD_FAILED = 3,
};

extern const struct rs_enum_name rs_logged_model_status_names[];

/* LoggedModelInfo, members in the order of the wire. */
struct rs_logged_model_info {
    struct rs_str model_id; /* "m-" and 32 hexadecimal digits */
    struct rs_str experiment_id;
    struct rs_str name;
    int64_t creation_timestamp_ms;     /* since the epoch */
    int64_t last_updated_timestamp_ms; /* likewise */
    struct rs_str artifact_uri;
    struct rs_opt_enum status; /* enum rs_logged_model_status */
    struct rs_str model_type;  /* "" when nobody said it, as the next */
    struct rs_str source_run_id;
    struct rs_str status_message;
    struct rs_list tags; /* of struct rs_tag, by key */
};

struct rs_logged_model_data {
    struct rs_list params;  /* of struct rs_param */
    struct rs_list metrics; /* of struct rs_metric */
};

struct rs_logged_model {
    struct rs_sub info; /* struct rs_logged_model_info */
    struct rs_sub data; /* struct rs_logged_model_data */
};

/* One key of a search's order. */
struct rs_logged_model_order {
    struct rs_str field_name;     /* an attribute or "metrics.<key>" */
    struct rs_opt_bool ascending; /* absent is true */
    struct rs_str dataset_name;   /* of metrics; absent or empty: of any dataset */
    struct rs_str dataset_digest;
};

/* Which metrics a search looks at. */
struct rs_logged_model_dataset {
    struct rs_str dataset_name;
    struct rs_str dataset_digest; /* absent: any */
};

extern const struct rs_fields rs_logged_model_order_fields;
extern const struct rs_fields rs_logged_model_dataset_fields;
extern const struct rs_fields rs_logged_model_info_fields;
extern const struct rs_fields rs_logged_model_data_fields;
extern const struct rs_fields rs_logged_model_fields;

/* RS_INVALID on a name that is empty or holds one of / : . % " and '. Whoever has none invents one
 * first. */
enum rs_code rs_logged_model_name_check(struct rs_cx *cx, struct rs_str name);

#endif
