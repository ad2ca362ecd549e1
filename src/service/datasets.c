/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of datasets and of the edges from runs to models. */
#include "service/datasets.h"

#include "model/experiment.h"
#include "model/limits.h"
#include "service/runs.h"
#include "store/dataset.h"

enum rs_code rs_run_log_inputs(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               const struct rs_list *datasets, const struct rs_list *models)
{
    const struct rs_dataset_input *inputs = datasets->p;
    const struct rs_model_input *read = models->p;
    struct rs_run_ref run;

    RS_TRY(rs_run_id_check(cx, run_id));
    for (size_t i = 0; i < datasets->n; i++) {
        RS_TRY(rs_dataset_input_check(cx, &inputs[i]));
    }
    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    for (size_t i = 0; i < datasets->n; i++) {
        RS_TRY(rs_store_dataset_input_put(cx, s, &run, &inputs[i]));
    }
    for (size_t i = 0; i < models->n; i++) {
        RS_TRY(rs_store_model_input_put(cx, s, &run, read[i].model_id));
    }
    return RS_OK;
}

enum rs_code rs_run_log_outputs(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                const struct rs_list *models)
{
    const struct rs_model_output *made = models->p;
    struct rs_run_ref run;

    RS_TRY(rs_run_find_active(cx, s, run_id, &run));
    for (size_t i = 0; i < models->n; i++) {
        RS_TRY(rs_store_model_output_put(cx, s, &run, &made[i]));
    }
    return RS_OK;
}

static enum rs_code check_ids(struct rs_cx *cx, const struct rs_strs *ids)
{
    if (ids->n == 0) {
        return rs_fail(cx, RS_INVALID,
                       "SearchDatasets request must specify at least one experiment_id.");
    }
    if (ids->n > RS_SEARCH_DATASETS_EXPERIMENTS_MAX) {
        return rs_fail(
            cx, RS_INVALID,
            "SearchDatasets request cannot specify more than %d experiment_ids. Received "
            "%zu experiment_ids.",
            (int)RS_SEARCH_DATASETS_EXPERIMENTS_MAX, ids->n);
    }
    return RS_OK;
}

static bool is_among(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

enum rs_code rs_datasets_search(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_strs *experiment_ids, struct rs_list *out)
{
    int64_t seen[RS_SEARCH_DATASETS_EXPERIMENTS_MAX];
    size_t n_seen = 0;

    RS_TRY(check_ids(cx, experiment_ids));
    *out = (struct rs_list){0};
    for (size_t i = 0; i < experiment_ids->n; i++) {
        int64_t id = 0;

        RS_TRY(rs_experiment_id_parse(cx, experiment_ids->p[i], &id));
        if (is_among(seen, n_seen, id)) {
            continue;
        }
        seen[n_seen++] = id;
        RS_TRY(rs_store_dataset_summaries(cx, s, id, RS_DATASET_SUMMARIES_MAX - out->n, out));
    }
    return RS_OK;
}
