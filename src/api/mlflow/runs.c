/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: a handler translates and calls; it knows neither SQL nor sockets. */
#include "api/json_in.h"
#include "api/mlflow/routes.h"
#include "service/runs.h"

const struct rs_fields rs_ml_log_metric_fields = RS_FIELDS(
    struct rs_ml_log_metric, RS_FIELD(struct rs_ml_log_metric, run_id, 0),
    RS_FIELD(struct rs_ml_log_metric, run_uuid, 0),
    RS_FIELD(struct rs_ml_log_metric, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, value, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, timestamp, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, step, 0), RS_FIELD(struct rs_ml_log_metric, model_id, 0),
    RS_FIELD(struct rs_ml_log_metric, dataset_name, 0),
    RS_FIELD(struct rs_ml_log_metric, dataset_digest, 0));

/* run_id, or its deprecated name. */
static enum rs_code choose_run(struct rs_cx *cx, struct rs_str run_id, struct rs_str run_uuid,
                               struct rs_str *out)
{
    *out = run_id.n > 0 ? run_id : run_uuid;
    return out->n > 0 ? RS_OK : rs_fail_missing(cx, RS_STR("run_id"));
}

enum rs_code rs_ml_log_metric(struct rs_call *c, const struct rs_ml_log_metric *q,
                              struct rs_ml_empty *out)
{
    struct rs_metric m = {.key = q->key,
                          .value = q->value.v,
                          .timestamp = q->timestamp.v,
                          .step = q->step,
                          .dataset_name = q->dataset_name,
                          .dataset_digest = q->dataset_digest,
                          .model_id = q->model_id};
    struct rs_str run_id;

    (void)out;
    RS_TRY(choose_run(c->cx, q->run_id, q->run_uuid, &run_id));
    RS_TRY(rs_metric_check(c->cx, RS_ALONE, &m));
    return rs_run_log(c->cx, c->store, run_id, &(struct rs_run_data){.metrics = RS_LIST(&m, 1)});
}
