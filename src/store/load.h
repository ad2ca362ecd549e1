/* SPDX-License-Identifier: Apache-2.0 */
/* Whole entities for a page of ids, in few statements. May be included by service. */
#ifndef RS_STORE_LOAD_H
#define RS_STORE_LOAD_H

#include "model/experiment.h"
#include "model/run.h"
#include "store/store.h"

/* Fills out[i] with the run ids[i] (the store's own number): info, data, inputs and outputs, all of
 * them set; but of a run that this reader remembers, `kept` has the text of info and data. An id
 * may come twice. RS_NOT_FOUND when a run is not there. All of it is cx's, and the store's until
 * its next snapshot. */
enum rs_code rs_store_runs_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids, size_t n,
                                struct rs_run *out);

/* The same, with the fields of info and data of every run, whatever this reader remembers: for a
 * reply that is not in the form of the texts that are kept. */
enum rs_code rs_store_runs_read(struct rs_cx *cx, struct rs_store *s, const int64_t *ids, size_t n,
                                struct rs_run *out);

/* Likewise experiments, with their tags. */
enum rs_code rs_store_experiments_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                       size_t n, struct rs_experiment *out);

#endif
