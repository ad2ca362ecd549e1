/* SPDX-License-Identifier: Apache-2.0 */
/* How a program of unit tests ends: everything is run, and the exit code says whether it went well.
 */
#ifndef RS_TESTS_SUPPORT_SUITE_H
#define RS_TESTS_SUPPORT_SUITE_H

#include <check.h>

/* Runs a suite, each test in a process of its own, and frees it. The exit code of main. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* One case of that name: open and close stand around each test, and may be NULL; `add` puts the
 * tests into it. */
struct one_case {
    const char *name;
    void (*open)(void);
    void (*close)(void);
    void (*add)(TCase *tests);
};

static inline int run_case(const struct one_case *c)
{
    Suite *suite = suite_create(c->name);
    TCase *tests = tcase_create(c->name);

    tcase_add_checked_fixture(tests, c->open, c->close);
    c->add(tests);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}

#endif
