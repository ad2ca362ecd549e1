/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator of linked chunks. The first chunk outlives resets, so a warm request touches no
 * malloc. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"

enum {
    CHUNK_MIN = 16 * 1024,      /* a typical request fits: a run with 20 metrics takes 4 KiB */
    CHUNK_KEPT_MAX = 64 * 1024, /* a bigger first chunk goes back to malloc at reset */
    ALIGN = alignof(max_align_t),
    FMT_SHORT = 256, /* what printf makes is mostly shorter: it runs once then */
};

struct rs_arena_chunk {
    struct rs_arena_chunk *older;
    size_t size; /* bytes in data */
    size_t used;
    alignas(max_align_t) char data[];
};

struct rs_arena_duty {
    struct rs_arena_duty *older;
    void (*fn)(void *);
    void *arg;
};

/* Where the address sanitizer watches, it knows the pieces: what is not given out may not be
 * touched, and neither may the gap behind each piece. Without it, a gap is nothing. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RS_ARENA_WATCHED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define RS_ARENA_WATCHED
#endif

#ifdef RS_ARENA_WATCHED
void __asan_poison_memory_region(void *p, size_t n);
void __asan_unpoison_memory_region(void *p, size_t n);
enum { GAP = ALIGN };
#else
enum { GAP = 0 };
#endif

static void forbid(void *p, size_t n)
{
#ifdef RS_ARENA_WATCHED
    __asan_poison_memory_region(p, n);
#else
    (void)p;
    (void)n;
#endif
}

static void allow(void *p, size_t n)
{
#ifdef RS_ARENA_WATCHED
    __asan_unpoison_memory_region(p, n);
#else
    (void)p;
    (void)n;
#endif
}

static _Noreturn void out_of_memory(size_t wanted)
{
    fprintf(stderr, "runestone: out of memory, %zu bytes wanted\n", wanted);
    abort();
}

static struct rs_arena_chunk *chunk_new(struct rs_arena *a, size_t least)
{
    const size_t size = least > CHUNK_MIN ? least : CHUNK_MIN;
    struct rs_arena_chunk *c = malloc(sizeof *c + size);

    if (c == NULL) {
        out_of_memory(size);
    }
    *c = (struct rs_arena_chunk){.older = a->chunk, .size = size};
    a->chunk = c;
    forbid(c->data, size);
    return c;
}

/* As rs_arena_alloc, without the zeroes: for callers that write every byte. */
static void *take(struct rs_arena *a, size_t bytes)
{
    struct rs_arena_chunk *c = a->chunk;

    if (bytes > SIZE_MAX / 2) {
        out_of_memory(bytes);
    }
    const size_t room = (bytes + ALIGN - 1) / ALIGN * ALIGN + GAP;
    if (c == NULL || c->size - c->used < room) {
        c = chunk_new(a, room);
    }
    void *p = c->data + c->used;
    c->used += room;
    a->used += room;
    allow(p, bytes);
    return p;
}

void *rs_arena_alloc(struct rs_arena *a, size_t count, size_t size)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        out_of_memory(SIZE_MAX);
    }
    return memset(take(a, bytes), 0, bytes);
}

struct rs_str rs_arena_str(struct rs_arena *a, struct rs_str s)
{
    if (s.p == NULL) {
        return s;
    }
    char *p = take(a, s.n + 1);
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct rs_str){p, s.n};
}

struct rs_str rs_arena_fmt(struct rs_arena *a, const char *fmt, ...)
{
    char text[FMT_SHORT];
    va_list args;
    va_list again;

    va_start(args, fmt);
    va_copy(again, args);
    const int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0) {
        out_of_memory(0);
    }
    char *p = take(a, (size_t)n + 1);
    if ((size_t)n < sizeof text) {
        memcpy(p, text, (size_t)n + 1);
    } else {
        vsnprintf(p, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return (struct rs_str){p, (size_t)n};
}

struct rs_str rs_arena_join(struct rs_arena *a, const struct rs_str *parts, size_t n)
{
    size_t bytes = 0;
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += parts[i].n;
    }
    char *p = take(a, bytes + 1);
    for (size_t i = 0; i < n; i++) {
        if (parts[i].n > 0) {
            memcpy(p + at, parts[i].p, parts[i].n);
        }
        at += parts[i].n;
    }
    p[at] = '\0';
    return (struct rs_str){p, at};
}

struct rs_str rs_arena_i64(struct rs_arena *a, int64_t v)
{
    char text[RS_I64_TEXT_MAX];
    const size_t n = rs_i64_text(v, text);

    return rs_arena_str(a, (struct rs_str){text, n});
}

void *rs_arena_grow(struct rs_arena *a, void *items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return items;
    }
    *cap = *cap ? *cap * 2 : 8;
    void *bigger = rs_arena_alloc(a, *cap, size);
    if (n > 0) {
        memcpy(bigger, items, n * size);
    }
    return bigger;
}

void rs_arena_defer(struct rs_arena *a, void (*fn)(void *), void *arg)
{
    struct rs_arena_duty *d = RS_NEW(a, struct rs_arena_duty);

    *d = (struct rs_arena_duty){.older = a->duties, .fn = fn, .arg = arg};
    a->duties = d;
}

static void release(struct rs_arena *a, size_t keep_up_to)
{
    while (a->duties != NULL) {
        struct rs_arena_duty *d = a->duties;

        a->duties = d->older;
        d->fn(d->arg);
    }
    while (a->chunk != NULL && (a->chunk->older != NULL || a->chunk->size > keep_up_to)) {
        struct rs_arena_chunk *c = a->chunk;

        a->chunk = c->older;
        free(c);
    }
    if (a->chunk != NULL) {
        forbid(a->chunk->data, a->chunk->used);
        a->chunk->used = 0;
    }
    a->used = 0;
}

void rs_arena_reset(struct rs_arena *a)
{
    release(a, CHUNK_KEPT_MAX);
}

void rs_arena_fini(struct rs_arena *a)
{
    release(a, 0);
}
