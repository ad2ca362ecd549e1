/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: ids, and what one batch may log. Logged models and random names. */
#include "model/run.h"

#include "model/expect.h"
#include "model/limits.h"
#include "model/logged_model.h"
#include "model/names.h"

START_TEST(a_run_id_starts_with_an_ascii_letter_or_digit)
{
    ck_assert_accepts(rs_run_id_check(&cx, RS_STR("0")));
    ck_assert_accepts(rs_run_id_check(&cx, RS_STR("a-_\xC3\xA9\n")));
    ck_assert_accepts(rs_run_id_check(&cx, repeated("x", RS_RUN_ID_MAX)));
    ck_assert_refuses(rs_run_id_check(&cx, RS_STR("bad id!")),
                      "Invalid value \"bad id!\" for parameter 'run_id' supplied.");
    ck_assert_refuses(rs_run_id_check(&cx, RS_STR("")),
                      "Invalid value \"\" for parameter 'run_id' supplied.");
    ck_assert_int_eq(rs_run_id_check(&cx, RS_STR("\n")), RS_INVALID);
    ck_assert_int_eq(rs_run_id_check(&cx, RS_STR("_a")), RS_INVALID);
    ck_assert_int_eq(rs_run_id_check(&cx, RS_STR("\xC3\xA9")), RS_INVALID);
    ck_assert_int_eq(rs_run_id_check(&cx, repeated("x", RS_RUN_ID_MAX + 1)), RS_INVALID);
}
END_TEST

START_TEST(each_part_of_a_batch_has_its_limit_and_all_have_one_together)
{
    ck_assert_accepts(rs_batch_size_check(&cx, 1000, 0, 0));
    ck_assert_accepts(rs_batch_size_check(&cx, 800, 100, 100));
    ck_assert_refuses(rs_batch_size_check(&cx, 1001, 0, 0),
                      "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. "
                      "Please split up metrics across multiple requests and try again.");
    ck_assert_refuses(rs_batch_size_check(&cx, 0, 101, 101),
                      "A batch logging request can contain at most 100 params. Got 101 params. "
                      "Please split up params across multiple requests and try again.");
    ck_assert_refuses(rs_batch_size_check(&cx, 0, 0, 101),
                      "A batch logging request can contain at most 100 tags. Got 101 tags. "
                      "Please split up tags across multiple requests and try again.");
    ck_assert_refuses(
        rs_batch_size_check(&cx, 1000, 1, 0),
        "A batch logging request can contain at most 1000 metrics, params, and tags. Got "
        "1001 metrics, params, and tags. Please split up metrics, params, and tags "
        "across multiple requests and try again.");
}
END_TEST

START_TEST(a_batch_is_checked_in_order_and_its_values_are_cut)
{
    struct rs_metric metrics[] = {{.key = RS_STR("m")}, {.key = RS_STR("m"), .timestamp = -1}};
    struct rs_param params[] = {{RS_STR("p"), repeated("x", RS_PARAM_VALUE_MAX + 1)}};
    struct rs_tag tags[] = {{RS_STR("t"), repeated("x", RS_TAG_VALUE_MAX + 1)},
                            {RS_STR("/"), RS_STR("")}};
    struct rs_run_data data = {RS_LIST(metrics, 1), RS_LIST(params, 1), RS_LIST(tags, 1)};

    ck_assert_accepts(rs_batch_check(&cx, &data));
    ck_assert_uint_eq(params[0].value.n, RS_PARAM_VALUE_MAX);
    ck_assert_uint_eq(tags[0].value.n, RS_TAG_VALUE_MAX);
    data.tags.n = 2;
    ck_assert_refuses(
        rs_batch_check(&cx, &data),
        "Invalid value \"/\" for parameter 'tags[1].key' supplied: Names may be treated "
        "as files in certain cases, and must not resolve to other names when treated as "
        "such. This name would resolve to '/'");
    data.metrics.n = 2;
    ck_assert_refuses(rs_batch_check(&cx, &data),
                      "Invalid value -1 for parameter 'metrics[1].timestamp' supplied: metric 'm' "
                      "(value=0.0). Timestamp must be a nonnegative long (64-bit integer) ");
}
END_TEST

START_TEST(a_param_key_may_come_once_in_a_batch)
{
    struct rs_param params[] = {{RS_STR("d"), RS_STR("1")},
                                {RS_STR("d"), RS_STR("1")},
                                {RS_STR("e"), RS_STR("1")},
                                {RS_STR("e"), RS_STR("2")}};
    struct rs_run_data data = {.params = RS_LIST(params, 2)};

    ck_assert_refuses(
        rs_batch_check(&cx, &data),
        "Duplicate parameter keys have been submitted: ['d']. Please ensure the request "
        "contains only one param value per param key.");
    data.params.n = 4;
    ck_assert_refuses(rs_batch_check(&cx, &data),
                      "Duplicate parameter keys have been submitted: ['d', 'e']. Please ensure the "
                      "request contains only one param value per param key.");
    data.params.n = 1;
    ck_assert_accepts(rs_batch_check(&cx, &data));
}
END_TEST

