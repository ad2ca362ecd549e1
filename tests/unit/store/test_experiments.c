/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments and their tags, as rows. */
#include "support/scratch.h"

static enum rs_code create(const char *name, const char *location, int64_t *id)
{
    const struct rs_experiment_new e = {.name = rs_str_of(name),
                                        .artifact_location = rs_str_of(location),
                                        .artifact_root = RS_STR("root:"),
                                        .now = 5};

    return rs_store_experiment_create(scratch_cx(), scratch_store(), &e, id);
}

static struct rs_experiment_ref find(int64_t id)
{
    struct rs_experiment_ref ref;

    ck_ok(rs_store_experiment_find(scratch_cx(), scratch_store(), id, &ref));
    return ref;
}

static void put_tag(int64_t id, const char *key, const char *value)
{
    const struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};

    ck_ok(rs_store_experiment_tag_put(scratch_cx(), scratch_store(), id, &tag));
}

START_TEST(the_default_experiment_has_the_id_0_and_the_next_one_1)
{
    const struct rs_experiment_new other = {.name = RS_STR("other"), .artifact_root = RS_STR("x:")};

    ck_text(find(RS_EXPERIMENT_DEFAULT).artifact_location, "mlflow-artifacts:/0");
    ck_ok(rs_store_experiment_create_default(scratch_cx(), scratch_store(), &other));
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM experiment WHERE name = 'Default'"), 1);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM experiment"), 1);
    ck_assert_int_eq(scratch_experiment("first"), 1);
    ck_assert_int_eq(scratch_experiment("second"), 2);
}
END_TEST

START_TEST(a_location_is_the_id_below_the_root_unless_it_is_given)
{
    int64_t id = 0;

    ck_ok(create("a", NULL, &id));
    ck_assert_int_eq(id, 1);
    ck_text(find(id).artifact_location, "root:/1");
    ck_ok(create("b", "s3://b/x/", &id));
    ck_text(find(id).artifact_location, "s3://b/x/");
}
END_TEST

START_TEST(a_name_is_taken_also_by_a_deleted_experiment)
{
    int64_t id = 0;
    int64_t other = 0;

    ck_ok(create("a", NULL, &id));
    ck_ok(rs_store_experiment_set_stage(scratch_cx(), scratch_store(), id, RS_STAGE_DELETED, 7));
    ck_fails(create("a", NULL, &other), RS_EXISTS, "Experiment(name=a) already exists.");
    ck_ok(create("A", NULL, &other));
    ck_assert_int_ne(id, other);
}
END_TEST

START_TEST(a_rename_keeps_names_apart)
{
    const int64_t a = scratch_experiment("a");
    struct rs_store *s = scratch_store();
    int64_t found = 0;

    scratch_experiment("b");
    ck_fails(rs_store_experiment_rename(scratch_cx(), s, a, RS_STR("b"), 9), RS_EXISTS,
             "Experiment(name=b) already exists.");
    ck_ok(rs_store_experiment_rename(scratch_cx(), s, a, RS_STR("a"), 9));
    ck_ok(rs_store_experiment_rename(scratch_cx(), s, a, RS_STR("c"), 10));
    ck_ok(rs_store_experiment_find_name(scratch_cx(), s, RS_STR("c"), &found));
    ck_assert_int_eq(found, a);
    ck_fails(rs_store_experiment_find_name(scratch_cx(), s, RS_STR("a"), &found), RS_NOT_FOUND,
             "Could not find experiment with name 'a'");
    ck_assert_int_eq(scratch_number("SELECT last_update_time FROM experiment WHERE name = 'c'"),
                     10);
}
END_TEST

