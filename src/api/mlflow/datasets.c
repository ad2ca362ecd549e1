/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets, and what runs read and made. */
#include "api/mlflow/routes.h"
#include "model/run.h"
#include "service/datasets.h"

const struct rs_fields rs_ml_log_inputs_fields = RS_FIELDS(
    struct rs_ml_log_inputs, RS_FIELD(struct rs_ml_log_inputs, run_id, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_log_inputs, datasets, 0, &rs_dataset_input_fields),
    RS_FIELD_OF(struct rs_ml_log_inputs, models, 0, &rs_model_input_fields));

const struct rs_fields rs_ml_log_outputs_fields = RS_FIELDS(
    struct rs_ml_log_outputs, RS_FIELD(struct rs_ml_log_outputs, run_id, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_log_outputs, models, RS_REQUIRED, &rs_model_output_fields));

const struct rs_fields rs_ml_search_datasets_fields = RS_FIELDS(
    struct rs_ml_search_datasets, RS_FIELD(struct rs_ml_search_datasets, experiment_ids, 0));

const struct rs_fields rs_ml_dataset_summaries_fields = RS_FIELDS(
    struct rs_ml_dataset_summaries,
    RS_FIELD_OF(struct rs_ml_dataset_summaries, dataset_summaries, 0, &rs_dataset_summary_fields));

enum rs_code rs_ml_log_inputs(struct rs_call *c, const struct rs_ml_log_inputs *q,
                              struct rs_ml_empty *out)
{
    (void)out;
    return rs_run_log_inputs(c->cx, c->store, q->run_id, &q->datasets, &q->models);
}

enum rs_code rs_ml_log_outputs(struct rs_call *c, const struct rs_ml_log_outputs *q,
                               struct rs_ml_empty *out)
{
    (void)out;
    return rs_run_log_outputs(c->cx, c->store, q->run_id, &q->models);
}

enum rs_code rs_ml_search_datasets(struct rs_call *c, const struct rs_ml_search_datasets *q,
                                   struct rs_ml_dataset_summaries *out)
{
    return rs_datasets_search(c->cx, c->store, &q->experiment_ids, &out->dataset_summaries);
}
