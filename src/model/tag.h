/* SPDX-License-Identifier: Apache-2.0 */
/* Tags: of runs, experiments, logged models, and of the edge between a run and a dataset. Pure.
 * May be included by model, store, service and api. Rules: mlflow/utils/validation.py. */
#ifndef RS_MODEL_TAG_H
#define RS_MODEL_TAG_H

#include "model/field.h"
#include "model/where.h"

struct rs_tag {
    struct rs_str key;
    struct rs_str value; /* absent is "" */
};

/* Of log-batch, which refuses a tag without a key as it refuses a request without a required field.
 */
extern const struct rs_fields rs_tag_fields;

/* Of every other list of tags: MLflow takes an absent key as "" there. */
extern const struct rs_fields rs_free_tag_fields;

/* A tag of a run, in set-tag and log-batch. Cuts a value over RS_TAG_VALUE_MAX, which stays
 * borrowed. RS_INVALID on a key that breaks its rule. Tags in runs/create and of logged models have
 * no rule. */
enum rs_code rs_tag_check(struct rs_cx *cx, struct rs_where at, struct rs_tag *tag);

/* A tag of an experiment: RS_INVALID also on a value over RS_EXPERIMENT_TAG_VALUE_MAX. */
enum rs_code rs_experiment_tag_check(struct rs_cx *cx, const struct rs_tag *tag);

/* Whether a tag's key is one of the views, of which an experiment may have RS_EXPERIMENT_VIEWS_MAX.
 */
bool rs_tag_is_view(struct rs_str key);

/* A tag of a dataset input. */
enum rs_code rs_input_tag_check(struct rs_cx *cx, const struct rs_tag *tag);

#endif
