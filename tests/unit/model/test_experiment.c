/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments: names and ids. Datasets, which belong to them. */
#include "model/experiment.h"

#include "model/dataset.h"
#include "model/expect.h"
#include "model/limits.h"
#include "model/view.h"

START_TEST(a_name_is_anything_but_empty_or_long)
{
    ck_assert_accepts(rs_experiment_name_check(&cx, RS_STR(" ")));
    ck_assert_accepts(rs_experiment_name_check(&cx, RS_STR("a/../b\t#")));
    ck_assert_accepts(
        rs_experiment_name_check(&cx, repeated("\xE5\x90\x8D", RS_EXPERIMENT_NAME_MAX)));
    ck_assert_refuses(rs_experiment_name_check(&cx, RS_STR("")), "Invalid experiment name: ''");
    ck_assert_refuses(rs_experiment_name_check(&cx, repeated("x", RS_EXPERIMENT_NAME_MAX + 1)),
                      "'name' exceeds the maximum length of 500 characters");
}
END_TEST

START_TEST(an_id_is_read_as_python_reads_a_number)
{
    static const struct {
        const char *text;
        int64_t id;
    } cases[] = {
        {"0", 0},
        {"01", 1},
        {" 1 ", 1},
        {"\t1\n", 1},
        {"\x1C"
         "1\x1F",
         1},
        {"+1", 1},
        {"-1", -1},
        {"1_0", 10},
        {"0_0_1", 1},
        {"9223372036854775807", INT64_MAX},
        {"-0", 0},
        {"-9223372036854775808", INT64_MIN},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t id = 77;

        ck_assert_accepts(rs_experiment_id_parse(&cx, rs_str_of(cases[i].text), &id));
        ck_assert_msg(id == cases[i].id, "\"%s\" is %lld", cases[i].text, (long long)id);
    }
}
END_TEST

START_TEST(what_is_no_id_is_refused_with_its_text)
{
    static const char *const texts[] = {"",    " ",   "abc", "1.0", "1__0",
                                        "_1",  "1_",  "+",   "+ 1", "--1",
                                        "0x1", "1 0", "1a",  "+_1", "9223372036854775808"};
    int64_t id;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct rs_str want = rs_arena_fmt(
            &arena, "Invalid experiment ID '%s'. Experiment ID must be a valid integer.", texts[i]);

        ck_assert_refuses(rs_experiment_id_parse(&cx, rs_str_of(texts[i]), &id),
                          rs_arena_str(&arena, want).p);
    }
    ck_assert_int_eq(rs_experiment_id_parse(&cx, repeated("9", 200), &id), RS_INVALID);
}
END_TEST

START_TEST(each_part_of_a_dataset_has_its_limit)
{
    struct rs_dataset d = {.name = repeated("n", RS_DATASET_NAME_MAX + 1)};
    const struct rs_dataset_input input = {.dataset = RS_SUB(&d)};

    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'name' exceeds the maximum length of 500 characters");
    d = (struct rs_dataset){.digest = repeated("n", RS_DATASET_DIGEST_MAX + 1)};
    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'digest' exceeds the maximum length of 36 characters");
    d = (struct rs_dataset){.source = repeated("n", RS_DATASET_SOURCE_MAX + 1)};
    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'source' exceeds the maximum length of 65535 characters");
    d = (struct rs_dataset){.schema = repeated("n", RS_DATASET_SCHEMA_MAX + 1)};
    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'schema' exceeds the maximum length of 1048575 characters");
    d = (struct rs_dataset){.profile = repeated("n", RS_DATASET_PROFILE_MAX + 1)};
    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'profile' exceeds the maximum length of 16777215 characters");
}
END_TEST

START_TEST(a_dataset_input_may_be_empty_and_its_tags_are_checked)
{
    struct rs_tag tags[] = {{RS_STR("a"), RS_STR("1")},
                            {repeated("k", RS_INPUT_TAG_KEY_MAX + 1), RS_STR("")}};
    struct rs_dataset_input input = {0};

    ck_assert_accepts(rs_dataset_input_check(&cx, &input));
    input.tags = RS_LIST(tags, 1);
    ck_assert_accepts(rs_dataset_input_check(&cx, &input));
    input.tags = RS_LIST(tags, 2);
    ck_assert_refuses(rs_dataset_input_check(&cx, &input),
                      "'key' exceeds the maximum length of 255 characters");
}
END_TEST

START_TEST(stages_and_views_have_their_names_on_the_wire)
{
    ck_assert_text(rs_stage_text(RS_STAGE_ACTIVE), "active");
    ck_assert_text(rs_stage_text(RS_STAGE_DELETED), "deleted");
    ck_assert_str_eq(rs_enum_name(rs_view_names, RS_VIEW_DELETED_ONLY), "DELETED_ONLY");
    ck_assert_int_eq(rs_view_of((struct rs_opt_enum){0}), RS_VIEW_ACTIVE_ONLY);
    ck_assert_int_eq(rs_view_of(RS_SOME_ENUM(RS_VIEW_ALL)), RS_VIEW_ALL);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_name_is_anything_but_empty_or_long);
    tcase_add_test(t, an_id_is_read_as_python_reads_a_number);
    tcase_add_test(t, what_is_no_id_is_refused_with_its_text);
    tcase_add_test(t, each_part_of_a_dataset_has_its_limit);
    tcase_add_test(t, a_dataset_input_may_be_empty_and_its_tags_are_checked);
    tcase_add_test(t, stages_and_views_have_their_names_on_the_wire);
}

int main(void)
{
    return run_model_tests("model/experiment", add);
}
