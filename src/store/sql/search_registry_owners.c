/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that have several tags, where each tag alone has thousands: their numbers come from the
 * index of pairs in order, so two lists are met by walking both. Per entry that is a quarter of
 * what it costs to look one up. */
#include "store/sql/registry_tags.h"
#include "store/sql/search_registry.h"

enum {
    ENOUGH = 200,     /* owners: fewer are read as rows rather than met with another list */
    ALIKE = 16,       /* a list that is longer than so many times the owners is not walked */
    SURE = 2 * ALIKE, /* and is left at so many times: how long it is was guessed */
    NAMED_MAX = 4000, /* owners that a statement names */
};

/* The owners of a tag that the reader remembers; false when it does not. */
static bool recall(const struct rs_registry_search *rs, const struct rs_clause *c,
                   struct rs_owners *out)
{
    struct rs_memory *m = rs->store->memory;
    const struct rs_tag_owners *t = m == NULL
                                        ? NULL
                                        : rs_memory_find_tag(m, rs->noun->tags,
                                                             rs_tag_pair(0, c->key, c->value.s));

    if (t == NULL) {
        return false;
    }
    *out = (struct rs_owners){RS_NEW_N(rs->cx->arena, int64_t, t->n), t->n};
    for (size_t i = 0; i < t->n; i++) {
        out->id[i] = t->id[i];
    }
    return true;
}

/* The owners of a tag, in order; no more than `most`. Where they end is seen here: SQLite would
 * compare each entry with a bound for more than all of the rest. */
static enum rs_code read_owners(const struct rs_registry_search *rs, const struct rs_clause *c,
                                size_t most, struct rs_owners *out)
{
    const int64_t first = rs_tag_pair(0, c->key, c->value.s);
    struct rs_query *q = rs_query_new(rs->cx, rs->noun->owners);
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    size_t cap = 0;

    if (recall(rs, c, out)) {
        out->n = out->n < most ? out->n : most;
        return RS_OK;
    }
    *out = (struct rs_owners){0};
    rs_buf_fmt(&q->text, "SELECT t.pair FROM %s t WHERE t.pair > ", rs->noun->tags);
    rs_query_arg(q, rs_i64(first));
    rs_query_put(q, " ORDER BY t.pair LIMIT ");
    rs_query_arg(q, rs_i64((int64_t)most));
    RS_TRY(rs_query_run(q, rs->store, &rows));
    RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    while (has_row) {
        const int64_t owner = rs_row_i64(rows, 0) - first;

        if (owner > RS_TAG_OWNER_MAX) {
            break;
        }
        out->id = rs_arena_grow(rs->cx->arena, out->id, out->n, &cap, sizeof *out->id);
        out->id[out->n++] = owner;
        RS_TRY(rs_rows_next(rs->cx, rows, &has_row));
    }
    if (out->n < most && rs->store->memory != NULL) {
        rs_memory_put_tag(rs->store->memory, rs->noun->tags, first, out->id, out->n);
    }
    return RS_OK;
}

/* Keeps of `mine` what is in `theirs`, too; both are in order. */
static void keep_common(struct rs_owners *mine, const struct rs_owners *theirs)
{
    size_t kept = 0;

    for (size_t i = 0, j = 0; i < mine->n && j < theirs->n;) {
        if (mine->id[i] == theirs->id[j]) {
            mine->id[kept++] = mine->id[i++];
        } else if (mine->id[i] < theirs->id[j]) {
            i++;
        } else {
            j++;
        }
    }
    mine->n = kept;
}

/* Whether the list of a comparison is worth walking: the trial tells how long it is beside that of
 * `first`, which has n entries. */
static bool is_worth(const struct rs_registry_search *rs, const struct rs_clause *c,
                     const struct rs_clause *first, size_t n)
{
    const struct rs_clause *clauses = rs->query->filter->clauses;
    const size_t met_first = rs->met[first - clauses] + 1;

    return c != first && rs_registry_has_pair(c) &&
           n * rs->met[c - clauses] / met_first < ALIKE * rs->owners.n;
}

enum rs_code rs_registry_meet(struct rs_registry_search *rs, const struct rs_clause *first,
                              size_t most, size_t *n)
{
    const struct rs_filter *filter = rs->query->filter;

    RS_TRY(read_owners(rs, first, most, &rs->owners));
    *n = rs->owners.n;
    if (*n == most) {
        return RS_OK;
    }
    for (size_t i = 0; i < filter->n && rs->owners.n > ENOUGH; i++) {
        const struct rs_clause *c = &filter->clauses[i];
        const size_t far = SURE * rs->owners.n;
        struct rs_owners others;

        if (is_worth(rs, c, first, *n)) {
            RS_TRY(read_owners(rs, c, far, &others));
            if (others.n < far) {
                keep_common(&rs->owners, &others);
            }
        }
    }
    if (rs->owners.n <= NAMED_MAX) {
        rs->start = RS_START_OWNERS;
    }
    return RS_OK;
}

enum rs_code rs_registry_recall(struct rs_registry_search *rs, size_t most)
{
    const struct rs_filter *filter = rs->query->filter;
    struct rs_owners met = {0};
    bool has_any = false;

    if (rs->store->memory == NULL || rs->store->memory->owners.used == 0) {
        return RS_OK;
    }
    /* The snapshot begins with the first statement: what is remembered is asked for behind it. */
    RS_TRY(rs_store_check(rs->cx, rs->store));
    for (size_t i = 0; i < filter->n; i++) {
        struct rs_owners owners;

        if (!rs_registry_has_pair(&filter->clauses[i]) ||
            !recall(rs, &filter->clauses[i], &owners)) {
            continue;
        }
        if (has_any) {
            keep_common(&met, &owners);
        } else {
            met = owners;
        }
        has_any = true;
    }
    if (has_any && met.n < most) {
        rs->owners = met;
        rs->start = RS_START_OWNERS;
    }
    return RS_OK;
}

void rs_registry_put_owners(struct rs_query *q, const struct rs_registry_search *rs)
{
    static const int64_t nobody = 0;

    rs_query_put(q, " AND ");
    rs_query_ids(q, rs->noun->id, rs->owners.n > 0 ? rs->owners.id : &nobody,
                 rs->owners.n > 0 ? rs->owners.n : 1);
}
