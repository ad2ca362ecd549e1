/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments. Pure. May be included by model, store, service and api. Rules:
 * mlflow/utils/validation.py and mlflow/protos/service.proto. */
#ifndef RS_MODEL_EXPERIMENT_H
#define RS_MODEL_EXPERIMENT_H

#include "model/field.h"
#include "model/stage.h"
#include "model/tag.h"

/* Members in the order of the wire. */
struct rs_experiment {
    struct rs_str experiment_id; /* a number in decimal; 0 is the one that is there from the start
                                  */
    struct rs_str name;          /* unique among all, the deleted ones included */
    struct rs_str artifact_location;
    struct rs_str lifecycle_stage; /* rs_stage_text */
    int64_t last_update_time;      /* ms since the epoch, as creation_time */
    int64_t creation_time;
    struct rs_list tags;     /* of struct rs_tag */
    struct rs_str workspace; /* "default" */
};

extern const struct rs_fields rs_experiment_fields;

/* RS_INVALID on an empty name or one over RS_EXPERIMENT_NAME_MAX; any characters may be in it. */
enum rs_code rs_experiment_name_check(struct rs_cx *cx, struct rs_str name);

/* Reads an id as Python's int() does: blanks around it, a sign, leading zeros, "_" between digits.
 * RS_INVALID on anything else and on what does not fit. */
enum rs_code rs_experiment_id_parse(struct rs_cx *cx, struct rs_str text, int64_t *id);

#endif
