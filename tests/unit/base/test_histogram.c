/* SPDX-License-Identifier: Apache-2.0 */
/* Observations fall into the bucket of the first bound that is not below them. */
#include "base/histogram.h"

#include <pthread.h>

#include "base/expect.h"

enum { N_THREADS = 4, N_EACH = 20000 };

static const struct rs_scale tens = {.n = 3, .upper = {10, 20, 30}, .per = 1};

START_TEST(a_bound_belongs_to_the_bucket_below_it)
{
    struct rs_histogram h = {.scale = &tens};
    static const int64_t values[] = {-5, 0, 10, 11, 20, 21, 30, 31, 1000000};
    static const unsigned long long want[] = {3, 2, 2, 2};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        rs_histogram_add(&h, values[i]);
    }
    for (size_t b = 0; b < 4; b++) {
        ck_assert_uint_eq(atomic_load(&h.bucket[b]), want[b]);
    }
    ck_assert_uint_eq(rs_histogram_n(&h), 9);
    ck_assert_uint_eq(atomic_load(&h.sum), 10 + 11 + 20 + 21 + 30 + 31 + 1000000);
}
END_TEST

START_TEST(scales_rise_and_fit)
{
    static const struct rs_scale *const scales[] = {&rs_scale_time, &rs_scale_count};

    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_le(scales[i]->n, RS_HISTOGRAM_MAX);
        ck_assert(scales[i]->per > 0);
        for (size_t b = 1; b < scales[i]->n; b++) {
            ck_assert_int_lt(scales[i]->upper[b - 1], scales[i]->upper[b]);
        }
    }
}
END_TEST

static void *add_many(void *arg)
{
    for (int i = 0; i < N_EACH; i++) {
        rs_histogram_add(arg, i % 40);
    }
    return NULL;
}

START_TEST(threads_add_without_losing_any)
{
    struct rs_histogram h = {.scale = &tens};
    pthread_t threads[N_THREADS];

    for (int i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, &h), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_uint_eq(rs_histogram_n(&h), (uint64_t)N_THREADS * N_EACH);
    ck_assert_uint_eq(atomic_load(&h.bucket[0]), (uint64_t)N_THREADS * N_EACH / 40 * 11);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_bound_belongs_to_the_bucket_below_it);
    tcase_add_test(t, scales_rise_and_fit);
    tcase_add_test(t, threads_add_without_losing_any);
}

int main(void)
{
    return run_tests("base/histogram", add);
}
