/* SPDX-License-Identifier: Apache-2.0 */
/* Tags and params: each kind's own rule. */
#include "model/tag.h"

#include "model/expect.h"
#include "model/limits.h"
#include "model/param.h"

START_TEST(a_tag_value_is_cut_to_its_limit_in_code_points)
{
    struct rs_tag tag = {RS_STR("k"), repeated("\xE5\x90\x8D", RS_TAG_VALUE_MAX + 1)};

    ck_assert_accepts(rs_tag_check(&cx, RS_ALONE, &tag));
    ck_assert_uint_eq(tag.value.n, 3 * (size_t)RS_TAG_VALUE_MAX);
    tag.value = repeated("x", RS_TAG_VALUE_MAX);
    ck_assert_accepts(rs_tag_check(&cx, RS_ALONE, &tag));
    ck_assert_uint_eq(tag.value.n, RS_TAG_VALUE_MAX);
}
END_TEST

START_TEST(a_tag_key_over_its_limit_is_named_by_its_place)
{
    struct rs_tag tag = {repeated("k", RS_KEY_MAX), RS_STR("v")};

    ck_assert_accepts(rs_tag_check(&cx, RS_ALONE, &tag));
    tag.key = repeated("\xE5\x90\x8D", RS_KEY_MAX);
    ck_assert_accepts(rs_tag_check(&cx, RS_ALONE, &tag));
    tag.key = repeated("k", RS_KEY_MAX + 1);
    ck_assert_refuses(rs_tag_check(&cx, RS_ALONE, &tag),
                      "'key' exceeds the maximum length of 250 characters");
    ck_assert_refuses(rs_tag_check(&cx, RS_ITEM("tags", 2), &tag),
                      "'tags[2].key' exceeds the maximum length of 250 characters");
}
END_TEST

START_TEST(an_absent_value_stays_absent)
{
    struct rs_tag tag = {.key = RS_STR("k")};

    ck_assert_accepts(rs_tag_check(&cx, RS_ALONE, &tag));
    ck_assert_ptr_null(tag.value.p);
}
END_TEST

START_TEST(an_experiment_tag_is_refused_rather_than_cut)
{
    struct rs_tag tag = {RS_STR("k"), repeated("v", RS_EXPERIMENT_TAG_VALUE_MAX)};

    ck_assert_accepts(rs_experiment_tag_check(&cx, &tag));
    tag.value = repeated("v", RS_EXPERIMENT_TAG_VALUE_MAX + 1);
    ck_assert_refuses(rs_experiment_tag_check(&cx, &tag),
                      "'value' exceeds the maximum length of 20000 characters");
    tag = (struct rs_tag){repeated("k", RS_KEY_MAX + 1), RS_STR("v")};
    ck_assert_refuses(rs_experiment_tag_check(&cx, &tag),
                      "'key' exceeds the maximum length of 250 characters");
    tag.key = (struct rs_str){0};
    ck_assert_refuses(
        rs_experiment_tag_check(&cx, &tag),
        "Invalid value \"\" for parameter 'key' supplied: Names may be treated as files "
        "in certain cases, and must not resolve to other names when treated as such. "
        "This name would resolve to '.'");
}
END_TEST

START_TEST(views_are_known_by_their_keys)
{
    ck_assert(rs_tag_is_view(RS_STR("mlflow.customView.view.1")));
    ck_assert(!rs_tag_is_view(RS_STR("mlflow.customView.vie")));
}
END_TEST

START_TEST(an_input_tag_has_limits_but_no_rule_for_characters)
{
    struct rs_tag tag = {repeated("/", RS_INPUT_TAG_KEY_MAX),
                         repeated("v", RS_INPUT_TAG_VALUE_MAX)};

    ck_assert_accepts(rs_input_tag_check(&cx, &tag));
    tag.value = repeated("v", RS_INPUT_TAG_VALUE_MAX + 1);
    ck_assert_refuses(rs_input_tag_check(&cx, &tag),
                      "'value' exceeds the maximum length of 500 characters");
    tag.key = repeated("k", RS_INPUT_TAG_KEY_MAX + 1);
    ck_assert_refuses(rs_input_tag_check(&cx, &tag),
                      "'key' exceeds the maximum length of 255 characters");
}
END_TEST

START_TEST(a_param_value_is_cut_and_its_key_is_checked)
{
    struct rs_param param = {RS_STR("k"), repeated("v", RS_PARAM_VALUE_MAX + 1)};

    ck_assert_accepts(rs_param_check(&cx, RS_ALONE, &param));
    ck_assert_uint_eq(param.value.n, RS_PARAM_VALUE_MAX);
    param.key = repeated("k", RS_KEY_MAX + 1);
    ck_assert_refuses(rs_param_check(&cx, RS_ITEM("params", 0), &param),
                      "'Param key' exceeds the maximum length of 250 characters");
    param.key = RS_STR("a#b");
    ck_assert_int_eq(rs_param_check(&cx, RS_ITEM("params", 0), &param), RS_INVALID);
}
END_TEST

START_TEST(only_the_tables_of_batches_require_a_key)
{
    ck_assert_uint_eq(rs_tag_fields.field[0].flags, RS_REQUIRED);
    ck_assert_uint_eq(rs_param_fields.field[0].flags, RS_REQUIRED);
    ck_assert_uint_eq(rs_free_tag_fields.field[0].flags, 0);
    ck_assert_uint_eq(rs_free_param_fields.field[0].flags, 0);
    ck_assert_uint_eq(rs_tag_fields.n, 2);
    ck_assert_uint_eq(rs_tag_fields.size, sizeof(struct rs_tag));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_tag_value_is_cut_to_its_limit_in_code_points);
    tcase_add_test(t, a_tag_key_over_its_limit_is_named_by_its_place);
    tcase_add_test(t, an_absent_value_stays_absent);
    tcase_add_test(t, an_experiment_tag_is_refused_rather_than_cut);
    tcase_add_test(t, views_are_known_by_their_keys);
    tcase_add_test(t, an_input_tag_has_limits_but_no_rule_for_characters);
    tcase_add_test(t, a_param_value_is_cut_and_its_key_is_checked);
    tcase_add_test(t, only_the_tables_of_batches_require_a_key);
}

int main(void)
{
    return run_model_tests("model/tag", add);
}
