/* SPDX-License-Identifier: Apache-2.0 */
/* Counters without locks: the rows are made at the start, and only their numbers change. */
#include "http/stats.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/prometheus.h"

enum {
    SLOTS = 1024,
    ROWS_MAX = 500,
    CODES = 12, /* statuses that one route answers with */
    LABELS_MAX = 128,
};

struct code_count {
    atomic_uint status; /* 0: free */
    atomic_ullong n;
};

/* What is known of all routes of one name. */
struct row {
    const char *name;
    struct code_count code[CODES];
    struct rs_histogram took;
    struct rs_histogram worked;
};

/* A route is found by its address: a name would have to be hashed for every request. */
struct slot {
    const struct rs_route *route; /* NULL: free */
    struct row *row;
};

struct rs_stats {
    struct slot slot[SLOTS]; /* half of them free at least, which ends a search */
    struct row *rows[ROWS_MAX];
    size_t n_rows;
    size_t n_routes;
    atomic_ullong errors[RS_N_CODES];
    atomic_ullong received; /* bytes of bodies */
    atomic_ullong sent;
};

static struct slot *find_slot(const struct rs_stats *s, const struct rs_route *route)
{
    size_t at = ((uintptr_t)route / sizeof *route) % SLOTS;

    while (s->slot[at].route != NULL && s->slot[at].route != route) {
        at = (at + 1) % SLOTS;
    }
    return (struct slot *)(uintptr_t)&s->slot[at];
}

/* The row of a name; a new one when there is none. NULL: out of memory or rows. Names are compared
 * as text: one RPC may be reached by several routes. */
static struct row *row_of(struct rs_stats *s, const char *name)
{
    for (size_t i = 0; i < s->n_rows; i++) {
        if (strcmp(s->rows[i]->name, name) == 0) {
            return s->rows[i];
        }
    }
    struct row *row = s->n_rows < ROWS_MAX ? calloc(1, sizeof *row) : NULL;
    if (row != NULL) {
        row->name = name;
        row->took.scale = row->worked.scale = &rs_scale_time;
        s->rows[s->n_rows++] = row;
    }
    return row;
}

static enum rs_code add(struct rs_cx *cx, struct rs_stats *s, const struct rs_route *route)
{
    struct slot *slot = find_slot(s, route);

    if (slot->route == NULL) {
        slot->row = s->n_routes < SLOTS / 2 ? row_of(s, route->name) : NULL;
        if (slot->row == NULL) {
            return rs_fail(cx, RS_INTERNAL, "could not make the counters: out of memory or slots");
        }
        slot->route = route;
        s->n_routes++;
    }
    return RS_OK;
}

enum rs_code rs_stats_new(struct rs_cx *cx, const struct rs_mount *mounts, size_t n,
                          struct rs_stats **out)
{
    struct rs_stats *s = calloc(1, sizeof *s);

    if (s == NULL || row_of(s, "none") == NULL) {
        free(s);
        return rs_fail(cx, RS_INTERNAL, "could not make the counters: out of memory");
    }
    *out = s;
    for (size_t m = 0; m < n; m++) {
        for (size_t i = 0; i < mounts[m].n; i++) {
            RS_TRY(add(cx, s, &mounts[m].routes[i]));
        }
    }
    return RS_OK;
}

void rs_stats_free(struct rs_stats *s)
{
    for (size_t i = 0; s != NULL && i < s->n_rows; i++) {
        free(s->rows[i]);
    }
    free(s);
}

static void count(atomic_ullong *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void count_status(struct row *r, unsigned status)
{
    for (size_t i = 0; i < CODES; i++) {
        unsigned seen = atomic_load_explicit(&r->code[i].status, memory_order_relaxed);

        if (seen == 0 && atomic_compare_exchange_strong(&r->code[i].status, &seen, status)) {
            seen = status;
        }
        if (seen == status) {
            count(&r->code[i].n, 1);
            return;
        }
    }
}

void rs_stats_count(struct rs_stats *s, const struct rs_exchange *x)
{
    struct row *r = x->route != NULL ? find_slot(s, x->route)->row : s->rows[0];

    count_status(r, x->reply.status);
    rs_histogram_add(&r->took, x->times.took_ns - x->times.watched_ns);
    if (x->times.worked_ns > 0) {
        rs_histogram_add(&r->worked, x->times.worked_ns);
    }
    if (x->reply.status >= 400) {
        count(&s->errors[x->cx.error.code], 1);
    }
    count(&s->received, x->received);
    count(&s->sent, rs_exchange_sends(x));
}

/* `route="getRun"`, in a buffer of LABELS_MAX bytes. */
static const char *label_of(const struct row *r, char *out)
{
    snprintf(out, LABELS_MAX, "route=\"%s\"", r->name);
    return out;
}

static void write_counts(const struct rs_stats *s, struct rs_buf *out)
{
    static const char name[] = "runestone_http_requests_total";
    char labels[LABELS_MAX];

    rs_prom_head(out, name, "counter", "Requests that were answered.");
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct code_count *code = s->rows[i]->code;

        for (size_t c = 0; c < CODES && atomic_load(&code[c].status) != 0; c++) {
            snprintf(labels, sizeof labels, "route=\"%s\",code=\"%u\"", s->rows[i]->name,
                     atomic_load(&code[c].status));
            rs_prom_u64(out, name, labels, atomic_load(&code[c].n));
        }
    }
}

/* Of every row that has any; `offset` is that of the histogram in the row. */
static void write_times(const struct rs_stats *s, struct rs_buf *out, const char *name,
                        size_t offset)
{
    char labels[LABELS_MAX];

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct rs_histogram *h = (const void *)((const char *)s->rows[i] + offset);

        if (rs_histogram_n(h) > 0) {
            rs_prom_histogram(out, name, label_of(s->rows[i], labels), h);
        }
    }
}

static void write_errors(const struct rs_stats *s, struct rs_buf *out)
{
    static const char name[] = "runestone_http_errors_total";
    char labels[LABELS_MAX];

    rs_prom_head(out, name, "counter",
                 "Requests that were answered 4xx or 5xx, by what was wrong.");
    for (size_t i = 0; i < RS_N_CODES; i++) {
        snprintf(labels, sizeof labels, "reason=\"%s\"",
                 i == RS_OK ? "other" : rs_code_name((enum rs_code)i));
        rs_prom_u64(out, name, labels, atomic_load(&s->errors[i]));
    }
}

void rs_stats_write(const struct rs_stats *s, struct rs_buf *out)
{
    static const char took[] = "runestone_http_request_duration_seconds";
    static const char worked[] = "runestone_http_request_work_seconds";

    write_counts(s, out);
    rs_prom_head(out, took, "histogram",
                 "From the request line to the reply, with all waiting but that of watchers.");
    write_times(s, out, took, offsetof(struct row, took));
    rs_prom_head(out, worked, "histogram",
                 "Time that a reader worked on a request, without its wait; of reads only.");
    write_times(s, out, worked, offsetof(struct row, worked));
    write_errors(s, out);
    rs_prom_counter(out, "runestone_http_received_bytes_total", "Bytes of requests' bodies.",
                    atomic_load(&s->received));
    rs_prom_counter(out, "runestone_http_sent_bytes_total", "Bytes of replies' bodies.",
                    atomic_load(&s->sent));
}
