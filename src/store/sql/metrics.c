/* SPDX-License-Identifier: Apache-2.0 */
/* Points of metrics, and the latest one of each metric beside them. */
#include <stdlib.h>

#include "store/run.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

/* A point that is there already is the same point: repeating a batch changes nothing (P9). NaN
 * cannot be a key in SQLite, where it becomes NULL: value and is_nan go together. */
static const struct rs_sql METRIC_PUT = {
    "metric_put",
    "INSERT INTO metric (run, item_key, at, step, value, is_nan) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT DO NOTHING",
    false};

/* $3..$9 tell of the new points of one metric: the greatest of them by step, time and value, how
 * many they are, and whether they rise in time and step alike; $10 and $11 are the least of them.
 * The latest point stays unless the new one is greater. */
static const struct rs_sql LATEST_PUT = {
    "latest_put",
    "INSERT INTO latest_metric AS l"
    " (run, item_key, step, at, value, is_nan, points, in_order, experiment)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (run, item_key) DO UPDATE SET"
    " points = l.points + excluded.points,"
    " in_order = CASE WHEN l.in_order = 1 AND excluded.in_order = 1"
    " AND $10 >= l.step AND $11 >= l.at THEN 1 ELSE 0 END,"
    " step = CASE WHEN (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)"
    " THEN excluded.step ELSE l.step END,"
    " at = CASE WHEN (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)"
    " THEN excluded.at ELSE l.at END,"
    " value = CASE WHEN (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)"
    " THEN excluded.value ELSE l.value END,"
    " is_nan = CASE WHEN (excluded.step, excluded.at, excluded.value) > (l.step, l.at, l.value)"
    " THEN excluded.is_nan ELSE l.is_nan END",
    false};

/* What the points of one metric in one call come to. */
struct gain {
    const struct rs_metric *latest;
    const struct rs_metric *previous;
    int64_t points; /* that were not there yet */
    int64_t least_step;
    int64_t least_at;
    bool in_order; /* by time is by step */
};

static void add_point(struct gain *g, const struct rs_metric *m)
{
    if (g->points++ == 0) {
        *g = (struct gain){m, m, 1, m->step, m->timestamp, true};
        return;
    }
    g->in_order = g->in_order && m->step >= g->previous->step &&
                  m->timestamp >= g->previous->timestamp;
    g->previous = m;
    g->least_step = m->step < g->least_step ? m->step : g->least_step;
    g->least_at = m->timestamp < g->least_at ? m->timestamp : g->least_at;
    if (rs_metric_is_newer(m, g->latest)) {
        g->latest = m;
    }
}

/* The points m[0..n) of one key. */
static enum rs_code put_series(struct rs_cx *cx, struct rs_store *s, const struct rs_run_ref *run,
                               const struct rs_metric *m, size_t n)
{
    struct gain g = {0};
    int64_t key = 0;
    int64_t added = 0;

    RS_TRY(rs_key_make(cx, s, m->key, &key));
    for (size_t i = 0; i < n; i++) {
        RS_TRY(rs_db_change(cx, s->db, &METRIC_PUT,
                            RS_BIND(rs_i64(run->id), rs_i64(key), rs_i64(m[i].timestamp),
                                    rs_i64(m[i].step), rs_double_value(m[i].value),
                                    rs_double_is_nan(m[i].value)),
                            &added));
        if (added > 0) {
            add_point(&g, &m[i]);
        }
    }
    if (g.points == 0) {
        return RS_OK;
    }
    rs_changes_run(s, run->id);
    rs_changes_metric(s, run->experiment, key);
    return rs_db_run(cx, s->db, &LATEST_PUT,
                     RS_BIND(rs_i64(run->id), rs_i64(key), rs_i64(g.latest->step),
                             rs_i64(g.latest->timestamp), rs_double_value(g.latest->value),
                             rs_double_is_nan(g.latest->value), rs_i64(g.points),
                             rs_i64(g.in_order), rs_i64(run->experiment), rs_i64(g.least_step),
                             rs_i64(g.least_at)));
}

/* Equal keys come together, in the order of their history. */
static int by_key(const void *a, const void *b)
{
    const struct rs_metric *x = a;
    const struct rs_metric *y = b;
    const int c = rs_str_cmp(x->key, y->key);

    if (c != 0) {
        return c;
    }
    if (x->timestamp != y->timestamp) {
        return x->timestamp < y->timestamp ? -1 : 1;
    }
    return x->step < y->step ? -1 : x->step > y->step;
}

enum rs_code rs_store_metrics_put(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_run_ref *run, struct rs_metric *metrics, size_t n)
{
    if (n > 1) {
        qsort(metrics, n, sizeof *metrics, by_key);
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && rs_str_eq(metrics[end].key, metrics[i].key)) {
            end++;
        }
        RS_TRY(put_series(cx, s, run, &metrics[i], end - i));
        i = end;
    }
    return RS_OK;
}
