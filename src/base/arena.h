/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one request: given out piece by piece, taken back all at once. May be included by every
 * room.
 *
 * Sizes that come from outside are bounded before they get here (limits.h, body limits); when
 * memory is truly out, the process says so and aborts in one place, arena.c. */
#ifndef RS_BASE_ARENA_H
#define RS_BASE_ARENA_H

#include "base/str.h"

struct rs_arena_chunk;
struct rs_arena_duty;

/* One thread at a time. Zero-initialised is valid and empty. */
struct rs_arena {
    struct rs_arena_chunk *chunk; /* the newest; older ones hang on it */
    struct rs_arena_duty *duties; /* what is called at reset, newest first */
    size_t used;                  /* bytes given out since the last reset, over all chunks */
};

/* Zeroed memory for `count` objects of `size` bytes, aligned for any type. The arena's, until
 * reset. */
void *rs_arena_alloc(struct rs_arena *a, size_t count, size_t size);

#define RS_NEW(arena, type) ((type *)rs_arena_alloc((arena), 1, sizeof(type)))
#define RS_NEW_N(arena, type, n) ((type *)rs_arena_alloc((arena), (n), sizeof(type)))

/* A copy with a NUL behind it (not counted in n). An absent string stays absent. The arena's. */
struct rs_str rs_arena_str(struct rs_arena *a, struct rs_str s);

/* printf into the arena; the text is the arena's. */
struct rs_str rs_arena_fmt(struct rs_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The parts one behind another; the arena's. At a tenth of the price of rs_arena_fmt, for what is
 * made for each row. */
struct rs_str rs_arena_join(struct rs_arena *a, const struct rs_str *parts, size_t n);

#define RS_JOIN(arena, ...)                                                                        \
    rs_arena_join((arena), (const struct rs_str[]){__VA_ARGS__},                                   \
                  sizeof((const struct rs_str[]){__VA_ARGS__}) / sizeof(struct rs_str))

/* A number in decimal; the arena's. */
struct rs_str rs_arena_i64(struct rs_arena *a, int64_t v);

/* Doubles an array held in the arena when it is full: returns room for more than n items of `size`
 * bytes. */
void *rs_arena_grow(struct rs_arena *a, void *items, size_t n, size_t *cap, size_t size);

/* fn(arg) is called once when the arena is reset, newest first: for what a library allocated. */
void rs_arena_defer(struct rs_arena *a, void (*fn)(void *), void *arg);

/* Calls the duties and forgets all pieces; keeps one chunk, so that the next request allocates
 * nothing. */
void rs_arena_reset(struct rs_arena *a);

/* As reset, and gives the memory back. */
void rs_arena_fini(struct rs_arena *a);

#endif
