/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the upper rooms share: a context for each test, what a call must answer, and a
 * folder for files. */
#ifndef RS_TESTS_UNIT_SUPPORT_TRIAL_H
#define RS_TESTS_UNIT_SUPPORT_TRIAL_H

#include "base/cx.h"
#include "base/expect.h"

/* Of the test that runs: each has a process of its own. */
static struct rs_arena arena;
static struct rs_cx cx = {.arena = &arena};

/* Gives back what the test has put into the context: call it in the closing fixture. */
static inline void close_context(void)
{
    rs_cx_clear(&cx);
    rs_arena_fini(&arena);
}

/* Asserts that a call went well, and shows the message of `cx` otherwise. */
#define ck_ok(call)                                                                                \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == RS_OK, "%s: %s", #call, cx.error.message);                        \
    } while (0)

/* Asserts the code and a part of the message of a call that fails, and forgets the error. */
#define ck_fails(call, wanted, text)                                                               \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == (wanted), "%s: %s, %s", #call, rs_code_name(ck_code),             \
                      cx.error.message);                                                           \
        ck_assert_msg(strstr(cx.error.message, (text)) != NULL, "%s: %s", #call,                   \
                      cx.error.message);                                                           \
        rs_cx_clear(&cx);                                                                          \
    } while (0)

/* One group of tests of a program. */
struct trials {
    const char *name;
    void (*open)(void); /* before each test; NULL: nothing */
    void (*close)(void);
    void (*add)(TCase *);
};

/* Makes the folder of folder_path, runs the tests, removes the folder. The exit code of main. */
int run_trials(const struct trials *t);

/* A path in a folder that lives as long as the program; nothing is there yet, unless the same test
 * has put it there. The text is the arena's. */
const char *folder_path(struct rs_arena *a, const char *name);

#endif
