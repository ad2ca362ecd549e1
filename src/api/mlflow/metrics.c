/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of metrics: of one run in pages, of several at once, and samples of several. */
#include "service/metrics.h"

#include "api/json_in.h"
#include "api/mlflow/routes.h"
#include "model/limits.h"

const struct rs_fields rs_ml_get_history_fields = RS_FIELDS(
    struct rs_ml_get_history, RS_FIELD(struct rs_ml_get_history, run_id, 0),
    RS_FIELD(struct rs_ml_get_history, run_uuid, 0),
    RS_FIELD(struct rs_ml_get_history, metric_key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_get_history, page_token, 0),
    RS_FIELD(struct rs_ml_get_history, max_results, 0));

const struct rs_fields rs_ml_history_fields = RS_FIELDS(
    struct rs_ml_history, RS_FIELD_OF(struct rs_ml_history, metrics, 0, &rs_point_fields),
    RS_FIELD(struct rs_ml_history, next_page_token, 0));

const struct rs_fields rs_ml_get_history_bulk_fields = RS_FIELDS(
    struct rs_ml_get_history_bulk, RS_FIELD(struct rs_ml_get_history_bulk, run_id, 0),
    RS_FIELD(struct rs_ml_get_history_bulk, metric_key, 0),
    RS_FIELD(struct rs_ml_get_history_bulk, max_results, 0));

const struct rs_fields rs_ml_history_bulk_fields = RS_FIELDS(
    struct rs_ml_history_bulk,
    RS_FIELD_OF(struct rs_ml_history_bulk, metrics, RS_EMPTY_TOO, &rs_point_fields));

const struct rs_fields rs_ml_get_history_interval_fields = RS_FIELDS(
    struct rs_ml_get_history_interval, RS_FIELD(struct rs_ml_get_history_interval, run_ids, 0),
    RS_FIELD(struct rs_ml_get_history_interval, metric_key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_get_history_interval, start_step, 0),
    RS_FIELD(struct rs_ml_get_history_interval, end_step, 0),
    RS_FIELD(struct rs_ml_get_history_interval, max_results, 0));

enum rs_code rs_ml_get_history(struct rs_call *c, const struct rs_ml_get_history *q,
                               struct rs_ml_history *out)
{
    const struct rs_history_query query = {.run_id = q->run_id.n > 0 ? q->run_id : q->run_uuid,
                                           .name = q->metric_key,
                                           .page_token = q->page_token,
                                           .max_results = q->max_results};

    if (query.run_id.n == 0) {
        return rs_fail_missing(c->cx, RS_STR("run_id"));
    }
    return rs_history_get(c->cx, c->store, &query, &out->metrics, &out->next_page_token);
}

static enum rs_code check_bulk(struct rs_cx *cx, const struct rs_ml_get_history_bulk *q)
{
    if (q->run_id.n == 0) {
        return rs_fail(cx, RS_INVALID,
                       "GetMetricHistoryBulk request must specify at least one run_id.");
    }
    if (q->run_id.n > RS_BULK_RUNS_MAX) {
        return rs_fail(cx, RS_INVALID,
                       "GetMetricHistoryBulk request cannot specify more than %d run_ids. Received "
                       "%zu run_ids.",
                       (int)RS_BULK_RUNS_MAX, q->run_id.n);
    }
    if (q->metric_key.p == NULL) {
        return rs_fail(cx, RS_INVALID, "GetMetricHistoryBulk request must specify a metric_key.");
    }
    if (q->max_results.v < 0) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value %lld for parameter 'max_results' supplied. It must not be "
                       "negative.",
                       (long long)q->max_results.v);
    }
    return RS_OK;
}

enum rs_code rs_ml_get_history_bulk(struct rs_call *c, const struct rs_ml_get_history_bulk *q,
                                    struct rs_ml_history_bulk *out)
{
    const bool is_cut = q->max_results.is_set && q->max_results.v < RS_HISTORY_BULK_MAX;
    const struct rs_histories_query query = {.run_ids = q->run_id,
                                             .name = q->metric_key,
                                             .max = is_cut ? q->max_results.v
                                                           : RS_HISTORY_BULK_MAX};

    RS_TRY(check_bulk(c->cx, q));
    return rs_histories_list(c->cx, c->store, &query, &out->metrics);
}

static enum rs_code check_interval(struct rs_cx *cx, const struct rs_ml_get_history_interval *q)
{
    if (q->run_ids.n == 0) {
        return rs_fail_missing(cx, RS_STR("run_ids"));
    }
    if (q->run_ids.n > RS_BULK_RUNS_MAX) {
        return rs_fail(cx, RS_INVALID,
                       "GetMetricHistoryBulkInterval request must specify at most %d run_ids. "
                       "Received %zu run_ids. See the API docs for more information about request "
                       "parameters.",
                       (int)RS_BULK_RUNS_MAX, q->run_ids.n);
    }
    if (q->max_results.is_set &&
        (q->max_results.v < 1 || q->max_results.v > RS_INTERVAL_ROWS_MAX)) {
        return rs_fail(
            cx, RS_INVALID,
            "max_results must be between 1 and %d. See the API docs for more information "
            "about request parameters.",
            (int)RS_INTERVAL_ROWS_MAX);
    }
    return RS_OK;
}

static enum rs_code read_steps(struct rs_cx *cx, const struct rs_ml_get_history_interval *q,
                               struct rs_steps *out)
{
    *out = RS_STEPS_ALL;
    if (q->start_step.is_set != q->end_step.is_set) {
        return rs_fail(cx, RS_INVALID,
                       "If either start step or end step are specified, both must be specified.");
    }
    if (!q->start_step.is_set) {
        return RS_OK;
    }
    *out = (struct rs_steps){q->start_step.v, q->end_step.v};
    if (out->first > out->last) {
        return rs_fail(cx, RS_INVALID,
                       "end_step must be greater than start_step. Found start_step=%lld and "
                       "end_step=%lld.",
                       (long long)out->first, (long long)out->last);
    }
    return RS_OK;
}

enum rs_code rs_ml_get_history_interval(struct rs_call *c,
                                        const struct rs_ml_get_history_interval *q,
                                        struct rs_ml_history *out)
{
    struct rs_histories_query query = {.run_ids = q->run_ids,
                                       .name = q->metric_key,
                                       .max = q->max_results.is_set ? q->max_results.v
                                                                    : RS_INTERVAL_ROWS_MAX};

    RS_TRY(check_interval(c->cx, q));
    RS_TRY(read_steps(c->cx, q, &query.steps));
    return rs_histories_sample(c->cx, c->store, &query, &out->metrics);
}
