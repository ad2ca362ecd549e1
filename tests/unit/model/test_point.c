/* SPDX-License-Identifier: Apache-2.0 */
/* Which points a sample holds: against SQL's NTILE, spelled out. */
#include "model/point.h"

#include "model/expect.h"

/* The first place of bucket i when n things are dealt into `size` buckets one by one, the larger
 * ones first. */
static int64_t bucket_start(int64_t n, int64_t size, int64_t i)
{
    int64_t start = 0;

    for (int64_t b = 0; b < i; b++) {
        start += n / size + (b < n % size ? 1 : 0);
    }
    return start;
}

START_TEST(a_sample_takes_the_first_of_each_bucket_but_the_last_of_all)
{
    for (int64_t n = 1; n <= 60; n++) {
        for (int64_t size = 1; size <= n; size++) {
            for (int64_t i = 0; i + 1 < size; i++) {
                ck_assert_int_eq(rs_sample_place(n, size, i), bucket_start(n, size, i));
            }
            ck_assert_int_eq(rs_sample_place(n, size, size - 1), n - 1);
        }
    }
}
END_TEST

START_TEST(places_rise_without_repetition_in_a_large_series)
{
    const int64_t n = INT64_C(1) << 40;

    for (int64_t i = 1; i < 2500; i++) {
        ck_assert_int_gt(rs_sample_place(n, 2500, i), rs_sample_place(n, 2500, i - 1));
    }
    ck_assert_int_eq(rs_sample_place(n, 2500, 0), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_sample_takes_the_first_of_each_bucket_but_the_last_of_all);
    tcase_add_test(t, places_rise_without_repetition_in_a_large_series);
}

int main(void)
{
    return run_model_tests("model/point", add);
}
