/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings, strict numbers and UTF-8. */
#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/expect.h"

static const struct rs_str ABSENT = {NULL, 0};

START_TEST(strings_compare_bytewise_and_a_prefix_comes_first)
{
    ck_assert_int_lt(rs_str_cmp(RS_STR("a"), RS_STR("b")), 0);
    ck_assert_int_gt(rs_str_cmp(RS_STR("\xC3\xA9"), RS_STR("z")), 0);
    ck_assert_int_lt(rs_str_cmp(RS_STR("ab"), RS_STR("abc")), 0);
    ck_assert_int_gt(rs_str_cmp(RS_STR("a\0b"), RS_STR("a")), 0);
    ck_assert_int_eq(rs_str_cmp(RS_STR("abc"), RS_STR("abc")), 0);
    ck_assert_int_eq(rs_str_cmp(ABSENT, RS_STR("")), 0);
    ck_assert_int_lt(rs_str_cmp(ABSENT, RS_STR("a")), 0);
}
END_TEST

START_TEST(an_absent_string_equals_an_empty_one_but_is_not_the_same)
{
    ck_assert(rs_str_eq(ABSENT, RS_STR("")));
    ck_assert(!rs_str_same(ABSENT, RS_STR("")));
    ck_assert(!rs_str_same(RS_STR(""), ABSENT));
    ck_assert(rs_str_same(ABSENT, ABSENT));
    ck_assert(rs_str_same(RS_STR(""), RS_STR("")));
    ck_assert(rs_str_same(RS_STR("a"), RS_STR("a")));
    ck_assert(!rs_str_same(RS_STR("a"), RS_STR("b")));
}
END_TEST

/* Values: the reference page of FNV (isthe.com/chongo/tech/comp/fnv). */
START_TEST(a_hash_is_fnv_1a_and_goes_on_where_it_stopped)
{
    ck_assert_uint_eq(rs_str_hash(RS_HASH_START, RS_STR("")), RS_HASH_START);
    ck_assert_uint_eq(rs_str_hash(RS_HASH_START, RS_STR("a")), 0xAF63DC4C8601EC8CU);
    ck_assert_uint_eq(rs_str_hash(RS_HASH_START, RS_STR("foobar")), 0x85944171F73967E8U);
    ck_assert_uint_eq(rs_str_hash(rs_str_hash(RS_HASH_START, RS_STR("foo")), RS_STR("bar")),
                      0x85944171F73967E8U);
}
END_TEST

START_TEST(only_the_case_of_ascii_letters_is_ignored)
{
    ck_assert(rs_str_eq_nocase(RS_STR("Content-LENGTH"), RS_STR("content-length")));
    ck_assert(!rs_str_eq_nocase(RS_STR("@["), RS_STR("`{")));
    ck_assert(!rs_str_eq_nocase(RS_STR("\xC3\x89"), RS_STR("\xC3\xA9")));
    ck_assert(!rs_str_eq_nocase(RS_STR("ab"), RS_STR("a")));
    ck_assert(rs_str_eq_nocase(ABSENT, RS_STR("")));
}
END_TEST

START_TEST(parts_of_a_string_are_found_and_cut)
{
    const struct rs_str s = RS_STR("a=b=c");

    ck_assert_uint_eq(rs_str_find(s, '=', 0), 1);
    ck_assert_uint_eq(rs_str_find(s, '=', 2), 3);
    ck_assert_uint_eq(rs_str_find(s, '=', 4), s.n);
    ck_assert_uint_eq(rs_str_find(s, '=', 99), s.n);
    ck_assert_uint_eq(rs_str_find(ABSENT, 'a', 0), 0);
    ck_assert(rs_str_starts(s, RS_STR("a=")));
    ck_assert(rs_str_starts(s, ABSENT));
    ck_assert(!rs_str_starts(RS_STR("a"), s));
    ck_assert_text(rs_str_from(s, 2), "b=c");
    ck_assert_text(rs_str_from(s, s.n), "");
}
END_TEST

