/* SPDX-License-Identifier: Apache-2.0 */
/* Reading histories: their order, their pages, their samples, and that nothing is sorted for it. */
#include <math.h>

#include "store/metric.h"
#include "support/chance.h"
#include "support/scratch.h"

enum { ROOM = 1000 };

static struct rs_run_ref run;
static struct rs_point read[ROOM];

static void open_with_run(void)
{
    scratch_open();
    run = scratch_run("r");
}

static struct rs_series series(void)
{
    struct rs_series s;

    ck_ok(rs_store_series_find(scratch_cx(), scratch_store(), RS_STR("r"), RS_STR("m"), &s));
    return s;
}

static void put(int64_t at, int64_t step, double value)
{
    scratch_point(&run, "m", at, step, value);
}

/* Up to `room` points from behind `after` on, into read[]; how many. */
static size_t list(const struct rs_val *after, size_t room)
{
    const struct rs_series s = series();
    struct rs_points out = {read, 0, room};

    ck_ok(rs_store_history_list(scratch_cx(), scratch_store(), &s, after, &out));
    return out.n;
}

static size_t sample(size_t room, struct rs_steps steps)
{
    const struct rs_series s = series();
    struct rs_points out = {read, 0, room};

    ck_ok(rs_store_history_sample(scratch_cx(), scratch_store(), &s, &steps, &out));
    return out.n;
}

START_TEST(a_history_is_in_the_order_of_time_step_and_value)
{
    put(10, 0, 1);
    put(5, 2, 3);
    put(99, 1, 2);
    put(5, 2, NAN);
    put(6, 2, NAN);
    put(6, 2, -4);
    put(7, 1, INFINITY);
    put(1, -3, -0.0);
    static const int64_t times[] = {1, 5, 5, 6, 6, 7, 10, 99};

    ck_assert_uint_eq(list(NULL, ROOM), 8);
    for (size_t i = 0; i < 8; i++) {
        ck_assert_int_eq(read[i].timestamp, times[i]);
        ck_text(read[i].key, "m");
        ck_text(read[i].run_id, "r");
    }
    ck_assert(isnan(read[1].value)); /* as its stored 0, before 3 */
    ck_assert(read[3].value < -3 && isnan(read[4].value));
    ck_assert(isinf(read[5].value));
}
END_TEST

START_TEST(a_page_ends_where_its_room_ends)
{
    for (int i = 0; i < 10; i++) {
        put(i, i, i);
    }
    ck_assert_uint_eq(list(NULL, 4), 4);
    ck_assert_uint_eq(list(NULL, 0), 0);
    ck_assert_uint_eq(list(NULL, 10), 10);
    ck_assert_uint_eq(list(NULL, 11), 10);
}
END_TEST

/* Points that are equal in all but one member must not stop a walk, nor be walked past. */
START_TEST(a_walk_of_single_steps_sees_points_that_differ_in_one_member)
{
    struct rs_val place[RS_POINT_PLACE];
    size_t n = 0;

    put(5, 1, 0);
    put(5, 1, NAN);
    put(5, 1, -INFINITY);
    put(5, 1, INFINITY);
    put(5, 1, 5e-324);
    put(5, 2, 0);
    put(5, -1, 0);
    put(4, 9, 9);
    for (size_t got = list(NULL, 1); got == 1; got = list(place, 1)) {
        rs_store_point_place(&read[0], place);
        n++;
    }
    ck_assert_uint_eq(n, 8);
}
END_TEST

/* Pages of 7 while, between them, points are added before, at and behind the place that was
 * reached. */
