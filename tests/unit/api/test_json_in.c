/* SPDX-License-Identifier: Apache-2.0 */
/* JSON bodies into structs: MLflow's rules, and bodies that mean harm. */
#include "api/json_in.h"

#include <float.h>
#include <math.h>

#include "api/message.h"
#include "base/buf.h"
#include "support/trial.h"

static struct message m;

static enum rs_code decode_str(struct rs_str body)
{
    m = (struct message){0};
    return rs_json_decode(&cx, body, &message_fields, &m);
}

static enum rs_code decode(const char *body)
{
    return decode_str(rs_str_of(body));
}

static const struct part *part(size_t i)
{
    ck_assert_uint_gt(m.parts.n, i);
    return &((const struct part *)m.parts.p)[i];
}

START_TEST(every_kind_of_field_is_read)
{
    ck_ok(decode("{\"run_name\": \"a\\u00e4\\n\", \"big_number\": -9223372036854775808,"
                 " \"some_value\": 0.1, \"is_on\": true, \"max_results\": 5, \"end_time\": 7,"
                 " \"opt_value\": 1, \"opt_on\": false, \"status\": \"DONE\","
                 " \"run_ids\": [\"x\", \"\"], \"parts\": [{\"key\": \"k\", \"step\": 3}],"
                 " \"one_part\": {\"key\": \"o\"}}"));
    ck_assert_text(m.run_name, "a\xC3\xA4\n");
    ck_assert_int_eq(m.big_number, INT64_MIN);
    ck_assert_double_eq(m.some_value, 0.1);
    ck_assert(m.is_on);
    ck_assert(m.max_results.is_set && m.max_results.v == 5);
    ck_assert(m.end_time.is_set && m.end_time.v == 7);
    ck_assert(m.opt_value.is_set && m.opt_value.v == 1.0);
    ck_assert(m.opt_on.is_set && !m.opt_on.v);
    ck_assert(m.status.is_set && m.status.v == 3);
    ck_assert_uint_eq(m.run_ids.n, 2);
    ck_assert_text(m.run_ids.p[0], "x");
    ck_assert_text(m.run_ids.p[1], "");
    ck_assert_text(part(0)->key, "k");
    ck_assert_int_eq(part(0)->step, 3);
    ck_assert_text(((const struct part *)m.one_part.p)->key, "o");
}
END_TEST

START_TEST(what_is_not_there_is_absent_and_what_is_not_known_is_ignored)
{
    ck_ok(decode("{\"unknown\": [{\"deep\": null}], \"Run_Name\": 1, \"\": 2}"));
    ck_assert_ptr_null(m.run_name.p);
    ck_assert(!m.max_results.is_set && !m.opt_value.is_set && !m.opt_on.is_set && !m.status.is_set);
    ck_assert_ptr_null(m.one_part.p);
    ck_assert_uint_eq(m.parts.n, 0);
}
END_TEST

START_TEST(an_empty_body_null_and_a_json_string_are_objects)
{
    static const char *const empty[] = {"", " \r\n\t", "null", "{}", " {} ", "\"null\"", "\"{}\""};

    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        ck_ok(decode(empty[i]));
        ck_assert_ptr_null(m.run_name.p);
    }
    ck_ok(decode("\"{\\\"run_name\\\": \\\"twice\\\"}\""));
    ck_assert_text(m.run_name, "twice");
}
END_TEST

START_TEST(null_is_absent)
{
    ck_ok(decode("{\"run_name\": null, \"max_results\": null, \"parts\": null, \"one_part\": null,"
                 " \"status\": null, \"run_ids\": null, \"big_number\": null}"));
    ck_assert_ptr_null(m.run_name.p);
    ck_assert(!m.max_results.is_set);
    ck_assert_ptr_null(m.one_part.p);
}
END_TEST

START_TEST(names_may_be_camel_case_but_not_both_spellings_at_once)
{
    ck_ok(decode("{\"runName\": \"a\", \"bigNumber\": \"12\", \"onePart\": {\"key\": \"k\"}}"));
    ck_assert_text(m.run_name, "a");
    ck_assert_int_eq(m.big_number, 12);
    ck_assert_ptr_nonnull(m.one_part.p);
    ck_fails(decode("{\"runName\": \"a\", \"run_name\": \"a\"}"), RS_INVALID,
             "Request specifies both 'run_name' and 'runName'; provide only one of them.");
    ck_fails(decode("{\"run_name\": null, \"runName\": \"a\"}"), RS_INVALID, "provide only one");
}
END_TEST

