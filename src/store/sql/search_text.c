/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a search's statement. */
#include "store/sql/search_text.h"

#include "base/num.h"

static void fini_text(void *arg)
{
    rs_buf_fini(arg);
}

struct rs_query *rs_query_new(struct rs_cx *cx, const char *name)
{
    struct rs_query *q = RS_NEW(cx->arena, struct rs_query);

    *q = (struct rs_query){.cx = cx, .name = name, .text = {.max = RS_QUERY_TEXT_MAX}};
    q->arg = RS_NEW_N(cx->arena, struct rs_val, RS_QUERY_ARGS_MAX);
    rs_arena_defer(cx->arena, fini_text, &q->text);
    return q;
}

void rs_query_put(struct rs_query *q, const char *fragment)
{
    rs_buf_put(&q->text, fragment, strlen(fragment));
}

static void refuse(struct rs_query *q, const char *why)
{
    if (q->refused == NULL) {
        q->refused = why;
    }
}

size_t rs_query_bind(struct rs_query *q, struct rs_val value)
{
    if (q->n == RS_QUERY_ARGS_MAX) {
        refuse(q, "the filter compares with too many values");
        return q->n;
    }
    q->arg[q->n] = value;
    return ++q->n;
}

static void put_number(struct rs_query *q, int64_t i)
{
    char *room = rs_buf_room(&q->text, RS_I64_TEXT_MAX);

    if (room != NULL) {
        q->text.n += rs_i64_text(i, room);
    }
}

void rs_query_arg(struct rs_query *q, struct rs_val value)
{
    rs_query_put(q, "$");
    put_number(q, (int64_t)rs_query_bind(q, value));
}

void rs_query_ids(struct rs_query *q, const char *expr, const int64_t *ids, size_t n)
{
    rs_query_put(q, expr);
    rs_query_put(q, n == 1 ? " = " : " IN (");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            rs_query_put(q, ",");
        }
        put_number(q, ids[i]);
    }
    if (n != 1) {
        rs_query_put(q, ")");
    }
}

void rs_query_within(struct rs_query *q, const char *expr, const struct rs_bits *set)
{
    const struct rs_str bytes = {(const char *)set->byte, rs_bits_size(set)};

    rs_query_put(q, "has_bit(");
    rs_query_arg(q, rs_text(bytes));
    rs_query_put(q, ", ");
    rs_query_put(q, expr);
    rs_query_put(q, " - ");
    put_number(q, set->first);
    rs_query_put(q, ") = 1");
}

/* MLflow's patterns have no escape: a backslash is one. PostgreSQL would take it for an escape
 * unless told otherwise, and SQLite takes no empty one. */
static struct rs_val pattern_of(struct rs_query *q, struct rs_str s)
{
    char *p = RS_NEW_N(q->cx->arena, char, 2 * s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\') {
            p[n++] = '\\';
        }
        p[n++] = s.p[i];
    }
    if (n > RS_QUERY_PATTERN_MAX) {
        refuse(q, "a LIKE pattern of the filter is too long");
    }
    return rs_text((struct rs_str){p, n});
}

static void put_like(struct rs_query *q, const char *expr, const struct rs_clause *clause)
{
    const bool any_case = clause->cmp == RS_CMP_ILIKE;

    rs_query_put(q, any_case ? "lower(" : "");
    rs_query_put(q, expr);
    rs_query_put(q, any_case ? ") LIKE lower(" : " LIKE ");
    rs_query_arg(q, pattern_of(q, clause->value.s));
    rs_query_put(q, any_case ? ") ESCAPE '\\'" : " ESCAPE '\\'");
}

static void put_list(struct rs_query *q, const char *expr, const struct rs_clause *clause)
{
    rs_query_put(q, expr);
    rs_query_put(q, clause->cmp == RS_CMP_IN ? " IN (" : " NOT IN (");
    for (size_t i = 0; i < clause->n_values; i++) {
        if (i > 0) {
            rs_query_put(q, ", ");
        }
        rs_query_arg(q, clause->values[i]);
    }
    rs_query_put(q, ")");
}

void rs_query_compare(struct rs_query *q, const char *expr, const struct rs_clause *clause)
{
    static const char *const operators[] = {
        [RS_CMP_EQ] = " = ",  [RS_CMP_NE] = " <> ", [RS_CMP_LT] = " < ",
        [RS_CMP_LE] = " <= ", [RS_CMP_GT] = " > ",  [RS_CMP_GE] = " >= ",
    };

    switch (clause->cmp) {
    case RS_CMP_LIKE:
    case RS_CMP_ILIKE:
        put_like(q, expr, clause);
        break;
    case RS_CMP_IN:
    case RS_CMP_NOT_IN:
        put_list(q, expr, clause);
        break;
    default:
        rs_query_put(q, expr);
        rs_query_put(q, operators[clause->cmp]);
        rs_query_arg(q, clause->value);
    }
}

enum rs_code rs_query_run(struct rs_query *q, struct rs_store *s, struct rs_rows **rows)
{
    struct rs_sql *sql = RS_NEW(q->cx->arena, struct rs_sql);

    rs_buf_putc(&q->text, '\0');
    if (q->text.over) {
        refuse(q, "the filter is too long");
    }
    if (q->refused != NULL) {
        return rs_fail(q->cx, RS_INVALID, "%s", q->refused);
    }
    *sql = (struct rs_sql){.name = q->name, .text = q->text.p, .once = true};
    return rs_db_query(q->cx, s->db, sql, (struct rs_bind){q->arg, q->n}, rows);
}

enum rs_code rs_query_count(struct rs_query *q, struct rs_store *s, size_t most, size_t *n)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)most));
    rs_query_put(q, ") n");
    RS_TRY(rs_query_run(q, s, &rows));
    RS_TRY(rs_rows_next(q->cx, rows, &has_row));
    *n = (size_t)rs_row_i64(rows, 0);
    return RS_OK;
}
