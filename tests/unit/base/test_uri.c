/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-coding, query strings and the parts of a URI. */
#include "base/uri.h"

#include "base/expect.h"

static struct rs_arena arena;

START_TEST(escapes_are_decoded_once)
{
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"", ""},
        {"plain/path", "plain/path"},
        {"a%20b", "a b"},
        {"%2f%2F", "//"},
        {"%2520", "%20"},
        {"%C3%A9", "\xC3\xA9"},
        {"\xC3\xA9", "\xC3\xA9"},
        {"\xC3%A9", "\xC3\xA9"},
        {"a+b", "a+b"},
        {"%25", "%"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rs_str out;

        ck_assert(rs_uri_decode(&arena, rs_str_of(cases[i].text), false, &out));
        ck_assert_text(out, cases[i].want);
    }
}
END_TEST

START_TEST(a_plus_is_a_blank_only_where_the_caller_says_so)
{
    struct rs_str out;

    ck_assert(rs_uri_decode(&arena, RS_STR("a+b%2Bc"), true, &out));
    ck_assert_text(out, "a b+c");
}
END_TEST

START_TEST(broken_escapes_nul_and_broken_utf8_are_refused)
{
    static const struct rs_str cases[] = {
        RS_STR_INIT("%"),         RS_STR_INIT("%4"),   RS_STR_INIT("a%"),     RS_STR_INIT("%zz"),
        RS_STR_INIT("%4z"),       RS_STR_INIT("%z4"),  RS_STR_INIT("%%41"),   RS_STR_INIT("% 41"),
        RS_STR_INIT("%00"),       RS_STR_INIT("a\0b"), RS_STR_INIT("a%00.x"), RS_STR_INIT("%C3"),
        RS_STR_INIT("%C3%28"),    RS_STR_INIT("%FF"),  RS_STR_INIT("%C0%AF"), RS_STR_INIT("\xFF"),
        RS_STR_INIT("%ED%A0%80"), RS_STR_INIT("%-1"),  RS_STR_INIT("%+1"),
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rs_str out;

        ck_assert_msg(!rs_uri_decode(&arena, cases[i], false, &out), "%s", cases[i].p);
    }
}
END_TEST

START_TEST(all_but_unreserved_and_kept_characters_are_encoded)
{
    ck_assert_text(rs_uri_encode(&arena, RS_STR("aZ09-._~"), ""), "aZ09-._~");
    ck_assert_text(rs_uri_encode(&arena, RS_STR("a b/c?d&e=f+g%h"), "/"),
                   "a%20b/c%3Fd%26e%3Df%2Bg%25h");
    ck_assert_text(rs_uri_encode(&arena, RS_STR("/\xC3\xA9"), ""), "%2F%C3%A9");
    ck_assert_text(rs_uri_encode(&arena, RS_STR("\0\xFF"), "/"), "%00%FF");
    ck_assert_text(rs_uri_encode(&arena, (struct rs_str){NULL, 0}, "/"), "");
}
END_TEST

START_TEST(what_was_encoded_is_decoded_again)
{
    char text[127];
    struct rs_str out;

    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)(i + 1);
    }
    const struct rs_str all = {text, sizeof text};
    ck_assert(rs_uri_decode(&arena, rs_uri_encode(&arena, all, ""), true, &out));
    ck_assert(rs_str_eq(out, all));
}
END_TEST

START_TEST(a_query_is_split_before_it_is_decoded)
{
    struct rs_query_arg *args = NULL;
    size_t n = 0;

    ck_assert(rs_uri_query(&arena, RS_STR("a=1&&b=x%26y%3Dz&c&d=&=e&f=g=h&a=2+3&"), &args, &n));
    static const char *const want[][2] = {{"a", "1"}, {"b", "x&y=z"}, {"c", ""},   {"d", ""},
                                          {"", "e"},  {"f", "g=h"},   {"a", "2 3"}};
    ck_assert_uint_eq(n, sizeof want / sizeof want[0]);
    for (size_t i = 0; i < n; i++) {
        ck_assert_text(args[i].name, want[i][0]);
        ck_assert_text(args[i].value, want[i][1]);
        ck_assert_ptr_nonnull(args[i].value.p);
    }
}
END_TEST

START_TEST(an_empty_query_has_no_arguments)
{
    struct rs_query_arg *args = NULL;
    size_t n = 9;

    ck_assert(rs_uri_query(&arena, (struct rs_str){NULL, 0}, &args, &n));
    ck_assert_uint_eq(n, 0);
    ck_assert(rs_uri_query(&arena, RS_STR("&&&"), &args, &n));
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_broken_piece_spoils_the_query)
{
    struct rs_query_arg *args = NULL;
    size_t n = 0;

    ck_assert(!rs_uri_query(&arena, RS_STR("a=1&b=%zz"), &args, &n));
    ck_assert(!rs_uri_query(&arena, RS_STR("a=1&%00=2"), &args, &n));
}
END_TEST