START_TEST(integers_are_numbers_texts_or_whole_floats)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"9223372036854775807", INT64_MAX},
                {"\"9223372036854775807\"", INT64_MAX},
                {"\"-9223372036854775808\"", INT64_MIN},
                {"7.0", 7},
                {"\"7.0\"", 7},
                {"-0", 0},
                {"-0.0", 0},
                {"1e3", 1000}};
    static const char *const bad[] = {"7.5",
                                      "\"7.5\"",
                                      "\"\"",
                                      "\" 7\"",
                                      "\"7 \"",
                                      "\"x\"",
                                      "true",
                                      "1e30",
                                      "\"0x10\"",
                                      "[]",
                                      "{}",
                                      "\"9223372036854775808\"",
                                      "9223372036854775808"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_ok(decode(rs_arena_fmt(&arena, "{\"big_number\": %s}", good[i].text).p));
        ck_assert_int_eq(m.big_number, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_fails(decode(rs_arena_fmt(&arena, "{\"big_number\": %s}", bad[i]).p), RS_INVALID,
                 "for parameter 'big_number' supplied");
    }
}
END_TEST

START_TEST(a_32_bit_field_takes_no_more)
{
    ck_ok(decode("{\"max_results\": 2147483647}"));
    ck_assert_int_eq(m.max_results.v, INT32_MAX);
    ck_ok(decode("{\"max_results\": -2147483648}"));
    ck_fails(decode("{\"max_results\": 2147483648}"), RS_INVALID, "Value was of type 'int'");
    ck_fails(decode("{\"max_results\": 1e18}"), RS_INVALID, "max_results");
    ck_ok(decode("{\"end_time\": 2147483648}"));
}
END_TEST

START_TEST(doubles_come_as_numbers_names_or_texts)
{
    ck_ok(decode("{\"some_value\": \"NaN\"}"));
    ck_assert(isnan(m.some_value));
    ck_ok(decode("{\"some_value\": \"Infinity\", \"opt_value\": \"-Infinity\"}"));
    ck_assert(isinf(m.some_value) && m.some_value > 0);
    ck_assert(isinf(m.opt_value.v) && m.opt_value.v < 0);
    ck_ok(decode("{\"some_value\": \"1.5e3\", \"opt_value\": true}"));
    ck_assert_double_eq(m.some_value, 1500);
    ck_assert_double_eq(m.opt_value.v, 1);
    ck_ok(decode("{\"some_value\": -0.0, \"opt_value\": 5e-324}"));
    ck_assert(signbit(m.some_value) != 0);
    ck_assert(m.opt_value.v > 0);
    ck_ok(decode("{\"some_value\": 1.7976931348623157e308}"));
    ck_assert_double_eq(m.some_value, DBL_MAX);
    ck_fails(decode("{\"some_value\": \"much\"}"), RS_INVALID, "'some_value'");
    ck_fails(decode("{\"some_value\": \"\"}"), RS_INVALID, "'some_value'");
    ck_fails(decode("{\"some_value\": [1]}"), RS_INVALID, "Value was of type 'list'");
}
END_TEST

START_TEST(an_enum_is_a_name_or_a_number_and_an_unknown_name_is_ignored)
{
    ck_ok(decode("{\"status\": 3}"));
    ck_assert_int_eq(m.status.v, 3);
    ck_ok(decode("{\"status\": \"3\"}"));
    ck_assert_int_eq(m.status.v, 3);
    ck_ok(decode("{\"status\": \"FINISHED\"}"));
    ck_assert(!m.status.is_set);
    ck_ok(decode("{\"status\": \"done\"}"));
    ck_assert(!m.status.is_set);
    ck_fails(decode("{\"status\": 2}"), RS_INVALID, "'status'");
    ck_fails(decode("{\"status\": 4294967297}"), RS_INVALID, "'status'");
    ck_fails(decode("{\"status\": true}"), RS_INVALID, "'status'");
}
END_TEST

