/* SPDX-License-Identifier: Apache-2.0 */
/* Walking objects whose values look like anything but values. */
#include "api/json_scan.h"

#include "base/expect.h"

static struct rs_json_member member[8];

static size_t scan(const char *object)
{
    const struct rs_str text = rs_str_of(object);
    size_t at = 0;
    size_t n = 0;

    while (n < 8 && rs_json_next(text, &at, &member[n])) {
        n++;
    }
    return n;
}

START_TEST(members_come_as_they_stand)
{
    ck_assert_uint_eq(
        scan("{\"a\": 1, \"b\":\"x\",\n\t\"c\" : [1, {\"d\": 2}], \"e\": {} , \"f\":null}"), 5);
    ck_assert_text(member[0].name, "a");
    ck_assert_text(member[0].value, "1");
    ck_assert_text(member[1].value, "\"x\"");
    ck_assert_text(member[2].name, "c");
    ck_assert_text(member[2].value, "[1, {\"d\": 2}]");
    ck_assert_text(member[3].value, "{}");
    ck_assert_text(member[4].value, "null");
}
END_TEST

START_TEST(brackets_and_quotes_in_strings_end_nothing)
{
    ck_assert_uint_eq(scan("{\"a}\\\"\": \"},]{[\\\\\", \"b\": [\"]\", \"\\\"\"]}"), 2);
    ck_assert_text(member[0].name, "a}\\\"");
    ck_assert_text(member[0].value, "\"},]{[\\\\\"");
    ck_assert_text(member[1].value, "[\"]\", \"\\\"\"]");
}
END_TEST

START_TEST(an_empty_object_has_no_members)
{
    ck_assert_uint_eq(scan("{}"), 0);
    ck_assert_uint_eq(scan(" { } "), 0);
}
END_TEST

/* What is no JSON gives nonsense, but never reads past its end: the sanitizers watch. */
START_TEST(a_text_that_ends_too_early_is_not_read_further)
{
    static const char whole[] = "{\"a\\\\\": [\"x\", {\"y\": \"\\\"\"}], \"b\": 1}";

    for (size_t n = 0; n < sizeof whole; n++) {
        const struct rs_str text = {whole, n};
        struct rs_json_member m;
        size_t at = 0;

        for (int i = 0; i < 8 && rs_json_next(text, &at, &m); i++) {
            ck_assert_uint_le((size_t)(m.value.p - whole) + m.value.n, n);
        }
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, members_come_as_they_stand);
    tcase_add_test(t, brackets_and_quotes_in_strings_end_nothing);
    tcase_add_test(t, an_empty_object_has_no_members);
    tcase_add_test(t, a_text_that_ends_too_early_is_not_read_further);
}

int main(void)
{
    return run_tests("api/json_scan", add);
}
