/* SPDX-License-Identifier: Apache-2.0 */
/* What a search is asked and answers: sizes, ids, tokens, and what is refused before the store is
 * asked. */
#include "service/search.h"

#include "support/scratch.h"

static struct rs_str zero[] = {RS_STR_INIT("0")};
static struct rs_search_request request;
static struct rs_search_reply reply;

/* Runs "0" to "5" in experiment 0. */
static void open_six(void)
{
    scratch_open();
    for (int i = 0; i < 6; i++) {
        const struct rs_run_ref run = scratch_run(rs_arena_fmt(scratch_cx()->arena, "%d", i).p);

        scratch_point(&run, "m", 1, 1, i);
    }
    request = (struct rs_search_request){.experiment_ids = {zero, 1}, .view = RS_VIEW_ACTIVE_ONLY};
}

static enum rs_code search(void)
{
    reply = (struct rs_search_reply){0};
    return rs_search_runs(scratch_cx(), scratch_store(), &request, &reply);
}

static struct rs_str run_id(size_t i)
{
    const struct rs_run *run = (const struct rs_run *)reply.items.p + i;

    return ((const struct rs_run_info *)run->info.p)->run_id;
}

START_TEST(pages_follow_each_other)
{
    struct rs_str by[] = {RS_STR("metrics.m DESC")};

    request.order_by = (struct rs_strs){by, 1};
    request.max_results = RS_SOME_I64(4);
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 4);
    ck_text(run_id(0), "5");
    request.page_token = reply.next_page_token;
    request.max_results = RS_SOME_I64(1000);
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 2);
    ck_text(run_id(0), "1");
    ck_assert_ptr_null(reply.next_page_token.p);
}
END_TEST

START_TEST(a_page_that_is_just_full_is_the_last)
{
    request.max_results = RS_SOME_I64(6);
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 6);
    ck_assert_ptr_null(reply.next_page_token.p);
}
END_TEST

/* Takes the token of a first page. */
static void take_token(void)
{
    request.max_results = RS_SOME_I64(1);
    ck_ok(search());
    request.page_token = reply.next_page_token;
    ck_ok(search());
}

START_TEST(a_token_belongs_to_its_search)
{
    struct rs_str by[] = {RS_STR("start_time")};
    struct rs_str others[] = {RS_STR("1"), RS_STR("0")};

    take_token();
    request.filter = RS_STR("metrics.m >= 0");
    ck_fails(search(), RS_INVALID, "page token");
    request.filter = (struct rs_str){0};
    request.order_by = (struct rs_strs){by, 1};
    ck_fails(search(), RS_INVALID, "page token");
    request.order_by.n = 0;
    request.view = RS_VIEW_ALL;
    ck_fails(search(), RS_INVALID, "page token");
    request.view = RS_VIEW_ACTIVE_ONLY;
    request.experiment_ids = (struct rs_strs){others, 2};
    ck_fails(search(), RS_INVALID, "page token");
}
END_TEST

START_TEST(experiments_may_come_in_any_order_and_twice)
{
    struct rs_str ids[] = {RS_STR("0"), RS_STR(" 0 "), RS_STR("77")};
    struct rs_str again[] = {RS_STR("77"), RS_STR("0")};

    request.experiment_ids = (struct rs_strs){ids, 3};
    take_token();
    request.experiment_ids = (struct rs_strs){again, 2};
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 1);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
    request.page_token = RS_STR("x");
    ck_fails(search(), RS_INVALID, "Invalid page token, could not base64-decode");
    request.page_token = RS_STR("e30=");
    ck_fails(search(), RS_INVALID, "Invalid page token");
}
END_TEST

START_TEST(a_page_has_a_size)
{
    request.max_results = RS_SOME_I64(0);
    ck_fails(search(), RS_INVALID,
             "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer");
    request.max_results = RS_SOME_I64(-1);
    ck_fails(search(), RS_INVALID, "Invalid value -1 for parameter 'max_results'");
    request.max_results = RS_SOME_I64(50001);
    ck_fails(search(), RS_INVALID,
             "Invalid value 50001 for parameter 'max_results' supplied:  Hint");
    request.max_results = RS_SOME_I64(50000);
    ck_ok(search());
}
END_TEST

START_TEST(no_experiments_have_no_runs_but_a_filter_is_read)
{
    request.experiment_ids.n = 0;
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 0);
    request.filter = RS_STR("foo bar");
    ck_fails(search(), RS_INVALID, "Invalid clause(s) in filter string");
}
END_TEST

