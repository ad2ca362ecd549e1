/* SPDX-License-Identifier: Apache-2.0 */
/* A set of ids: a bit for each number of a range. May be included by store/sql. */
#ifndef RS_STORE_SQL_SEARCH_BITS_H
#define RS_STORE_SQL_SEARCH_BITS_H

#include "base/arena.h"

/* {0} is valid and holds nothing. */
struct rs_bits {
    unsigned char *byte;
    int64_t first; /* the least id that it may hold, a multiple of 8 */
    int64_t end;   /* behind the greatest */
    size_t n;      /* ids that it holds */
};

/* An empty one with room for those of these ids, which are not negative; the arena's. */
struct rs_bits rs_bits_for(struct rs_arena *a, const int64_t *ids, size_t n);

/* One of all of them. */
struct rs_bits rs_bits_of(struct rs_arena *a, const int64_t *ids, size_t n);

struct rs_bits rs_bits_copy(struct rs_arena *a, const struct rs_bits *b);

/* What is in both; the arena's. */
struct rs_bits rs_bits_common(struct rs_arena *a, const struct rs_bits *x, const struct rs_bits *y);

/* The b->n ids, in order; the arena's. */
int64_t *rs_bits_ids(struct rs_arena *a, const struct rs_bits *b);

/* How many bytes it has. */
static inline size_t rs_bits_size(const struct rs_bits *b)
{
    return (size_t)(b->end - b->first + 7) / 8;
}

static inline bool rs_bits_has(const struct rs_bits *b, int64_t id)
{
    return id >= b->first && id < b->end &&
           (b->byte[(id - b->first) / 8] >> ((id - b->first) % 8) & 1) != 0;
}

/* Nothing happens where there is no room for it. */
static inline void rs_bits_set(struct rs_bits *b, int64_t id)
{
    if (id >= b->first && id < b->end && !rs_bits_has(b, id)) {
        b->byte[(id - b->first) / 8] |= (unsigned char)(1U << ((id - b->first) % 8));
        b->n++;
    }
}

#endif
