/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of artifacts, and what their names say of the bytes. */
#include "model/artifact_path.h"

#include "model/expect.h"
#include "model/limits.h"
#include "model/media_type.h"

static enum rs_code parse(const char *text, struct rs_artifact_path *out)
{
    return rs_artifact_path_parse(&cx, rs_str_of(text), out);
}

START_TEST(a_path_is_written_one_way_and_cut_into_folder_and_name)
{
    static const struct {
        const char *text, *path, *dir, *base;
        bool is_dir;
    } cases[] = {
        {"", "", "", "", true},
        {NULL, "", "", "", true},
        {"a", "a", "", "a", false},
        {"a/b/c.txt", "a/b/c.txt", "a/b", "c.txt", false},
        {"a//b", "a/b", "a", "b", false},
        {"a/b/", "a/b", "a", "b", true},
        {"a/b//", "a/b", "a", "b", true},
        {"..a/~x", "..a/~x", "..a", "~x", false},
        {"a/..../b", "a/..../b", "a/....", "b", false},
        {"back\\slash", "back\\slash", "", "back\\slash", false},
        {"na\xC3\xAFve x;y\".txt", "na\xC3\xAFve x;y\".txt", "", "na\xC3\xAFve x;y\".txt", false},
        {"ctl\x01x\x7F", "ctl%01x%7f", "", "ctl%01x%7f", false},
        {"pct%", "pct%", "", "pct%", false},
        {"a%2fb", "a%2fb", "", "a%2fb", false},
        {"C:x", "C:x", "", "C:x", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rs_artifact_path p;

        ck_assert_accepts(parse(cases[i].text, &p));
        ck_assert_text(p.path, cases[i].path);
        ck_assert_text(p.dir, cases[i].dir);
        ck_assert_text(p.base, cases[i].base);
        ck_assert_msg(p.is_dir == cases[i].is_dir, "\"%s\"", cases[i].text);
    }
}
END_TEST

START_TEST(what_anybody_might_misread_is_refused)
{
    static const char *const texts[] = {
        "..",
        "../x",
        "a/..",
        "a/../b",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "/",
        "C:\\x",
        "c:/x",
        "\\x",
        "\\\\server\\share",
        "file:///etc/passwd",
        "FILE:x",
        "..\\..\\x",
        "a\\..\\..\\b",
        "a#b",
        "x#/../../etc/passwd",
        "x?/../..",
        "%2E%2E%2F%2e%2e%2fcanary",
        "%252e%252e/x",
        "a/%2e%2e",
        "a%5c..%5cb",
        ".",
        "./x",
        "a/./b",
        "a/.",
    };
    struct rs_artifact_path p;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rs_cx_clear(&cx);
        ck_assert_msg(parse(texts[i], &p) == RS_INVALID, "\"%s\"", texts[i]);
        ck_assert_str_eq(cx.error.message, "Invalid path");
    }
}
END_TEST

START_TEST(a_name_and_a_path_have_the_limits_of_a_file_system)
{
    struct rs_artifact_path p;
    const struct rs_str deep = repeated("abc/", RS_ARTIFACT_PATH_MAX_BYTES / 4);

    ck_assert_accepts(rs_artifact_path_parse(&cx, repeated("x", RS_ARTIFACT_NAME_MAX_BYTES), &p));
    ck_assert_int_eq(rs_artifact_path_parse(&cx, repeated("x", RS_ARTIFACT_NAME_MAX_BYTES + 1), &p),
                     RS_INVALID);
    ck_assert_accepts(rs_artifact_path_parse(&cx, deep, &p));
    ck_assert_int_eq(
        rs_artifact_path_parse(&cx, repeated("abc/", RS_ARTIFACT_PATH_MAX_BYTES / 4 + 1), &p),
        RS_INVALID);
    /* A control character takes three bytes. */
    rs_cx_clear(&cx);
    ck_assert_int_eq(rs_artifact_path_parse(&cx, repeated("\x01", 86), &p), RS_INVALID);
}
END_TEST

/* The text with its percent signs coded `rounds` times more. */
static struct rs_str coded(const char *text, int rounds)
{
    struct rs_str out = rs_str_of(text);

    for (; rounds > 0; rounds--) {
        struct rs_str next = {"", 0};

        for (size_t i = 0; i < out.n; i++) {
            next = rs_arena_fmt(&arena, RS_FMT "%c%s", RS_ARG(next), out.p[i],
                                out.p[i] == '%' ? "25" : "");
        }
        out = next;
    }
    return out;
}

START_TEST(coding_is_looked_through_and_beyond_eight_rounds_taken_for_climbing)
{
    for (int rounds = 0; rounds < 7; rounds++) {
        ck_assert(rs_path_climbs(&arena, coded("a/%2e%2E", rounds)));
        ck_assert(!rs_path_climbs(&arena, coded("a/%2e%2Eb", rounds)));
    }
    ck_assert(rs_path_climbs(&arena, coded("a/%2e%2Eb", 9)));
}
END_TEST

START_TEST(broken_escapes_stay_as_they_are)
{
    struct rs_str out;

    ck_assert(rs_unquote(&arena, RS_STR("a%zz%2"), &out));
    ck_assert_text(out, "a%zz%2");
    ck_assert(rs_unquote(&arena, RS_STR("%41%2542"), &out));
    ck_assert_text(out, "AB");
}
END_TEST

START_TEST(a_name_says_what_type_the_bytes_have)
{
    static const char *const cases[][2] = {
        {"a.txt", "text/plain"},
        {"b.json", "text/plain"},
        {"MLmodel", "text/plain"},
        {"x.MLmodel", "text/plain"},
        {"json", "text/plain"},
        {"p.png", "image/png"},
        {"P.PNG", "image/png"},
        {"h.html", "text/html"},
        {"s.svg", "image/svg+xml"},
        {"g.tar.gz", "application/x-tar"},
        {"g.tgz", "application/x-tar"},
        {"a.csv.gz", "text/csv"},
        {"a.gz", "application/octet-stream"},
        {"a.JSON", "application/json"},
        {"mlmodel", "application/octet-stream"},
        {"noext", "application/octet-stream"},
        {".txt", "application/octet-stream"},
        {"c.bin", "application/octet-stream"},
        {"u.parquet", "application/octet-stream"},
        {"", "application/octet-stream"},
        {"a.", "application/octet-stream"},
        {"x.pdf", "application/pdf"},
        {"a.b.jpeg", "image/jpeg"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(strcmp(rs_media_type(rs_str_of(cases[i][0])), cases[i][1]) == 0, "%s is %s",
                      cases[i][0], rs_media_type(rs_str_of(cases[i][0])));
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_path_is_written_one_way_and_cut_into_folder_and_name);
    tcase_add_test(t, what_anybody_might_misread_is_refused);
    tcase_add_test(t, a_name_and_a_path_have_the_limits_of_a_file_system);
    tcase_add_test(t, coding_is_looked_through_and_beyond_eight_rounds_taken_for_climbing);
    tcase_add_test(t, broken_escapes_stay_as_they_are);
    tcase_add_test(t, a_name_says_what_type_the_bytes_have);
}

int main(void)
{
    return run_model_tests("model/artifact_path", add);
}
