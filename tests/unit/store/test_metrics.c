/* SPDX-License-Identifier: Apache-2.0 */
/* Points and the latest of them: what is kept once, what is newer, what is in order. */
#include <math.h>
#include <stdio.h>

#include "store/metric.h"
#include "support/scratch.h"

static struct rs_run_ref run;

static struct rs_series series_of(const char *name)
{
    struct rs_series s;

    ck_ok(rs_store_series_find(scratch_cx(), scratch_store(), RS_STR("r"), rs_str_of(name), &s));
    return s;
}

static void put(double value, int64_t at, int64_t step)
{
    scratch_point(&run, "m", at, step, value);
}

/* Puts a whole batch at once. */
static void put_all(struct rs_metric *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m[i].key = m[i].key.p != NULL ? m[i].key : RS_STR("m");
    }
    ck_ok(rs_store_metrics_put(scratch_cx(), scratch_store(), &run, m, n));
}

/* Whether the latest point is at that step and time; its value has a test of its own. */
static bool is_latest(int64_t step, int64_t at)
{
    return scratch_number("SELECT step FROM latest_metric") == step &&
           scratch_number("SELECT at FROM latest_metric") == at;
}

static struct rs_point read_point(void)
{
    const struct rs_series s = series_of("m");
    struct rs_point p = {0};
    struct rs_points out = {&p, 0, 1};

    ck_ok(rs_store_history_list(scratch_cx(), scratch_store(), &s, NULL, &out));
    ck_assert_uint_eq(out.n, 1);
    return p;
}

static void open_with_run(void)
{
    scratch_open();
    run = scratch_run("r");
}

START_TEST(a_repeated_point_is_stored_once)
{
    for (int i = 0; i < 3; i++) {
        put(0.5, 10, 1);
    }
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM metric"), 1);
    ck_assert_int_eq(series_of("m").points, 1);
}
END_TEST

START_TEST(a_repeated_nan_point_is_stored_once)
{
    put(NAN, 10, 1);
    put(-NAN, 10, 1);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM metric"), 1);
    ck_assert_int_eq(series_of("m").points, 1);
    ck_assert(isnan(read_point().value));
}
END_TEST

START_TEST(a_nan_and_a_zero_are_two_points)
{
    put(NAN, 10, 1);
    put(0, 10, 1);
    ck_assert_int_eq(series_of("m").points, 2);
}
END_TEST

START_TEST(a_point_that_comes_twice_in_a_batch_is_stored_once)
{
    struct rs_metric m[] = {{.value = 1, .timestamp = 5}, {.value = 1, .timestamp = 5}};

    put_all(m, 2);
    ck_assert_int_eq(series_of("m").points, 1);
    ck_assert(series_of("m").in_order);
}
END_TEST

START_TEST(every_double_comes_back_bit_for_bit)
{
    static const double values[] = {0.0,       -0.0,
                                    0.1,       -1.5,
                                    5e-324,    INFINITY,
                                    -INFINITY, 1.7976931348623157e308,
                                    1e300,     9007199254740993.0,
                                    123.0};
    const struct rs_series none = series_of("m");

    ck_assert_int_eq(none.points, 0);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char name[16];

        snprintf(name, sizeof name, "m%zu", i);
        scratch_point(&run, name, 1, 1, values[i]);
        const struct rs_series s = series_of(name);
        struct rs_point p = {0};
        struct rs_points out = {&p, 0, 1};

        ck_ok(rs_store_history_list(scratch_cx(), scratch_store(), &s, NULL, &out));
        ck_assert_mem_eq(&p.value, &values[i], sizeof p.value);
    }
}
END_TEST

START_TEST(the_latest_is_the_greatest_by_step_then_time_then_value)
{
    put(1, 90, 0);
    ck_assert(is_latest(0, 90));
    put(2, 10, 2);
    ck_assert(is_latest(2, 10));
    put(9, 99, 1); /* a later time of an earlier step */
    ck_assert(is_latest(2, 10));
    put(-4, 20, 2);
    ck_assert(is_latest(2, 20));
    put(-3, 20, 2);
    ck_assert_int_eq(scratch_number("SELECT CAST(value AS INTEGER) FROM latest_metric"), -3);
    put(-5, 20, 2);
    ck_assert_int_eq(scratch_number("SELECT CAST(value AS INTEGER) FROM latest_metric"), -3);
    ck_assert_int_eq(series_of("m").points, 6);
}
END_TEST

START_TEST(a_nan_counts_as_zero_among_equal_steps_and_times)
{
    put(-1, 5, 1);
    put(NAN, 5, 1);
    ck_assert_int_eq(scratch_number("SELECT is_nan FROM latest_metric"), 1);
    put(1, 5, 1);
    ck_assert_int_eq(scratch_number("SELECT is_nan FROM latest_metric"), 0);
    put(NAN, 6, 1);
    ck_assert_int_eq(scratch_number("SELECT is_nan FROM latest_metric"), 1);
}
END_TEST

