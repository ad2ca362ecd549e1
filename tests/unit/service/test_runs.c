/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of runs. */
#include "service/runs.h"

#include <math.h>

#include "service/experiments.h"
#include "service/transaction.h"
#include "support/scratch.h"

static struct rs_str run_id;

static const struct rs_run_info *info_of(const struct rs_run *run)
{
    return run->info.p;
}

static enum rs_code create(const struct rs_run_draft *draft, struct rs_run *out)
{
    return rs_run_create(scratch_cx(), scratch_store(), draft, out);
}

static void open_with_run(void)
{
    struct rs_run run;

    scratch_open();
    ck_ok(create(&(struct rs_run_draft){.run_name = RS_STR("first"), .start_time = 1234}, &run));
    run_id = info_of(&run)->run_id;
}

/* The run as it is now. */
static struct rs_run get(void)
{
    struct rs_run run;

    ck_ok(rs_run_get(scratch_cx(), scratch_store(), run_id, &run));
    return run;
}

static struct rs_str tag(const char *key)
{
    struct rs_str value;

    ck_ok(rs_run_find_tag(scratch_cx(), scratch_store(), run_id, rs_str_of(key), &value));
    return value;
}

static enum rs_code set_tag(const char *key, const char *value)
{
    struct rs_tag t = {rs_str_of(key), rs_str_of(value)};
    const struct rs_run_data data = {.tags = RS_LIST(&t, 1)};

    return rs_run_log(scratch_cx(), scratch_store(), run_id, &data);
}

static enum rs_code log_param(const char *key, const char *value)
{
    const struct rs_param p = {rs_str_of(key), rs_str_of(value)};

    return rs_run_log_param(scratch_cx(), scratch_store(), run_id, &p);
}

START_TEST(a_new_run_is_given_back_whole)
{
    struct rs_tag tags[] = {{RS_STR("z"), RS_STR("1")}, {RS_STR("a"), {0}}};
    const struct rs_run_draft draft = {.experiment_id = RS_STR(" 0 "),
                                       .user_id = RS_STR("ada"),
                                       .run_name = RS_STR("n"),
                                       .start_time = -1,
                                       .tags = RS_LIST(tags, 2)};
    struct rs_run run;

    ck_ok(create(&draft, &run));
    const struct rs_run_info *i = info_of(&run);
    const struct rs_run_data *d = run.data.p;
    const struct rs_tag *got = d->tags.p;

    ck_assert_uint_eq(i->run_id.n, 32);
    ck_assert(rs_str_eq(i->run_id, i->run_uuid));
    ck_text(i->experiment_id, "0");
    ck_text(i->user_id, "ada");
    ck_assert_int_eq(i->start_time, -1);
    ck_assert_uint_eq(d->tags.n, 3);
    ck_text(got[1].value, "");
    ck_text(got[2].key, "mlflow.runName");
    ck_text(got[2].value, "n");
    ck_assert_ptr_nonnull(run.inputs.p);
    ck_assert_ptr_null(run.outputs.p);
}
END_TEST

START_TEST(a_name_comes_from_the_request_or_the_tag_or_chance)
{
    struct rs_tag name = {RS_STR("mlflow.runName"), RS_STR("by tag")};
    struct rs_run_draft draft = {.tags = RS_LIST(&name, 1)};
    struct rs_run run;

    ck_ok(create(&draft, &run));
    ck_text(info_of(&run)->run_name, "by tag");
    ck_assert_uint_eq(((const struct rs_run_data *)run.data.p)->tags.n, 1);
    draft.run_name = RS_STR("by tag");
    ck_ok(create(&draft, &run));
    draft.run_name = RS_STR("other");
    ck_fails(create(&draft, &run), RS_INVALID, "(run_name='other', mlflow.runName='by tag').");
    name.value = RS_STR("");
    ck_fails(create(&draft, &run), RS_INVALID, "must not be empty");
    ck_ok(create(&(struct rs_run_draft){0}, &run));
    ck_assert_uint_gt(info_of(&run)->run_name.n, 0);
}
END_TEST

