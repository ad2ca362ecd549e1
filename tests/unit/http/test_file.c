/* SPDX-License-Identifier: Apache-2.0 */
/* Files as replies: what can be said without a connection. */
#include "http/file.h"

#include "support/trial.h"

enum { SIZE = 10 };

/* One header, and what it means for a file of SIZE bytes. */
struct range_case {
    const char *header;
    enum rs_range range;
    uint64_t offset;
    uint64_t length;
};

static void check_ranges(const struct range_case *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t offset = 77;
        uint64_t length = 77;

        ck_assert_msg(rs_range_read(rs_str_of(c[i].header), SIZE, &offset, &length) == c[i].range,
                      "%s", c[i].header);
        if (c[i].range == RS_RANGE_PART) {
            ck_assert_msg(offset == c[i].offset && length == c[i].length, "%s: %llu, %llu",
                          c[i].header, (unsigned long long)offset, (unsigned long long)length);
        }
    }
}

START_TEST(a_range_is_a_part_within_the_file)
{
    static const struct range_case cases[] = {
        {"bytes=0-1", RS_RANGE_PART, 0, 2},
        {"bytes=1-", RS_RANGE_PART, 1, 9},
        {"bytes=-2", RS_RANGE_PART, 8, 2},
        {"bytes=0-100", RS_RANGE_PART, 0, 10},
        {"bytes=9-9", RS_RANGE_PART, 9, 1},
        {"bytes=-100", RS_RANGE_PART, 0, 10},
        {"bytes=0-0", RS_RANGE_PART, 0, 1},
        {"bytes= 2-3", RS_RANGE_PART, 2, 2},
        {"bytes=0-9", RS_RANGE_PART, 0, 10},
        {"bytes=-10", RS_RANGE_PART, 0, 10},
        {"bytes=9-9223372036854775807", RS_RANGE_PART, 9, 1},
    };

    check_ranges(cases, sizeof cases / sizeof cases[0]);
}
END_TEST

START_TEST(a_range_behind_the_end_is_outside)
{
    static const struct range_case cases[] = {
        {"bytes=10-", RS_RANGE_OUTSIDE, 0, 0},
        {"bytes=10-10", RS_RANGE_OUTSIDE, 0, 0},
        {"bytes=-0", RS_RANGE_OUTSIDE, 0, 0},
        {"bytes=9223372036854775807-", RS_RANGE_OUTSIDE, 0, 0},
    };
    uint64_t offset = 0;
    uint64_t length = 0;

    check_ranges(cases, sizeof cases / sizeof cases[0]);
    ck_assert_int_eq(rs_range_read(RS_STR("bytes=0-"), 0, &offset, &length), RS_RANGE_OUTSIDE);
    ck_assert_int_eq(rs_range_read(RS_STR("bytes=-5"), 0, &offset, &length), RS_RANGE_OUTSIDE);
}
END_TEST

START_TEST(what_is_no_single_range_is_the_whole)
{
    static const char *const headers[] = {
        "",          "bytes",         "bytes=",      "bytes=-",
        "bytes=abc", "bytes=3-1",     "lines=1-2",   "Bytes=0-1",
        "bytes=1",   "bytes=0-0,2-3", "bytes=+1-2",  "bytes=--1",
        "bytes=1-x", "bytes=0x1-2",   "bytes=1-2-3", "bytes=99999999999999999999-",
    };

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        check_ranges(&(struct range_case){headers[i], RS_RANGE_WHOLE, 0, 0}, 1);
    }
}
END_TEST

START_TEST(an_entity_tag_is_found_in_a_list)
{
    static const char *const lists[] = {"\"a\"", "\"b\", \"a\"", "W/\"a\"", "*", " \"a\" ,\"c\""};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        ck_assert_msg(rs_etag_is_in(rs_str_of(lists[i]), RS_STR("a"), false), "%s", lists[i]);
    }
}
END_TEST

START_TEST(another_tag_and_a_weak_one_are_not_ours)
{
    static const char *const lists[] = {"\"b\"", "a", "\"a", "\"aa\"", "", ",", "\"\""};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        ck_assert_msg(!rs_etag_is_in(rs_str_of(lists[i]), RS_STR("a"), false), "%s", lists[i]);
    }
    ck_assert(!rs_etag_is_in(RS_STR("W/\"a\""), RS_STR("a"), true));
    ck_assert(rs_etag_is_in(RS_STR("W/\"a\", \"a\""), RS_STR("a"), true));
}
END_TEST

START_TEST(a_saved_file_has_its_name_in_every_browser)
{
    static const char *const cases[][2] = {
        {"a.txt", "attachment; filename=a.txt"},
        {"with blank", "attachment; filename=\"with blank\""},
        {"semi;q.txt", "attachment; filename=\"semi;q.txt\""},
        {"q\"uo\\te", "attachment; filename=\"q\\\"uo\\\\te\""},
        {"na\xC3\xAFve x.txt",
         "attachment; filename=\"naive x.txt\"; filename*=UTF-8''na%C3%AFve%20x.txt"},
        {"\xE6\x97\xA5.csv", "attachment; filename=\".csv\"; filename*=UTF-8''%E6%97%A5.csv"},
        {"\xC5\xBE\xC3\x9F", "attachment; filename=\"z\"; filename*=UTF-8''%C5%BE%C3%9F"},
        {"\"><img src=x>", "attachment; filename=\"\\\"><img src=x>\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_str got = rs_attachment(&arena, rs_str_of(cases[i][0]));

        ck_assert_str_eq(got.p, cases[i][1]);
    }
}
END_TEST

START_TEST(a_name_cannot_end_the_header)
{
    const struct rs_str got = rs_attachment(&arena, RS_STR("a\r\nSet-Cookie: x=1\xFF.txt"));

    for (size_t i = 0; i < got.n; i++) {
        ck_assert_int_ge(got.p[i], 0x20);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_range_is_a_part_within_the_file);
    tcase_add_test(t, a_range_behind_the_end_is_outside);
    tcase_add_test(t, what_is_no_single_range_is_the_whole);
    tcase_add_test(t, an_entity_tag_is_found_in_a_list);
    tcase_add_test(t, another_tag_and_a_weak_one_are_not_ours);
    tcase_add_test(t, a_saved_file_has_its_name_in_every_browser);
    tcase_add_test(t, a_name_cannot_end_the_header);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "http/file", .close = close_context, .add = add});
}
