/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error as a pipe, to read what the log wrote. */
#ifndef RS_TESTS_UNIT_SUPPORT_DIVERT_H
#define RS_TESTS_UNIT_SUPPORT_DIVERT_H

#include <check.h>
#include <unistd.h>

/* Puts a pipe in the place of standard error; returns its reading end. *saved is for restore. */
static inline int divert(int *saved)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    *saved = dup(STDERR_FILENO);
    ck_assert_int_ge(*saved, 0);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    close(ends[1]);
    return ends[0];
}

static inline void restore(int saved)
{
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
}

#endif
