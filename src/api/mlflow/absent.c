/* SPDX-License-Identifier: Apache-2.0 */
/* Searches in what is not there. */
#include "api/mlflow/absent.h"

#include "api/mlflow/routes.h"
#include "service/experiments.h"

enum {
    TRACES_PAGE_MAX = 500, /* handlers.py */
    EVALUATION_DATASETS_PAGE_MAX = 50000,
};

static const struct rs_fields location = {.size = sizeof(struct rs_ml_empty)};

const struct rs_fields rs_ml_search_traces_fields = RS_FIELDS(
    struct rs_ml_search_traces,
    RS_FIELD_OF(struct rs_ml_search_traces, locations, RS_REQUIRED, &location),
    RS_FIELD(struct rs_ml_search_traces, filter, 0),
    RS_FIELD(struct rs_ml_search_traces, max_results, RS_INT32),
    RS_FIELD(struct rs_ml_search_traces, order_by, 0),
    RS_FIELD(struct rs_ml_search_traces, page_token, 0));

static const struct rs_fields aggregation = RS_FIELDS(
    struct rs_ml_trace_aggregation, RS_FIELD(struct rs_ml_trace_aggregation, aggregation_type, 0));

const struct rs_fields rs_ml_trace_metrics_fields = RS_FIELDS(
    struct rs_ml_trace_metrics, RS_FIELD(struct rs_ml_trace_metrics, experiment_ids, RS_REQUIRED),
    RS_FIELD(struct rs_ml_trace_metrics, view_type, RS_REQUIRED),
    RS_FIELD(struct rs_ml_trace_metrics, metric_name, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_trace_metrics, aggregations, RS_REQUIRED, &aggregation),
    RS_FIELD(struct rs_ml_trace_metrics, dimensions, 0),
    RS_FIELD(struct rs_ml_trace_metrics, time_interval_seconds, 0));

static const struct rs_fields figure = RS_FIELDS(
    struct rs_ml_trace_figure, RS_FIELD(struct rs_ml_trace_figure, metric_name, 0),
    RS_FIELD_LITERAL("values", "{\"COUNT\":0.0}"));

const struct rs_fields rs_ml_trace_figures_fields = RS_FIELDS(
    struct rs_ml_trace_figures, RS_FIELD_OF(struct rs_ml_trace_figures, data_points, 0, &figure));

const struct rs_fields rs_ml_search_evaluation_datasets_fields = RS_FIELDS(
    struct rs_ml_search_evaluation_datasets,
    RS_FIELD(struct rs_ml_search_evaluation_datasets, experiment_ids, 0),
    RS_FIELD(struct rs_ml_search_evaluation_datasets, filter_string, 0),
    RS_FIELD(struct rs_ml_search_evaluation_datasets, max_results, RS_INT32),
    RS_FIELD(struct rs_ml_search_evaluation_datasets, order_by, 0),
    RS_FIELD(struct rs_ml_search_evaluation_datasets, page_token, 0));

const struct rs_fields rs_ml_scorers_fields = RS_FIELDS(
    struct rs_ml_scorers, RS_FIELD(struct rs_ml_scorers, experiment_id, 0));

static enum rs_code check_size(struct rs_cx *cx, struct rs_opt_i64 asked, int64_t most)
{
    if (!asked.is_set || (asked.v > 0 && asked.v <= most)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid value %lld for parameter 'max_results' supplied. It must be %s %lld",
                   (long long)asked.v, asked.v > 0 ? "at most" : "a positive integer, at most",
                   (long long)most);
}

enum rs_code rs_ml_search_traces(struct rs_call *c, const struct rs_ml_search_traces *q,
                                 struct rs_ml_empty *out)
{
    (void)out;
    return check_size(c->cx, q->max_results, TRACES_PAGE_MAX);
}

/* All together are counted, 0; of each day or each kind there is none. */
enum rs_code rs_ml_get_trace_metrics(struct rs_call *c, const struct rs_ml_trace_metrics *q,
                                     struct rs_ml_trace_figures *out)
{
    const struct rs_ml_trace_aggregation *asked = q->aggregations.p;
    struct rs_ml_trace_figure *figure_of_all = RS_NEW(c->cx->arena, struct rs_ml_trace_figure);

    figure_of_all->metric_name = q->metric_name;
    for (size_t i = 0; i < q->aggregations.n; i++) {
        if (rs_str_is(asked[i].aggregation_type, "COUNT") && q->dimensions.n == 0 &&
            !q->time_interval_seconds.is_set) {
            out->data_points = RS_LIST(figure_of_all, 1);
        }
    }
    return RS_OK;
}

enum rs_code rs_ml_search_evaluation_datasets(struct rs_call *c,
                                              const struct rs_ml_search_evaluation_datasets *q,
                                              struct rs_ml_empty *out)
{
    (void)out;
    return check_size(c->cx, q->max_results, EVALUATION_DATASETS_PAGE_MAX);
}

enum rs_code rs_ml_list_scorers(struct rs_call *c, const struct rs_ml_scorers *q,
                                struct rs_ml_empty *out)
{
    struct rs_experiment_ref experiment;

    (void)out;
    return q->experiment_id.n == 0
               ? RS_OK
               : rs_experiment_find(c->cx, c->store, q->experiment_id, &experiment);
}