START_TEST(a_walk_while_points_are_added_sees_each_old_point_once)
{
    enum { OLD = 500, STEP = 10 };
    struct rs_val place[RS_POINT_PLACE];
    const struct rs_val *after = NULL;
    int seen[OLD] = {0};
    int64_t last = -1;
    size_t n;

    for (int64_t i = 0; i < OLD; i++) {
        put(i * STEP, i, 1);
    }
    while ((n = list(after, 7)) > 0) {
        for (size_t i = 0; i < n; i++) {
            ck_assert_int_gt(read[i].timestamp, last);
            last = read[i].timestamp;
            if (last % STEP == 0) {
                seen[last / STEP]++;
            }
        }
        rs_store_point_place(&read[n - 1], place);
        after = place;
        put(last / 2 / STEP * STEP + 1, 3, (double)last);
        if (last < (OLD - 1) * STEP) {
            put(last / STEP * STEP + STEP + 3, -last, 2);
        }
        scratch_commit();
    }
    for (int i = 0; i < OLD; i++) {
        ck_assert_int_eq(seen[i], 1);
    }
}
END_TEST

START_TEST(a_reader_sees_what_was_committed)
{
    struct rs_store *reader = scratch_reader();
    struct rs_series s;

    put(1, 1, 1);
    ck_ok(rs_store_series_find(scratch_cx(), reader, RS_STR("r"), RS_STR("m"), &s));
    ck_assert_int_eq(s.points, 0);
    scratch_commit();
    ck_ok(rs_store_series_find(scratch_cx(), reader, RS_STR("r"), RS_STR("m"), &s));
    ck_assert_int_eq(s.points, 1);
}
END_TEST

