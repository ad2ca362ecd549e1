/* SPDX-License-Identifier: Apache-2.0 */
/* The words of messages: places, quotes, lengths. */
#include "model/where.h"

#include "model/expect.h"

START_TEST(a_field_is_named_with_its_list_and_index)
{
    ck_assert_text(rs_where_text(&arena, RS_ALONE, "key"), "key");
    ck_assert_text(rs_where_text(&arena, RS_ITEM("tags", 3), "key"), "tags[3].key");
}
END_TEST

START_TEST(ascii_quotes_escape_all_but_printable_ascii)
{
    ck_assert_text(rs_quote_ascii(&arena, RS_STR("")), "\"\"");
    ck_assert_text(rs_quote_ascii(&arena, RS_STR("a\"b\\c/'")), "\"a\\\"b\\\\c/'\"");
    ck_assert_text(rs_quote_ascii(&arena, RS_STR("\n\r\t\b\f\x01\x7F")),
                   "\"\\n\\r\\t\\b\\f\\u0001\\u007f\"");
    ck_assert_text(rs_quote_ascii(&arena, RS_STR("\xC3\xA9\xF0\x9F\x98\x80")),
                   "\"\\u00e9\\ud83d\\ude00\"");
    ck_assert_text(rs_quote_ascii(&arena, RS_STR("a\0b")), "\"a\\u0000b\"");
}
END_TEST

START_TEST(python_quotes_choose_their_mark)
{
    ck_assert_text(rs_quote_repr(&arena, RS_STR("a\"b")), "'a\"b'");
    ck_assert_text(rs_quote_repr(&arena, RS_STR("it's")), "\"it's\"");
    ck_assert_text(rs_quote_repr(&arena, RS_STR("'\"")), "'\\'\"'");
    ck_assert_text(rs_quote_repr(&arena, RS_STR("\n\\\x1B\xC3\xA9")), "'\\n\\\\\\x1b\xC3\xA9'");
    ck_assert_text(rs_quote_repr(&arena, RS_STR("\xFF")), "'\\xff'");
}
END_TEST

START_TEST(a_long_text_is_quoted_as_far_as_a_message_goes)
{
    const struct rs_str quoted = rs_quote_ascii(&arena, repeated("\x01", 100000));

    ck_assert_uint_eq(quoted.n, 6 * RS_ERROR_MESSAGE_MAX + 2);
}
END_TEST

START_TEST(lengths_count_code_points)
{
    ck_assert_accepts(rs_length_check(&cx, "key", 3, RS_STR("abc")));
    ck_assert_accepts(rs_length_check(&cx, "key", 3, repeated("\xE5\x90\x8D", 3)));
    ck_assert_accepts(rs_length_check(&cx, "key", 0, (struct rs_str){0}));
    ck_assert_refuses(rs_length_check(&cx, "key", 3, repeated("\xE5\x90\x8D", 4)),
                      "'key' exceeds the maximum length of 3 characters");
    ck_assert_refuses(rs_length_check(&cx, "Metric name", 3, RS_STR("abcd")),
                      "'Metric name' exceeds the maximum length of 3 characters");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_field_is_named_with_its_list_and_index);
    tcase_add_test(t, ascii_quotes_escape_all_but_printable_ascii);
    tcase_add_test(t, python_quotes_choose_their_mark);
    tcase_add_test(t, a_long_text_is_quoted_as_far_as_a_message_goes);
    tcase_add_test(t, lengths_count_code_points);
}

int main(void)
{
    return run_model_tests("model/where", add);
}
