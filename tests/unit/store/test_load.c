/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs and experiments for a page of ids: each in its place, with what is its own. */
#include "store/load.h"

#include <math.h>

#include "support/scratch.h"

enum { MANY = 200 }; /* more than three chunks of ids */

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static void put_param(const struct rs_run_ref *run, const char *key, const char *value)
{
    struct rs_param p = {rs_str_of(key), rs_str_of(value)};
    const struct rs_list list = RS_LIST(&p, 1);
    struct rs_list clashes;

    ck_ok(rs_store_params_put(cx, store, run, &list, &clashes));
}

static const struct rs_run_info *info_of(const struct rs_run *run)
{
    return run->info.p;
}

static const struct rs_run_data *data_of(const struct rs_run *run)
{
    return run->data.p;
}

static const struct rs_metric *metric_of(const struct rs_run *run, size_t i)
{
    return (const struct rs_metric *)data_of(run)->metrics.p + i;
}

START_TEST(a_run_comes_back_whole)
{
    const struct rs_run_ref ref = scratch_run("r1");
    const struct rs_tag tag = {RS_STR("t"), RS_STR("red")};
    const struct rs_run_change change = {.status = RS_SOME_ENUM(RS_RUN_FINISHED),
                                         .end_time = RS_SOME_I64(9)};
    struct rs_run run;

    scratch_point(&ref, "loss", 5, 1, 0.25);
    put_param(&ref, "depth", "3");
    ck_ok(rs_store_tags_put(cx, store, &ref, &tag, 1));
    ck_ok(rs_store_run_update(cx, store, &ref, &change));
    ck_ok(rs_store_runs_load(cx, store, &ref.id, 1, &run));
    ck_text(info_of(&run)->run_id, "r1");
    ck_text(info_of(&run)->run_uuid, "r1");
    ck_text(info_of(&run)->experiment_id, "0");
    ck_text(info_of(&run)->artifact_uri, "mlflow-artifacts:/0/r1/artifacts");
    ck_text(info_of(&run)->lifecycle_stage, "active");
    ck_assert_int_eq(info_of(&run)->status.v, RS_RUN_FINISHED);
    ck_assert_int_eq(info_of(&run)->end_time.v, 9);
    ck_assert_uint_eq(data_of(&run)->metrics.n, 1);
    ck_text(metric_of(&run, 0)->key, "loss");
    ck_assert_double_eq(metric_of(&run, 0)->value, 0.25);
    ck_assert_int_eq(metric_of(&run, 0)->timestamp, 5);
    ck_text(((const struct rs_param *)data_of(&run)->params.p)->value, "3");
    ck_text(((const struct rs_tag *)data_of(&run)->tags.p)->value, "red");
    ck_assert_ptr_nonnull(run.inputs.p);
    ck_assert_ptr_nonnull(run.outputs.p);
}
END_TEST

START_TEST(a_run_that_has_not_ended_has_no_end)
{
    const struct rs_run_ref ref = scratch_run("r1");
    struct rs_run run;

    ck_ok(rs_store_runs_load(cx, store, &ref.id, 1, &run));
    ck_assert(!info_of(&run)->end_time.is_set);
}
END_TEST

START_TEST(nan_and_the_infinities_come_back_as_they_are)
{
    const struct rs_run_ref ref = scratch_run("r1");
    struct rs_run run;

    scratch_point(&ref, "a", 1, 1, NAN);
    scratch_point(&ref, "b", 1, 1, -INFINITY);
    ck_ok(rs_store_runs_load(cx, store, &ref.id, 1, &run));
    ck_assert(isnan(metric_of(&run, 0)->value));
    ck_assert(isinf(metric_of(&run, 1)->value) && metric_of(&run, 1)->value < 0);
}
END_TEST

/* Run i has i % 4 metrics, of which the last is m(i % 4 - 1) = i. */
static void make_many(int64_t *ids)
{
    for (size_t i = 0; i < MANY; i++) {
        const struct rs_run_ref ref = scratch_run(rs_arena_fmt(cx->arena, "r%zu", i).p);

        for (size_t k = 0; k < i % 4; k++) {
            scratch_point(&ref, rs_arena_fmt(cx->arena, "m%zu", k).p, 1, 1, (double)i);
        }
        ids[i] = ref.id;
    }
}

