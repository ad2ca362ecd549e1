/* SPDX-License-Identifier: Apache-2.0 */
/* Sort keys as SQL. */
#include "store/sql/search_sort.h"

static size_t width_of(const struct rs_sort *sort)
{
    return sort->is_nan != NULL ? 2 : 1;
}

size_t rs_sorts_width(const struct rs_sorts *sorts)
{
    size_t n = 0;

    for (size_t i = 0; i < sorts->n; i++) {
        n += width_of(&sorts->p[i]);
    }
    return n;
}

/* A key of a row as a page token has it. */
struct place {
    enum rs_sort_class class;
    struct rs_val value;
};

/* The place in sort i, whose values begin at *at, which is moved past them. */
static struct place place_of(const struct rs_sort *sort, const struct rs_val *values, size_t *at)
{
    struct place p = {.class = RS_CLASS_VALUE};

    if (sort->is_nan != NULL) {
        p.class = (enum rs_sort_class)values[(*at)++].i;
    }
    p.value = values[(*at)++];
    if (p.value.kind == RS_VAL_NULL && p.class == RS_CLASS_VALUE) {
        p.class = RS_CLASS_MISSING;
    }
    return p;
}

/* A whole number may stand where a double does: SQLite keeps it so. */
static bool is_of_kind(const struct rs_sort *sort, const struct rs_val *v)
{
    return v->kind == sort->kind || (sort->kind == RS_VAL_F64 && v->kind == RS_VAL_I64);
}

static bool is_place(const struct rs_sort *sort, const struct rs_val *values)
{
    if (sort->is_nan == NULL) {
        const bool may_miss = sort->class != RS_CLASS_VALUE;

        return is_of_kind(sort, values) || (may_miss && values->kind == RS_VAL_NULL);
    }
    if (values[0].kind != RS_VAL_I64 || values[0].i < RS_CLASS_VALUE ||
        values[0].i > RS_CLASS_MISSING) {
        return false;
    }
    return values[0].i == RS_CLASS_VALUE ? is_of_kind(sort, &values[1])
                                         : values[1].kind == RS_VAL_NULL;
}

enum rs_code rs_sorts_check(struct rs_cx *cx, const struct rs_sorts *sorts,
                            const struct rs_search_page *page)
{
    bool is_key = page->n_after == 0 || page->n_after == rs_sorts_width(sorts);
    size_t at = 0;

    for (size_t i = 0; i < sorts->n && page->n_after > 0 && is_key; i++) {
        is_key = is_place(&sorts->p[i], page->after + at);
        at += width_of(&sorts->p[i]);
    }
    return is_key ? RS_OK : rs_fail(cx, RS_INVALID, "Invalid page token, it is not of this search");
}

/* Columns are named k0, k1, ... */
static void put_column(struct rs_query *q, const char *expr, size_t number)
{
    rs_query_put(q, ", ");
    rs_query_put(q, expr);
    rs_buf_fmt(&q->text, " AS k%zu", number);
}

static void put_class_column(struct rs_query *q, const struct rs_sort *sort, size_t number)
{
    static const char *const known[] = {"0", "1", "2"};

    if (sort->class != RS_CLASS_ANY) {
        put_column(q, known[sort->class], number);
        return;
    }
    rs_query_put(q, ", COALESCE(");
    rs_query_put(q, sort->is_nan);
    rs_buf_fmt(&q->text, ", 2) AS k%zu", number);
}

static bool has_value(const struct rs_sort *sort)
{
    return sort->class == RS_CLASS_VALUE || sort->class == RS_CLASS_ANY;
}

void rs_sorts_columns(struct rs_query *q, const struct rs_sorts *sorts)
{
    size_t number = 0;

    for (size_t i = 0; i < sorts->n; i++) {
        const struct rs_sort *sort = &sorts->p[i];

        if (sort->is_nan != NULL) {
            put_class_column(q, sort, number++);
        }
        put_column(q, has_value(sort) ? sort->value : "NULL", number++);
    }
    if (sorts->p[0].before != NULL) {
        put_column(q, sorts->p[0].before, number);
    }
}

static void put_key(struct rs_query *q, size_t number, bool descending, bool may_be_null)
{
    rs_query_put(q, q->text.p[q->text.n - 1] == ' ' ? "" : ", ");
    rs_buf_fmt(&q->text, "k%zu%s%s", number, descending ? " DESC" : "",
               may_be_null ? " NULLS LAST" : "");
}

void rs_sorts_order(struct rs_query *q, const struct rs_sorts *sorts)
{
    size_t number = 0;

    rs_query_put(q, " ORDER BY ");
    if (sorts->p[0].before != NULL) {
        put_key(q, rs_sorts_width(sorts), sorts->p[0].descending, false);
    }
    for (size_t i = 0; i < sorts->n; i++) {
        const struct rs_sort *sort = &sorts->p[i];
        const bool is_open = sort->class == RS_CLASS_ANY;

        if (sort->is_nan != NULL) {
            if (is_open) {
                put_key(q, number, false, false);
            }
            number++;
        }
        if (has_value(sort)) {
            put_key(q, number, sort->descending, is_open);
        }
        number++;
    }
}

