/* SPDX-License-Identifier: Apache-2.0 */
/* Integers in texts, by what Python's int() says of them. */
#include "model/integer.h"

#include "model/expect.h"

#define ZEROS "00000000000000000000000000000000000"

static const struct {
    const char *text;
    int64_t want;
} numbers[] = {
    {"0", 0},
    {"-0", 0},
    {"+7", 7},
    {" \t12\n", 12},
    {"\x1C"
     "3\x1F",
     3},
    {"007", 7},
    {"0_1", 1},
    {"0_0_0", 0},
    {"1_000", 1000},
    {ZEROS ZEROS ZEROS, 0},
    {ZEROS ZEROS "1", 1},
    {"-" ZEROS ZEROS "_4_2", -42},
    {"9223372036854775807", INT64_MAX},
    {ZEROS "9223372036854775807", INT64_MAX},
    {"-9223372036854775808", INT64_MIN},
};

static const char *const others[] = {"",
                                     " ",
                                     "-",
                                     "+-1",
                                     "_1",
                                     "1_",
                                     "0_",
                                     "0__1",
                                     "1 2",
                                     "- 1",
                                     "0x1",
                                     "1.0",
                                     "1e3",
                                     "00-1",
                                     "9223372036854775808",
                                     "-9223372036854775809",
                                     "100000000000000000000000000000000000000"};

START_TEST(numbers_are_read_as_python_reads_them)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int64_t got = -1;

        ck_assert_msg(rs_integer_parse(rs_str_of(numbers[i].text), &got), "%s", numbers[i].text);
        ck_assert_int_eq(got, numbers[i].want);
    }
}
END_TEST

START_TEST(what_is_no_number_of_64_bits_is_refused)
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        int64_t got = -7;

        ck_assert_msg(!rs_integer_parse(rs_str_of(others[i]), &got), "%s", others[i]);
        ck_assert_int_eq(got, -7);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, numbers_are_read_as_python_reads_them);
    tcase_add_test(t, what_is_no_number_of_64_bits_is_refused);
}

int main(void)
{
    return run_model_tests("model/integer", add);
}
