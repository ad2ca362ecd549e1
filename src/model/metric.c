/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of metrics, their rule and their order. */
#include "model/metric.h"

#include "base/num.h"
#include "model/key.h"
#include "model/limits.h"

#include <math.h>

const struct rs_fields rs_metric_fields = RS_FIELDS(
    struct rs_metric, RS_FIELD(struct rs_metric, key, RS_REQUIRED),
    RS_FIELD(struct rs_metric, value, RS_REQUIRED),
    RS_FIELD(struct rs_metric, timestamp, RS_REQUIRED), RS_FIELD(struct rs_metric, step, 0),
    RS_FIELD(struct rs_metric, dataset_name, 0), RS_FIELD(struct rs_metric, dataset_digest, 0),
    RS_FIELD(struct rs_metric, model_id, 0), RS_FIELD(struct rs_metric, run_id, 0));

/* As Python's repr writes a float. */
static struct rs_str value_text(struct rs_arena *a, double v)
{
    if (isnan(v)) {
        return RS_STR("nan");
    }
    if (isinf(v)) {
        return v > 0 ? RS_STR("inf") : RS_STR("-inf");
    }
    char *out = rs_arena_alloc(a, RS_F64_TEXT_MAX, 1);

    return (struct rs_str){out, rs_f64_text(v, out)};
}

static enum rs_code fail_timestamp(struct rs_cx *cx, struct rs_where at, const struct rs_metric *m)
{
    const struct rs_str where = rs_where_text(cx->arena, at, "timestamp");
    const struct rs_str value = value_text(cx->arena, m->value);

    /* The blank at the end is MLflow's. */
    return rs_fail(cx, RS_INVALID,
                   "Invalid value %lld for parameter '" RS_FMT "' supplied: metric '" RS_FMT
                   "' (value=" RS_FMT "). Timestamp must be a nonnegative long (64-bit integer) ",
                   (long long)m->timestamp, RS_ARG(where), RS_ARG(m->key), RS_ARG(value));
}

enum rs_code rs_metric_check(struct rs_cx *cx, struct rs_where at, const struct rs_metric *metric)
{
    if ((metric->dataset_name.n > 0) != (metric->dataset_digest.n > 0)) {
        return rs_fail(cx, RS_INVALID,
                       "Both dataset_name and dataset_digest must be provided if one is provided");
    }
    RS_TRY(rs_key_check(cx, at, "name", metric->key));
    if (metric->timestamp < 0) {
        return fail_timestamp(cx, at, metric);
    }
    return rs_length_check(cx, "Metric name", RS_KEY_MAX, metric->key);
}

bool rs_metric_is_newer(const struct rs_metric *a, const struct rs_metric *b)
{
    const double left = isnan(a->value) ? 0 : a->value;
    const double right = isnan(b->value) ? 0 : b->value;

    if (a->step != b->step) {
        return a->step > b->step;
    }
    if (a->timestamp != b->timestamp) {
        return a->timestamp > b->timestamp;
    }
    return left > right;
}
