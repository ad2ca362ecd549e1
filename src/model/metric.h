/* SPDX-License-Identifier: Apache-2.0 */
/* One point of one metric of one run. Pure. May be included by model, store, service and api.
 * Rules: mlflow/utils/validation.py and mlflow/store/tracking/sqlalchemy_store.py. */
#ifndef RS_MODEL_METRIC_H
#define RS_MODEL_METRIC_H

#include "model/field.h"
#include "model/where.h"

/* Members in the order of the wire. The strings after step are absent where nothing was said. */
struct rs_metric {
    struct rs_str key;
    double value;      /* any double: NaN and infinities are values, not errors */
    int64_t timestamp; /* ms since the epoch, as the client says; not negative */
    int64_t step;      /* any sign */
    struct rs_str dataset_name;
    struct rs_str dataset_digest;
    struct rs_str model_id;
    struct rs_str run_id; /* in the metrics of logged models; ignored in requests */
};

extern const struct rs_fields rs_metric_fields;

/* Checks what can be checked without data. RS_INVALID names the field and the rule. */
enum rs_code rs_metric_check(struct rs_cx *cx, struct rs_where at, const struct rs_metric *metric);

/* Whether a takes the place of b as the latest: greater by step, then timestamp, then value, where
 * NaN counts as 0. Equal ones leave what is there. */
bool rs_metric_is_newer(const struct rs_metric *a, const struct rs_metric *b);

#endif