START_TEST(a_run_or_metric_that_is_not_there_has_no_points)
{
    struct rs_series s;

    put(1, 1, 1);
    ck_ok(rs_store_series_find(scratch_cx(), scratch_store(), RS_STR("nobody"), RS_STR("m"), &s));
    ck_assert_int_eq(s.points, 0);
    ck_ok(rs_store_series_find(scratch_cx(), scratch_store(), RS_STR("r"), RS_STR("n"), &s));
    ck_assert_int_eq(s.points, 0);
    struct rs_points out = {read, 0, ROOM};

    ck_ok(rs_store_history_list(scratch_cx(), scratch_store(), &s, NULL, &out));
    ck_assert_uint_eq(out.n, 0);
    ck_ok(rs_store_history_sample(scratch_cx(), scratch_store(), &s, &RS_STEPS_ALL, &out));
    ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(a_sample_holds_the_first_point_of_each_bucket_and_the_last_of_all)
{
    static const struct {
        size_t size;
        size_t n;
        int64_t steps[10];
    } cases[] = {
        {1, 1, {9}},
        {2, 2, {0, 9}},
        {3, 3, {0, 4, 9}},
        {5, 5, {0, 2, 4, 6, 9}},
        {7, 7, {0, 2, 4, 6, 7, 8, 9}},
        {10, 10, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
        {11, 10, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
    };

    for (int i = 0; i < 10; i++) {
        put(i, i, i);
    }
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        ck_assert_uint_eq(sample(cases[c].size, RS_STEPS_ALL), cases[c].n);
        for (size_t i = 0; i < cases[c].n; i++) {
            ck_assert_int_eq(read[i].step, cases[c].steps[i]);
        }
    }
}
END_TEST

START_TEST(a_sample_is_in_the_order_of_steps_also_where_times_are_not)
{
    for (int i = 0; i < 10; i++) {
        put(100 - i, i, i);
    }
    ck_assert(!series().in_order);
    ck_assert_uint_eq(sample(4, RS_STEPS_ALL), 4);
    static const int64_t steps[] = {0, 3, 6, 9};

    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(read[i].step, steps[i]);
    }
}
END_TEST

START_TEST(a_sample_of_a_range_of_steps_counts_those_only)
{
    for (int i = 0; i < 100; i++) {
        put(i, i / 2, i);
    }
    ck_assert_uint_eq(sample(ROOM, (struct rs_steps){10, 12}), 6);
    ck_assert_uint_eq(sample(2, (struct rs_steps){10, 12}), 2);
    ck_assert_int_eq(read[0].timestamp, 20);
    ck_assert_int_eq(read[1].timestamp, 25);
    ck_assert_uint_eq(sample(ROOM, (struct rs_steps){-5, -1}), 0);
    ck_assert_uint_eq(sample(ROOM, (struct rs_steps){INT64_MIN, 0}), 2);
    ck_assert_uint_eq(sample(ROOM, (struct rs_steps){49, INT64_MAX}), 2);
}
END_TEST

/* The flag spares the sort; it must never change what is chosen. */
START_TEST(a_sample_in_order_is_the_sample_that_sorting_gives)
{
    struct rs_series s;
    struct rs_point sorted[50];
    struct rs_points out = {sorted, 0, 50};

    for (int64_t i = 0, at = 0, step = 0; i < 400; i++) {
        at += chance(2);
        step += chance(2);
        put(at, step, chance(3) == 0 ? (double)NAN : chance(3));
    }
    s = series();
    ck_assert(s.in_order);
    ck_assert_uint_eq(sample(50, RS_STEPS_ALL), 50);
    s.in_order = false;
    ck_ok(rs_store_history_sample(scratch_cx(), scratch_store(), &s, &RS_STEPS_ALL, &out));
    for (size_t i = 0; i < 50; i++) {
        ck_assert_int_eq(read[i].step, sorted[i].step);
        ck_assert_int_eq(read[i].timestamp, sorted[i].timestamp);
        ck_assert_int_eq(isnan(read[i].value), isnan(sorted[i].value));
        ck_assert(isnan(read[i].value) ||
                  !(read[i].value < sorted[i].value || read[i].value > sorted[i].value));
    }
}
END_TEST

START_TEST(histories_are_read_by_the_index_and_not_sorted)
{
    static const char *const parts[] = {"AND (at, step, value, is_nan) >",
                                        "ORDER BY at, step, value, is_nan",
                                        "SELECT COUNT(*) FROM metric", "JOIN latest_metric"};

    put(1, 1, 1);
    list(NULL, 10);
    sample(10, RS_STEPS_ALL);
    sample(10, (struct rs_steps){0, 5});
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *plan = scratch_plan(parts[i]);

        ck_assert_msg(strstr(plan, "TEMP B-TREE") == NULL, "%s: %s", parts[i], plan);
        ck_assert_msg(strstr(plan, "SCAN") == NULL, "%s: %s", parts[i], plan);
        ck_assert_msg(strstr(plan, "SEARCH") != NULL, "%s: %s", parts[i], plan);
    }
    /* The next page begins at its place, not at the start of the history. */
    const char *plan = scratch_plan("AND (at, step, value, is_nan) >");

    ck_assert_msg(strstr(plan, "run=? AND item_key=? AND (at,step,value,is_nan)>") != NULL, "%s",
                  plan);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_history_is_in_the_order_of_time_step_and_value);
    tcase_add_test(tests, a_page_ends_where_its_room_ends);
    tcase_add_test(tests, a_walk_of_single_steps_sees_points_that_differ_in_one_member);
    tcase_add_test(tests, a_walk_while_points_are_added_sees_each_old_point_once);
    tcase_add_test(tests, a_reader_sees_what_was_committed);
    tcase_add_test(tests, a_run_or_metric_that_is_not_there_has_no_points);
    tcase_add_test(tests, a_sample_holds_the_first_point_of_each_bucket_and_the_last_of_all);
    tcase_add_test(tests, a_sample_is_in_the_order_of_steps_also_where_times_are_not);
    tcase_add_test(tests, a_sample_of_a_range_of_steps_counts_those_only);
    tcase_add_test(tests, a_sample_in_order_is_the_sample_that_sorting_gives);
    tcase_add_test(tests, histories_are_read_by_the_index_and_not_sorted);
}

int main(void)
{
    return scratch_main("histories", open_with_run, add);
}