START_TEST(a_wrong_type_is_named_with_its_place)
{
    static const struct {
        const char *body;
        const char *message;
    } cases[] = {
        {"{\"run_name\": 5}",
         "Invalid value 5 for parameter 'run_name' supplied:  Hint: Value was of type 'int'."},
        {"{\"run_name\": {\"a\": 1.5}}", "Value was of type 'dict'"},
        {"{\"is_on\": \"true\"}", "Invalid value \"true\" for parameter 'is_on'"},
        {"{\"opt_on\": 1}", "'opt_on'"},
        {"{\"run_ids\": \"x\"}", "'run_ids'"},
        {"{\"run_ids\": [\"x\", 1]}", "'run_ids'"},
        {"{\"parts\": {}}", "'parts'"},
        {"{\"parts\": [{\"key\": \"a\"}, 7]}", "Invalid value 7 for parameter 'parts[1]'"},
        {"{\"parts\": [{\"key\": \"a\"}, {\"key\": \"b\", \"step\": \"x\"}]}", "'parts[1].step'"},
        {"{\"parts\": [null]}", "Value was of type 'NoneType'"},
        {"{\"one_part\": []}", "'one_part'"},
        {"{\"one_part\": {\"key\": false}}",
         "Invalid value false for parameter 'one_part.key' supplied:  Hint: Value was of type 'bool'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_fails(decode(cases[i].body), RS_INVALID, cases[i].message);
    }
}
END_TEST

START_TEST(a_long_wrong_value_is_cut_in_its_message)
{
    struct rs_buf b = {.max = 1 << 20};

    RS_BUF_LIT(&b, "{\"big_number\": \"");
    for (int i = 0; i < 50000; i++) {
        RS_BUF_LIT(&b, "\xC3\xA4");
    }
    RS_BUF_LIT(&b, "\"}");
    ck_fails(decode_str(rs_buf_view(&b)), RS_INVALID, "Hint: Value was of type 'str'");
    rs_buf_fini(&b);
}
END_TEST

START_TEST(what_is_required_must_be_there_under_its_own_name_and_not_empty)
{
    static const char *const bad[] = {"", "{}", "{\"run_id\": \"\"}", "{\"run_id\": null}",
                                      "{\"runId\": \"a\"}"};
    struct needy n = {0};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_fails(rs_json_decode(&cx, rs_str_of(bad[i]), &needy_fields, &n), RS_INVALID,
                 "Missing value for required parameter 'run_id'. See the API docs for more "
                 "information about request parameters.");
    }
    ck_fails(rs_json_decode(&cx, RS_STR("{\"run_id\": 5}"), &needy_fields, &n), RS_INVALID,
             "Invalid value 5");
    ck_ok(rs_json_decode(&cx, RS_STR("{\"run_id\": \"a\"}"), &needy_fields, &n));
    ck_assert_text(n.run_id, "a");
    ck_fails(decode("{\"parts\": [{\"key\": \"a\"}, {\"step\": 1}]}"), RS_INVALID,
             "Missing value for required parameter 'parts[1].key'");
}
END_TEST

START_TEST(a_body_that_is_no_json_object_is_refused)
{
    static const struct rs_str bad[] = {
        RS_STR_INIT("["),
        RS_STR_INIT("[]"),
        RS_STR_INIT("\"x\""),
        RS_STR_INIT("\"[]\""),
        RS_STR_INIT("5"),
        RS_STR_INIT("true"),
        RS_STR_INIT("{}{}"),
        RS_STR_INIT("{} x"),
        RS_STR_INIT("{"),
        RS_STR_INIT("}"),
        RS_STR_INIT("{\"a\":1,}"),
        RS_STR_INIT("{'a':1}"),
        RS_STR_INIT("{a:1}"),
        RS_STR_INIT("{\"a\" 1}"),
        RS_STR_INIT("// x\n{}"),
        RS_STR_INIT("\xEF\xBB\xBF{}"),            /* a byte order mark */
        RS_STR_INIT("{\0\"\0a\0\"\0:\0001\0}\0"), /* UTF-16 */
        RS_STR_INIT("{}\0"),
        RS_STR_INIT("{\"a\": 1\0}"), /* jansson passes a NUL by behind numbers and words */
        RS_STR_INIT("{\"a\": true\0}"),
        RS_STR_INIT("{\"a\": NaN}"),
        RS_STR_INIT("{\"a\": Infinity}"),
        RS_STR_INIT("{\"a\": 1e999}"),
        RS_STR_INIT("{\"a\": 01}"),
        RS_STR_INIT("{\"a\": +1}"),
        RS_STR_INIT("{\"a\": .5}"),
        RS_STR_INIT("{\"a\": \"\\u0000\"}"),
        RS_STR_INIT("{\"a\": \"\\ud800\"}"),
        RS_STR_INIT("{\"a\": \"\\udc00\\ud800\"}"),
        RS_STR_INIT("{\"a\": \"\xFF\"}"),
        RS_STR_INIT("{\"a\": \"\xC0\x80\"}"),
        RS_STR_INIT("{\"a\": \"\xED\xA0\x80\"}"),
        RS_STR_INIT("{\"a\": \"\n\"}"),
        RS_STR_INIT("{\"a\": \"\\x41\"}"),
        RS_STR_INIT("{\"a\": 1, \"a\": 2}"),
        RS_STR_INIT("{\"a\": {\"b\": 1, \"b\": 1}}"),
        RS_STR_INIT("\"\\\"{}\\\"\""), /* three times */
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const enum rs_code code = decode_str(bad[i]);

        ck_assert_msg(code == RS_INVALID, "\"" RS_FMT "\": %s", RS_ARG(bad[i]), rs_code_name(code));
        ck_fails(code, RS_INVALID, "could not read the request body");
    }
}
END_TEST

/* `piece` repeated n times between two other texts. */
static struct rs_str repeat(const char *before, const char *piece, size_t n, const char *after)
{
    struct rs_buf b = {.max = 64 << 20};

