/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets are counted each for itself and summed up when they are read: an observation changes two
 * numbers, and most end their search at one of the first bounds. */
#include "base/histogram.h"

#define US(n) (1000 * (int64_t)(n))
#define MS(n) (1000000 * (int64_t)(n))

const struct rs_scale rs_scale_time = {
    .n = 15,
    .upper = {US(100), US(250), US(500), MS(1), US(2500), MS(5), MS(10), MS(25), MS(50), MS(100),
              MS(250), MS(500), MS(1000), MS(5000), MS(30000)},
    .per = 1e9,
};

const struct rs_scale rs_scale_count = {
    .n = 9,
    .upper = {1, 2, 4, 8, 16, 32, 64, 128, 256},
    .per = 1,
};

void rs_histogram_add(struct rs_histogram *h, int64_t value)
{
    const struct rs_scale *s = h->scale;
    size_t b = 0;

    while (b < s->n && value > s->upper[b]) {
        b++;
    }
    atomic_fetch_add_explicit(&h->bucket[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, value > 0 ? (unsigned long long)value : 0,
                              memory_order_relaxed);
}

uint64_t rs_histogram_n(const struct rs_histogram *h)
{
    uint64_t n = 0;

    for (size_t b = 0; b <= RS_HISTOGRAM_MAX; b++) {
        n += atomic_load_explicit(&h->bucket[b], memory_order_relaxed);
    }
    return n;
}
