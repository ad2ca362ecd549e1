/* SPDX-License-Identifier: Apache-2.0 */
/* Logging inputs and outputs of runs, and finding datasets. */
#include "service/datasets.h"

#include "model/limits.h"
#include "model/run.h"
#include "service/runs.h"
#include "support/scratch.h"

#define RUN_ID "00000000000000000000000000000001"

static struct rs_cx *cx;
static struct rs_store *store;
static const struct rs_str run_id = RS_STR_INIT(RUN_ID);

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    scratch_run(RUN_ID);
}

/* Logs one dataset of that name with one tag. */
static enum rs_code log_input(struct rs_str run, struct rs_dataset d, const char *context)
{
    struct rs_tag tag = {RS_STR("mlflow.data.context"), rs_str_of(context)};
    struct rs_dataset_input input = {.tags = RS_LIST(&tag, 1), .dataset = RS_SUB(&d)};
    const struct rs_list datasets = RS_LIST(&input, 1);

    return rs_run_log_inputs(cx, store, run, &datasets, &(struct rs_list){0});
}

static struct rs_dataset named(const char *name)
{
    return (struct rs_dataset){.name = rs_str_of(name), .digest = RS_STR("d")};
}

static struct rs_str repeat(char c, size_t n)
{
    char *p = rs_arena_alloc(cx->arena, n + 1, 1);

    memset(p, c, n);
    return (struct rs_str){p, n};
}

static int64_t count_datasets(void)
{
    return scratch_number("SELECT count(*) FROM dataset_input");
}

START_TEST(inputs_and_outputs_are_logged_and_may_be_logged_again)
{
    struct rs_model_input read = {RS_STR("m-in")};
    struct rs_model_output made = {RS_STR("m-out"), 4};
    const struct rs_list inputs = RS_LIST(&read, 1);
    const struct rs_list outputs = RS_LIST(&made, 1);
    struct rs_run run;

    for (int i = 0; i < 2; i++) {
        ck_ok(log_input(run_id, named("train"), "training"));
        ck_ok(rs_run_log_inputs(cx, store, run_id, &(struct rs_list){0}, &inputs));
        ck_ok(rs_run_log_outputs(cx, store, run_id, &outputs));
    }
    ck_ok(rs_run_get(cx, store, run_id, &run));
    const struct rs_run_inputs *in = run.inputs.p;
    const struct rs_run_outputs *out = run.outputs.p;
    ck_assert_uint_eq(in->dataset_inputs.n, 1);
    ck_assert_uint_eq(in->model_inputs.n, 1);
    ck_assert_uint_eq(out->model_outputs.n, 1);
    ck_assert_int_eq(((const struct rs_model_output *)out->model_outputs.p)->step, 4);
}
END_TEST

START_TEST(only_an_active_run_takes_inputs_and_outputs)
{
    ck_fails(log_input(RS_STR("absent"), named("a"), "c"), RS_NOT_FOUND, "absent");
    ck_ok(rs_run_delete(cx, store, run_id));
    ck_fails(log_input(run_id, named("a"), "c"), RS_INVALID, "active");
    ck_fails(rs_run_log_outputs(cx, store, run_id, &(struct rs_list){0}), RS_INVALID, "active");
    ck_fails(log_input(RS_STR("../x"), named("a"), "c"), RS_INVALID, "for parameter 'run_id'");
    ck_assert_int_eq(count_datasets(), 0);
}
END_TEST

START_TEST(lengths_have_limits_and_the_limit_itself_is_fine)
{
    struct rs_dataset d = named("a");

    d.name = repeat('n', RS_DATASET_NAME_MAX);
    d.digest = repeat('d', RS_DATASET_DIGEST_MAX);
    d.source = repeat('s', RS_DATASET_SOURCE_MAX);
    ck_ok(log_input(run_id, d, repeat('v', RS_INPUT_TAG_VALUE_MAX).p));
    d.name = repeat('n', RS_DATASET_NAME_MAX + 1);
    ck_fails(log_input(run_id, d, ""), RS_INVALID, "'name' exceeds the maximum length of 500");
    d.name = RS_STR("a");
    d.digest = repeat('d', RS_DATASET_DIGEST_MAX + 1);
    ck_fails(log_input(run_id, d, ""), RS_INVALID, "'digest' exceeds the maximum length of 36");
    d.digest = RS_STR("d");
    ck_fails(log_input(run_id, d, repeat('v', RS_INPUT_TAG_VALUE_MAX + 1).p), RS_INVALID, "500");
    ck_assert_int_eq(count_datasets(), 1);
}
END_TEST