    rs_buf_str(&b, rs_str_of(before));
    for (size_t i = 0; i < n; i++) {
        rs_buf_str(&b, rs_str_of(piece));
    }
    rs_buf_str(&b, rs_str_of(after));
    const struct rs_str text = rs_arena_str(&arena, rs_buf_view(&b));
    rs_buf_fini(&b);
    return text;
}

START_TEST(a_body_that_is_too_deep_is_refused_whatever_its_size)
{
    static const size_t depths[] = {RS_JSON_DEPTH_MAX + 1, 2048, 2049, 100000, 1000000};

    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        ck_fails(decode_str(repeat("", "[", depths[i], "")), RS_INVALID, "more than 64 levels");
        ck_fails(decode_str(repeat("{\"x\": ", "[", depths[i], "")), RS_INVALID,
                 "more than 64 levels");
        ck_fails(decode_str(repeat("", "{\"a\":", depths[i], "")), RS_INVALID,
                 "more than 64 levels");
        ck_fails(decode_str(repeat("\"", "[", depths[i], "\"")), RS_INVALID, "more than 64 levels");
    }
    ck_ok(decode_str(repeat(repeat("{\"x\": ", "[", 63, "").p, "]", 63, "}")));
    /* What is deep and wrong in a field that we know must not be too much for its message. */
    const struct rs_str open = repeat("{\"run_name\": ", "[", 63, "");
    ck_fails(decode_str(repeat(open.p, "]", 63, "}")), RS_INVALID, "Value was of type 'list'");
}
END_TEST

START_TEST(a_megabyte_of_tiny_values_is_refused_before_it_is_parsed)
{
    static const char *const words = "more values than 16 MiB of memory can hold";

    ck_fails(decode_str(repeat("{\"parts\": [", "{},", 350000, "{}]}")), RS_INVALID, words);
    ck_fails(decode_str(repeat("{\"x\": [", "[],", 350000, "[]]}")), RS_INVALID, words);
    ck_fails(decode_str(repeat("{\"x\": [", "{\"\":{}},", 100000, "{}]}")), RS_INVALID, words);
    ck_fails(decode_str(repeat("[", "1,", 500000, "1]")), RS_INVALID, words);
    /* Brackets and commas within texts are not counted. */
    ck_ok(decode_str(repeat("{\"run_name\": \"", ",[{\\\"", 100000, "\"}")));
    ck_assert_uint_eq(m.run_name.n, 400000);
}
END_TEST

START_TEST(what_is_ignored_takes_no_memory_of_the_request)
{
    const struct rs_str body = repeat("{\"run_name\": \"name\", \"x\": [", "{},", 50000, "{}]}");
    const size_t before = arena.used;

    ck_ok(decode_str(body));
    ck_assert_text(m.run_name, "name");
    ck_assert_uint_lt(arena.used - before, 1024);
}
END_TEST

START_TEST(a_batch_of_a_thousand_is_read)
{
    ck_ok(decode_str(repeat("{\"parts\": [", "{\"key\": \"k\", \"step\": \"12\"},", 999,
                            "{\"key\": \"last\"}]}")));
    ck_assert_uint_eq(m.parts.n, 1000);
    ck_assert_int_eq(part(998)->step, 12);
    ck_assert_text(part(999)->key, "last");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, every_kind_of_field_is_read);
    tcase_add_test(t, what_is_not_there_is_absent_and_what_is_not_known_is_ignored);
    tcase_add_test(t, an_empty_body_null_and_a_json_string_are_objects);
    tcase_add_test(t, null_is_absent);
    tcase_add_test(t, names_may_be_camel_case_but_not_both_spellings_at_once);
    tcase_add_test(t, integers_are_numbers_texts_or_whole_floats);
    tcase_add_test(t, a_32_bit_field_takes_no_more);
    tcase_add_test(t, doubles_come_as_numbers_names_or_texts);
    tcase_add_test(t, an_enum_is_a_name_or_a_number_and_an_unknown_name_is_ignored);
    tcase_add_test(t, a_wrong_type_is_named_with_its_place);
    tcase_add_test(t, a_long_wrong_value_is_cut_in_its_message);
    tcase_add_test(t, what_is_required_must_be_there_under_its_own_name_and_not_empty);
    tcase_add_test(t, a_body_that_is_no_json_object_is_refused);
    tcase_add_test(t, a_body_that_is_too_deep_is_refused_whatever_its_size);
    tcase_add_test(t, a_megabyte_of_tiny_values_is_refused_before_it_is_parsed);
    tcase_add_test(t, what_is_ignored_takes_no_memory_of_the_request);
    tcase_add_test(t, a_batch_of_a_thousand_is_read);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "api/json_in", .close = close_context, .add = add});
}
