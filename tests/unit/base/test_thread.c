/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread starts with. */
#include "base/thread.h"

#include <signal.h>

#include "base/expect.h"

static void *read_mask(void *arg)
{
    pthread_sigmask(SIG_BLOCK, NULL, arg);
    return arg;
}

START_TEST(a_thread_leaves_signals_to_the_one_that_starts_it)
{
    pthread_t thread;
    sigset_t its;
    sigset_t mine;
    void *said = NULL;

    sigemptyset(&its);
    ck_assert_int_eq(rs_thread_start(&thread, read_mask, &its), 0);
    ck_assert_int_eq(pthread_join(thread, &said), 0);
    ck_assert_ptr_eq(said, &its);
    ck_assert_int_eq(sigismember(&its, SIGTERM), 1);
    ck_assert_int_eq(sigismember(&its, SIGCHLD), 1);
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    ck_assert_int_eq(sigismember(&mine, SIGTERM), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_thread_leaves_signals_to_the_one_that_starts_it);
}

int main(void)
{
    return run_tests("base/thread", add);
}
