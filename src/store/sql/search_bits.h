/* SPDX-License-Identifier: Apache-2.0 */
/* A set of ids: a bit for each number of a range. May be included by store/sql. */
#ifndef RS_STORE_SQL_SEARCH_BITS_H
#define RS_STORE_SQL_SEARCH_BITS_H

#include "base/arena.h"

/* {0} is valid and holds nothing. */
struct rs_bits {
    unsigned char *byte;
    int64_t first; /* the least id that it may hold */
    int64_t end;   /* behind the greatest */
};

/* An empty one with room for those of these ids; the arena's. */
static inline struct rs_bits rs_bits_for(struct rs_arena *a, const int64_t *ids, size_t n)
{
    struct rs_bits b = {.first = n > 0 ? ids[0] : 0};

    for (size_t i = 0; i < n; i++) {
        b.first = ids[i] < b.first ? ids[i] : b.first;
        b.end = ids[i] >= b.end ? ids[i] + 1 : b.end;
    }
    b.byte = RS_NEW_N(a, unsigned char, (size_t)(b.end - b.first) / 8 + 1);
    return b;
}

/* Nothing happens where there is no room for it. */
static inline void rs_bits_set(struct rs_bits *b, int64_t id)
{
    if (id >= b->first && id < b->end) {
        b->byte[(id - b->first) / 8] |= (unsigned char)(1U << ((id - b->first) % 8));
    }
}

static inline bool rs_bits_has(const struct rs_bits *b, int64_t id)
{
    return id >= b->first && id < b->end &&
           (b->byte[(id - b->first) / 8] >> ((id - b->first) % 8) & 1) != 0;
}

#endif
