/* SPDX-License-Identifier: Apache-2.0 */
/* What runs read and made: datasets, and edges to logged models. May be included by service and
 * store/sql. */
#ifndef RS_STORE_DATASET_H
#define RS_STORE_DATASET_H

#include "model/run.h"
#include "store/run.h"

/* Records that a run read a dataset. The first description of a dataset is kept, and so are the
 * first tags of an edge: saying it again changes nothing (P9). RS_INVALID on a tag's key that comes
 * twice. */
enum rs_code rs_store_dataset_input_put(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_run_ref *run,
                                        const struct rs_dataset_input *input);

/* Records that a run read, or made, a logged model, which need not exist. Saying it again changes
 * nothing. */
enum rs_code rs_store_model_input_put(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_run_ref *run, struct rs_str model_id);
enum rs_code rs_store_model_output_put(struct rs_cx *cx, struct rs_store *s,
                                       const struct rs_run_ref *run,
                                       const struct rs_model_output *output);

/* The datasets of an experiment with the contexts in which runs read them, as struct
 * rs_dataset_summary, at most `most`; appended to *out. cx's. */
enum rs_code rs_store_dataset_summaries(struct rs_cx *cx, struct rs_store *s, int64_t experiment,
                                        size_t most, struct rs_list *out);

#endif