START_TEST(an_experiment_id_is_a_number)
{
    struct rs_str ids[] = {RS_STR("abc")};

    request.experiment_ids = (struct rs_strs){ids, 1};
    ck_fails(search(), RS_INVALID,
             "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.");
}
END_TEST

START_TEST(a_thousand_runs_may_be_named)
{
    struct rs_str filter = RS_STR("run_id IN ('nobody'");

    for (int i = 0; i < 1000; i++) {
        filter = rs_arena_fmt(scratch_cx()->arena, RS_FMT ", '%d'", RS_ARG(filter), i);
    }
    request.filter = rs_arena_fmt(scratch_cx()->arena, RS_FMT ")", RS_ARG(filter));
    ck_ok(search());
    ck_assert_uint_eq(reply.items.n, 6);
}
END_TEST

START_TEST(more_values_than_a_statement_takes_are_refused)
{
    struct rs_str filter = RS_STR("datasets.name IN ('x'");

    for (int i = 0; i < 1000; i++) {
        filter = rs_arena_fmt(scratch_cx()->arena, RS_FMT ", '%d'", RS_ARG(filter), i);
    }
    request.filter = rs_arena_fmt(scratch_cx()->arena, RS_FMT ")", RS_ARG(filter));
    ck_fails(search(), RS_INVALID, "too many values");
}
END_TEST

START_TEST(a_pattern_that_is_too_long_is_refused)
{
    char *pattern = RS_NEW_N(scratch_cx()->arena, char, 9001);

    memset(pattern, 'x', 9000);
    request.filter = rs_arena_fmt(scratch_cx()->arena, "params.p LIKE '%s'", pattern);
    ck_ok(search()); /* nobody has the key: there is nothing to compare */
    request.filter = rs_arena_fmt(scratch_cx()->arena, "user_id LIKE '%s'", pattern);
    ck_fails(search(), RS_INVALID, "too long");
}
END_TEST

START_TEST(experiments_must_be_asked_for_with_a_size)
{
    request = (struct rs_search_request){.view = RS_VIEW_ACTIVE_ONLY};
    ck_fails(rs_search_experiments(scratch_cx(), scratch_store(), &request, &reply), RS_INVALID,
             "Invalid value 0 for parameter 'max_results'");
    request.max_results = RS_SOME_I64(50001);
    ck_fails(rs_search_experiments(scratch_cx(), scratch_store(), &request, &reply), RS_INVALID,
             "It must be at most 50000");
    request.max_results = RS_SOME_I64(5);
    ck_ok(rs_search_experiments(scratch_cx(), scratch_store(), &request, &reply));
    ck_assert_uint_eq(reply.items.n, 1);
}
END_TEST

START_TEST(logged_models_have_a_size_if_none_is_said)
{
    struct rs_logged_model_dataset nameless = {0};

    request.max_results = RS_SOME_I64(0);
    ck_ok(rs_search_logged_models(scratch_cx(), scratch_store(), &request, &reply));
    ck_assert_uint_eq(reply.items.n, 0);
    request.max_results = RS_SOME_I64(-1);
    ck_fails(rs_search_logged_models(scratch_cx(), scratch_store(), &request, &reply), RS_INVALID,
             "positive integer");
    request.max_results = RS_SOME_I64(100000);
    request.datasets = RS_LIST(&nameless, 1);
    ck_fails(rs_search_logged_models(scratch_cx(), scratch_store(), &request, &reply), RS_INVALID,
             "`dataset_name` in the `datasets` clause must be specified.");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, pages_follow_each_other);
    tcase_add_test(tests, a_page_that_is_just_full_is_the_last);
    tcase_add_test(tests, a_token_belongs_to_its_search);
    tcase_add_test(tests, experiments_may_come_in_any_order_and_twice);
    tcase_add_test(tests, what_is_no_token_is_refused);
    tcase_add_test(tests, a_page_has_a_size);
    tcase_add_test(tests, no_experiments_have_no_runs_but_a_filter_is_read);
    tcase_add_test(tests, an_experiment_id_is_a_number);
    tcase_add_test(tests, a_thousand_runs_may_be_named);
    tcase_add_test(tests, more_values_than_a_statement_takes_are_refused);
    tcase_add_test(tests, a_pattern_that_is_too_long_is_refused);
    tcase_add_test(tests, experiments_must_be_asked_for_with_a_size);
    tcase_add_test(tests, logged_models_have_a_size_if_none_is_said);
}

int main(void)
{
    return scratch_main("search", open_six, add);
}
