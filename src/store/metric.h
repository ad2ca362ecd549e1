/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the points of metrics; writing them is in run.h. May be included by service. */
#ifndef RS_STORE_METRIC_H
#define RS_STORE_METRIC_H

#include "base/val.h"
#include "model/point.h"
#include "store/store.h"

/* All points of one metric of one run. */
struct rs_series {
    int64_t run;
    int64_t key;
    int64_t points; /* 0: there is no such run, or it has no such metric */
    bool in_order;  /* their order by time is their order by step too */
    /* What the points will say of themselves; borrowed. */
    struct rs_str run_id;
    struct rs_str name;
};

enum rs_code rs_store_series_find(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                  struct rs_str name, struct rs_series *out);

/* Points are put at p[n] on, as long as n < room. Their strings are those of the series. */
struct rs_points {
    struct rs_point *p;
    size_t n;
    size_t room;
};

/* The place of a point in its history: time, step, value (0 of NaN), is_nan. */
enum { RS_POINT_PLACE = 4 };
void rs_store_point_place(const struct rs_point *p, struct rs_val place[RS_POINT_PLACE]);

/* The points behind a place, by time, step and value. after NULL: from the first on. Reads as many
 * as there is room for, by the order of an index. */
enum rs_code rs_store_history_list(struct rs_cx *cx, struct rs_store *s, const struct rs_series *of,
                                   const struct rs_val *after, struct rs_points *out);

/* A range of steps, both ends included. */
struct rs_steps {
    int64_t first;
    int64_t last;
};
#define RS_STEPS_ALL ((struct rs_steps){INT64_MIN, INT64_MAX})

/* A sample of the points with such steps, in the order of step, time and value: as many as there is
 * room for, chosen by rs_sample_place. Reads every point of the series once, or twice when there is
 * a range of steps. */
enum rs_code rs_store_history_sample(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_series *of, const struct rs_steps *steps,
                                     struct rs_points *out);

#endif
