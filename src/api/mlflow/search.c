/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: a handler translates and calls. */
#include "service/search.h"

#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_search_runs_fields = RS_FIELDS(
    struct rs_ml_search_runs, RS_FIELD(struct rs_ml_search_runs, experiment_ids, 0),
    RS_FIELD(struct rs_ml_search_runs, filter, 0),
    RS_FIELD_ENUM(struct rs_ml_search_runs, run_view_type, 0, rs_view_names),
    RS_FIELD(struct rs_ml_search_runs, max_results, RS_INT32),
    RS_FIELD(struct rs_ml_search_runs, order_by, 0),
    RS_FIELD(struct rs_ml_search_runs, page_token, 0));

const struct rs_fields rs_ml_runs_page_fields = RS_FIELDS(
    struct rs_ml_runs_page, RS_FIELD_OF(struct rs_ml_runs_page, runs, 0, &rs_run_fields),
    RS_FIELD(struct rs_ml_runs_page, next_page_token, 0));

const struct rs_fields rs_ml_search_experiments_fields = RS_FIELDS(
    struct rs_ml_search_experiments, RS_FIELD(struct rs_ml_search_experiments, max_results, 0),
    RS_FIELD(struct rs_ml_search_experiments, page_token, 0),
    RS_FIELD(struct rs_ml_search_experiments, filter, 0),
    RS_FIELD(struct rs_ml_search_experiments, order_by, 0),
    RS_FIELD_ENUM(struct rs_ml_search_experiments, view_type, 0, rs_view_names));

const struct rs_fields rs_ml_experiments_page_fields = RS_FIELDS(
    struct rs_ml_experiments_page,
    RS_FIELD_OF(struct rs_ml_experiments_page, experiments, 0, &rs_experiment_fields),
    RS_FIELD(struct rs_ml_experiments_page, next_page_token, 0));

const struct rs_fields rs_ml_search_logged_models_fields = RS_FIELDS(
    struct rs_ml_search_logged_models,
    RS_FIELD(struct rs_ml_search_logged_models, experiment_ids, RS_REQUIRED),
    RS_FIELD(struct rs_ml_search_logged_models, filter, 0),
    RS_FIELD_OF(struct rs_ml_search_logged_models, datasets, 0, &rs_logged_model_dataset_fields),
    RS_FIELD(struct rs_ml_search_logged_models, max_results, RS_INT32),
    RS_FIELD_OF(struct rs_ml_search_logged_models, order_by, 0, &rs_logged_model_order_fields),
    RS_FIELD(struct rs_ml_search_logged_models, page_token, 0));

const struct rs_fields rs_ml_logged_models_page_fields = RS_FIELDS(
    struct rs_ml_logged_models_page,
    RS_FIELD_OF(struct rs_ml_logged_models_page, models, 0, &rs_logged_model_fields),
    RS_FIELD(struct rs_ml_logged_models_page, next_page_token, 0));

const struct rs_fields rs_ml_search_registry_fields = RS_FIELDS(
    struct rs_ml_search_registry, RS_FIELD(struct rs_ml_search_registry, filter, 0),
    RS_FIELD(struct rs_ml_search_registry, max_results, 0),
    RS_FIELD(struct rs_ml_search_registry, order_by, 0),
    RS_FIELD(struct rs_ml_search_registry, page_token, 0));

const struct rs_fields rs_ml_registered_models_page_fields = RS_FIELDS(
    struct rs_ml_registered_models_page,
    RS_FIELD_OF(struct rs_ml_registered_models_page, registered_models, 0,
                &rs_registered_model_fields),
    RS_FIELD(struct rs_ml_registered_models_page, next_page_token, 0));

const struct rs_fields rs_ml_model_versions_page_fields = RS_FIELDS(
    struct rs_ml_model_versions_page,
    RS_FIELD_OF(struct rs_ml_model_versions_page, model_versions, 0, &rs_model_version_fields),
    RS_FIELD(struct rs_ml_model_versions_page, next_page_token, 0));

struct rs_search_request rs_ml_search_of(const struct rs_ml_search_runs *q)
{
    return (struct rs_search_request){.experiment_ids = q->experiment_ids,
                                      .filter = q->filter,
                                      .order_by = q->order_by,
                                      .view = rs_view_of(q->run_view_type),
                                      .max_results = q->max_results,
                                      .page_token = q->page_token};
}

enum rs_code rs_ml_search_runs(struct rs_call *c, const struct rs_ml_search_runs *q,
                               struct rs_ml_runs_page *out)
{
    const struct rs_search_request request = rs_ml_search_of(q);
    struct rs_search_reply reply = {0};

    RS_TRY(rs_search_runs(c->cx, c->store, &request, &reply));
    *out = (struct rs_ml_runs_page){reply.items, reply.next_page_token};
    return RS_OK;
}

enum rs_code rs_ml_search_experiments(struct rs_call *c, const struct rs_ml_search_experiments *q,
                                      struct rs_ml_experiments_page *out)
{
    const struct rs_search_request request = {.filter = q->filter,
                                              .order_by = q->order_by,
                                              .view = rs_view_of(q->view_type),
                                              .max_results = q->max_results,
                                              .page_token = q->page_token};
    struct rs_search_reply reply = {0};

    RS_TRY(rs_search_experiments(c->cx, c->store, &request, &reply));
    *out = (struct rs_ml_experiments_page){reply.items, reply.next_page_token};
    return RS_OK;
}

enum rs_code rs_ml_search_experiments_by_get(struct rs_call *c,
                                             const struct rs_ml_search_experiments *q,
                                             struct rs_ml_experiments_page *out)
{
    return rs_ml_search_experiments(c, q, out);
}

enum rs_code rs_ml_search_logged_models(struct rs_call *c,
                                        const struct rs_ml_search_logged_models *q,
                                        struct rs_ml_logged_models_page *out)
{
    const struct rs_search_request request = {.experiment_ids = q->experiment_ids,
                                              .filter = q->filter,
                                              .max_results = q->max_results,
                                              .models_by = q->order_by,
                                              .datasets = q->datasets,
                                              .page_token = q->page_token};
    struct rs_search_reply reply = {0};

    RS_TRY(rs_search_logged_models(c->cx, c->store, &request, &reply));
    *out = (struct rs_ml_logged_models_page){reply.items, reply.next_page_token};
    return RS_OK;
}

static struct rs_search_request registry_request(const struct rs_ml_search_registry *q)
{
    return (struct rs_search_request){.filter = q->filter,
                                      .order_by = q->order_by,
                                      .max_results = q->max_results,
                                      .page_token = q->page_token};
}

enum rs_code rs_ml_search_registered_models(struct rs_call *c,
                                            const struct rs_ml_search_registry *q,
                                            struct rs_ml_registered_models_page *out)
{
    const struct rs_search_request request = registry_request(q);
    struct rs_search_reply reply = {0};

    RS_TRY(rs_search_registered_models(c->cx, c->store, &request, &reply));
    *out = (struct rs_ml_registered_models_page){reply.items, reply.next_page_token};
    return RS_OK;
}

enum rs_code rs_ml_search_model_versions(struct rs_call *c, const struct rs_ml_search_registry *q,
                                         struct rs_ml_model_versions_page *out)
{
    const struct rs_search_request request = registry_request(q);
    struct rs_search_reply reply = {0};

    RS_TRY(rs_search_model_versions(c->cx, c->store, &request, &reply));
    *out = (struct rs_ml_model_versions_page){reply.items, reply.next_page_token};
    return RS_OK;
}
