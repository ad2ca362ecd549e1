/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: a handler translates and calls; it knows neither SQL nor sockets. */
#include "service/runs.h"

#include "api/json_in.h"
#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_create_run_fields = RS_FIELDS(
    struct rs_ml_create_run, RS_FIELD(struct rs_ml_create_run, experiment_id, 0),
    RS_FIELD(struct rs_ml_create_run, user_id, 0), RS_FIELD(struct rs_ml_create_run, run_name, 0),
    RS_FIELD(struct rs_ml_create_run, start_time, 0),
    RS_FIELD_OF(struct rs_ml_create_run, tags, 0, &rs_free_tag_fields));

const struct rs_fields rs_ml_get_run_fields = RS_FIELDS(
    struct rs_ml_get_run, RS_FIELD(struct rs_ml_get_run, run_id, RS_OR_NEXT),
    RS_FIELD(struct rs_ml_get_run, run_uuid, 0));

const struct rs_fields rs_ml_run_id_fields = RS_FIELDS(
    struct rs_ml_run_id, RS_FIELD(struct rs_ml_run_id, run_id, RS_REQUIRED));

const struct rs_fields rs_ml_run_fields = RS_FIELDS(
    struct rs_ml_run, RS_FIELD_OF(struct rs_ml_run, run, 0, &rs_run_fields));

const struct rs_fields rs_ml_update_run_fields = RS_FIELDS(
    struct rs_ml_update_run, RS_FIELD(struct rs_ml_update_run, run_id, RS_OR_NEXT),
    RS_FIELD(struct rs_ml_update_run, run_uuid, 0),
    RS_FIELD_ENUM(struct rs_ml_update_run, status, 0, rs_run_status_names),
    RS_FIELD(struct rs_ml_update_run, end_time, 0), RS_FIELD(struct rs_ml_update_run, run_name, 0));

const struct rs_fields rs_ml_updated_run_fields = RS_FIELDS(
    struct rs_ml_updated_run,
    RS_FIELD_OF(struct rs_ml_updated_run, run_info, 0, &rs_run_info_fields));

const struct rs_fields rs_ml_log_metric_fields = RS_FIELDS(
    struct rs_ml_log_metric, RS_FIELD(struct rs_ml_log_metric, run_id, RS_OR_NEXT),
    RS_FIELD(struct rs_ml_log_metric, run_uuid, 0),
    RS_FIELD(struct rs_ml_log_metric, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, value, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, timestamp, RS_REQUIRED),
    RS_FIELD(struct rs_ml_log_metric, step, 0), RS_FIELD(struct rs_ml_log_metric, model_id, 0),
    RS_FIELD(struct rs_ml_log_metric, dataset_name, 0),
    RS_FIELD(struct rs_ml_log_metric, dataset_digest, 0));

const struct rs_fields rs_ml_run_item_fields = RS_FIELDS(
    struct rs_ml_run_item, RS_FIELD(struct rs_ml_run_item, run_id, RS_OR_NEXT),
    RS_FIELD(struct rs_ml_run_item, run_uuid, 0), RS_FIELD(struct rs_ml_run_item, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_run_item, value, 0));

const struct rs_fields rs_ml_run_tag_key_fields = RS_FIELDS(
    struct rs_ml_run_tag_key, RS_FIELD(struct rs_ml_run_tag_key, run_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_run_tag_key, key, RS_REQUIRED));

const struct rs_fields rs_ml_log_batch_fields = RS_FIELDS(
    struct rs_ml_log_batch, RS_FIELD(struct rs_ml_log_batch, run_id, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_log_batch, metrics, 0, &rs_metric_fields),
    RS_FIELD_OF(struct rs_ml_log_batch, params, 0, &rs_param_fields),
    RS_FIELD_OF(struct rs_ml_log_batch, tags, 0, &rs_tag_fields));

/* run_id, or its deprecated name. */
static enum rs_code choose_run(struct rs_cx *cx, struct rs_str run_id, struct rs_str run_uuid,
                               struct rs_str *out)
{
    *out = run_id.n > 0 ? run_id : run_uuid;
    return out->n > 0 ? RS_OK : rs_fail_missing(cx, RS_STR("run_id"));
}

