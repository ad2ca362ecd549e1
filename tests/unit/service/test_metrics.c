/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of histories: pages, several runs, samples. */
#include "service/metrics.h"

#include "support/scratch.h"

static struct rs_run_ref a;
static struct rs_run_ref b;

/* Run "a" has points 0..9, run "b" 0..4. */
static void open_with_points(void)
{
    scratch_open();
    b = scratch_run("b");
    a = scratch_run("a");
    for (int i = 0; i < 10; i++) {
        scratch_point(&a, "m", i, i, i);
        if (i < 5) {
            scratch_point(&b, "m", i, i, i);
        }
    }
}

static enum rs_code history(const struct rs_history_query *q, struct rs_list *points,
                            struct rs_str *next)
{
    *next = (struct rs_str){0};
    return rs_history_get(scratch_cx(), scratch_store(), q, points, next);
}

static struct rs_history_query query_of(int64_t max_results, struct rs_str token)
{
    return (struct rs_history_query){.run_id = RS_STR("a"),
                                     .name = RS_STR("m"),
                                     .page_token = token,
                                     .max_results = {max_results, max_results != 0}};
}

static int64_t step(const struct rs_list *points, size_t i)
{
    return ((const struct rs_point *)points->p)[i].step;
}

static struct rs_str run_of(const struct rs_list *points, size_t i)
{
    return ((const struct rs_point *)points->p)[i].run_id;
}

START_TEST(pages_follow_each_other)
{
    struct rs_history_query q = query_of(4, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 4);
    ck_assert_ptr_null(run_of(&points, 0).p);
    q.page_token = next;
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 4);
    ck_assert_int_eq(step(&points, 0), 4);
    q.page_token = next;
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 2);
    ck_assert_int_eq(step(&points, 1), 9);
    ck_assert_ptr_null(next.p);
}
END_TEST

START_TEST(a_page_that_holds_all_is_the_last)
{
    struct rs_history_query q = query_of(10, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 10);
    ck_assert_ptr_null(next.p);
    q.max_results.v = INT64_MAX;
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 10);
}
END_TEST

START_TEST(without_a_size_all_points_come_also_from_a_token_on)
{
    struct rs_history_query q = query_of(3, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    ck_ok(history(&q, &points, &next));
    q = query_of(0, next);
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 7);
    ck_assert_int_eq(step(&points, 0), 3);
    ck_assert_ptr_null(next.p);
}
END_TEST

START_TEST(a_page_size_below_one_is_refused)
{
    struct rs_history_query q = query_of(-1, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    ck_fails(
        history(&q, &points, &next), RS_INVALID,
        "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer.");
    q.max_results.v = 0;
    ck_fails(history(&q, &points, &next), RS_INVALID, "Invalid value 0");
}
END_TEST

START_TEST(a_token_of_another_history_is_refused)
{
    struct rs_history_query q = query_of(3, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    ck_ok(history(&q, &points, &next));
    q.page_token = next;
    q.run_id = RS_STR("b");
    ck_fails(history(&q, &points, &next), RS_INVALID, "Invalid page token");
    q.page_token = RS_STR("x");
    ck_fails(history(&q, &points, &next), RS_INVALID, "Invalid page token");
}
END_TEST

START_TEST(an_unknown_run_or_metric_has_an_empty_history)
{
    struct rs_history_query q = query_of(3, (struct rs_str){0});
    struct rs_list points;
    struct rs_str next;

    q.run_id = RS_STR("nobody");
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 0);
    q = query_of(3, (struct rs_str){0});
    q.name = RS_STR("nothing");
    ck_ok(history(&q, &points, &next));
    ck_assert_uint_eq(points.n, 0);
    ck_assert_ptr_null(next.p);
}
END_TEST

START_TEST(several_histories_come_by_run_and_are_cut_together)
{
    struct rs_str ids[] = {RS_STR("b"), RS_STR("nobody"), RS_STR("a"), RS_STR("b")};
    struct rs_histories_query q = {.run_ids = {ids, 4}, .name = RS_STR("m"), .max = 12};
    struct rs_list points;

    ck_ok(rs_histories_list(scratch_cx(), scratch_store(), &q, &points));
    ck_assert_uint_eq(points.n, 12);
    ck_text(run_of(&points, 9), "a");
    ck_text(run_of(&points, 10), "b");
    ck_assert_int_eq(step(&points, 11), 1);
    q.max = 100;
    ck_ok(rs_histories_list(scratch_cx(), scratch_store(), &q, &points));
    ck_assert_uint_eq(points.n, 15);
    q.max = 0;
    ck_ok(rs_histories_list(scratch_cx(), scratch_store(), &q, &points));
    ck_assert_uint_eq(points.n, 0);
    q.run_ids.n = 0;
    ck_ok(rs_histories_list(scratch_cx(), scratch_store(), &q, &points));
    ck_assert_uint_eq(points.n, 0);
}
END_TEST

START_TEST(samples_come_in_the_order_of_the_request_as_often_as_named)
{
    struct rs_str ids[] = {RS_STR("b"), RS_STR("nobody"), RS_STR("a"), RS_STR("b")};
    const struct rs_histories_query q = {
        .run_ids = {ids, 4}, .name = RS_STR("m"), .max = 2, .steps = {1, 8}};
    static const int64_t steps[] = {1, 4, 1, 8, 1, 4};
    static const char *const runs[] = {"b", "b", "a", "a", "b", "b"};
    struct rs_list points;

    ck_ok(rs_histories_sample(scratch_cx(), scratch_store(), &q, &points));
    ck_assert_uint_eq(points.n, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(step(&points, i), steps[i]);
        ck_text(run_of(&points, i), runs[i]);
    }
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, pages_follow_each_other);
    tcase_add_test(tests, a_page_that_holds_all_is_the_last);
    tcase_add_test(tests, without_a_size_all_points_come_also_from_a_token_on);
    tcase_add_test(tests, a_page_size_below_one_is_refused);
    tcase_add_test(tests, a_token_of_another_history_is_refused);
    tcase_add_test(tests, an_unknown_run_or_metric_has_an_empty_history);
    tcase_add_test(tests, several_histories_come_by_run_and_are_cut_together);
    tcase_add_test(tests, samples_come_in_the_order_of_the_request_as_often_as_named);
}

int main(void)
{
    return scratch_main("metrics", open_with_points, add);
}