START_TEST(the_rest_of_an_absent_string_is_absent)
{
    ck_assert_ptr_null(rs_str_from(ABSENT, 0).p);
    ck_assert_ptr_null(rs_str_trim(ABSENT).p);
    ck_assert_ptr_null(rs_utf8_prefix(ABSENT, 5).p);
    ck_assert_ptr_null(rs_str_of(NULL).p);
}
END_TEST

START_TEST(blanks_are_trimmed_at_both_ends_only)
{
    ck_assert_text(rs_str_trim(RS_STR(" \t\r\n\v\f a b \n")), "a b");
    ck_assert_text(rs_str_trim(RS_STR(" \n ")), "");
    ck_assert_text(rs_str_trim(RS_STR("\xC2\xA0")), "\xC2\xA0");
}
END_TEST

START_TEST(whole_decimal_integers_are_read)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"0000000000000000000000000001", 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t v = -1;

        ck_assert_msg(rs_str_to_i64(rs_str_of(cases[i].text), &v), "%s", cases[i].text);
        ck_assert_int_eq(v, cases[i].value);
    }
}
END_TEST

START_TEST(anything_else_is_no_integer_and_leaves_the_result_alone)
{
    static const char *const cases[] = {
        "",
        "-",
        "+",
        "--1",
        "+-1",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x10",
        "1_0",
        "\xD9\xA1",
        "12a",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999999",
    };
    int64_t v = 42;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(!rs_str_to_i64(rs_str_of(cases[i]), &v), "%s", cases[i]);
    }
    ck_assert(!rs_str_to_i64(RS_STR("1\0"), &v));
    ck_assert(!rs_str_to_i64(ABSENT, &v));
    ck_assert_int_eq(v, 42);
}
END_TEST

START_TEST(whole_decimal_fractions_are_read)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},
        {"1.5", 1.5},
        {"-1e-3", -0.001},
        {"+.5", 0.5},
        {"5.", 5},
        {"1E5", 1e5},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"1e400", HUGE_VAL},
        {"-1e400", -HUGE_VAL},
        {"0.1000000000000000055511151231257827", 0.1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double v = -1;

        ck_assert_msg(rs_str_to_f64(rs_str_of(cases[i].text), &v), "%s", cases[i].text);
        ck_assert_double_eq(v, cases[i].value);
    }
}
END_TEST

START_TEST(anything_else_is_no_fraction_and_leaves_the_result_alone)
{
    static const char *const cases[] = {"",    ".",     "-",   "e5",   "1e",       "1e+",
                                        "1 ",  " 1",    "nan", "inf",  "Infinity", "0x1",
                                        "1,5", "1.2.3", "--1", "1e5e", "1d5"};
    double v = 42;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(!rs_str_to_f64(rs_str_of(cases[i]), &v), "%s", cases[i]);
    }
    ck_assert(!rs_str_to_f64(RS_STR("1\0"), &v));
    ck_assert(!rs_str_to_f64(ABSENT, &v));
    ck_assert_double_eq(v, 42);
}
END_TEST

START_TEST(a_fraction_may_have_400_digits_and_no_more)
{
    char text[401];
    double v = 0;

    memset(text, '1', sizeof text);
    text[1] = '.';
    ck_assert(rs_str_to_f64((struct rs_str){text, 400}, &v));
    ck_assert_double_eq(v, 1.1111111111111112);
    ck_assert(!rs_str_to_f64((struct rs_str){text, 401}, &v));
}
END_TEST

/* Writes c as UTF-8 would have it, valid or not; returns the length. */
static size_t encode(int32_t c, char *out)
{
    const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const int32_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)(marks[n] | c);
    return n;
}