START_TEST(a_run_needs_an_active_experiment)
{
    struct rs_run run;

    ck_fails(create(&(struct rs_run_draft){.experiment_id = RS_STR("9")}, &run), RS_NOT_FOUND,
             "No Experiment with id=9 exists");
    ck_fails(create(&(struct rs_run_draft){.experiment_id = RS_STR("x")}, &run), RS_INVALID,
             "Invalid experiment ID 'x'");
    ck_ok(rs_experiment_delete(scratch_cx(), scratch_store(), RS_STR("0")));
    ck_fails(create(&(struct rs_run_draft){0}, &run), RS_INVALID,
             "The experiment 0 must be in the 'active' state. Current state is deleted.");
}
END_TEST

START_TEST(a_new_run_takes_no_tag_twice)
{
    struct rs_tag tags[] = {{RS_STR("a"), RS_STR("1")}, {RS_STR("a"), RS_STR("1")}};
    struct rs_run run;

    ck_fails(create(&(struct rs_run_draft){.tags = RS_LIST(tags, 2)}, &run), RS_INVALID, "twice");
}
END_TEST

START_TEST(the_name_and_its_tag_go_together)
{
    struct rs_run_info info;
    const struct rs_run_change rename = {.name = RS_STR("second")};

    ck_ok(rs_run_update(scratch_cx(), scratch_store(), run_id, &rename, &info));
    ck_text(info.run_name, "second");
    ck_text(tag("mlflow.runName"), "second");
    ck_ok(set_tag("mlflow.runName", "third"));
    const struct rs_run run = get();

    ck_text(info_of(&run)->run_name, "third");
    ck_text(tag("mlflow.runName"), "third");
}
END_TEST

START_TEST(an_empty_name_changes_neither_name_nor_tag)
{
    ck_ok(set_tag("mlflow.runName", ""));
    ck_text(tag("mlflow.runName"), "first");
    const struct rs_run run = get();

    ck_text(info_of(&run)->run_name, "first");
}
END_TEST

START_TEST(a_run_whose_name_tag_is_deleted_keeps_its_name)
{
    ck_ok(rs_run_delete_tag(scratch_cx(), scratch_store(), run_id, RS_STR("mlflow.runName")));
    const struct rs_run run = get();

    ck_text(info_of(&run)->run_name, "first");
    ck_assert_ptr_null(tag("mlflow.runName").p);
}
END_TEST

START_TEST(any_status_may_follow_any_other)
{
    static const enum rs_run_status walk[] = {RS_RUN_FINISHED,  RS_RUN_RUNNING, RS_RUN_KILLED,
                                              RS_RUN_SCHEDULED, RS_RUN_FAILED,  RS_RUN_RUNNING};
    struct rs_run_info info;

    for (size_t i = 0; i < sizeof walk / sizeof walk[0]; i++) {
        const struct rs_run_change change = {.status = RS_SOME_ENUM(walk[i])};

        ck_ok(rs_run_update(scratch_cx(), scratch_store(), run_id, &change, &info));
        ck_assert_int_eq(info.status.v, (int)walk[i]);
    }
}
END_TEST

START_TEST(a_changed_param_is_refused_in_the_words_of_its_call)
{
    struct rs_param again[] = {{RS_STR("q"), RS_STR("1")}, {RS_STR("p"), RS_STR("it's")}};
    const struct rs_run_data data = {.params = RS_LIST(again, 2)};

    ck_ok(log_param("p", "1"));
    ck_ok(log_param("p", "1"));
    ck_fails(log_param("p", "2"), RS_INVALID,
             "Param with key='p' was already logged with value='1' for run ID='");
    ck_fails(log_param("p", "2"), RS_INVALID, "'. Attempted logging new value '2'.");
    ck_fails(
        rs_run_log(scratch_cx(), scratch_store(), run_id, &data), RS_INVALID,
        "Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': \"it's\"}]' for");
}
END_TEST

START_TEST(a_deleted_run_is_read_but_not_written)
{
    struct rs_store *s = scratch_store();
    const char *message = "must be in the 'active' state. Current state is deleted.";
    const struct rs_run_data nothing = {0};
    struct rs_run_info info;

    for (int i = 0; i < 2; i++) {
        ck_ok(rs_run_delete(scratch_cx(), s, run_id));
    }
    const struct rs_run run = get();

    ck_text(info_of(&run)->lifecycle_stage, "deleted");
    ck_fails(rs_run_log(scratch_cx(), s, run_id, &nothing), RS_INVALID, message);
    ck_fails(log_param("p", "1"), RS_INVALID, message);
    ck_fails(rs_run_delete_tag(scratch_cx(), s, run_id, RS_STR("k")), RS_INVALID, message);
    ck_fails(rs_run_update(scratch_cx(), s, run_id, &(struct rs_run_change){0}, &info), RS_INVALID,
             message);
    for (int i = 0; i < 2; i++) {
        ck_ok(rs_run_restore(scratch_cx(), s, run_id));
    }
    ck_ok(log_param("p", "1"));
}
END_TEST

