/* SPDX-License-Identifier: Apache-2.0 */
/* Histories: how many points, from where on, of which runs. */
#include "service/metrics.h"

#include <stdlib.h>

#include "model/page.h"

static uint64_t fingerprint(const struct rs_history_query *q)
{
    const struct rs_str parts[] = {RS_STR("history"), q->run_id, q->name};

    return rs_page_query(parts, sizeof parts / sizeof parts[0]);
}

/* Where to go on; *after is NULL without a token. */
static enum rs_code read_token(struct rs_cx *cx, const struct rs_history_query *q,
                               const struct rs_val **after)
{
    struct rs_page page = {0};

    *after = NULL;
    if (q->page_token.n == 0) {
        return RS_OK;
    }
    RS_TRY(rs_page_parse(cx, q->page_token, fingerprint(q), &page));
    if (page.n != RS_POINT_PLACE) {
        return rs_fail(cx, RS_INVALID, "Invalid page token, it is not one of a history");
    }
    *after = page.values;
    return RS_OK;
}

static struct rs_str write_token(struct rs_cx *cx, const struct rs_history_query *q,
                                 const struct rs_point *last)
{
    struct rs_val place[RS_POINT_PLACE];

    rs_store_point_place(last, place);
    return rs_page_text(cx->arena, &(struct rs_page){fingerprint(q), place, RS_POINT_PLACE});
}

/* How many points a page may have. */
static enum rs_code page_size(struct rs_cx *cx, const struct rs_history_query *q, int64_t points,
                              int64_t *size)
{
    if (q->max_results.is_set && q->max_results.v < 1) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value %lld for parameter 'max_results' supplied. It must be a "
                       "positive integer.",
                       (long long)q->max_results.v);
    }
    *size = q->max_results.is_set ? q->max_results.v : points;
    if (*size <= RS_HISTORY_POINTS_MAX) {
        return RS_OK;
    }
    *size = RS_HISTORY_POINTS_MAX;
    if (q->max_results.is_set || points <= RS_HISTORY_POINTS_MAX) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "metric '" RS_FMT
                   "' has %lld points, more than one reply can hold; ask for pages "
                   "with max_results",
                   RS_ARG(q->name), (long long)points);
}

enum rs_code rs_history_get(struct rs_cx *cx, struct rs_store *s, const struct rs_history_query *q,
                            struct rs_list *points, struct rs_str *next)
{
    const struct rs_val *after = NULL;
    struct rs_series series;
    struct rs_points out = {0};
    int64_t size = 0;

    RS_TRY(read_token(cx, q, &after));
    RS_TRY(rs_store_series_find(cx, s, q->run_id, q->name, &series));
    RS_TRY(page_size(cx, q, series.points, &size));
    series.run_id = (struct rs_str){0}; /* the caller knows whose points these are */
    /* One more than the page tells whether there is another one. */
    out.room = (size_t)(size < series.points ? size + 1 : series.points);
    out.p = RS_NEW_N(cx->arena, struct rs_point, out.room);
    RS_TRY(rs_store_history_list(cx, s, &series, after, &out));
    if (out.n > (size_t)size) {
        out.n = (size_t)size;
        *next = write_token(cx, q, &out.p[out.n - 1]);
    }
    *points = RS_LIST(out.p, out.n);
    return RS_OK;
}

/* The series of each run, and room for as many of their points as q asks for. */
static enum rs_code find_series(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_histories_query *q, struct rs_series **series,
                                struct rs_points *out)
{
    *series = RS_NEW_N(cx->arena, struct rs_series, q->run_ids.n);
    for (size_t i = 0; i < q->run_ids.n; i++) {
        struct rs_series *of = &(*series)[i];

        RS_TRY(rs_store_series_find(cx, s, q->run_ids.p[i], q->name, of));
        out->room += (size_t)(of->points < q->max ? of->points : q->max);
    }
    return RS_OK;
}

static int by_text(const void *a, const void *b)
{
    const struct rs_str *x = a;
    const struct rs_str *y = b;

    return rs_str_cmp(*x, *y);
}

/* A copy in order, each once. */
static struct rs_strs sorted(struct rs_cx *cx, const struct rs_strs *given)
{
    struct rs_strs out = {RS_NEW_N(cx->arena, struct rs_str, given->n), 0};

    if (given->n == 0) {
        return out;
    }
    memcpy(out.p, given->p, given->n * sizeof *out.p);
    qsort(out.p, given->n, sizeof *out.p, by_text);
    for (size_t i = 0; i < given->n; i++) {
        if (out.n == 0 || !rs_str_eq(out.p[out.n - 1], out.p[i])) {
            out.p[out.n++] = out.p[i];
        }
    }
    return out;
}

enum rs_code rs_histories_list(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_histories_query *q, struct rs_list *points)
{
    struct rs_histories_query once = *q;
    struct rs_series *series = NULL;
    struct rs_points out = {0};

    once.run_ids = sorted(cx, &q->run_ids);
    RS_TRY(find_series(cx, s, &once, &series, &out));
    if (out.room > (size_t)q->max) {
        out.room = (size_t)q->max;
    }
    out.p = RS_NEW_N(cx->arena, struct rs_point, out.room);
    for (size_t i = 0; i < once.run_ids.n && out.n < out.room; i++) {
        RS_TRY(rs_store_history_list(cx, s, &series[i], NULL, &out));
    }
    *points = RS_LIST(out.p, out.n);
    return RS_OK;
}

enum rs_code rs_histories_sample(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_histories_query *q, struct rs_list *points)
{
    struct rs_series *series = NULL;
    struct rs_points out = {0};

    RS_TRY(find_series(cx, s, q, &series, &out));
    out.p = RS_NEW_N(cx->arena, struct rs_point, out.room);
    for (size_t i = 0; i < q->run_ids.n; i++) {
        const size_t room = (size_t)(series[i].points < q->max ? series[i].points : q->max);
        struct rs_points own = {out.p + out.n, 0, room};

        RS_TRY(rs_store_history_sample(cx, s, &series[i], &q->steps, &own));
        out.n += own.n;
    }
    *points = RS_LIST(out.p, out.n);
    return RS_OK;
}
