/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share: a context for each test, and what a rule says of an input. */
#ifndef RS_TESTS_UNIT_MODEL_EXPECT_H
#define RS_TESTS_UNIT_MODEL_EXPECT_H

#include "base/cx.h"
#include "base/expect.h"

static struct rs_arena arena;
static struct rs_cx cx;

static inline void open_context(void)
{
    cx = (struct rs_cx){.arena = &arena};
}

static inline void close_context(void)
{
    rs_arena_fini(&arena);
}

/* `count` times the text, in the arena. */
static inline struct rs_str repeated(const char *text, size_t count)
{
    const size_t n = strlen(text);
    char *p = rs_arena_alloc(&arena, count + 1, n + 1);

    for (size_t i = 0; i < count; i++) {
        memcpy(p + i * n, text, n);
    }
    return (struct rs_str){p, count * n};
}

/* That the call succeeds. */
#define ck_assert_accepts(call)                                                                    \
    do {                                                                                           \
        rs_cx_clear(&cx);                                                                          \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == RS_OK, "%s: %s", #call, cx.error.message);                        \
    } while (0)

/* That the call answers RS_INVALID with exactly this message. */
#define ck_assert_refuses(call, want)                                                              \
    do {                                                                                           \
        rs_cx_clear(&cx);                                                                          \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == RS_INVALID, "%s: code %d", #call, (int)ck_code);                  \
        ck_assert_str_eq(cx.error.message, (want));                                                \
    } while (0)

/* Runs what `add` puts into the case, each test with a context of its own. The exit code of main.
 */
static inline int run_model_tests(const char *name, void (*add)(TCase *))
{
    return run_case(
        &(struct one_case){.name = name, .open = open_context, .close = close_context, .add = add});
}

#endif