START_TEST(a_stage_takes_all_runs_along)
{
    const struct rs_run_ref early = scratch_run("early");
    struct rs_store *s = scratch_store();

    scratch_run("late");
    ck_ok(rs_store_run_set_stage(scratch_cx(), s, &early, RS_STAGE_DELETED, 1));
    ck_ok(rs_store_experiment_set_stage(scratch_cx(), s, 0, RS_STAGE_DELETED, 50));
    ck_assert_int_eq(find(0).stage, RS_STAGE_DELETED);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM run WHERE stage = 1"), 2);
    ck_assert_int_eq(scratch_number("SELECT deleted_at FROM run WHERE run_id = 'early'"), 1);
    ck_assert_int_eq(scratch_number("SELECT deleted_at FROM run WHERE run_id = 'late'"), 50);
    ck_ok(rs_store_experiment_set_stage(scratch_cx(), s, 0, RS_STAGE_ACTIVE, 60));
    ck_assert_int_eq(
        scratch_number("SELECT COUNT(*) FROM run WHERE stage = 0 AND deleted_at IS NULL"), 2);
    ck_assert_int_eq(scratch_number("SELECT last_update_time FROM experiment WHERE id = 0"), 60);
}
END_TEST

START_TEST(the_runs_of_an_experiment_are_found_by_an_index)
{
    ck_ok(rs_store_experiment_set_stage(scratch_cx(), scratch_store(), 0, RS_STAGE_DELETED, 50));
    ck_assert_ptr_null(strstr(scratch_plan("UPDATE run SET stage"), "SCAN"));
}
END_TEST

START_TEST(the_last_value_of_a_tag_counts)
{
    put_tag(0, "k", "1");
    put_tag(0, "k", "2");
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM experiment_tag WHERE value = '2'"), 1);
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM experiment_tag"), 1);
}
END_TEST

START_TEST(a_new_experiment_takes_no_tag_twice)
{
    const struct rs_tag tag = {RS_STR("k"), RS_STR("v")};

    ck_ok(rs_store_experiment_tag_add(scratch_cx(), scratch_store(), 0, &tag));
    ck_fails(rs_store_experiment_tag_add(scratch_cx(), scratch_store(), 0, &tag), RS_INVALID,
             "'k' comes twice");
}
END_TEST

START_TEST(a_tag_is_deleted_once)
{
    put_tag(0, "k", "1");
    ck_ok(rs_store_experiment_tag_delete(scratch_cx(), scratch_store(), 0, RS_STR("k")));
    ck_fails(rs_store_experiment_tag_delete(scratch_cx(), scratch_store(), 0, RS_STR("k")),
             RS_NOT_FOUND, "No tag with name: k in experiment with id 0");
}
END_TEST

START_TEST(views_are_counted_by_the_beginning_of_their_key)
{
    int64_t n = 0;

    put_tag(0, "mlflow.customView.view", "");
    put_tag(0, "mlflow.customView.view.v1.x", "");
    put_tag(0, "mlflow.customView.viewé", "");
    put_tag(0, "mlflow.customView.vie", "");
    put_tag(0, "mlflow.customView.viex", "");
    ck_ok(rs_store_experiment_views_count(scratch_cx(), scratch_store(), 0, RS_STR("none"), &n));
    ck_assert_int_eq(n, 3);
    ck_ok(rs_store_experiment_views_count(scratch_cx(), scratch_store(), 0,
                                          RS_STR("mlflow.customView.view"), &n));
    ck_assert_int_eq(n, 2);
    ck_ok(rs_store_experiment_views_count(scratch_cx(), scratch_store(), 1, RS_STR("none"), &n));
    ck_assert_int_eq(n, 0);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, the_default_experiment_has_the_id_0_and_the_next_one_1);
    tcase_add_test(tests, a_location_is_the_id_below_the_root_unless_it_is_given);
    tcase_add_test(tests, a_name_is_taken_also_by_a_deleted_experiment);
    tcase_add_test(tests, a_rename_keeps_names_apart);
    tcase_add_test(tests, a_stage_takes_all_runs_along);
    tcase_add_test(tests, the_runs_of_an_experiment_are_found_by_an_index);
    tcase_add_test(tests, the_last_value_of_a_tag_counts);
    tcase_add_test(tests, a_new_experiment_takes_no_tag_twice);
    tcase_add_test(tests, a_tag_is_deleted_once);
    tcase_add_test(tests, views_are_counted_by_the_beginning_of_their_key);
}

int main(void)
{
    return scratch_main("experiments", scratch_open, add);
}
