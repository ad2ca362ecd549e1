/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows in order, and asking them what the filter says of their tags: a batch of rows at a
 * time, each comparison with one statement for those that have met all before it. Who has been
 * asked in an earlier search is remembered. Asked within the statement that finds the page, each
 * row would cost a cursor a comparison, again in each search. */
#include "base/digest.h"
#include "store/sql/search_bits.h"
#include "store/sql/search_registry.h"

enum {
    ROWS_LEAST = 200, /* of a batch */
    ROWS_MAX = 20000, /* in all; a page that is farther is left to its statement */
    HITS_MAX = 4000,  /* rows that a statement names */
    DENSE = 2,        /* numbers of a range for each that is asked */
};

/* Some of the rows, in order. */
struct batch {
    int64_t *id;
    struct rs_val *key; /* the first one of the order */
    bool *is_met;       /* whether it meets the filter, as far as it was asked */
    size_t n;
};

static bool is_tag(const struct rs_clause *c)
{
    return c->entity == RS_ENTITY_TAG;
}

static bool is_same(const struct rs_val *a, const struct rs_val *b)
{
    return a->kind == RS_VAL_STR ? rs_str_eq(a->s, b->s) : a->i == b->i;
}

/* ` AS id`, the first key, and of each comparison that is not of a tag whether the row meets it. */
static void put_columns(struct rs_query *q, const struct rs_registry_search *rs,
                        const struct rs_sorts *first)
{
    const struct rs_filter *filter = rs->query->filter;

    rs_query_put(q, "SELECT ");
    rs_query_put(q, rs->noun->id);
    rs_query_put(q, " AS id");
    rs_sorts_columns(q, first);
    for (size_t i = 0; i < filter->n; i++) {
        if (!is_tag(&filter->clauses[i])) {
            rs_query_put(q, ", CASE WHEN 1 = 1");
            rs_registry_put_and(q, rs, &filter->clauses[i]);
            rs_query_put(q, " THEN 1 ELSE 0 END");
        }
    }
}

/* Rows with the same first key come in any order: another one could cost a sort. */
static enum rs_code start(const struct rs_registry_search *rs, size_t most, struct rs_rows **rows)
{
    const struct rs_filter none = {0};
    const struct rs_sorts first = {rs->sorts.p, 1};
    struct rs_registry_query all = *rs->query;
    struct rs_registry_search unasked = *rs;
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->walk);

    all.filter = &none;
    unasked.query = &all;
    unasked.is_alone = true;
    for (size_t i = 0; i < rs->query->filter->n; i++) {
        const struct rs_clause *c = &rs->query->filter->clauses[i];

        unasked.is_alone = unasked.is_alone && (is_tag(c) || c->attr != RS_ATTR_NAME);
    }
    put_columns(q, rs, &first);
    rs_registry_put_rows(q, &unasked);
    rs_sorts_bound(q, &rs->sorts, &rs->query->page);
    rs_sorts_order(q, &first);
    rs_query_put(q, " LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)most));
    return rs_query_run(q, rs->store, rows);
}

/* A tag of the registry is compared with one text. */
static struct rs_comparison comparison_of(const struct rs_registry_search *rs,
                                          const struct rs_clause *c)
{
    struct rs_arena *a = rs->cx->arena;
    const struct rs_str text = RS_JOIN(
        a, rs_arena_fmt(a, "%s %d %zu ", rs->noun->tags, (int)c->cmp, c->key.n), c->key,
        c->value.s);
    unsigned char digest[RS_SHA256_LEN];
    struct rs_comparison out;

    rs_sha256(text, digest);
    memcpy(&out, digest, sizeof out);
    return out;
}

enum rs_code rs_registry_walk_begin(struct rs_registry_search *rs, struct rs_registry_walk *w,
                                    struct rs_rows **rows)
{
    const struct rs_filter *filter = rs->query->filter;
    struct rs_arena *a = rs->cx->arena;

    *w = (struct rs_registry_walk){.rs = rs,
                                   .comparison = RS_NEW_N(a, struct rs_comparison, filter->n),
                                   .tags = RS_NEW_N(a, size_t, filter->n)};
    rs->met = RS_NEW_N(a, size_t, filter->n);
    for (size_t i = 0; i < filter->n; i++) {
        if (is_tag(&filter->clauses[i])) {
            w->comparison[i] = comparison_of(rs, &filter->clauses[i]);
            w->tags[w->n_tags++] = i;
        }
    }
    RS_TRY(start(rs, w->n_tags > 0 ? ROWS_MAX + 1 : ROWS_LEAST, rows));
    w->rows = *rows;
    return rs_rows_next(rs->cx, w->rows, &w->has_row);
}

