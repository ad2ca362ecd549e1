/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of runs: which rules hold, and in which order things happen. */
#include "service/runs.h"

#include "store/run.h"

static enum rs_code find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                struct rs_run_ref *run)
{
    RS_TRY(rs_store_run_find(cx, s, run_id, run));
    if (run->stage != RS_STAGE_ACTIVE) {
        return rs_fail(cx, RS_INVALID,
                       "The run " RS_FMT " must be in the 'active' state. Current state is deleted.",
                       RS_ARG(run_id));
    }
    return RS_OK;
}

enum rs_code rs_run_log(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        const struct rs_run_data *data)
{
    struct rs_run_ref run;

    RS_TRY(find_active(cx, s, run_id, &run));
    return rs_store_metrics_put(cx, s, &run, data->metrics.p, data->metrics.n);
}
