/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this room share: comparing byte strings, and the run of one group of tests. */
#ifndef RS_TESTS_UNIT_BASE_EXPECT_H
#define RS_TESTS_UNIT_BASE_EXPECT_H

#include <check.h>
#include <stddef.h>

#include "base/str.h"
#include "support/suite.h"

/* That `got` holds exactly the bytes of the C string `want`; shows both where it does not. */
#define ck_assert_text(got, want)                                                                  \
    do {                                                                                           \
        const struct rs_str ck_got = (got);                                                        \
        ck_assert_msg(rs_str_is(ck_got, (want)), "got \"" RS_FMT "\", want \"%s\"",                \
                      RS_ARG(ck_got), (want));                                                     \
    } while (0)

/* Runs what `add` puts into the case, each test in a process of its own. The exit code of main. */
static inline int run_tests(const char *name, void (*add)(TCase *))
{
    return run_case(&(struct one_case){.name = name, .add = add});
}

#endif
