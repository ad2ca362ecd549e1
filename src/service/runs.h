/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with runs. Changes run in the committer, inside their call: all or nothing. May be included by
 * api. */
#ifndef RS_SERVICE_RUNS_H
#define RS_SERVICE_RUNS_H

#include "model/run.h"

struct rs_store;

/* Logs points, params and tags to an active run. RS_NOT_FOUND, RS_INVALID (a rule of a key or value, a param that has
 * another value already, a run that is deleted). The lists are put in order in place. */
enum rs_code rs_run_log(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                        const struct rs_run_data *data);

#endif
