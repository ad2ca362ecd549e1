/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, word characters and the paths that keys must not look like. */
#include "model/key.h"

#include "model/expect.h"
#include "model/word.h"

#define CHARS                                                                                      \
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "             \
    "spaces ( ), colon(:) and slashes (/)."
#define RESOLVES                                                                                   \
    "Names may be treated as files in certain cases, and must not resolve to other names when "    \
    "treated as such. This name would resolve to "

static enum rs_code check(const char *key)
{
    return rs_key_check(&cx, RS_ALONE, "key", rs_str_of(key));
}

START_TEST(word_characters_are_letters_and_numbers_of_any_script)
{
    static const int32_t words[] = {'a',    'Z',    '0',    '_',     0xE9,    0xB2,   0xFF11,
                                    0x640D, 0x3400, 0x4DBF, 0x20000, 0x2A6DF, 0xAC00, 0xD7A3};
    static const int32_t others[] = {-1,   0,     ' ',    '-',     '@',      '[',     0x7F,
                                     0xD7, 0x301, 0xD800, 0x1F600, 0x10FFFF, 0x110000};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert_msg(rs_is_word(words[i]), "U+%X", (unsigned)words[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_assert_msg(!rs_is_word(others[i]), "U+%X", (unsigned)others[i]);
    }
}
END_TEST

START_TEST(the_table_of_word_characters_is_in_order)
{
    ck_assert_uint_gt(rs_n_word_ranges, 500);
    for (unsigned i = 0; i < rs_n_word_ranges; i++) {
        ck_assert_int_le(rs_word_ranges[i].first, rs_word_ranges[i].last);
        if (i > 0) {
            ck_assert_int_gt(rs_word_ranges[i].first, rs_word_ranges[i - 1].last + 1);
        }
    }
}
END_TEST

START_TEST(keys_of_any_script_pass)
{
    static const char *const keys[] = {
        "a",     "a:b/c d-e.f", "m\xC3\xA9trique_\xE6\x90\x8D\xE5\xA4\xB1 \xC2\xB2",
        "a/.b",  " ",           " a ",
        "a\n",   "-1",          "a..b",
        "a/..b",
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        ck_assert_accepts(check(keys[i]));
    }
}
END_TEST

START_TEST(other_characters_are_named_in_json)
{
    ck_assert_refuses(check("a,b"), "Invalid value \"a,b\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("a\tb"),
                      "Invalid value \"a\\tb\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("e\xCC\x81"),
                      "Invalid value \"e\\u0301\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("\xF0\x9F\x98\x80"),
                      "Invalid value \"\\ud83d\\ude00\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("a\nb"),
                      "Invalid value \"a\\nb\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("a\n\n"),
                      "Invalid value \"a\\n\\n\" for parameter 'key' supplied: " CHARS);
    ck_assert_refuses(check("\xFF"),
                      "Invalid value \"\\ufffd\" for parameter 'key' supplied: " CHARS);
}
END_TEST

START_TEST(keys_that_name_another_path_are_refused)
{
    static const char *const cases[][2] = {
        {"a//b", "'a/b'"},  {"a/", "'a'"},    {"./a", "'a'"},
        {"../a", "'../a'"}, {"/a", "'/a'"},   {"..a", "'..a'"},
        {".", "'.'"},       {"..", "'..'"},   {"...", "'...'"},
        {"a/../b", "'b'"},  {"", "'.'"},      {"a/./b", "'a/b'"},
        {"//a", "'//a'"},   {"///a", "'/a'"}, {"a//b\n", "'a/b\\n'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_str shown = rs_quote_ascii(&arena, rs_str_of(cases[i][0]));
        const struct rs_str want = rs_arena_fmt(
            &arena, "Invalid value " RS_FMT " for parameter 'metrics[7].name' supplied: %s%s",
            RS_ARG(shown), RESOLVES, cases[i][1]);

        ck_assert_refuses(rs_key_check(&cx, RS_ITEM("metrics", 7), "name", rs_str_of(cases[i][0])),
                          rs_arena_str(&arena, want).p);
    }
}
END_TEST

START_TEST(paths_are_normalised_as_posix_does)
{
    static const char *const cases[][2] = {
        {"", "."},
        {".", "."},
        {"a/b/..", "a"},
        {"a/..", "."},
        {"..", ".."},
        {"../..", "../.."},
        {"a/../..", ".."},
        {"../a/..", ".."},
        {"/..", "/"},
        {"/../a", "/a"},
        {"//a//b", "//a/b"},
        {"///", "/"},
        {"a/b/../../..", ".."},
        {"./../a", "../a"},
        {"..a/..", "."},
        {"a/..b", "a/..b"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_text(rs_path_normal(&arena, rs_str_of(cases[i][0])), cases[i][1]);
    }
}
END_TEST

START_TEST(a_name_is_ambiguous_just_when_normalising_says_so)
{
    static const char pieces[] = "a./.";

    /* Every name of up to six characters of this small alphabet. */
    for (unsigned code = 0; code < 4096; code++) {
        char name[7] = {0};
        size_t n = 0;

        for (unsigned rest = code; rest > 0; rest /= 4) {
            name[n++] = pieces[rest % 4];
        }
        const struct rs_str text = {name, n};
        const struct rs_str normal = rs_path_normal(&arena, text);
        const bool differs = !rs_str_eq(normal, text) || rs_str_is(normal, ".") ||
                             rs_str_starts(normal, RS_STR("..")) ||
                             rs_str_starts(normal, RS_STR("/"));

        ck_assert_msg(rs_path_is_ambiguous(text) == differs, "\"%s\"", name);
    }
    ck_assert(rs_path_is_ambiguous((struct rs_str){0}));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, word_characters_are_letters_and_numbers_of_any_script);
    tcase_add_test(t, the_table_of_word_characters_is_in_order);
    tcase_add_test(t, keys_of_any_script_pass);
    tcase_add_test(t, other_characters_are_named_in_json);
    tcase_add_test(t, keys_that_name_another_path_are_refused);
    tcase_add_test(t, paths_are_normalised_as_posix_does);
    tcase_add_test(t, a_name_is_ambiguous_just_when_normalising_says_so);
}

int main(void)
{
    return run_model_tests("model/key", add);
}
