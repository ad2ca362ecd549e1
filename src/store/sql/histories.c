/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of metrics, read in the order in which the rows lie. */
#include "store/metric.h"
#include "store/sql/sql.h"
#include "store/sql/values.h"

static const struct rs_sql SERIES_FIND = {
    "series_find",
    "SELECT r.id, l.points, l.in_order FROM run AS r"
    " JOIN latest_metric AS l ON l.run = r.id AND l.item_key = $2 WHERE r.run_id = $1",
    false};

enum rs_code rs_store_series_find(struct rs_cx *cx, struct rs_store *s, struct rs_str run_id,
                                  struct rs_str name, struct rs_series *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *out = (struct rs_series){.run_id = run_id, .name = name};
    RS_TRY(rs_key_find(cx, s, name, &out->key));
    if (out->key == 0) {
        return RS_OK;
    }
    RS_TRY(rs_db_query(cx, s->db, &SERIES_FIND, RS_BIND(rs_text(run_id), rs_i64(out->key)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (has_row) {
        out->run = rs_row_i64(rows, 0);
        out->points = rs_row_i64(rows, 1);
        out->in_order = rs_row_i64(rows, 2) != 0;
    }
    return RS_OK;
}

void rs_store_point_place(const struct rs_point *p, struct rs_val place[RS_POINT_PLACE])
{
    place[0] = rs_i64(p->timestamp);
    place[1] = rs_i64(p->step);
    place[2] = rs_double_value(p->value);
    place[3] = rs_double_is_nan(p->value);
}

static void take_point(struct rs_rows *rows, const struct rs_series *of, struct rs_points *out)
{
    out->p[out->n++] = (struct rs_point){.key = of->name,
                                         .value = rs_row_double(rows, 2, 3),
                                         .timestamp = rs_row_i64(rows, 0),
                                         .step = rs_row_i64(rows, 1),
                                         .run_id = of->run_id};
}

static const struct rs_sql HISTORY = {
    "history",
    "SELECT at, step, value, is_nan FROM metric WHERE run = $1 AND item_key = $2"
    " AND (at, step, value, is_nan) > ($3, $4, $5, $6)"
    " ORDER BY at, step, value, is_nan LIMIT $7",
    false};

enum rs_code rs_store_history_list(struct rs_cx *cx, struct rs_store *s, const struct rs_series *of,
                                   const struct rs_val *after, struct rs_points *out)
{
    /* Before every point: no time is negative. */
    const struct rs_val start[RS_POINT_PLACE] = {rs_i64(-1), rs_i64(0), rs_f64(0), rs_i64(0)};
    const struct rs_val *a = after != NULL ? after : start;
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = out->n < out->room;

    RS_TRY(rs_db_query(cx, s->db, &HISTORY,
                       RS_BIND(rs_i64(of->run), rs_i64(of->key), a[0], a[1], a[2], a[3],
                               rs_i64((int64_t)(out->room - out->n))),
                       &rows));
    while (has_row && out->n < out->room) {
        RS_TRY(rs_rows_next(cx, rows, &has_row));
        if (has_row) {
            take_point(rows, of, out);
        }
    }
    return RS_OK;
}

static const struct rs_sql HISTORY_COUNT = {
    "history_count",
    "SELECT COUNT(*) FROM metric WHERE run = $1 AND item_key = $2 AND step BETWEEN $3 AND $4",
    false};

static enum rs_code count_points(struct rs_cx *cx, struct rs_store *s, const struct rs_series *of,
                                 const struct rs_steps *steps, int64_t *n)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    if (steps->first == INT64_MIN && steps->last == INT64_MAX) {
        *n = of->points;
        return RS_OK;
    }
    RS_TRY(rs_db_query(
        cx, s->db, &HISTORY_COUNT,
        RS_BIND(rs_i64(of->run), rs_i64(of->key), rs_i64(steps->first), rs_i64(steps->last)),
        &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *n = rs_row_i64(rows, 0);
    return RS_OK;
}

/* A series whose order by time is also that by step comes without sorting. */
static const struct rs_sql SAMPLE_IN_ORDER = {
    "history_sample_in_order",
    "SELECT at, step, value, is_nan FROM metric WHERE run = $1 AND item_key = $2"
    " AND step BETWEEN $3 AND $4 ORDER BY at, step, value, is_nan",
    false};

static const struct rs_sql SAMPLE_SORTED = {
    "history_sample_sorted",
    "SELECT at, step, value, is_nan FROM metric WHERE run = $1 AND item_key = $2"
    " AND step BETWEEN $3 AND $4 ORDER BY step, at, value, is_nan",
    false};

/* Takes `size` of the n rows to come, skipping the others unread. */
static enum rs_code take_sample(struct rs_cx *cx, struct rs_rows *rows, const struct rs_series *of,
                                const int64_t n_and_size[2], struct rs_points *out)
{
    int64_t at = -1;

    for (int64_t i = 0; i < n_and_size[1]; i++) {
        const int64_t place = rs_sample_place(n_and_size[0], n_and_size[1], i);
        bool has_row = true;

        for (; at < place && has_row; at++) {
            RS_TRY(rs_rows_next(cx, rows, &has_row));
        }
        if (!has_row) {
            return rs_fail(cx, RS_INTERNAL,
                           "could not sample metric \"" RS_FMT "\": it has too few points",
                           RS_ARG(of->name));
        }
        take_point(rows, of, out);
    }
    return RS_OK;
}

enum rs_code rs_store_history_sample(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_series *of, const struct rs_steps *steps,
                                     struct rs_points *out)
{
    const int64_t room = (int64_t)(out->room - out->n);
    RS_AUTO_ROWS *rows = NULL;
    int64_t n = 0;

    RS_TRY(count_points(cx, s, of, steps, &n));
    if (n == 0 || room == 0) {
        return RS_OK;
    }
    RS_TRY(rs_db_query(
        cx, s->db, of->in_order ? &SAMPLE_IN_ORDER : &SAMPLE_SORTED,
        RS_BIND(rs_i64(of->run), rs_i64(of->key), rs_i64(steps->first), rs_i64(steps->last)),
        &rows));
    return take_sample(cx, rows, of, (const int64_t[]){n, n < room ? n : room}, out);
}
