/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of experiments. */
#include "service/experiments.h"

#include <stdio.h>

#include "model/limits.h"
#include "support/scratch.h"

static enum rs_code create(const char *name, const char *location, struct rs_list tags)
{
    const struct rs_experiment_draft draft = {.name = rs_str_of(name),
                                              .artifact_location = rs_str_of(location),
                                              .artifact_root = RS_STR("mlflow-artifacts:"),
                                              .tags = tags};
    int64_t id = 0;

    return rs_experiment_create(scratch_cx(), scratch_store(), &draft, &id);
}

static struct rs_experiment get(const char *id)
{
    struct rs_experiment e;

    ck_ok(rs_experiment_get(scratch_cx(), scratch_store(), rs_str_of(id), &e));
    return e;
}

static enum rs_code set_tag(const char *id, const char *key, const char *value)
{
    const struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};

    return rs_experiment_set_tag(scratch_cx(), scratch_store(), rs_str_of(id), &tag);
}

START_TEST(the_default_experiment_is_made_once)
{
    struct rs_store *s = scratch_store();

    ck_ok(rs_store_commit(scratch_cx(), s));
    ck_ok(rs_experiments_ensure_default(scratch_cx(), s, RS_STR("mlflow-artifacts:")));
    ck_ok(rs_experiments_ensure_default(scratch_cx(), s, RS_STR("s3://other")));
    ck_ok(rs_store_begin_write(scratch_cx(), s));
    ck_text(get("0").name, "Default");
    ck_text(get("0").artifact_location, "mlflow-artifacts:/0");
    ck_text(get("0").workspace, "default");
}
END_TEST

START_TEST(a_new_experiment_is_whole)
{
    struct rs_tag tags[] = {{RS_STR("a"), RS_STR("1")}, {RS_STR("b"), {0}}};

    ck_ok(create("x", NULL, RS_LIST(tags, 2)));
    const struct rs_experiment e = get("1");

    ck_text(e.experiment_id, "1");
    ck_text(e.name, "x");
    ck_text(e.artifact_location, "mlflow-artifacts:/1");
    ck_text(e.lifecycle_stage, "active");
    ck_assert_uint_eq(e.tags.n, 2);
    ck_assert_int_gt(e.creation_time, 0);
    ck_assert_int_eq(e.creation_time, e.last_update_time);
}
END_TEST

START_TEST(a_create_that_breaks_a_rule_is_refused)
{
    struct rs_tag bad_key = {RS_STR("a//b"), RS_STR("1")};
    struct rs_tag twice[] = {{RS_STR("a"), RS_STR("1")}, {RS_STR("a"), RS_STR("1")}};
    const struct rs_list none = {0};

    ck_fails(create("", NULL, none), RS_INVALID, "Invalid experiment name: ''");
    ck_fails(create("x", "http://h/x", none), RS_INVALID, "cannot use the 'http' scheme");
    ck_fails(create("x", "runs:/x", none), RS_INVALID, "runs:/ URI");
    ck_fails(create("x", NULL, RS_LIST(&bad_key, 1)), RS_INVALID, "\"a//b\"");
    ck_fails(create("y", NULL, RS_LIST(twice, 2)), RS_INVALID, "'a' comes twice");
    ck_ok(create("x", NULL, none));
    ck_fails(create("x", NULL, none), RS_EXISTS, "Experiment(name=x) already exists.");
}
END_TEST

START_TEST(the_root_of_the_server_may_be_a_host)
{
    const struct rs_experiment_draft draft = {.name = RS_STR("x"),
                                              .artifact_location = RS_STR("https://store/x"),
                                              .artifact_root = RS_STR("https://store/root")};
    int64_t id = 0;

    ck_ok(rs_experiment_create(scratch_cx(), scratch_store(), &draft, &id));
}
END_TEST