START_TEST(a_query_has_at_most_a_thousand_arguments)
{
    char text[2 * RS_QUERY_ARGS_MAX + 2];
    struct rs_query_arg *args = NULL;
    size_t n = 0;

    for (size_t i = 0; i < sizeof text; i += 2) {
        memcpy(text + i, "a&", 2);
    }
    ck_assert(rs_uri_query(&arena, (struct rs_str){text, sizeof text - 2}, &args, &n));
    ck_assert_uint_eq(n, RS_QUERY_ARGS_MAX);
    ck_assert(!rs_uri_query(&arena, (struct rs_str){text, sizeof text}, &args, &n));
}
END_TEST

/* A part that must be absent is "-". */
static void expect_part(const char *text, struct rs_str got, const char *want)
{
    if (strcmp(want, "-") == 0) {
        ck_assert_msg(got.p == NULL, "%s: \"" RS_FMT "\" is there", text, RS_ARG(got));
        return;
    }
    ck_assert_msg(got.p != NULL && rs_str_is(got, want), "%s: got \"" RS_FMT "\", want \"%s\"",
                  text, RS_ARG(got), want);
}

START_TEST(a_uri_is_cut_into_its_five_parts)
{
    static const struct {
        const char *text;
        const char *parts[5]; /* scheme, authority, path, query, fragment */
    } cases[] = {
        {"http://www.ics.uci.edu/pub/ietf/uri/#Related",
         {"http", "www.ics.uci.edu", "/pub/ietf/uri/", "-", "Related"}},
        {"s3://bucket/a/b?x=1&y#z", {"s3", "bucket", "/a/b", "x=1&y", "z"}},
        {"file:///tmp/a", {"file", "", "/tmp/a", "-", "-"}},
        {"file:/tmp/a", {"file", "-", "/tmp/a", "-", "-"}},
        {"mailto:a@b", {"mailto", "-", "a@b", "-", "-"}},
        {"//host", {"-", "host", "", "-", "-"}},
        {"//host?q", {"-", "host", "", "q", "-"}},
        {"./a/b", {"-", "-", "./a/b", "-", "-"}},
        {"a/b:c", {"-", "-", "a/b:c", "-", "-"}},
        {"", {"-", "-", "", "-", "-"}},
        {"?", {"-", "-", "", "", "-"}},
        {"#", {"-", "-", "", "-", ""}},
        {"#a?b", {"-", "-", "", "-", "a?b"}},
        {"?a?b", {"-", "-", "", "a?b", "-"}},
        {":x", {"-", "-", ":x", "-", "-"}},
        {"1a:b", {"-", "-", "1a:b", "-", "-"}},
        {"a b:c", {"-", "-", "a b:c", "-", "-"}},
        {"x-y+z.1:", {"x-y+z.1", "-", "", "-", "-"}},
        {"MLflow:///a//b", {"MLflow", "", "/a//b", "-", "-"}},
        {"http://u:p@h:80/%2F", {"http", "u:p@h:80", "/%2F", "-", "-"}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_uri uri = rs_uri_split(rs_str_of(cases[i].text));

        expect_part(cases[i].text, uri.scheme, cases[i].parts[0]);
        expect_part(cases[i].text, uri.authority, cases[i].parts[1]);
        expect_part(cases[i].text, uri.path, cases[i].parts[2]);
        expect_part(cases[i].text, uri.query, cases[i].parts[3]);
        expect_part(cases[i].text, uri.fragment, cases[i].parts[4]);
    }
}
END_TEST

START_TEST(an_absent_uri_has_an_empty_path)
{
    const struct rs_uri uri = rs_uri_split((struct rs_str){NULL, 0});

    expect_part("absent", uri.scheme, "-");
    expect_part("absent", uri.path, "");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, escapes_are_decoded_once);
    tcase_add_test(t, a_plus_is_a_blank_only_where_the_caller_says_so);
    tcase_add_test(t, broken_escapes_nul_and_broken_utf8_are_refused);
    tcase_add_test(t, all_but_unreserved_and_kept_characters_are_encoded);
    tcase_add_test(t, what_was_encoded_is_decoded_again);
    tcase_add_test(t, a_query_is_split_before_it_is_decoded);
    tcase_add_test(t, an_empty_query_has_no_arguments);
    tcase_add_test(t, a_broken_piece_spoils_the_query);
    tcase_add_test(t, a_query_has_at_most_a_thousand_arguments);
    tcase_add_test(t, a_uri_is_cut_into_its_five_parts);
    tcase_add_test(t, an_absent_uri_has_an_empty_path);
}

int main(void)
{
    return run_tests("base/uri", add);
}