START_TEST(a_batch_has_the_same_latest_as_its_points_one_by_one)
{
    struct rs_metric m[] = {{.value = 1, .timestamp = 90},
                            {.value = 2, .timestamp = 10, .step = 2},
                            {.value = -4, .timestamp = 20, .step = 2},
                            {.value = -3, .timestamp = 20, .step = 2},
                            {.value = 9, .timestamp = 99, .step = 1}};

    put_all(m, sizeof m / sizeof m[0]);
    ck_assert(is_latest(2, 20));
    ck_assert_int_eq(scratch_number("SELECT CAST(value AS INTEGER) FROM latest_metric"), -3);
    ck_assert_int_eq(series_of("m").points, 5);
}
END_TEST

START_TEST(points_that_rise_in_time_and_step_are_in_order)
{
    struct rs_metric more[] = {{.value = 3, .timestamp = 30, .step = 3},
                               {.value = 2, .timestamp = 20, .step = 2}};

    put(1, 10, 1);
    put_all(more, 2);
    put(4, 30, 3); /* the same place, another value */
    put(5, 30, 4);
    ck_assert(series_of("m").in_order);
}
END_TEST

START_TEST(a_step_that_falls_while_time_rises_breaks_the_order)
{
    put(1, 10, 5);
    put(1, 20, 4);
    ck_assert(!series_of("m").in_order);
    put(1, 30, 9);
    ck_assert(!series_of("m").in_order);
}
END_TEST

START_TEST(an_earlier_time_of_a_later_step_breaks_the_order)
{
    put(1, 10, 5);
    put(1, 5, 6);
    ck_assert(!series_of("m").in_order);
}
END_TEST

START_TEST(a_late_point_breaks_the_order_even_where_it_would_fit)
{
    put(1, 10, 1);
    put(1, 30, 3);
    put(1, 20, 2);
    /* Only a look at all points could tell; a flag that says less than the truth costs a sort, no
     * more. */
    ck_assert(!series_of("m").in_order);
}
END_TEST

START_TEST(a_batch_that_falls_in_itself_breaks_the_order)
{
    struct rs_metric m[] = {{.value = 1, .timestamp = 10, .step = 2},
                            {.value = 1, .timestamp = 20, .step = 1}};

    put_all(m, 2);
    ck_assert(!series_of("m").in_order);
}
END_TEST

START_TEST(a_repeated_old_point_leaves_the_order_alone)
{
    put(1, 10, 1);
    put(1, 20, 2);
    put(1, 10, 1);
    ck_assert(series_of("m").in_order);
    ck_assert_int_eq(series_of("m").points, 2);
}
END_TEST

START_TEST(the_metrics_of_a_batch_are_apart)
{
    struct rs_metric m[] = {{.key = RS_STR("b"), .value = 1, .step = 1},
                            {.key = RS_STR("a"), .value = 2, .step = 2},
                            {.key = RS_STR("b"), .value = 3, .step = 3}};

    put_all(m, 3);
    ck_assert_int_eq(series_of("a").points, 1);
    ck_assert_int_eq(series_of("b").points, 2);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM latest_metric"), 2);
}
END_TEST

START_TEST(the_steps_and_times_at_the_ends_of_64_bits_are_kept)
{
    put(1, INT64_MAX, INT64_MIN);
    put(2, 0, INT64_MAX);
    ck_assert(is_latest(INT64_MAX, 0));
    ck_assert_int_eq(scratch_number("SELECT MAX(at) FROM metric"), INT64_MAX);
    ck_assert_int_eq(scratch_number("SELECT MIN(step) FROM metric"), INT64_MIN);
}
END_TEST

START_TEST(the_work_of_a_point_does_not_grow_with_the_history)
{
    put(1, 1, 1);
    ck_assert_ptr_null(strstr(scratch_plan("INSERT INTO metric"), "SCAN"));
    ck_assert_ptr_null(strstr(scratch_plan("INSERT INTO latest_metric"), "SCAN"));
    ck_assert_ptr_null(strstr(scratch_plan("INSERT INTO latest_metric"), "TEMP B-TREE"));
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_repeated_point_is_stored_once);
    tcase_add_test(tests, a_repeated_nan_point_is_stored_once);
    tcase_add_test(tests, a_nan_and_a_zero_are_two_points);
    tcase_add_test(tests, a_point_that_comes_twice_in_a_batch_is_stored_once);
    tcase_add_test(tests, every_double_comes_back_bit_for_bit);
    tcase_add_test(tests, the_latest_is_the_greatest_by_step_then_time_then_value);
    tcase_add_test(tests, a_nan_counts_as_zero_among_equal_steps_and_times);
    tcase_add_test(tests, a_batch_has_the_same_latest_as_its_points_one_by_one);
    tcase_add_test(tests, points_that_rise_in_time_and_step_are_in_order);
    tcase_add_test(tests, a_step_that_falls_while_time_rises_breaks_the_order);
    tcase_add_test(tests, an_earlier_time_of_a_later_step_breaks_the_order);
    tcase_add_test(tests, a_late_point_breaks_the_order_even_where_it_would_fit);
    tcase_add_test(tests, a_batch_that_falls_in_itself_breaks_the_order);
    tcase_add_test(tests, a_repeated_old_point_leaves_the_order_alone);
    tcase_add_test(tests, the_metrics_of_a_batch_are_apart);
    tcase_add_test(tests, the_steps_and_times_at_the_ends_of_64_bits_are_kept);
    tcase_add_test(tests, the_work_of_a_point_does_not_grow_with_the_history);
}

int main(void)
{
    return scratch_main("metrics", open_with_run, add);
}
