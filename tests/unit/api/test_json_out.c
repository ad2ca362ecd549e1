/* SPDX-License-Identifier: Apache-2.0 */
/* Structs into JSON: what the client's parser must read, byte for byte. */
#include "api/json_out.h"

#include <float.h>
#include <math.h>

#include "api/json_in.h"
#include "api/message.h"
#include "support/trial.h"

static struct rs_buf out = {.max = 1 << 20};

static void close_all(void)
{
    rs_buf_fini(&out);
    close_context();
}

static struct rs_str encode(const struct rs_fields *fields, const void *in)
{
    rs_buf_clear(&out);
    rs_json_encode(&out, fields, in);
    return rs_buf_view(&out);
}

static struct rs_str string(struct rs_str s)
{
    rs_buf_clear(&out);
    rs_json_string(&out, s);
    return rs_buf_view(&out);
}

static struct rs_str number(double v)
{
    rs_buf_clear(&out);
    rs_json_f64(&out, v);
    return rs_buf_view(&out);
}

START_TEST(what_is_absent_is_left_out_and_plain_scalars_are_always_there)
{
    const struct message m = {0};

    ck_assert_text(encode(&message_fields, &m),
                   "{\"big_number\":0,\"some_value\":0.0,\"is_on\":false}");
}
END_TEST

START_TEST(every_kind_is_written_in_the_order_of_its_table)
{
    struct rs_str ids[] = {RS_STR("a"), RS_STR("")};
    struct part parts[] = {{RS_STR("k"), 1}, {{0}, -2}};
    const struct message m = {.run_name = RS_STR(""),
                              .big_number = INT64_MIN,
                              .some_value = 0.1,
                              .is_on = true,
                              .max_results = RS_SOME_I64(0),
                              .end_time = RS_SOME_I64(INT64_MAX),
                              .opt_value = {-0.0, true},
                              .opt_on = RS_SOME_BOOL(false),
                              .status = RS_SOME_ENUM(3),
                              .run_ids = {ids, 2},
                              .parts = RS_LIST(parts, 2),
                              .one_part = RS_SUB(&parts[1])};

    ck_assert_text(
        encode(&message_fields, &m),
        "{\"run_name\":\"\",\"big_number\":-9223372036854775808,\"some_value\":0.1,"
        "\"is_on\":true,\"max_results\":0,\"end_time\":9223372036854775807,"
        "\"opt_value\":-0.0,\"opt_on\":false,\"status\":\"DONE\",\"run_ids\":[\"a\",\"\"],"
        "\"parts\":[{\"key\":\"k\",\"step\":1},{\"step\":-2}],\"one_part\":{\"step\":-2}}");
}
END_TEST

START_TEST(a_message_without_fields_is_an_empty_object)
{
    static const struct rs_fields none = {.size = 1};

    ck_assert_text(encode(&none, ""), "{}");
}
END_TEST

static const struct rs_fields flagged_fields = RS_FIELDS(
    struct message, RS_FIELD(struct message, big_number, RS_I64_TEXT),
    RS_FIELD(struct message, end_time, RS_I64_TEXT),
    RS_FIELD(struct message, run_ids, RS_EMPTY_TOO),
    RS_FIELD_OF(struct message, parts, RS_EMPTY_TOO, &part_fields));

START_TEST(flags_say_how_numbers_and_empty_lists_look)
{
    const struct message m = {.big_number = -5, .end_time = RS_SOME_I64(7)};

    ck_assert_text(encode(&flagged_fields, &m),
                   "{\"big_number\":\"-5\",\"end_time\":\"7\",\"run_ids\":[],\"parts\":[]}");
}
END_TEST

