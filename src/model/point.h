/* SPDX-License-Identifier: Apache-2.0 */
/* A point of a metric as histories give it: struct rs_metric without what only requests say, since
 * a history may hold a million. Pure. May be included by model, store, service and api. Rules:
 * mlflow/store/tracking/sqlalchemy_store.py. */
#ifndef RS_MODEL_POINT_H
#define RS_MODEL_POINT_H

#include "model/field.h"

/* Members in the order of the wire. */
struct rs_point {
    struct rs_str key;
    double value;      /* NaN and infinities too */
    int64_t timestamp; /* ms since the epoch */
    int64_t step;
    struct rs_str run_id; /* in histories of several runs; absent in that of one */
};

extern const struct rs_fields rs_point_fields;

/* A sample of `size` of n ordered points deals them into that many buckets, as SQL's NTILE does
 * (the first ones get one more where they do not come out even), and takes the first of each, but
 * of the last bucket the last. This is the place, from 0, of the sample's item i. 1 <= size <= n.
 */
int64_t rs_sample_place(int64_t n, int64_t size, int64_t i);

#endif
