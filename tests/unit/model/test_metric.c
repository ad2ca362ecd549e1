/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: their rule, their order, their stored value. */
#include "model/metric.h"

#include <float.h>
#include <math.h>

#include "model/expect.h"
#include "model/limits.h"

static struct rs_metric point(int64_t step, int64_t timestamp, double value)
{
    return (struct rs_metric){
        .key = RS_STR("m"), .value = value, .timestamp = timestamp, .step = step};
}

START_TEST(any_double_and_any_step_pass)
{
    static const double values[] = {0, -0.0, 5e-324, DBL_MAX, INFINITY, -INFINITY, NAN};

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct rs_metric m = point(INT64_MIN, INT64_MAX, values[i]);

        ck_assert_accepts(rs_metric_check(&cx, RS_ALONE, &m));
    }
}
END_TEST

START_TEST(a_negative_timestamp_is_refused_with_the_value_as_python_writes_it)
{
    struct rs_metric m = point(0, -1, 1);

    ck_assert_refuses(rs_metric_check(&cx, RS_ITEM("metrics", 0), &m),
                      "Invalid value -1 for parameter 'metrics[0].timestamp' supplied: metric 'm' "
                      "(value=1.0). Timestamp must be a nonnegative long (64-bit integer) ");
    m.value = NAN;
    ck_assert_refuses(rs_metric_check(&cx, RS_ALONE, &m),
                      "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' "
                      "(value=nan). Timestamp must be a nonnegative long (64-bit integer) ");
    m.value = -INFINITY;
    ck_assert_refuses(rs_metric_check(&cx, RS_ALONE, &m),
                      "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' "
                      "(value=-inf). Timestamp must be a nonnegative long (64-bit integer) ");
}
END_TEST

START_TEST(a_key_is_called_name_and_its_length_metric_name)
{
    struct rs_metric m = point(0, 0, 1);

    m.key = RS_STR("a b,c");
    ck_assert_refuses(
        rs_metric_check(&cx, RS_ITEM("metrics", 1), &m),
        "Invalid value \"a b,c\" for parameter 'metrics[1].name' supplied: Names may only "
        "contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
        "colon(:) and slashes (/).");
    m.key = repeated("k", RS_KEY_MAX + 1);
    ck_assert_refuses(rs_metric_check(&cx, RS_ITEM("metrics", 1), &m),
                      "'Metric name' exceeds the maximum length of 250 characters");
}
END_TEST

START_TEST(a_dataset_needs_both_name_and_digest)
{
    struct rs_metric m = point(0, 0, 1);

    m.dataset_name = RS_STR("d");
    ck_assert_refuses(rs_metric_check(&cx, RS_ALONE, &m),
                      "Both dataset_name and dataset_digest must be provided if one is provided");
    m.dataset_digest = RS_STR("x");
    ck_assert_accepts(rs_metric_check(&cx, RS_ALONE, &m));
    m.dataset_name = m.dataset_digest = RS_STR("");
    ck_assert_accepts(rs_metric_check(&cx, RS_ALONE, &m));
}
END_TEST

START_TEST(the_latest_point_is_the_greatest_by_step_then_time_then_value)
{
    /* Each is newer than all before it, and none than itself. */
    const struct rs_metric points[] = {
        point(-3, 99, 5), point(0, 1, 9), point(0, 2, -INFINITY), point(0, 2, -1),
        point(0, 2, NAN), point(0, 2, 1), point(0, 2, INFINITY),  point(1, 0, -5),
    };
    const size_t n = sizeof points / sizeof points[0];

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            ck_assert_msg(rs_metric_is_newer(&points[i], &points[j]) == (i > j), "%zu and %zu", i,
                          j);
        }
    }
}
END_TEST

START_TEST(nan_counts_as_zero_and_infinity_is_beyond_the_largest_number)
{
    const struct rs_metric nan = point(0, 0, NAN);
    const struct rs_metric zero = point(0, 0, -0.0);
    const struct rs_metric infinite = point(0, 0, INFINITY);
    const struct rs_metric largest = point(0, 0, DBL_MAX);

    ck_assert(!rs_metric_is_newer(&nan, &zero));
    ck_assert(!rs_metric_is_newer(&zero, &nan));
    ck_assert(rs_metric_is_newer(&infinite, &largest));
    ck_assert(!rs_metric_is_newer(&largest, &infinite));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, any_double_and_any_step_pass);
    tcase_add_test(t, a_negative_timestamp_is_refused_with_the_value_as_python_writes_it);
    tcase_add_test(t, a_key_is_called_name_and_its_length_metric_name);
    tcase_add_test(t, a_dataset_needs_both_name_and_digest);
    tcase_add_test(t, the_latest_point_is_the_greatest_by_step_then_time_then_value);
    tcase_add_test(t, nan_counts_as_zero_and_infinity_is_beyond_the_largest_number);
}

int main(void)
{
    return run_model_tests("model/metric", add);
}