/* The names of a table's fields, with commas. */
static struct rs_str names_of(const struct rs_fields *fields)
{
    struct rs_str all = {"", 0};

    for (size_t i = 0; i < fields->n; i++) {
        all = rs_arena_fmt(&arena, RS_FMT "%s" RS_FMT, RS_ARG(all), i > 0 ? "," : "",
                           RS_ARG(fields->field[i].name));
    }
    return all;
}

START_TEST(fields_are_in_the_order_of_the_wire)
{
    ck_assert_text(
        names_of(&rs_run_info_fields),
        "run_uuid,experiment_id,run_name,user_id,status,start_time,end_time,artifact_uri,"
        "lifecycle_stage,run_id");
    ck_assert_text(names_of(&rs_metric_fields),
                   "key,value,timestamp,step,dataset_name,dataset_digest,model_id,run_id");
    ck_assert_text(names_of(&rs_logged_model_info_fields),
                   "model_id,experiment_id,name,creation_timestamp_ms,last_updated_timestamp_ms,"
                   "artifact_uri,status,model_type,source_run_id,status_message,tags");
    ck_assert_text(names_of(&rs_run_fields), "info,data,inputs,outputs");
    ck_assert_text(names_of(&rs_logged_model_data_fields), "params,metrics");
}
END_TEST

START_TEST(statuses_have_their_names_and_numbers)
{
    int v = 0;

    ck_assert_str_eq(rs_enum_name(rs_run_status_names, RS_RUN_KILLED), "KILLED");
    ck_assert(rs_enum_value(rs_run_status_names, RS_STR("SCHEDULED"), &v));
    ck_assert_int_eq(v, 2);
    ck_assert(!rs_enum_value(rs_run_status_names, RS_STR("DONE"), &v));
    ck_assert_str_eq(rs_enum_name(rs_logged_model_status_names, RS_LOGGED_MODEL_READY),
                     "LOGGED_MODEL_READY");
    ck_assert_ptr_null(rs_enum_name(rs_logged_model_status_names, 4));
}
END_TEST

START_TEST(a_logged_model_name_holds_none_of_six_characters)
{
    ck_assert_accepts(rs_logged_model_name_check(&cx, RS_STR(" ")));
    ck_assert_accepts(rs_logged_model_name_check(&cx, RS_STR("a-b_\xE5\x90\x8D\\")));
    ck_assert_accepts(rs_logged_model_name_check(&cx, repeated("x", 5000)));
    for (const char *c = "/:.%\""; *c != '\0'; c++) {
        const char name[] = {'a', *c, 'b', '\0'};
        const struct rs_str want = rs_arena_fmt(
            &arena,
            "Invalid model name ('%s') provided. Model name must be a non-empty string and "
            "cannot contain the following characters: ('/', ':', '.', '%%', '\"', \"'\")",
            name);

        ck_assert_refuses(rs_logged_model_name_check(&cx, rs_str_of(name)),
                          rs_arena_str(&arena, want).p);
    }
    ck_assert_refuses(
        rs_logged_model_name_check(&cx, RS_STR("a'b")),
        "Invalid model name (\"a'b\") provided. Model name must be a non-empty string and "
        "cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")");
    ck_assert_int_eq(rs_logged_model_name_check(&cx, RS_STR("")), RS_INVALID);
}
END_TEST

START_TEST(random_names_come_from_the_bits_and_pass_every_rule)
{
    ck_assert_text(rs_random_name(&arena, 0), "agile-alder-0");
    ck_assert_text(rs_random_name(&arena, UINT64_MAX), "witty-willow-495");
    for (uint64_t bits = 1; bits < 5000; bits++) {
        const struct rs_str name = rs_random_name(&arena, bits * 0x9E3779B97F4A7C15U);

        ck_assert_accepts(rs_logged_model_name_check(&cx, name));
        ck_assert_uint_lt(rs_str_find(name, '-', 0), name.n);
        ck_assert_uint_le(name.n, 20);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_run_id_starts_with_an_ascii_letter_or_digit);
    tcase_add_test(t, each_part_of_a_batch_has_its_limit_and_all_have_one_together);
    tcase_add_test(t, a_batch_is_checked_in_order_and_its_values_are_cut);
    tcase_add_test(t, a_param_key_may_come_once_in_a_batch);
    tcase_add_test(t, fields_are_in_the_order_of_the_wire);
    tcase_add_test(t, statuses_have_their_names_and_numbers);
    tcase_add_test(t, a_logged_model_name_holds_none_of_six_characters);
    tcase_add_test(t, random_names_come_from_the_bits_and_pass_every_rule);
}

int main(void)
{
    return run_model_tests("model/run", add);
}