START_TEST(hexadecimal_digits_of_either_case_have_a_value)
{
    for (int c = 0; c <= 255; c++) {
        const char text[] = {(char)c, '\0'};
        char *end = NULL;
        const long value = strtol(text, &end, 16);
        const bool is_digit = isxdigit(c) != 0;

        ck_assert_int_eq(rs_hex_value((char)c), is_digit ? (int)value : -1);
    }
}
END_TEST

START_TEST(every_code_point_but_the_surrogates_is_read_back)
{
    for (int32_t c = 0; c < 0x120000; c++) {
        char text[4];
        const struct rs_str s = {text, encode(c, text)};
        const bool valid = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        size_t at = 0;

        if (rs_utf8_next(s, &at) != (valid ? c : -1) || at != (valid ? s.n : 0)) {
            ck_abort_msg("U+%04X", (unsigned)c);
        }
    }
}
END_TEST

START_TEST(broken_utf8_is_refused)
{
    static const char *const cases[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3(",
        "\xE2\x82(",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t at = 0;

        ck_assert_int_eq(rs_utf8_next(rs_str_of(cases[i]), &at), -1);
        ck_assert_uint_eq(at, 0);
        ck_assert(!rs_utf8_is_valid(rs_str_of(cases[i])));
    }
    ck_assert(rs_utf8_is_valid(RS_STR("a\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")));
    ck_assert(rs_utf8_is_valid(ABSENT));
}
END_TEST

START_TEST(code_points_are_counted_and_broken_bytes_count_one_each)
{
    ck_assert_uint_eq(rs_utf8_count(ABSENT), 0);
    ck_assert_uint_eq(rs_utf8_count(RS_STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    ck_assert_uint_eq(rs_utf8_count(RS_STR("\xC3(\xFF\xE2\x82")), 5);
}
END_TEST

START_TEST(a_prefix_never_ends_inside_a_code_point)
{
    const struct rs_str s = RS_STR("a\xC3\xA9\xE2\x82\xAC\xFF!");

    ck_assert_text(rs_utf8_prefix(s, 0), "");
    ck_assert_text(rs_utf8_prefix(s, 2), "a\xC3\xA9");
    ck_assert_text(rs_utf8_prefix(s, 3), "a\xC3\xA9\xE2\x82\xAC");
    ck_assert_text(rs_utf8_prefix(s, 4), "a\xC3\xA9\xE2\x82\xAC\xFF");
    ck_assert_text(rs_utf8_prefix(s, 99), "a\xC3\xA9\xE2\x82\xAC\xFF!");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, strings_compare_bytewise_and_a_prefix_comes_first);
    tcase_add_test(t, an_absent_string_equals_an_empty_one_but_is_not_the_same);
    tcase_add_test(t, a_hash_is_fnv_1a_and_goes_on_where_it_stopped);
    tcase_add_test(t, only_the_case_of_ascii_letters_is_ignored);
    tcase_add_test(t, parts_of_a_string_are_found_and_cut);
    tcase_add_test(t, the_rest_of_an_absent_string_is_absent);
    tcase_add_test(t, blanks_are_trimmed_at_both_ends_only);
    tcase_add_test(t, whole_decimal_integers_are_read);
    tcase_add_test(t, anything_else_is_no_integer_and_leaves_the_result_alone);
    tcase_add_test(t, whole_decimal_fractions_are_read);
    tcase_add_test(t, anything_else_is_no_fraction_and_leaves_the_result_alone);
    tcase_add_test(t, a_fraction_may_have_400_digits_and_no_more);
    tcase_add_test(t, hexadecimal_digits_of_either_case_have_a_value);
    tcase_add_test(t, every_code_point_but_the_surrogates_is_read_back);
    tcase_add_test(t, broken_utf8_is_refused);
    tcase_add_test(t, code_points_are_counted_and_broken_bytes_count_one_each);
    tcase_add_test(t, a_prefix_never_ends_inside_a_code_point);
}

int main(void)
{
    return run_tests("base/str", add);
}
