/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models. */
#include "service/logged_models.h"

#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_create_logged_model_fields = RS_FIELDS(
    struct rs_ml_create_logged_model,
    RS_FIELD(struct rs_ml_create_logged_model, experiment_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_create_logged_model, name, 0),
    RS_FIELD(struct rs_ml_create_logged_model, model_type, 0),
    RS_FIELD(struct rs_ml_create_logged_model, source_run_id, 0),
    RS_FIELD_OF(struct rs_ml_create_logged_model, params, 0, &rs_free_param_fields),
    RS_FIELD_OF(struct rs_ml_create_logged_model, tags, 0, &rs_free_tag_fields));

const struct rs_fields rs_ml_get_logged_model_fields = RS_FIELDS(
    struct rs_ml_get_logged_model, RS_FIELD(struct rs_ml_get_logged_model, model_id, 0),
    RS_FIELD(struct rs_ml_get_logged_model, allow_deleted, 0));

const struct rs_fields rs_ml_logged_model_ref_fields = RS_FIELDS(
    struct rs_ml_logged_model_ref, RS_FIELD(struct rs_ml_logged_model_ref, model_id, 0));

/* MLflow wants the id in the body, too. */
const struct rs_fields rs_ml_finalize_logged_model_fields = RS_FIELDS(
    struct rs_ml_finalize_logged_model,
    RS_FIELD(struct rs_ml_finalize_logged_model, model_id, RS_REQUIRED),
    RS_FIELD_ENUM(struct rs_ml_finalize_logged_model, status, RS_REQUIRED,
                  rs_logged_model_status_names));

const struct rs_fields rs_ml_set_logged_model_tags_fields = RS_FIELDS(
    struct rs_ml_set_logged_model_tags, RS_FIELD(struct rs_ml_set_logged_model_tags, model_id, 0),
    RS_FIELD_OF(struct rs_ml_set_logged_model_tags, tags, 0, &rs_free_tag_fields));

const struct rs_fields rs_ml_delete_logged_model_tag_fields = RS_FIELDS(
    struct rs_ml_delete_logged_model_tag,
    RS_FIELD(struct rs_ml_delete_logged_model_tag, model_id, 0),
    RS_FIELD(struct rs_ml_delete_logged_model_tag, tag_key, 0));

const struct rs_fields rs_ml_log_logged_model_params_fields = RS_FIELDS(
    struct rs_ml_log_logged_model_params,
    RS_FIELD(struct rs_ml_log_logged_model_params, model_id, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_log_logged_model_params, params, 0, &rs_free_param_fields));

const struct rs_fields rs_ml_logged_model_reply_fields = RS_FIELDS(
    struct rs_ml_logged_model_reply,
    RS_FIELD_OF(struct rs_ml_logged_model_reply, model, 0, &rs_logged_model_fields));

static struct rs_logged_model *new_model(struct rs_call *c, struct rs_ml_logged_model_reply *out)
{
    struct rs_logged_model *model = RS_NEW(c->cx->arena, struct rs_logged_model);

    out->model = RS_SUB(model);
    return model;
}

enum rs_code rs_ml_create_logged_model(struct rs_call *c, const struct rs_ml_create_logged_model *q,
                                       struct rs_ml_logged_model_reply *out)
{
    const struct rs_logged_model_draft draft = {.experiment_id = q->experiment_id,
                                                .name = q->name,
                                                .model_type = q->model_type,
                                                .source_run_id = q->source_run_id,
                                                .params = q->params,
                                                .tags = q->tags};

    return rs_logged_model_create(c->cx, c->store, &draft, new_model(c, out));
}

enum rs_code rs_ml_get_logged_model(struct rs_call *c, const struct rs_ml_get_logged_model *q,
                                    struct rs_ml_logged_model_reply *out)
{
    return rs_logged_model_get(c->cx, c->store, q->model_id, q->allow_deleted, new_model(c, out));
}

enum rs_code rs_ml_finalize_logged_model(struct rs_call *c,
                                         const struct rs_ml_finalize_logged_model *q,
                                         struct rs_ml_logged_model_reply *out)
{
    if (!q->status.is_set) {
        return rs_fail(c->cx, RS_INVALID,
                       "Invalid value for parameter 'status' supplied: it is none of "
                       "LOGGED_MODEL_PENDING, LOGGED_MODEL_READY, LOGGED_MODEL_UPLOAD_FAILED");
    }
    return rs_logged_model_finalize(c->cx, c->store, q->model_id,
                                    (enum rs_logged_model_status)q->status.v, new_model(c, out));
}

enum rs_code rs_ml_delete_logged_model(struct rs_call *c, const struct rs_ml_logged_model_ref *q,
                                       struct rs_ml_empty *out)
{
    (void)out;
    return rs_logged_model_delete(c->cx, c->store, q->model_id);
}

enum rs_code rs_ml_set_logged_model_tags(struct rs_call *c,
                                         const struct rs_ml_set_logged_model_tags *q,
                                         struct rs_ml_empty *out)
{
    (void)out;
    return rs_logged_model_set_tags(c->cx, c->store, q->model_id, &q->tags);
}

enum rs_code rs_ml_delete_logged_model_tag(struct rs_call *c,
                                           const struct rs_ml_delete_logged_model_tag *q,
                                           struct rs_ml_empty *out)
{
    (void)out;
    return rs_logged_model_delete_tag(c->cx, c->store, q->model_id, q->tag_key);
}

enum rs_code rs_ml_log_logged_model_params(struct rs_call *c,
                                           const struct rs_ml_log_logged_model_params *q,
                                           struct rs_ml_empty *out)
{
    (void)out;
    return rs_logged_model_log_params(c->cx, c->store, q->model_id, &q->params);
}
