/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and what they log, as the store keeps them. May be included by service. */
#ifndef RS_STORE_RUN_H
#define RS_STORE_RUN_H

#include "model/run.h"
#include "store/store.h"

/* A run as other rows know it. */
struct rs_run_ref {
    int64_t id;
    int64_t experiment;
    enum rs_stage stage;
};

/* RS_NOT_FOUND `Run with id=X not found`. */
enum rs_code rs_store_run_find(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                               struct rs_run_ref *out);

/* Adds points. One that is there already is the same point and changes nothing (P9). The latest value of each metric
 * follows. The array is sorted by key in place. */
enum rs_code rs_store_metrics_put(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_run_ref *run, struct rs_metric *metrics,
                                  size_t n);

#endif
