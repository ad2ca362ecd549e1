/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models and their aliases. Pure. May be included by model, store, service and api.
 * Rules: MLflow's REST API, RegisteredModel; validation.py. */
#ifndef RS_MODEL_REGISTERED_MODEL_H
#define RS_MODEL_REGISTERED_MODEL_H

#include "model/model_version.h"

struct rs_model_alias {
    struct rs_str alias;
    struct rs_str version;
};

/* Members in the order of the wire. */
struct rs_registered_model {
    struct rs_str name;
    int64_t creation_timestamp; /* ms since the epoch */
    int64_t last_updated_timestamp;
    struct rs_str description;      /* absent when it is empty */
    struct rs_list latest_versions; /* of struct rs_model_version: the newest of each stage */
    struct rs_list tags;            /* of struct rs_tag, by key */
    struct rs_list aliases;         /* of struct rs_model_alias, by alias */
};

extern const struct rs_fields rs_model_alias_fields;
extern const struct rs_fields rs_registered_model_fields;

/* RS_INVALID with MLflow's words on a name that is blank, holds '/' or ':', or would name another
 * thing as a path. `field` is the request's name for it where it is blank. */
enum rs_code rs_model_name_check(struct rs_cx *cx, const char *field, struct rs_str name);

/* RS_INVALID on an alias that is empty, too long, or not made of letters, digits, '_' and '-'. */
enum rs_code rs_alias_check(struct rs_cx *cx, struct rs_str alias);

/* As rs_alias_check, and on one that is reserved: "latest" in any case, "v1" and the like. */
enum rs_code rs_alias_new_check(struct rs_cx *cx, struct rs_str alias);

/* A tag of a registered model: RS_INVALID as of a version's. */
enum rs_code rs_registered_model_tag_check(struct rs_cx *cx, const struct rs_tag *tag);

#endif