START_TEST(a_missing_run_is_named)
{
    const struct rs_str nobody = RS_STR("nobody");
    struct rs_store *s = scratch_store();
    struct rs_run run;

    ck_fails(rs_run_get(scratch_cx(), s, nobody, &run), RS_NOT_FOUND,
             "Run with id=nobody not found");
    ck_fails(rs_run_delete(scratch_cx(), s, nobody), RS_NOT_FOUND, "Run with id=nobody not found");
    ck_fails(rs_run_restore(scratch_cx(), s, RS_STR("")), RS_NOT_FOUND, "Run with id= not found");
    ck_fails(rs_run_delete_tag(scratch_cx(), s, run_id, RS_STR("k")), RS_NOT_FOUND,
             "No tag with name: k in run with id ");
}
END_TEST

/* A call of the committer that logs a batch whose params clash after its metrics would have been
 * written. */
static enum rs_code log_batch(struct rs_commit_call *call, struct rs_store *s)
{
    struct rs_metric m = {.key = RS_STR("m"), .value = NAN, .timestamp = 1};
    struct rs_tag t = {RS_STR("t"), RS_STR("v")};
    struct rs_param p[] = {{RS_STR("new"), RS_STR("1")}, {RS_STR("p"), RS_STR("2")}};
    const struct rs_run_data data = {RS_LIST(&m, 1), RS_LIST(p, 2), RS_LIST(&t, 1)};

    return rs_run_log(call->cx, s, run_id, &data);
}

START_TEST(a_batch_that_is_refused_leaves_nothing_behind)
{
    struct rs_cx own = {.arena = scratch_cx()->arena};
    struct rs_commit_call call = {.cx = &own, .run = log_batch};

    ck_ok(log_param("p", "1"));
    ck_ok(rs_store_commit(scratch_cx(), scratch_store()));
    rs_commit_batch(scratch_store(), &call);
    ck_assert_int_eq(call.code, RS_INVALID);
    ck_ok(rs_store_begin_write(scratch_cx(), scratch_store()));
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM param"), 1);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM metric"), 0);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM tag"), 1);
    /* The names that were undone with it are made anew when they are used. */
    ck_ok(log_param("new", "5"));
    ck_ok(log_param("new", "5"));
}
END_TEST

START_TEST(a_metric_of_a_missing_model_is_refused)
{
    struct rs_metric m = {
        .key = RS_STR("m"), .value = 1, .timestamp = 1, .model_id = RS_STR("m-x")};
    const struct rs_run_data data = {.metrics = RS_LIST(&m, 1)};

    ck_fails(rs_run_log(scratch_cx(), scratch_store(), run_id, &data), RS_INVALID, "m-x");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_new_run_is_given_back_whole);
    tcase_add_test(tests, a_name_comes_from_the_request_or_the_tag_or_chance);
    tcase_add_test(tests, a_run_needs_an_active_experiment);
    tcase_add_test(tests, a_new_run_takes_no_tag_twice);
    tcase_add_test(tests, the_name_and_its_tag_go_together);
    tcase_add_test(tests, an_empty_name_changes_neither_name_nor_tag);
    tcase_add_test(tests, a_run_whose_name_tag_is_deleted_keeps_its_name);
    tcase_add_test(tests, any_status_may_follow_any_other);
    tcase_add_test(tests, a_changed_param_is_refused_in_the_words_of_its_call);
    tcase_add_test(tests, a_deleted_run_is_read_but_not_written);
    tcase_add_test(tests, a_missing_run_is_named);
    tcase_add_test(tests, a_batch_that_is_refused_leaves_nothing_behind);
    tcase_add_test(tests, a_metric_of_a_missing_model_is_refused);
}

int main(void)
{
    return scratch_main("runs", open_with_run, add);
}
