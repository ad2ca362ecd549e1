/* SPDX-License-Identifier: Apache-2.0 */
/* How often something took how long, or was how large: counts in buckets, without a lock. May be
 * included by every room but model. */
#ifndef RS_BASE_HISTOGRAM_H
#define RS_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { RS_HISTOGRAM_MAX = 15 }; /* bounds of a scale */

/* The buckets of a histogram. */
struct rs_scale {
    size_t n;
    int64_t upper[RS_HISTOGRAM_MAX]; /* ascending; a bucket holds what is not greater */
    double per;                      /* one that is shown: 1e9 for nanoseconds as seconds */
};

/* Nanoseconds, shown as seconds: 100 microseconds to 30 seconds. */
extern const struct rs_scale rs_scale_time;

/* Numbers of things done together: 1 to 256. */
extern const struct rs_scale rs_scale_count;

/* Observations since the start. {.scale = &rs_scale_time} is valid and empty. Any thread. */
struct rs_histogram {
    const struct rs_scale *scale;
    atomic_ullong bucket[RS_HISTOGRAM_MAX + 1]; /* the last holds what is above all bounds */
    atomic_ullong sum;
};

/* Adds an observation, of the scale's kind; one below zero counts as zero. */
void rs_histogram_add(struct rs_histogram *h, int64_t value);

/* All observations. */
uint64_t rs_histogram_n(const struct rs_histogram *h);

#endif
