/* SPDX-License-Identifier: Apache-2.0 */
/* The process's figures, beside what the test itself knows of them. */
#include "base/process.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/expect.h"

START_TEST(open_files_are_counted)
{
    enum { N = 20 };
    const uint64_t before = rs_process_read().open_fds;
    int fds[N];

    ck_assert_uint_ge(before, 1);
    for (size_t i = 0; i < N; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(fds[i], 0);
    }
    ck_assert_uint_eq(rs_process_read().open_fds, before + N);
    for (size_t i = 0; i < N; i++) {
        close(fds[i]);
    }
    ck_assert_uint_eq(rs_process_read().open_fds, before);
}
END_TEST

START_TEST(memory_grows_by_what_is_touched)
{
    enum { BYTES = 64 << 20 };
    const struct rs_process before = rs_process_read();
    char *p = malloc(BYTES);

    ck_assert_ptr_nonnull(p);
    memset(p, 1, BYTES);
    __asm__ volatile("" : : "r"(p) : "memory");
    const struct rs_process after = rs_process_read();
    free(p);
    ck_assert_uint_ge(before.resident_bytes, 1 << 20);
    ck_assert_uint_ge(after.resident_bytes, before.resident_bytes + BYTES / 2);
    ck_assert_uint_ge(after.virtual_bytes, after.resident_bytes);
}
END_TEST

START_TEST(time_threads_and_the_limit_are_the_kernels)
{
    const struct rs_process p = rs_process_read();
    struct rlimit fds;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &fds), 0);
    ck_assert_uint_eq(p.max_fds, fds.rlim_cur);
    ck_assert_uint_ge(p.threads, 1);
    double before = p.cpu_s;
    while (rs_process_read().cpu_s <= before) {}
    ck_assert(rs_process_read().cpu_s < before + 60);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, open_files_are_counted);
    tcase_add_test(t, memory_grows_by_what_is_touched);
    tcase_add_test(t, time_threads_and_the_limit_are_the_kernels);
}

int main(void)
{
    return run_tests("base/process", add);
}
