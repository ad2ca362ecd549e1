/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes with a limit: replies, SQL text, log lines. May be included by every
 * room. */
#ifndef RS_BASE_BUF_H
#define RS_BASE_BUF_H

#include "base/arena.h"

/* {.max = N} is valid and empty. When more than max bytes are put, the rest is dropped and `over`
 * stands: callers check once, at the end. One thread at a time. */
struct rs_buf {
    char *p; /* yours: free with rs_buf_fini, or take it with rs_buf_take */
    size_t n;
    size_t cap;
    size_t max; /* bytes; 0: none may be put */
    bool over;
};

/* As rs_buf_room, when there is no room yet: for this header only. */
char *rs_buf_grow(struct rs_buf *b, size_t n);

/* Room for at least n more bytes, written by the caller, who then adds to b->n; NULL where the
 * limit forbids. */
static inline char *rs_buf_room(struct rs_buf *b, size_t n)
{
    return !b->over && b->cap - b->n > n ? b->p + b->n : rs_buf_grow(b, n);
}

static inline void rs_buf_put(struct rs_buf *b, const void *bytes, size_t n)
{
    char *room = n > 0 ? rs_buf_room(b, n) : NULL;

    if (room != NULL) {
        memcpy(room, bytes, n);
        b->n += n;
    }
}

static inline void rs_buf_putc(struct rs_buf *b, char c)
{
    rs_buf_put(b, &c, 1);
}

/* printf at the end. */
void rs_buf_fmt(struct rs_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline void rs_buf_str(struct rs_buf *b, struct rs_str s)
{
    rs_buf_put(b, s.p, s.n);
}

/* A literal. */
#define RS_BUF_LIT(b, lit) rs_buf_put((b), "" lit, sizeof(lit) - 1)

/* The bytes so far, borrowed until the next put. */
static inline struct rs_str rs_buf_view(const struct rs_buf *b)
{
    return (struct rs_str){b->p ? b->p : "", b->n};
}

/* The bytes so far as a text of the arena's; the buffer is freed. */
struct rs_str rs_buf_text(struct rs_buf *b, struct rs_arena *a);

/* Empties it and keeps the memory. */
void rs_buf_clear(struct rs_buf *b);

/* Moves the bytes to the caller (free() them); the buffer is empty again. NULL when nothing was
 * put. */
char *rs_buf_take(struct rs_buf *b);

void rs_buf_fini(struct rs_buf *b);

#endif
