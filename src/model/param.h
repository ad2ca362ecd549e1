/* SPDX-License-Identifier: Apache-2.0 */
/* Params of runs and logged models: a run's never change once logged. Pure. May be included by
 * model, store, service and api. Rules: mlflow/utils/validation.py. */
#ifndef RS_MODEL_PARAM_H
#define RS_MODEL_PARAM_H

#include "model/field.h"
#include "model/where.h"

struct rs_param {
    struct rs_str key;
    struct rs_str value; /* absent is "" */
};

/* Of log-batch. */
extern const struct rs_fields rs_param_fields;

/* Of logged models, where an absent key is "". */
extern const struct rs_fields rs_free_param_fields;

/* A param of a run. Cuts a value over RS_PARAM_VALUE_MAX, which stays borrowed: before it is
 * compared with what was logged. RS_INVALID on a key that breaks its rule. Params of logged models
 * have no rule. */
enum rs_code rs_param_check(struct rs_cx *cx, struct rs_where at, struct rs_param *param);

#endif
