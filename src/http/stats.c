/* SPDX-License-Identifier: Apache-2.0 */
/* Counters without locks: the rows are made at the start, and only their numbers change. */
#include "http/stats.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"

/* Upper bounds of the histogram, in nanoseconds, and their texts in seconds. */
static const struct {
    int64_t ns;
    const char *text;
} bounds[] = {
    {500000, "0.0005"},  {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},
    {10000000, "0.01"},  {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},
    {250000000, "0.25"}, {1000000000, "1"},   {5000000000, "5"},   {30000000000, "30"},
};

enum {
    N_BOUNDS = sizeof bounds / sizeof bounds[0],
    SLOTS = 512,
    STATUS_MAX = 600,
    CODES = 12, /* statuses that one route answers with */
};

struct code_count {
    atomic_uint status; /* 0: free */
    atomic_ullong n;
};

struct row {
    const char *name;
    struct code_count code[CODES];
    atomic_ullong bucket[N_BOUNDS + 1];
    atomic_ullong sum_ns;
};

struct rs_stats {
    struct row *slot[SLOTS]; /* by name; one is always free, which ends a search */
    size_t n_rows;
    struct row other; /* no route */
};

/* Names are compared as text: one RPC may be reached by several routes. */
static struct row **find_slot(struct row **slots, const char *name)
{
    const uint64_t h = rs_str_hash(RS_HASH_START, rs_str_of(name));
    size_t at = (size_t)(h ^ h >> 32) % SLOTS;
    while (slots[at] != NULL && strcmp(slots[at]->name, name) != 0) {
        at = (at + 1) % SLOTS;
    }
    return &slots[at];
}

static enum rs_code add(struct rs_cx *cx, struct rs_stats *s, const char *name)
{
    struct row **slot = find_slot(s->slot, name);

    if (*slot == NULL) {
        *slot = s->n_rows + 1 < SLOTS ? calloc(1, sizeof **slot) : NULL;
        if (*slot == NULL) {
            return rs_fail(cx, RS_INTERNAL, "could not make the counters: out of memory or slots");
        }
        (*slot)->name = name;
        s->n_rows++;
    }
    return RS_OK;
}

enum rs_code rs_stats_new(struct rs_cx *cx, const struct rs_mount *mounts, size_t n,
                          struct rs_stats **out)
{
    struct rs_stats *s = calloc(1, sizeof *s);

    if (s == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not make the counters: out of memory");
    }
    s->other.name = "none";
    *out = s;
    for (size_t m = 0; m < n; m++) {
        for (size_t i = 0; i < mounts[m].n; i++) {
            RS_TRY(add(cx, s, mounts[m].routes[i].name));
        }
    }
    return RS_OK;
}

void rs_stats_free(struct rs_stats *s)
{
    for (size_t i = 0; s != NULL && i < SLOTS; i++) {
        free(s->slot[i]);
    }
    free(s);
}

static void count_status(struct row *r, unsigned status)
{
    for (size_t i = 0; i < CODES; i++) {
        unsigned seen = atomic_load_explicit(&r->code[i].status, memory_order_relaxed);

        if (seen == 0 && atomic_compare_exchange_strong(&r->code[i].status, &seen, status)) {
            seen = status;
        }
        if (seen == status) {
            atomic_fetch_add_explicit(&r->code[i].n, 1, memory_order_relaxed);
            return;
        }
    }
}

void rs_stats_count(struct rs_stats *s, const struct rs_exchange *x)
{
    struct row *r = x->route != NULL ? *find_slot(s->slot, x->route->name) : &s->other;
    const int64_t took_ns = rs_clock_mono_ns() - x->start_ns;
    size_t b = 0;

    while (b < N_BOUNDS && took_ns > bounds[b].ns) {
        b++;
    }
    count_status(r, x->reply.status);
    atomic_fetch_add_explicit(&r->bucket[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&r->sum_ns, (unsigned long long)took_ns, memory_order_relaxed);
}

static void write_counts(const struct row *r, struct rs_buf *out)
{
    for (size_t i = 0; i < CODES; i++) {
        const unsigned status = atomic_load(&r->code[i].status);

        if (status != 0) {
            rs_buf_fmt(out, "runestone_http_requests_total{route=\"%s\",code=\"%u\"} %llu\n",
                       r->name, status, atomic_load(&r->code[i].n));
        }
    }
}

static void write_times(const struct row *r, struct rs_buf *out)
{
    static const char metric[] = "runestone_http_request_duration_seconds";
    unsigned long long n = 0;

    if (atomic_load(&r->code[0].status) == 0) {
        return;
    }
    for (size_t b = 0; b < N_BOUNDS; b++) {
        n += atomic_load(&r->bucket[b]);
        rs_buf_fmt(out, "%s_bucket{route=\"%s\",le=\"%s\"} %llu\n", metric, r->name, bounds[b].text,
                   n);
    }
    n += atomic_load(&r->bucket[N_BOUNDS]);
    rs_buf_fmt(out, "%s_bucket{route=\"%s\",le=\"+Inf\"} %llu\n", metric, r->name, n);
    rs_buf_fmt(out, "%s_sum{route=\"%s\"} %.9f\n", metric, r->name,
               (double)atomic_load(&r->sum_ns) / 1e9);
    rs_buf_fmt(out, "%s_count{route=\"%s\"} %llu\n", metric, r->name, n);
}

static void write_rows(const struct rs_stats *s, struct rs_buf *out,
                       void (*write)(const struct row *r, struct rs_buf *out))
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (s->slot[i] != NULL) {
            write(s->slot[i], out);
        }
    }
    write(&s->other, out);
}

void rs_stats_write(const struct rs_stats *s, struct rs_buf *out)
{
    RS_BUF_LIT(out, "# HELP runestone_http_requests_total Requests that were answered.\n"
                    "# TYPE runestone_http_requests_total counter\n");
    write_rows(s, out, write_counts);
    RS_BUF_LIT(
        out, "# HELP runestone_http_request_duration_seconds From the request line to the reply.\n"
             "# TYPE runestone_http_request_duration_seconds histogram\n");
    write_rows(s, out, write_times);
}
