/* SPDX-License-Identifier: Apache-2.0 */
/* Reading histories of metrics. Unknown runs and metrics have empty ones. May be included by api.
 */
#ifndef RS_SERVICE_METRICS_H
#define RS_SERVICE_METRICS_H

#include "model/point.h"
#include "store/metric.h"

/* Points of one reply, ours: they are held in memory, 56 bytes each. */
enum { RS_HISTORY_POINTS_MAX = 2000000 };

struct rs_history_query {
    struct rs_str run_id;
    struct rs_str name;
    struct rs_str page_token;      /* empty: from the first point on */
    struct rs_opt_i64 max_results; /* not set: all that are left */
};

/* One run's history by time, step, value. *points is of struct rs_point, cx's; *next is absent on
 * the last page. RS_INVALID on a page size below 1, a token that is none of this history, and when
 * more than RS_HISTORY_POINTS_MAX are left for a caller that does not know of pages. */
enum rs_code rs_history_get(struct rs_cx *cx, struct rs_store *s, const struct rs_history_query *q,
                            struct rs_list *points, struct rs_str *next);

struct rs_histories_query {
    struct rs_strs run_ids;
    struct rs_str name;
    int64_t max; /* points, not negative: over all runs (list), or of each (sample) */
    struct rs_steps steps;
};

/* Several runs' histories, by run_id, then as above; a run that is named twice counts once. cx's.
 */
enum rs_code rs_histories_list(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_histories_query *q, struct rs_list *points);

/* A sample of each run's history by step, time, value (rs_sample_place), in the order of run_ids.
 * cx's. */
enum rs_code rs_histories_sample(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_histories_query *q, struct rs_list *points);

#endif