static enum rs_code read_batch(struct rs_registry_walk *w, size_t most, struct batch *b)
{
    const struct rs_filter *filter = w->rs->query->filter;
    struct rs_cx *cx = w->rs->cx;

    *b = (struct batch){RS_NEW_N(cx->arena, int64_t, most),
                        RS_NEW_N(cx->arena, struct rs_val, most), RS_NEW_N(cx->arena, bool, most),
                        0};
    while (w->has_row && b->n < most) {
        struct rs_val *key = &b->key[b->n];
        unsigned column = 2;

        b->id[b->n] = rs_row_i64(w->rows, 0);
        *key = rs_row_val(w->rows, 1);
        if (key->kind == RS_VAL_STR) {
            key->s = rs_row_str(cx, w->rows, 1);
        }
        b->is_met[b->n] = true;
        for (size_t i = 0; i < filter->n; i++) {
            if (!is_tag(&filter->clauses[i])) {
                const bool is_met = rs_row_i64(w->rows, column++) != 0;

                w->rs->met[i] += is_met;
                b->is_met[b->n] = b->is_met[b->n] && is_met;
            }
        }
        b->n++;
        RS_TRY(rs_rows_next(cx, w->rows, &w->has_row));
    }
    w->n_read += b->n;
    return RS_OK;
}

/* ` FROM` the tags of these owners, ` WHERE` they are theirs. A range is read where it holds not
 * many others: a list of numbers costs as much as to ask them. */
static void put_owners(struct rs_query *q, const struct rs_registry_noun *noun,
                       const int64_t *owner, size_t n, const struct rs_bits *range)
{
    if (range->end - range->first > (int64_t)(DENSE * n)) {
        rs_buf_fmt(&q->text, " FROM %s x WHERE x.", noun->tags);
        rs_query_ids(q, noun->owner, owner, n);
        return;
    }
    rs_buf_fmt(&q->text, " FROM %s CROSS JOIN %s x WHERE %s BETWEEN ", noun->rows, noun->tags,
               noun->id);
    rs_query_arg(q, rs_i64(range->first));
    rs_query_put(q, " AND ");
    rs_query_arg(q, rs_i64(range->end - 1));
    rs_buf_fmt(&q->text, " AND x.%s = %s", noun->owner, noun->id);
}

