/* SPDX-License-Identifier: Apache-2.0 */
/* Names, aliases and tags of registered models. */
#include "model/registered_model.h"

#include <stdio.h>

#include "model/expect.h"
#include "model/limits.h"

static enum rs_code check_name(const char *name)
{
    return rs_model_name_check(&cx, "new_name", rs_str_of(name));
}

static enum rs_code check_alias(const char *alias)
{
    return rs_alias_check(&cx, rs_str_of(alias));
}

static enum rs_code check_new_alias(const char *alias)
{
    return rs_alias_new_check(&cx, rs_str_of(alias));
}

static enum rs_code check_tag(struct rs_str key, struct rs_str value)
{
    return rs_registered_model_tag_check(&cx, &(struct rs_tag){key, value});
}

START_TEST(a_name_may_hold_nearly_anything)
{
    static const char *const names[] = {"iris", "iris 2", " a ", "名",   "a.b",
                                        "a..b", ".a",     "%2F", "a\\b", "'\"\n"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_accepts(check_name(names[i]));
    }
}
END_TEST

START_TEST(a_name_that_is_blank_is_missing)
{
    static const char *const names[] = {"", " ", "\t\n "};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_refuses(check_name(names[i]), "Missing value for required parameter 'new_name'.");
    }
    ck_assert_refuses(rs_model_name_check(&cx, "name", (struct rs_str){0}),
                      "Missing value for required parameter 'name'.");
}
END_TEST

START_TEST(a_name_with_a_slash_or_a_colon_is_refused)
{
    ck_assert_refuses(check_name("a/b"),
                      "Invalid model name 'a/b'. Names cannot contain '/' or ':'.");
    ck_assert_refuses(check_name("/"), "Invalid model name '/'. Names cannot contain '/' or ':'.");
    ck_assert_refuses(check_name("a:"),
                      "Invalid model name 'a:'. Names cannot contain '/' or ':'.");
}
END_TEST

START_TEST(a_name_that_means_another_as_a_path_is_refused)
{
    ck_assert_refuses(check_name("."),
                      "Invalid value \".\" for parameter 'name' supplied: Names may "
                      "be treated as files in certain cases, and must not resolve "
                      "to other names when treated as such. This name would resolve "
                      "to '.'");
    ck_assert_refuses(check_name(".."), "Invalid value \"..\" for parameter 'name' supplied: Names "
                                        "may be treated as files in certain cases, and must not "
                                        "resolve to other names when treated as such. This name "
                                        "would resolve to '..'");
}
END_TEST

START_TEST(an_alias_is_made_of_words_and_dashes)
{
    static const char *const right[] = {"champion", "a-b", "_",        "-", "1",
                                        "v",        "v1x", "\xC3\xBC", "名"};
    static const char *const wrong[] = {"a b", "a/b", "a.b", "a:b",
                                        "a\n", "@",   "%41", "\xE2\x82\xAC"};

    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        ck_assert_accepts(check_alias(right[i]));
        ck_assert_accepts(check_new_alias(right[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char want[128];

        snprintf(want, sizeof want,
                 "Invalid alias name: '%s'. Names may only contain alphanumerics, underscores (_), "
                 "and dashes (-).",
                 wrong[i]);
        ck_assert_refuses(check_alias(wrong[i]), want);
        ck_assert_refuses(check_new_alias(wrong[i]), want);
    }
    ck_assert_refuses(check_alias(""), "Registered model alias name cannot be empty.");
    ck_assert_refuses(check_new_alias(""), "Registered model alias name cannot be empty.");
}
END_TEST

START_TEST(an_alias_has_its_length)
{
    ck_assert_accepts(rs_alias_check(&cx, repeated("a", RS_ALIAS_MAX)));
    rs_cx_clear(&cx);
    ck_assert_int_eq(rs_alias_check(&cx, repeated("a", RS_ALIAS_MAX + 1)), RS_INVALID);
    ck_assert_ptr_nonnull(strstr(cx.error.message, "Registered model alias name"));
}
END_TEST

START_TEST(reserved_aliases_are_read_but_not_made)
{
    static const char *const versions[] = {"v1", "V1", "v0", "v123456789012345678901234567890"};
    static const char *const latest[] = {"latest", "LATEST", "Latest"};

    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        char want[128];

        snprintf(want, sizeof want, "Version alias name '%s' is reserved.", versions[i]);
        ck_assert_accepts(check_alias(versions[i]));
        ck_assert_refuses(check_new_alias(versions[i]), want);
    }
    for (size_t i = 0; i < sizeof latest / sizeof latest[0]; i++) {
        ck_assert_accepts(check_alias(latest[i]));
        ck_assert_refuses(check_new_alias(latest[i]),
                          "'latest' alias name (case insensitive) is reserved.");
    }
}
END_TEST

START_TEST(a_tag_has_a_key_and_lengths)
{
    ck_assert_accepts(check_tag(RS_STR("a/b"), RS_STR("")));
    ck_assert_accepts(check_tag(RS_STR("a"), (struct rs_str){0}));
    ck_assert_accepts(check_tag(repeated("k", RS_KEY_MAX), RS_STR("v")));
    ck_assert_accepts(check_tag(RS_STR("k"), repeated("v", RS_REGISTRY_TAG_VALUE_MAX)));
    rs_cx_clear(&cx);
    ck_assert_int_eq(check_tag((struct rs_str){0}, RS_STR("v")), RS_INVALID);
    rs_cx_clear(&cx);
    ck_assert_int_eq(check_tag(RS_STR("a//b"), RS_STR("v")), RS_INVALID);
    rs_cx_clear(&cx);
    ck_assert_int_eq(check_tag(RS_STR("../a"), RS_STR("v")), RS_INVALID);
    rs_cx_clear(&cx);
    ck_assert_int_eq(check_tag(repeated("k", RS_KEY_MAX + 1), RS_STR("v")), RS_INVALID);
    ck_assert_ptr_nonnull(strstr(cx.error.message, "key"));
    rs_cx_clear(&cx);
    ck_assert_int_eq(check_tag(RS_STR("k"), repeated("v", RS_REGISTRY_TAG_VALUE_MAX + 1)),
                     RS_INVALID);
    ck_assert_ptr_nonnull(strstr(cx.error.message, "value"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_name_may_hold_nearly_anything);
    tcase_add_test(t, a_name_that_is_blank_is_missing);
    tcase_add_test(t, a_name_with_a_slash_or_a_colon_is_refused);
    tcase_add_test(t, a_name_that_means_another_as_a_path_is_refused);
    tcase_add_test(t, an_alias_is_made_of_words_and_dashes);
    tcase_add_test(t, an_alias_has_its_length);
    tcase_add_test(t, reserved_aliases_are_read_but_not_made);
    tcase_add_test(t, a_tag_has_a_key_and_lengths);
}

int main(void)
{
    return run_model_tests("model/registered_model", add);
}