/* `(expr > $n OR (expr = $n AND `: the rest and two parentheses are the caller's. */
static void put_after_value(struct rs_query *q, const struct rs_sort *sort, struct rs_val value)
{
    const size_t number = rs_query_bind(q, value);

    rs_query_put(q, "(");
    rs_query_put(q, sort->value);
    rs_buf_fmt(&q->text, " %c $%zu OR ", sort->descending ? '<' : '>', number);
    if (sort->class == RS_CLASS_ANY) {
        /* What has no value, or NaN, comes after all values. A NaN's value column is 0. */
        rs_query_put(q, sort->is_nan != NULL ? "COALESCE(" : "");
        rs_query_put(q, sort->is_nan != NULL ? sort->is_nan : sort->value);
        rs_query_put(q, sort->is_nan != NULL ? ", 2) > 0 OR " : " IS NULL OR ");
    }
    rs_query_put(q, "(");
    rs_query_put(q, sort->value);
    rs_buf_fmt(&q->text, " = $%zu AND ", number);
}

/* The condition for one sort up to where the next one's is to stand. */
static void open_after(struct rs_query *q, const struct rs_sort *sort, const struct place *p)
{
    if (sort->class != RS_CLASS_ANY && sort->class != RS_CLASS_VALUE) {
        rs_query_put(q, "((");
        return;
    }
    if (p->class == RS_CLASS_VALUE) {
        put_after_value(q, sort, p->value);
        return;
    }
    rs_query_put(q, "(");
    if (sort->is_nan != NULL && p->class == RS_CLASS_NAN) {
        rs_query_put(q, sort->is_nan);
        rs_query_put(q, " IS NULL OR (");
        rs_query_put(q, sort->is_nan);
        rs_query_put(q, " = 1 AND ");
        return;
    }
    rs_query_put(q, "(");
    rs_query_put(q, sort->is_nan != NULL ? sort->is_nan : sort->value);
    rs_query_put(q, " IS NULL AND ");
}

void rs_sorts_after(struct rs_query *q, const struct rs_sorts *sorts,
                    const struct rs_search_page *page)
{
    size_t at = 0;

    if (page->n_after == 0) {
        return;
    }
    rs_query_put(q, " AND ");
    for (size_t i = 0; i < sorts->n; i++) {
        const struct place p = place_of(&sorts->p[i], page->after, &at);

        open_after(q, &sorts->p[i], &p);
    }
    rs_query_put(q, "1 = 0");
    for (size_t i = 0; i < sorts->n; i++) {
        rs_query_put(q, "))");
    }
}

void rs_sorts_bound(struct rs_query *q, const struct rs_sorts *sorts,
                    const struct rs_search_page *page)
{
    size_t i = 0;
    size_t at = 0;

    while (i + 1 < sorts->n && !has_value(&sorts->p[i])) {
        at += width_of(&sorts->p[i++]);
    }
    const struct rs_sort *sort = &sorts->p[i];
    if (page->n_after == 0 || sort->class != RS_CLASS_VALUE) {
        return;
    }
    const struct place p = place_of(sort, page->after, &at);
    rs_query_put(q, " AND ");
    rs_query_put(q, sort->before != NULL ? sort->before : sort->value);
    rs_query_put(q, sort->descending ? " <= " : " >= ");
    rs_query_put(q, sort->before != NULL ? "substr(" : "");
    rs_query_arg(q, p.value);
    rs_query_put(q, sort->before != NULL ? ", 1, 64)" : "");
}

/* The current row's key. A NaN has 0 in its value column, and no value in a key. */
static const struct rs_val *read_key(struct rs_cx *cx, struct rs_rows *rows,
                                     const struct rs_sorts *sorts)
{
    struct rs_val *v = RS_NEW_N(cx->arena, struct rs_val, rs_sorts_width(sorts));
    unsigned at = 0;

    for (size_t i = 0; i < sorts->n; i++) {
        if (sorts->p[i].is_nan != NULL) {
            v[at] = rs_i64(rs_row_i64(rows, at + 1));
            at++;
        }
        v[at] = rs_row_val(rows, at + 1);
        if (v[at].kind == RS_VAL_STR) {
            v[at].s = rs_row_str(cx, rows, at + 1);
        }
        if (sorts->p[i].is_nan != NULL && v[at - 1].i != RS_CLASS_VALUE) {
            v[at] = rs_null();
        }
        at++;
    }
    return v;
}

enum rs_code rs_sorts_collect(struct rs_cx *cx, struct rs_rows *rows, const struct rs_sorts *sorts,
                              size_t limit, struct rs_found *out)
{
    bool has_row = false;

    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        if (out->n == limit) {
            out->n_last = rs_sorts_width(sorts);
            return RS_OK;
        }
        out->ids[out->n++] = rs_row_i64(rows, 0);
        if (out->n == limit) {
            out->last = read_key(cx, rows, sorts);
        }
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    return RS_OK;
}
