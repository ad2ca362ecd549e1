/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, their params and their tags, as rows. */
#include "support/scratch.h"

static struct rs_run_ref run;

static void open_with_run(void)
{
    scratch_open();
    run = scratch_run("r");
}

static struct rs_run_info info(void)
{
    struct rs_run_info out;

    ck_ok(rs_store_run_info(scratch_cx(), scratch_store(), &run, &out));
    return out;
}

static void update(const struct rs_run_change *change)
{
    ck_ok(rs_store_run_update(scratch_cx(), scratch_store(), &run, change));
}

static struct rs_list put_params(struct rs_param *params, size_t n)
{
    const struct rs_list list = RS_LIST(params, n);
    struct rs_list clashes;

    ck_ok(rs_store_params_put(scratch_cx(), scratch_store(), &run, &list, &clashes));
    return clashes;
}

static void put_tag(const char *key, const char *value)
{
    const struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};

    ck_ok(rs_store_tags_put(scratch_cx(), scratch_store(), &run, &tag, 1));
}

static struct rs_str tag(const char *key)
{
    struct rs_str value;

    ck_ok(rs_store_tag_find(scratch_cx(), scratch_store(), &run, rs_str_of(key), &value));
    return value;
}

START_TEST(a_run_is_found_by_its_public_id)
{
    struct rs_run_ref found;

    ck_ok(rs_store_run_find(scratch_cx(), scratch_store(), RS_STR("r"), &found));
    ck_assert_int_eq(found.id, run.id);
    ck_assert_int_eq(found.experiment, RS_EXPERIMENT_DEFAULT);
    ck_assert_int_eq(found.stage, RS_STAGE_ACTIVE);
    ck_fails(rs_store_run_find(scratch_cx(), scratch_store(), RS_STR("R"), &found), RS_NOT_FOUND,
             "Run with id=R not found");
}
END_TEST

START_TEST(a_new_run_is_running_and_has_no_end)
{
    const struct rs_run_info i = info();

    ck_text(i.run_id, "r");
    ck_text(i.run_uuid, "r");
    ck_text(i.run_name, "r");
    ck_text(i.user_id, "");
    ck_text(i.experiment_id, "0");
    ck_text(i.artifact_uri, "mlflow-artifacts:/0/r/artifacts");
    ck_text(i.lifecycle_stage, "active");
    ck_assert_int_eq(i.status.v, RS_RUN_RUNNING);
    ck_assert(!i.end_time.is_set);
}
END_TEST

START_TEST(an_update_changes_what_is_set_and_nothing_else)
{
    update(&(struct rs_run_change){.status = RS_SOME_ENUM(RS_RUN_FAILED)});
    ck_assert_int_eq(info().status.v, RS_RUN_FAILED);
    ck_assert(!info().end_time.is_set);
    update(&(struct rs_run_change){.end_time = RS_SOME_I64(-5)});
    ck_assert_int_eq(info().end_time.v, -5);
    ck_assert_int_eq(info().status.v, RS_RUN_FAILED);
    update(&(struct rs_run_change){.name = RS_STR("new")});
    ck_text(info().run_name, "new");
    update(&(struct rs_run_change){0});
    ck_text(info().run_name, "new");
    ck_assert_int_eq(info().end_time.v, -5);
    update(&(struct rs_run_change){.end_time = RS_SOME_I64(0)});
    ck_assert(!info().end_time.is_set);
}
END_TEST

START_TEST(a_run_keeps_the_time_of_its_first_deletion)
{
    struct rs_store *s = scratch_store();

    ck_ok(rs_store_run_set_stage(scratch_cx(), s, &run, RS_STAGE_DELETED, 111));
    ck_ok(rs_store_run_set_stage(scratch_cx(), s, &run, RS_STAGE_DELETED, 222));
    ck_text(info().lifecycle_stage, "deleted");
    ck_assert_int_eq(scratch_number("SELECT deleted_at FROM run"), 111);
    ck_ok(rs_store_run_set_stage(scratch_cx(), s, &run, RS_STAGE_ACTIVE, 333));
    ck_text(info().lifecycle_stage, "active");
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM run WHERE deleted_at IS NULL"), 1);
}
END_TEST