/* Which of the owners meet a comparison of a tag, as the database has it. */
static enum rs_code ask_owners(const struct rs_registry_search *rs, const struct rs_clause *c,
                               const int64_t *owner, size_t n, struct rs_bits *is_met)
{
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->answers);
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    *is_met = rs_bits_for(rs->cx->arena, owner, n);
    rs_buf_fmt(&q->text, "SELECT x.%s", rs->noun->owner);
    put_owners(q, rs->noun, owner, n, is_met);
    rs_query_put(q, " AND x.name = ");
    rs_query_arg(q, rs_text(c->key));
    rs_query_put(q, " AND ");
    /* A `+`: SQLite would prepare the statement again to see whether an index serves a pattern. */
    rs_query_compare(q, "+x.value", c);
    RS_TRY(rs_query_run(q, rs->store, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    while (has_row) {
        rs_bits_set(is_met, rs_row_i64(rows, 0));
        RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    }
    return RS_OK;
}

/* Asks the owners about comparison i; those who are remembered need not be asked. */
static enum rs_code ask(const struct rs_registry_walk *w, size_t i, const int64_t *owner, size_t n,
                        bool *is_met)
{
    struct rs_memory *m = w->rs->store->memory;
    int64_t *id = RS_NEW_N(w->rs->cx->arena, int64_t, n);
    size_t *at = RS_NEW_N(w->rs->cx->arena, size_t, n);
    struct rs_bits answers;
    size_t unknown = 0;

    for (size_t j = 0; j < n; j++) {
        const enum rs_answer answer = m != NULL ? rs_memory_answer(m, &w->comparison[i], owner[j])
                                                : RS_ANSWER_UNKNOWN;

        is_met[j] = answer == RS_ANSWER_YES;
        if (answer == RS_ANSWER_UNKNOWN) {
            id[unknown] = owner[j];
            at[unknown++] = j;
        }
    }
    if (unknown == 0) {
        return RS_OK;
    }
    RS_TRY(ask_owners(w->rs, &w->rs->query->filter->clauses[i], id, unknown, &answers));
    for (size_t j = 0; j < unknown; j++) {
        is_met[at[j]] = rs_bits_has(&answers, id[j]);
        if (m != NULL) {
            rs_memory_put_answer(m, &w->comparison[i], id[j], is_met[at[j]]);
        }
    }
    return RS_OK;
}

/* Asks the rows of a batch about comparison i: all of them, or those that have met the others. */
static enum rs_code ask_batch(struct rs_registry_walk *w, size_t i, bool all, struct batch *b)
{
    int64_t *owner = RS_NEW_N(w->rs->cx->arena, int64_t, b->n);
    size_t *at = RS_NEW_N(w->rs->cx->arena, size_t, b->n);
    bool *is_met = RS_NEW_N(w->rs->cx->arena, bool, b->n);
    size_t n = 0;

    for (size_t j = 0; j < b->n; j++) {
        if (all || b->is_met[j]) {
            owner[n] = b->id[j];
            at[n++] = j;
        }
    }
    RS_TRY(ask(w, i, owner, n, is_met));
    for (size_t j = 0; j < n; j++) {
        w->rs->met[i] += is_met[j];
        b->is_met[at[j]] = b->is_met[at[j]] && is_met[j];
    }
    return RS_OK;
}

/* Takes the rows that have met all, until they are more than the page holds, and those that share
 * the last one's key. Those that share the key before the page may stand before it. */
static void take_hits(struct rs_registry_walk *w, const struct batch *b)
{
    const struct rs_search_page *page = &w->rs->query->page;

    for (size_t j = 0; j < b->n && !w->is_done; j++) {
        const bool is_full = w->n_sure > page->limit;

        if (is_full && !is_same(&b->key[j], &w->last)) {
            w->is_done = true;
        } else if (b->is_met[j]) {
            w->hits.id = rs_arena_grow(w->rs->cx->arena, w->hits.id, w->hits.n, &w->cap,
                                       sizeof *w->hits.id);
            w->hits.id[w->hits.n++] = b->id[j];
            w->n_sure += page->n_after == 0 || !is_same(&b->key[j], &page->after[0]);
            w->last = is_full ? w->last : b->key[j];
        }
    }
    w->is_done = w->is_done || (!w->has_row && w->n_read <= ROWS_MAX);
}

enum rs_code rs_registry_walk_on(struct rs_registry_walk *w, size_t most, bool asks_all)
{
    struct batch b;

    RS_TRY(read_batch(w, most, &b));
    for (size_t i = 0; i < w->n_tags; i++) {
        RS_TRY(ask_batch(w, w->tags[i], asks_all, &b));
    }
    take_hits(w, &b);
    return RS_OK;
}

/* The comparison that the fewest have met comes first. */
static void put_tags_in_order(struct rs_registry_walk *w)
{
    for (size_t i = 1; i < w->n_tags; i++) {
        const size_t tag = w->tags[i];
        size_t at = i;

        for (; at > 0 && w->rs->met[w->tags[at - 1]] > w->rs->met[tag]; at--) {
            w->tags[at] = w->tags[at - 1];
        }
        w->tags[at] = tag;
    }
}

enum rs_code rs_registry_walk_end(struct rs_registry_walk *w, double rows)
{
    struct rs_registry_search *rs = w->rs;
    struct rs_registry_query *met = RS_NEW(rs->cx->arena, struct rs_registry_query);

    if (w->n_tags == 0 || rows > ROWS_MAX || rs->query->page.limit > HITS_MAX) {
        return RS_OK;
    }
    put_tags_in_order(w);
    while (!w->is_done) {
        const double left = rows - (double)w->n_read;

        if (w->n_read > ROWS_MAX || w->hits.n > HITS_MAX) {
            return RS_OK;
        }
        RS_TRY(rs_registry_walk_on(w, left > ROWS_LEAST ? (size_t)left : ROWS_LEAST, false));
    }
    *met = *rs->query;
    met->filter = RS_NEW(rs->cx->arena, struct rs_filter);
    rs->query = met;
    rs->owners = w->hits;
    rs->start = RS_START_OWNERS;
    return RS_OK;
}
