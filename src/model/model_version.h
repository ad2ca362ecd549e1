/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models. Pure. May be included by model, store, service and api. Rules:
 * MLflow's REST API, ModelVersion; validation.py. */
#ifndef RS_MODEL_MODEL_VERSION_H
#define RS_MODEL_MODEL_VERSION_H

#include "model/tag.h"

/* Numbers as rows keep them. */
enum rs_model_stage {
    RS_MODEL_STAGE_NONE = 0,
    RS_MODEL_STAGE_STAGING = 1,
    RS_MODEL_STAGE_PRODUCTION = 2,
    RS_MODEL_STAGE_ARCHIVED = 3,
    RS_N_MODEL_STAGES
};

enum rs_model_version_status {
    RS_MODEL_VERSION_PENDING = 1,
    RS_MODEL_VERSION_FAILED = 2,
    RS_MODEL_VERSION_READY = 3,
};

extern const struct rs_enum_name rs_model_version_status_names[];

/* Members in the order of the wire. */
struct rs_model_version {
    struct rs_str name;         /* of the registered model */
    struct rs_str version;      /* a number, from 1 */
    int64_t creation_timestamp; /* ms since the epoch */
    int64_t last_updated_timestamp;
    struct rs_str current_stage; /* rs_model_stage_text */
    struct rs_str description;   /* "" when there is none */
    struct rs_str source;
    struct rs_str run_id;      /* "" when there is none */
    struct rs_opt_enum status; /* enum rs_model_version_status */
    struct rs_list tags;       /* of struct rs_tag, by key */
    struct rs_str run_link;
    struct rs_strs aliases; /* those of this version, in order; empty where MLflow leaves them out
                             */
};

extern const struct rs_fields rs_model_version_fields;

/* "None", "Staging", "Production" or "Archived". Static. */
struct rs_str rs_model_stage_text(enum rs_model_stage stage);

/* Reads a stage in any case. RS_INVALID with MLflow's words on anything else. */
enum rs_code rs_model_stage_parse(struct rs_cx *cx, struct rs_str text, enum rs_model_stage *stage);

/* Reads a version number. RS_INVALID `Parameter 'version' must be an integer, got 'x'.` */
enum rs_code rs_model_version_parse(struct rs_cx *cx, struct rs_str text, int64_t *version);

/* A tag of a version: RS_INVALID on a key that breaks its rule, on a value over
 * RS_REGISTRY_TAG_VALUE_MAX. */
enum rs_code rs_model_version_tag_check(struct rs_cx *cx, const struct rs_tag *tag);

#endif
