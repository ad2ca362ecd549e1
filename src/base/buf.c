/* SPDX-License-Identifier: Apache-2.0 */
/* Growing buffers: doubling, with a limit that is remembered rather than checked at every put. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAP_MIN = 512 };

/* There is always one byte more than was asked for, also at the limit: the NUL that vsnprintf
 * writes. */
char *rs_buf_grow(struct rs_buf *b, size_t n)
{
    if (b->over || n > b->max - b->n) {
        b->over = true;
        return NULL;
    }
    size_t cap = b->cap ? b->cap : CAP_MIN;
    while (cap - b->n <= n) {
        cap *= 2;
    }
    if (cap > b->max) {
        cap = b->max + 1;
    }
    char *p = realloc(b->p, cap);
    if (p == NULL) {
        fprintf(stderr, "runestone: out of memory, %zu bytes wanted\n", cap);
        abort();
    }
    b->p = p;
    b->cap = cap;
    return b->p + b->n;
}

void rs_buf_fmt(struct rs_buf *b, const char *fmt, ...)
{
    va_list args;
    va_list again;

    va_start(args, fmt);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *room = n < 0 ? NULL : rs_buf_room(b, (size_t)n);
    if (room != NULL) {
        vsnprintf(room, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

struct rs_str rs_buf_text(struct rs_buf *b, struct rs_arena *a)
{
    const struct rs_str text = rs_arena_str(a, rs_buf_view(b));

    rs_buf_fini(b);
    return text;
}

void rs_buf_clear(struct rs_buf *b)
{
    b->n = 0;
    b->over = false;
}

char *rs_buf_take(struct rs_buf *b)
{
    char *p = b->p;

    *b = (struct rs_buf){.max = b->max};
    return p;
}

void rs_buf_fini(struct rs_buf *b)
{
    free(rs_buf_take(b));
}
