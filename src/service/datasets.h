/* SPDX-License-Identifier: Apache-2.0 */
/* What runs read and made. May be included by api. */
#ifndef RS_SERVICE_DATASETS_H
#define RS_SERVICE_DATASETS_H

#include "base/cx.h"
#include "model/field.h"

struct rs_store;

/* Records datasets (struct rs_dataset_input) and logged models (struct rs_model_input) that an
 * active run read. All or nothing; saying it again changes nothing. RS_NOT_FOUND, RS_INVALID (a
 * limit, a deleted run). */
enum rs_code rs_run_log_inputs(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               const struct rs_list *datasets, const struct rs_list *models);

/* Records logged models (struct rs_model_output) that an active run made. Likewise. */
enum rs_code rs_run_log_outputs(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                const struct rs_list *models);

/* The datasets that runs of the experiments read, as struct rs_dataset_summary, at most
 * RS_DATASET_SUMMARIES_MAX. RS_INVALID on no ids, on too many, and on one that is no number; an
 * experiment that is not there has none. */
enum rs_code rs_datasets_search(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_strs *experiment_ids, struct rs_list *out);

#endif