START_TEST(one_bad_dataset_of_a_list_keeps_all_of_them_out)
{
    struct rs_dataset good = named("good");
    struct rs_dataset bad = named("bad");
    struct rs_dataset_input inputs[] = {{.dataset = RS_SUB(&good)}, {.dataset = RS_SUB(&bad)}};
    const struct rs_list list = RS_LIST(inputs, 2);

    bad.digest = repeat('d', RS_DATASET_DIGEST_MAX + 1);
    ck_fails(rs_run_log_inputs(cx, store, run_id, &list, &(struct rs_list){0}), RS_INVALID,
             "digest");
    ck_assert_int_eq(count_datasets(), 0);
}
END_TEST

static enum rs_code search(struct rs_str *ids, size_t n, struct rs_list *out)
{
    const struct rs_strs experiments = {ids, n};

    return rs_datasets_search(cx, store, &experiments, out);
}

START_TEST(a_search_lists_the_datasets_of_each_experiment)
{
    struct rs_str ids[] = {RS_STR("0"), RS_STR("12345")};
    struct rs_list out;

    ck_ok(log_input(run_id, named("b"), "training"));
    ck_ok(log_input(run_id, named("a"), "eval"));
    ck_ok(search(ids, 2, &out));
    const struct rs_dataset_summary *s = out.p;
    ck_assert_uint_eq(out.n, 2);
    ck_text(s[0].name, "a");
    ck_text(s[0].context, "eval");
    ck_text(s[1].name, "b");
}
END_TEST

START_TEST(a_search_takes_one_to_twenty_experiments_that_are_numbers)
{
    struct rs_str ids[RS_SEARCH_DATASETS_EXPERIMENTS_MAX + 1];
    struct rs_list out;

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        ids[i] = RS_STR("7");
    }
    ck_ok(search(ids, RS_SEARCH_DATASETS_EXPERIMENTS_MAX, &out));
    ck_assert_uint_eq(out.n, 0);
    ck_fails(search(ids, RS_SEARCH_DATASETS_EXPERIMENTS_MAX + 1, &out), RS_INVALID,
             "more than 20 experiment_ids. Received 21");
    ck_fails(search(ids, 0, &out), RS_INVALID, "at least one experiment_id");
    ids[0] = RS_STR("abc");
    ck_fails(search(ids, 1, &out), RS_INVALID, "'abc'");
}
END_TEST

START_TEST(a_search_answers_no_more_than_its_limit)
{
    struct rs_str ids[] = {RS_STR("0"), RS_STR("0")};
    struct rs_list out;

    for (int i = 0; i < RS_DATASET_SUMMARIES_MAX + 1; i++) {
        ck_ok(log_input(run_id, named(rs_arena_fmt(cx->arena, "%d", i).p), "c"));
    }
    ck_ok(search(ids, 1, &out));
    ck_assert_uint_eq(out.n, RS_DATASET_SUMMARIES_MAX);
}
END_TEST

START_TEST(an_experiment_that_is_named_twice_is_searched_once)
{
    struct rs_str ids[] = {RS_STR("0"), RS_STR("0")};
    struct rs_list out;

    ck_ok(log_input(run_id, named("once"), "c"));
    ck_ok(search(ids, 2, &out));
    ck_assert_uint_eq(out.n, 1);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, inputs_and_outputs_are_logged_and_may_be_logged_again);
    tcase_add_test(t, only_an_active_run_takes_inputs_and_outputs);
    tcase_add_test(t, lengths_have_limits_and_the_limit_itself_is_fine);
    tcase_add_test(t, one_bad_dataset_of_a_list_keeps_all_of_them_out);
    tcase_add_test(t, a_search_lists_the_datasets_of_each_experiment);
    tcase_add_test(t, a_search_takes_one_to_twenty_experiments_that_are_numbers);
    tcase_add_test(t, a_search_answers_no_more_than_its_limit);
    tcase_add_test(t, an_experiment_that_is_named_twice_is_searched_once);
}

int main(void)
{
    return scratch_main("service/datasets", open_all, add);
}
