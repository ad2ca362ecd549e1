/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of params and their rule. */
#include "model/param.h"

#include "model/key.h"
#include "model/limits.h"

const struct rs_fields rs_param_fields = RS_FIELDS(struct rs_param,
                                                   RS_FIELD(struct rs_param, key, RS_REQUIRED),
                                                   RS_FIELD(struct rs_param, value, 0));

const struct rs_fields rs_free_param_fields = RS_FIELDS(
    struct rs_param, RS_FIELD(struct rs_param, key, 0), RS_FIELD(struct rs_param, value, 0));

enum rs_code rs_param_check(struct rs_cx *cx, struct rs_where at, struct rs_param *param)
{
    RS_TRY(rs_key_check(cx, at, "key", param->key));
    RS_TRY(rs_length_check(cx, "Param key", RS_KEY_MAX, param->key));
    param->value = rs_utf8_prefix(param->value, RS_PARAM_VALUE_MAX);
    return RS_OK;
}
