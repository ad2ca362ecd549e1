/* SPDX-License-Identifier: Apache-2.0 */
/* Latencies in constant memory; see histogram.h. */
#include "histogram.h"

/* Numbers below 2^BITS have a slot each; above, a number's highest BITS + 1 bits choose the slot.
 */
static unsigned slot_of(uint64_t ns)
{
    if (ns < (1U << RS_HISTOGRAM_BITS))
        return (unsigned)ns;
    const unsigned shift = 63U - (unsigned)__builtin_clzll(ns) - RS_HISTOGRAM_BITS;
    return (shift << RS_HISTOGRAM_BITS) + (unsigned)(ns >> shift);
}

/* The largest number that falls into a slot. */
static uint64_t slot_top(unsigned slot)
{
    if (slot < (2U << RS_HISTOGRAM_BITS))
        return slot;
    const unsigned shift = (slot >> RS_HISTOGRAM_BITS) - 1;
    const uint64_t head = slot - (shift << RS_HISTOGRAM_BITS);
    return ((head + 1) << shift) - 1;
}

void rs_histogram_add(struct rs_histogram *h, uint64_t ns)
{
    h->n++;
    h->sum_ns += ns;
    if (ns > h->max_ns)
        h->max_ns = ns;
    h->slot[slot_of(ns)]++;
}

void rs_histogram_merge(struct rs_histogram *to, const struct rs_histogram *from)
{
    to->n += from->n;
    to->sum_ns += from->sum_ns;
    if (from->max_ns > to->max_ns)
        to->max_ns = from->max_ns;
    for (unsigned i = 0; i < RS_HISTOGRAM_SLOTS; i++)
        to->slot[i] += from->slot[i];
}

uint64_t rs_histogram_quantile(const struct rs_histogram *h, double q)
{
    const double want = q * (double)h->n;
    uint64_t seen = 0;

    for (unsigned i = 0; i < RS_HISTOGRAM_SLOTS; i++) {
        seen += h->slot[i];
        if (seen > 0 && (double)seen >= want)
            return slot_top(i) < h->max_ns ? slot_top(i) : h->max_ns;
    }
    return h->max_ns;
}