static void check_is(const struct rs_run *run, size_t i)
{
    ck_text(info_of(run)->run_id, rs_arena_fmt(cx->arena, "r%zu", i).p);
    ck_assert_uint_eq(data_of(run)->metrics.n, i % 4);
    for (size_t k = 0; k < i % 4; k++) {
        ck_assert_double_eq(metric_of(run, k)->value, (double)i);
    }
}

START_TEST(runs_come_in_the_order_of_their_ids_however_many_they_are)
{
    int64_t ids[MANY];
    int64_t mixed[MANY];
    struct rs_run runs[MANY];

    make_many(ids);
    for (size_t i = 0; i < MANY; i++) {
        mixed[i] = ids[i * 77 % MANY];
    }
    ck_ok(rs_store_runs_load(cx, store, mixed, MANY, runs));
    for (size_t i = 0; i < MANY; i++) {
        check_is(&runs[i], i * 77 % MANY);
    }
}
END_TEST

START_TEST(a_run_that_is_asked_for_twice_comes_twice)
{
    int64_t ids[MANY];
    int64_t twice[MANY];
    struct rs_run runs[MANY];

    make_many(ids);
    for (size_t i = 0; i < MANY; i++) {
        twice[i] = ids[i * 5 % 63];
    }
    ck_ok(rs_store_runs_load(cx, store, twice, MANY, runs));
    for (size_t i = 0; i < MANY; i++) {
        check_is(&runs[i], i * 5 % 63);
    }
}
END_TEST

START_TEST(a_run_that_is_not_there_is_not_found)
{
    const int64_t ids[] = {scratch_run("r1").id, 999};
    struct rs_run runs[2];
    struct rs_experiment e;

    ck_fails(rs_store_runs_load(cx, store, ids, 2, runs), RS_NOT_FOUND, "999");
    ck_fails(rs_store_experiments_load(cx, store, &ids[1], 1, &e), RS_NOT_FOUND, "999");
}
END_TEST

START_TEST(a_page_of_nothing_is_empty)
{
    ck_ok(rs_store_runs_load(cx, store, NULL, 0, NULL));
    ck_ok(rs_store_experiments_load(cx, store, NULL, 0, NULL));
}
END_TEST

START_TEST(a_page_beyond_the_memory_of_a_call_is_refused)
{
    const struct rs_run_ref ref = scratch_run("r1");
    struct rs_run run;

    scratch_point(&ref, "m", 1, 1, 1);
    cx->arena->used = (size_t)1 << 30; /* as if so much had been given out */
    ck_fails(rs_store_runs_load(cx, store, &ref.id, 1, &run), RS_INVALID,
             "ask for fewer results at a time");
}
END_TEST

START_TEST(experiments_come_with_their_tags)
{
    const int64_t ids[] = {scratch_experiment("a"), scratch_experiment("b"), 0};
    const struct rs_tag tags[] = {{RS_STR("k2"), RS_STR("2")}, {RS_STR("k1"), RS_STR("1")}};
    const int64_t mixed[] = {ids[1], ids[2], ids[0]};
    struct rs_experiment out[3];

    ck_ok(rs_store_experiment_tag_put(cx, store, ids[1], &tags[0]));
    ck_ok(rs_store_experiment_tag_put(cx, store, ids[1], &tags[1]));
    ck_ok(rs_store_experiments_load(cx, store, mixed, 3, out));
    ck_text(out[0].name, "b");
    ck_assert_uint_eq(out[0].tags.n, 2);
    ck_text(((const struct rs_tag *)out[0].tags.p)[0].key, "k1");
    ck_text(out[1].name, "Default");
    ck_text(out[1].experiment_id, "0");
    ck_text(out[1].workspace, "default");
    ck_text(out[2].name, "a");
    ck_assert_uint_eq(out[2].tags.n, 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_run_comes_back_whole);
    tcase_add_test(tests, a_run_that_has_not_ended_has_no_end);
    tcase_add_test(tests, nan_and_the_infinities_come_back_as_they_are);
    tcase_add_test(tests, runs_come_in_the_order_of_their_ids_however_many_they_are);
    tcase_add_test(tests, a_run_that_is_asked_for_twice_comes_twice);
    tcase_add_test(tests, a_run_that_is_not_there_is_not_found);
    tcase_add_test(tests, a_page_of_nothing_is_empty);
    tcase_add_test(tests, a_page_beyond_the_memory_of_a_call_is_refused);
    tcase_add_test(tests, experiments_come_with_their_tags);
}

int main(void)
{
    return scratch_main("load", open_all, add);
}