enum rs_code rs_ml_create_run(struct rs_call *c, const struct rs_ml_create_run *q,
                              struct rs_ml_run *out)
{
    const struct rs_run_draft draft = {.experiment_id = q->experiment_id,
                                       .user_id = q->user_id,
                                       .run_name = q->run_name,
                                       .start_time = q->start_time,
                                       .tags = q->tags};
    struct rs_run *run = RS_NEW(c->cx->arena, struct rs_run);

    out->run = RS_SUB(run);
    return rs_run_create(c->cx, c->store, &draft, run);
}

enum rs_code rs_ml_get_run(struct rs_call *c, const struct rs_ml_get_run *q, struct rs_ml_run *out)
{
    struct rs_run *run = RS_NEW(c->cx->arena, struct rs_run);
    struct rs_str run_id;

    RS_TRY(choose_run(c->cx, q->run_id, q->run_uuid, &run_id));
    out->run = RS_SUB(run);
    return rs_run_get(c->cx, c->store, run_id, run);
}

enum rs_code rs_ml_update_run(struct rs_call *c, const struct rs_ml_update_run *q,
                              struct rs_ml_updated_run *out)
{
    const struct rs_run_change change = {q->status, q->end_time, q->run_name};
    struct rs_run_info *info = RS_NEW(c->cx->arena, struct rs_run_info);
    struct rs_str run_id;

    RS_TRY(choose_run(c->cx, q->run_id, q->run_uuid, &run_id));
    out->run_info = RS_SUB(info);
    return rs_run_update(c->cx, c->store, run_id, &change, info);
}

enum rs_code rs_ml_delete_run(struct rs_call *c, const struct rs_ml_run_id *q,
                              struct rs_ml_empty *out)
{
    (void)out;
    return rs_run_delete(c->cx, c->store, q->run_id);
}

enum rs_code rs_ml_restore_run(struct rs_call *c, const struct rs_ml_run_id *q,
                               struct rs_ml_empty *out)
{
    (void)out;
    return rs_run_restore(c->cx, c->store, q->run_id);
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

enum rs_code rs_ml_log_param(struct rs_call *c, const struct rs_ml_run_item *q,
                             struct rs_ml_empty *out)
{
    struct rs_param param = {q->key, q->value};
    struct rs_str run_id;

    (void)out;
    RS_TRY(choose_run(c->cx, q->run_id, q->run_uuid, &run_id));
    RS_TRY(rs_param_check(c->cx, RS_ALONE, &param));
    return rs_run_log_param(c->cx, c->store, run_id, &param);
}

enum rs_code rs_ml_set_run_tag(struct rs_call *c, const struct rs_ml_run_item *q,
                               struct rs_ml_empty *out)
{
    struct rs_tag tag = {q->key, q->value};
    struct rs_str run_id;

    (void)out;
    RS_TRY(choose_run(c->cx, q->run_id, q->run_uuid, &run_id));
    RS_TRY(rs_tag_check(c->cx, RS_ALONE, &tag));
    return rs_run_log(c->cx, c->store, run_id, &(struct rs_run_data){.tags = RS_LIST(&tag, 1)});
}

enum rs_code rs_ml_delete_run_tag(struct rs_call *c, const struct rs_ml_run_tag_key *q,
                                  struct rs_ml_empty *out)
{
    (void)out;
    return rs_run_delete_tag(c->cx, c->store, q->run_id, q->key);
}

enum rs_code rs_ml_log_batch(struct rs_call *c, const struct rs_ml_log_batch *q,
                             struct rs_ml_empty *out)
{
    const struct rs_run_data data = {q->metrics, q->params, q->tags};

    (void)out;
    RS_TRY(rs_run_id_check(c->cx, q->run_id));
    RS_TRY(rs_batch_check(c->cx, &data));
    return rs_run_log(c->cx, c->store, q->run_id, &data);
}
