/* SPDX-License-Identifier: Apache-2.0 */
/* What runs read and made, for a page of runs. May be included by store/sql. */
#ifndef RS_STORE_SQL_LOAD_INPUTS_H
#define RS_STORE_SQL_LOAD_INPUTS_H

#include "model/run.h"
#include "store/sql/load.h"

struct rs_run_edges {
    struct rs_run_inputs inputs;
    struct rs_run_outputs outputs;
};

/* Fills edges[p.at] for each place of the runs; the page, and thus edges, has n. All lists are
 * cx's. */
enum rs_code rs_load_edges(struct rs_cx *cx, struct rs_store *s, const struct rs_places *runs,
                           struct rs_run_edges *edges, size_t n);

#endif