START_TEST(an_id_is_read_as_python_reads_an_int)
{
    ck_ok(create("x", NULL, (struct rs_list){0}));
    ck_text(get(" 01 ").name, "x");
    ck_text(get("+1").name, "x");
    struct rs_experiment_ref ref;

    ck_fails(rs_experiment_find(scratch_cx(), scratch_store(), RS_STR("abc"), &ref), RS_INVALID,
             "Invalid experiment ID 'abc'. Experiment ID must be a valid integer.");
    ck_fails(rs_experiment_find(scratch_cx(), scratch_store(), RS_STR("9223372036854775808"), &ref),
             RS_INVALID, "Invalid experiment ID");
    ck_fails(rs_experiment_find(scratch_cx(), scratch_store(), RS_STR("-1"), &ref), RS_NOT_FOUND,
             "No Experiment with id=-1 exists");
}
END_TEST

START_TEST(a_deleted_experiment_is_read_but_not_written)
{
    const struct rs_str id = RS_STR("0");
    struct rs_store *s = scratch_store();
    const char
        *message = "The experiment 0 must be in the 'active' state. Current state is deleted.";

    ck_ok(rs_experiment_delete(scratch_cx(), s, id));
    ck_text(get("0").lifecycle_stage, "deleted");
    ck_fails(set_tag("0", "k", "v"), RS_INVALID, message);
    ck_fails(rs_experiment_delete_tag(scratch_cx(), s, id, RS_STR("k")), RS_INVALID, message);
    ck_fails(rs_experiment_rename(scratch_cx(), s, id, RS_STR("n")), RS_INVALID,
             "Cannot rename a non-active experiment.");
    ck_fails(rs_experiment_delete(scratch_cx(), s, id), RS_NOT_FOUND,
             "No Experiment with id=0 exists");
    ck_ok(rs_experiment_restore(scratch_cx(), s, id));
    ck_fails(rs_experiment_restore(scratch_cx(), s, id), RS_NOT_FOUND,
             "No Experiment with id=0 exists");
    ck_ok(set_tag("0", "k", "v"));
}
END_TEST

START_TEST(an_experiment_has_fifty_views_and_each_may_be_changed)
{
    char key[64];

    for (int i = 0; i < RS_EXPERIMENT_VIEWS_MAX; i++) {
        snprintf(key, sizeof key, "mlflow.customView.view%d", i);
        ck_ok(set_tag("0", key, "1"));
    }
    ck_fails(set_tag("0", "mlflow.customView.view.more", "1"), RS_INVALID,
             "Unable to create another custom view for experiment 0; the maximum number of custom "
             "views per experiment is 50.");
    ck_ok(set_tag("0", key, "2"));
    ck_ok(set_tag("0", "another", "3"));
    ck_ok(rs_experiment_delete_tag(scratch_cx(), scratch_store(), RS_STR("0"), rs_str_of(key)));
    ck_ok(set_tag("0", "mlflow.customView.view.more", "1"));
}
END_TEST

START_TEST(a_new_experiment_has_no_more_than_fifty_views)
{
    struct rs_tag tags[RS_EXPERIMENT_VIEWS_MAX + 1];

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        tags[i].key = rs_arena_fmt(scratch_cx()->arena, "mlflow.customView.view%zu", i);
        tags[i].value = RS_STR("v");
    }
    ck_fails(create("x", NULL, RS_LIST(tags, RS_EXPERIMENT_VIEWS_MAX + 1)), RS_INVALID,
             "Unable to create another custom view; the maximum");
    ck_ok(create("x", NULL, RS_LIST(tags, RS_EXPERIMENT_VIEWS_MAX)));
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, the_default_experiment_is_made_once);
    tcase_add_test(tests, a_new_experiment_is_whole);
    tcase_add_test(tests, a_create_that_breaks_a_rule_is_refused);
    tcase_add_test(tests, the_root_of_the_server_may_be_a_host);
    tcase_add_test(tests, an_id_is_read_as_python_reads_an_int);
    tcase_add_test(tests, a_deleted_experiment_is_read_but_not_written);
    tcase_add_test(tests, an_experiment_has_fifty_views_and_each_may_be_changed);
    tcase_add_test(tests, a_new_experiment_has_no_more_than_fifty_views);
}

int main(void)
{
    return scratch_main("experiments", scratch_open, add);
}
