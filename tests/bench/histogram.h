/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Latencies of any number of calls in constant memory: 128 steps to each power of two, so that a
 * quantile is at most 0.8% above the true one.
 *
 * May be included by: tests/bench.
 */
#ifndef RS_BENCH_HISTOGRAM_H
#define RS_BENCH_HISTOGRAM_H

#include <stdint.h>

#define RS_HISTOGRAM_BITS 7
#define RS_HISTOGRAM_SLOTS ((64 - RS_HISTOGRAM_BITS) << RS_HISTOGRAM_BITS)

struct rs_histogram {
    uint64_t n;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint64_t slot[RS_HISTOGRAM_SLOTS];
};

void rs_histogram_add(struct rs_histogram *h, uint64_t ns);

/* Adds what `from` counted to `to`. */
void rs_histogram_merge(struct rs_histogram *to, const struct rs_histogram *from);

/* Nanoseconds that the share q (0 to 1) of the calls did not exceed; 0 when there was no call. */
uint64_t rs_histogram_quantile(const struct rs_histogram *h, double q);

#endif
