/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of ids into statements, and rows back into lists. */
#include "store/sql/load.h"

#include <stdlib.h>

#include "model/tag.h"

static int by_id(const void *a, const void *b)
{
    const struct rs_place *x = a;
    const struct rs_place *y = b;

    return x->id < y->id ? -1 : x->id > y->id;
}

struct rs_places rs_places_of(struct rs_arena *a, const int64_t *ids, size_t n)
{
    struct rs_place *p = RS_NEW_N(a, struct rs_place, n);

    for (size_t i = 0; i < n; i++) {
        p[i] = (struct rs_place){.id = ids[i], .at = i};
    }
    if (n > 1) {
        qsort(p, n, sizeof *p, by_id);
    }
    return (struct rs_places){p, n};
}

size_t rs_places_find(const struct rs_places *places, int64_t id)
{
    size_t low = 0;
    size_t high = places->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (places->p[mid].id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < places->n && places->p[low].id == id ? low : places->n;
}

enum rs_code rs_load_query(struct rs_cx *cx, struct rs_store *s, const struct rs_load *load,
                           struct rs_places places, struct rs_rows **rows)
{
    struct rs_val id[RS_LOAD_CHUNK];

    if (places.n == 1) {
        return rs_db_query(cx, s->db, &load->one, RS_BIND(rs_i64(places.p[0].id)), rows);
    }
    /* A short chunk asks for its last one again and again: a row answers once. */
    for (size_t i = 0; i < RS_LOAD_CHUNK; i++) {
        id[i] = rs_i64(places.p[i < places.n ? i : places.n - 1].id);
    }
    return rs_db_query(cx, s->db, &load->many, (struct rs_bind){id, RS_LOAD_CHUNK}, rows);
}

enum rs_code rs_load_tag(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    struct rs_tag *t = item;

    (void)user;
    t->key = rs_row_str(cx, rows, 1);
    t->value = rs_row_str(cx, rows, 2);
    return RS_OK;
}

enum rs_code rs_load_list(struct rs_cx *cx, struct rs_rows *rows, rs_load_item *read,
                          size_t item_size, struct rs_list *out)
{
    bool has_row = false;
    char *items = NULL;
    size_t cap = 0;
    size_t n = 0;

    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        items = rs_arena_grow(cx->arena, items, n, &cap, item_size);
        RS_TRY(read(cx, rows, NULL, items + n * item_size));
        n++;
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    *out = RS_LIST(items, n);
    return RS_OK;
}

/* The items of one chunk, and how many of them each place has. */
struct chunk {
    const struct rs_places *places;
    size_t from;
    size_t n; /* places */
    size_t count[RS_LOAD_CHUNK];
    char *items;
    size_t n_items;
    size_t cap;
};

static enum rs_code read_chunk(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_load_lists *what, struct chunk *c)
{
    const struct rs_place *place = c->places->p + c->from;
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;
    size_t i = 0;

    RS_TRY(rs_load_query(cx, s, what->load, rs_places_from(c->places, c->from), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        while (i + 1 < c->n && place[i].id < rs_row_i64(rows, 0)) {
            i++;
        }
        if (cx->arena->used > RS_LOAD_BYTES_MAX) {
            return rs_fail(cx, RS_INVALID,
                           "the page would hold more than %d MiB; ask for fewer results at a time",
                           RS_LOAD_BYTES_MAX >> 20);
        }
        c->items = rs_arena_grow(cx->arena, c->items, c->n_items, &c->cap, what->item_size);
        RS_TRY(what->read(cx, rows, what->user, c->items + c->n_items * what->item_size));
        c->count[i]++;
        c->n_items++;
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    return RS_OK;
}

/* The items have come to rest: an id that comes twice has them at its first place. */
static void hand_out(const struct rs_load_lists *what, const struct chunk *c)
{
    const struct rs_place *place = c->places->p + c->from;
    char *next = c->items;

    for (size_t i = 0; i < c->n; i++) {
        struct rs_list *list = what->lists[place[i].at];

        if (i > 0 && place[i].id == place[i - 1].id) {
            *list = *what->lists[place[i - 1].at];
            continue;
        }
        *list = RS_LIST(next, c->count[i]);
        next = next != NULL ? next + c->count[i] * what->item_size : NULL;
    }
}

enum rs_code rs_load_lists(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                           const struct rs_load_lists *what)
{
    size_t usual = 0;

    for (size_t from = 0; from < places->n; from += RS_LOAD_CHUNK) {
        const size_t left = places->n - from;
        struct chunk c = {.places = places,
                          .from = from,
                          .n = left < RS_LOAD_CHUNK ? left : RS_LOAD_CHUNK,
                          .items = rs_arena_alloc(cx->arena, usual, what->item_size),
                          .cap = usual};

        RS_TRY(read_chunk(cx, s, what, &c));
        hand_out(what, &c);
        usual = c.n_items; /* the next one is likely to hold as many, and needs not grow */
    }
    return RS_OK;
}

/* The items of one chunk. An owner that comes twice in the page has its item twice. */
static enum rs_code read_rows(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                              size_t from, const struct rs_load_rows *what)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_load_query(cx, s, what->load, rs_places_from(places, from), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    while (has_row) {
        const int64_t id = rs_row_i64(rows, 0);

        for (size_t i = rs_places_find(places, id); i < places->n && places->p[i].id == id; i++) {
            char *item = (char *)what->items + places->p[i].at * what->item_size;

            memset(item, 0, what->item_size);
            RS_TRY(what->read(cx, rows, NULL, item));
        }
        RS_TRY(rs_rows_next(cx, rows, &has_row));
    }
    return RS_OK;
}

enum rs_code rs_load_rows(struct rs_cx *cx, struct rs_store *s, const struct rs_places *places,
                          const struct rs_load_rows *what)
{
    for (size_t from = 0; from < places->n; from += RS_LOAD_CHUNK) {
        RS_TRY(read_rows(cx, s, places, from, what));
    }
    return RS_OK;
}