START_TEST(a_param_keeps_its_first_value)
{
    struct rs_param first[] = {{RS_STR("a"), RS_STR("1")}, {RS_STR("b"), {0}}};
    struct rs_param again[] = {
        {RS_STR("c"), RS_STR("3")}, {RS_STR("a"), RS_STR("2")}, {RS_STR("b"), RS_STR("")}};

    ck_assert_uint_eq(put_params(first, 2).n, 0);
    ck_assert_uint_eq(put_params(first, 2).n, 0);
    const struct rs_list clashes = put_params(again, 3);

    ck_assert_uint_eq(clashes.n, 1);
    const struct rs_param_clash *clash = clashes.p;

    ck_text(clash->key, "a");
    ck_text(clash->old_value, "1");
    ck_text(clash->new_value, "2");
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM param WHERE value = '1'"), 1);
}
END_TEST

START_TEST(a_value_may_hold_any_bytes_of_utf_8)
{
    static const char odd[] = "a\0b'\"\\%\xF0\x9F\x98\x80";
    const struct rs_tag t = {RS_STR("k"), {odd, sizeof odd - 1}};

    ck_ok(rs_store_tags_put(scratch_cx(), scratch_store(), &run, &t, 1));
    ck_assert(rs_str_eq(tag("k"), t.value));
}
END_TEST

START_TEST(the_last_value_of_a_tag_counts)
{
    put_tag("k", "1");
    put_tag("k", "2");
    put_tag("other", "3");
    ck_text(tag("k"), "2");
    ck_assert_int_eq(scratch_number("SELECT COUNT(*) FROM tag"), 2);
    ck_assert_ptr_null(tag("nobody").p);
}
END_TEST

START_TEST(a_repeated_tag_writes_nothing)
{
    put_tag("k", "1");
    const int64_t before = scratch_number("SELECT total_changes()");

    put_tag("k", "1");
    ck_assert_int_eq(scratch_number("SELECT total_changes()"), before);
}
END_TEST

START_TEST(a_new_run_takes_no_tag_twice)
{
    const struct rs_tag tags[] = {{RS_STR("a"), RS_STR("1")}, {RS_STR("a"), RS_STR("1")}};

    ck_fails(rs_store_tags_add(scratch_cx(), scratch_store(), &run, tags, 2), RS_INVALID,
             "'a' comes twice");
}
END_TEST

START_TEST(a_tag_is_deleted_once)
{
    bool was_there = false;

    put_tag("k", "1");
    ck_ok(rs_store_tag_delete(scratch_cx(), scratch_store(), &run, RS_STR("k"), &was_there));
    ck_assert(was_there);
    ck_ok(rs_store_tag_delete(scratch_cx(), scratch_store(), &run, RS_STR("k"), &was_there));
    ck_assert(!was_there);
    ck_ok(
        rs_store_tag_delete(scratch_cx(), scratch_store(), &run, RS_STR("never seen"), &was_there));
    ck_assert(!was_there);
}
END_TEST

START_TEST(rows_of_a_run_are_found_by_keys)
{
    static const char *const parts[] = {"FROM run WHERE run_id", "SELECT value FROM tag",
                                        "DELETE FROM tag", "UPDATE run SET status",
                                        "SELECT value FROM param"};
    struct rs_run_ref found;
    struct rs_param p = {RS_STR("a"), RS_STR("1")};
    bool was_there = false;

    ck_ok(rs_store_run_find(scratch_cx(), scratch_store(), RS_STR("r"), &found));
    put_tag("k", "1");
    tag("k");
    put_params(&p, 1);
    put_params(&p, 1);
    update(&(struct rs_run_change){0});
    ck_ok(rs_store_tag_delete(scratch_cx(), scratch_store(), &run, RS_STR("k"), &was_there));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *plan = scratch_plan(parts[i]);

        ck_assert_msg(strstr(plan, "SEARCH") != NULL && strstr(plan, "SCAN") == NULL, "%s: %s",
                      parts[i], plan);
    }
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_run_is_found_by_its_public_id);
    tcase_add_test(tests, a_new_run_is_running_and_has_no_end);
    tcase_add_test(tests, an_update_changes_what_is_set_and_nothing_else);
    tcase_add_test(tests, a_run_keeps_the_time_of_its_first_deletion);
    tcase_add_test(tests, a_param_keeps_its_first_value);
    tcase_add_test(tests, a_value_may_hold_any_bytes_of_utf_8);
    tcase_add_test(tests, the_last_value_of_a_tag_counts);
    tcase_add_test(tests, a_repeated_tag_writes_nothing);
    tcase_add_test(tests, a_new_run_takes_no_tag_twice);
    tcase_add_test(tests, a_tag_is_deleted_once);
    tcase_add_test(tests, rows_of_a_run_are_found_by_keys);
}

int main(void)
{
    return scratch_main("runs", open_with_run, add);
}