START_TEST(a_string_is_escaped_where_json_asks_for_it_and_nowhere_else)
{
    ck_assert_text(string(RS_STR("plain / 'text'")), "\"plain / 'text'\"");
    ck_assert_text(string(RS_STR("\"\\\b\f\n\r\t")), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    ck_assert_text(string(RS_STR("\0\x01\x1f\x7f")), "\"\\u0000\\u0001\\u001f\x7f\"");
    ck_assert_text(string(RS_STR("gr\xC3\xBC\xC3\x9F \xF0\x9F\xA6\x86")),
                   "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\xA6\x86\"");
    ck_assert_text(string((struct rs_str){0}), "\"\"");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_become_the_replacement_character)
{
    ck_assert_text(string(RS_STR("a\xFF"
                                 "b")),
                   "\"a\xEF\xBF\xBD"
                   "b\"");
    ck_assert_text(string(RS_STR("\xC3")), "\"\xEF\xBF\xBD\"");
    ck_assert_text(string(RS_STR("\xC0\x80")), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    ck_assert_text(string(RS_STR("\xED\xA0\x80")), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}
END_TEST

START_TEST(doubles_are_the_shortest_that_read_back_and_names_where_json_has_no_number)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{1, "1.0"},
                 {0.1, "0.1"},
                 {-0.0, "-0.0"},
                 {1e22, "1e+22"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {5e-324, "5e-324"},
                 {(double)NAN, "\"NaN\""},
                 {(double)INFINITY, "\"Infinity\""},
                 {-(double)INFINITY, "\"-Infinity\""}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_text(number(cases[i].v), cases[i].text);
    }
}
END_TEST

START_TEST(what_is_written_reads_back)
{
    struct part parts[] = {{RS_STR("quote \" and \xF0\x9F\xA6\x86\n"), INT64_MAX}};
    const struct message m = {.run_name = RS_STR("\x01 \\ \xE2\x80\xA8"),
                              .some_value = (double)NAN,
                              .opt_value = {1.0 / 3, true},
                              .status = RS_SOME_ENUM(1),
                              .parts = RS_LIST(parts, 1)};
    struct message back = {0};

    ck_ok(rs_json_decode(&cx, encode(&message_fields, &m), &message_fields, &back));
    ck_assert(rs_str_eq(back.run_name, m.run_name));
    ck_assert(isnan(back.some_value));
    ck_assert_double_eq(back.opt_value.v, m.opt_value.v);
    ck_assert_int_eq(back.status.v, 1);
    ck_assert(rs_str_eq(((const struct part *)back.parts.p)->key, parts[0].key));
    ck_assert_int_eq(((const struct part *)back.parts.p)->step, INT64_MAX);
}
END_TEST

START_TEST(a_reply_beyond_its_limit_says_so_whatever_stands_at_the_border)
{
    const struct message m = {.run_name = RS_STR("name \" \xC3\xA4"), .some_value = 0.123456789};
    const size_t whole = encode(&message_fields, &m).n;

    for (size_t max = 0; max < whole; max++) {
        struct rs_buf small = {.max = max};

        rs_json_encode(&small, &message_fields, &m);
        ck_assert(small.over);
        ck_assert_uint_le(small.n, max);
        rs_buf_fini(&small);
    }
}
END_TEST

struct quoted {
    struct rs_str facts;
    struct rs_str none;
};
static const struct rs_fields quoted_fields = RS_FIELDS(struct quoted,
                                                        RS_FIELD(struct quoted, facts, RS_VERBATIM),
                                                        RS_FIELD(struct quoted, none, RS_VERBATIM));

START_TEST(a_verbatim_text_is_a_value_already)
{
    const struct quoted q = {.facts = RS_STR("{\"a\":[1,\"\\n\"]}")};

    ck_assert_text(encode(&quoted_fields, &q), "{\"facts\":{\"a\":[1,\"\\n\"]}}");
}
END_TEST

struct partly {
    int64_t first;
    int64_t second;
    int64_t third;
    struct rs_kept *kept;
};
static const struct rs_fields partly_fields = RS_FIELDS_KEPT(
    struct partly, 2, kept, RS_FIELD(struct partly, first, 0), RS_FIELD(struct partly, second, 0),
    RS_FIELD(struct partly, third, 0));

static void keep(struct rs_kept *kept, struct rs_str text)
{
    kept->text = rs_arena_str(&arena, text);
}

START_TEST(the_first_fields_are_kept_and_come_again_as_they_were)
{
    struct rs_kept kept = {.keep = keep};
    const struct partly first = {.first = 1, .second = 2, .third = 3, .kept = &kept};
    const struct partly again = {.third = 4, .kept = &kept};
    const struct partly alone = {.third = 5};

    ck_assert_text(encode(&partly_fields, &first), "{\"first\":1,\"second\":2,\"third\":3}");
    ck_assert_text(kept.text, "{\"first\":1,\"second\":2");
    ck_assert_text(encode(&partly_fields, &again), "{\"first\":1,\"second\":2,\"third\":4}");
    ck_assert_text(encode(&partly_fields, &alone), "{\"first\":0,\"second\":0,\"third\":5}");
}
END_TEST

START_TEST(what_was_cut_at_the_limit_is_not_kept)
{
    struct rs_kept kept = {.keep = keep};
    const struct partly p = {.first = 1, .kept = &kept};
    struct rs_buf small = {.max = 12};

    rs_json_encode(&small, &partly_fields, &p);
    ck_assert(small.over);
    ck_assert_ptr_null(kept.text.p);
    rs_buf_fini(&small);
}
END_TEST

START_TEST(a_byte_that_needs_an_escape_is_found_wherever_it_stands)
{
    static const char special[] = {'"', '\\', '\n', 0x01, 0x1F};
    static const char plain[] = " !#[]~\x7F"; /* neighbours of those that are not */
    char text[40];

    for (size_t n = 1; n <= sizeof text; n++) {
        for (size_t at = 0; at < n * sizeof special; at++) {
            const char c = special[at % sizeof special];

            for (size_t i = 0; i < n; i++) {
                text[i] = plain[(i + at) % (sizeof plain - 1)];
            }
            text[at / sizeof special] = c;
            const struct rs_str written = string((struct rs_str){text, n});

            ck_assert_uint_eq(written.n, n + (c > 0x1F || c == '\n' ? 3 : 7));
            ck_assert_int_eq(written.p[at / sizeof special + 1], '\\');
        }
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, what_is_absent_is_left_out_and_plain_scalars_are_always_there);
    tcase_add_test(t, every_kind_is_written_in_the_order_of_its_table);
    tcase_add_test(t, a_message_without_fields_is_an_empty_object);
    tcase_add_test(t, flags_say_how_numbers_and_empty_lists_look);
    tcase_add_test(t, a_string_is_escaped_where_json_asks_for_it_and_nowhere_else);
    tcase_add_test(t, bytes_that_are_no_utf8_become_the_replacement_character);
    tcase_add_test(t, doubles_are_the_shortest_that_read_back_and_names_where_json_has_no_number);
    tcase_add_test(t, what_is_written_reads_back);
    tcase_add_test(t, a_verbatim_text_is_a_value_already);
    tcase_add_test(t, the_first_fields_are_kept_and_come_again_as_they_were);
    tcase_add_test(t, what_was_cut_at_the_limit_is_not_kept);
    tcase_add_test(t, a_byte_that_needs_an_escape_is_found_wherever_it_stands);
    tcase_add_test(t, a_reply_beyond_its_limit_says_so_whatever_stands_at_the_border);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "api/json_out", .close = close_all, .add = add});
}
