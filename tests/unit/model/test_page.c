/* SPDX-License-Identifier: Apache-2.0 */
/* Page tokens: they come back as they went, and only to their search. */
#include "model/page.h"

#include <float.h>
#include <math.h>

#include "base/digest.h"
#include "model/expect.h"

START_TEST(values_come_back_bit_for_bit)
{
    const struct rs_val values[] = {
        rs_null(),        rs_i64(INT64_MIN),   rs_i64(-1),
        rs_f64(-0.0),     rs_f64(5e-324),      rs_f64(DBL_MAX),
        rs_f64(INFINITY), rs_text(RS_STR("")), rs_text(RS_STR("a\0\xE5\x90\x8D")),
    };
    const struct rs_page page = {UINT64_MAX - 5, values, sizeof values / sizeof values[0]};
    struct rs_page back;

    ck_assert_accepts(rs_page_parse(&cx, rs_page_text(&arena, &page), page.query, &back));
    ck_assert_uint_eq(back.n, page.n);
    for (size_t i = 0; i < page.n; i++) {
        ck_assert_int_eq(back.values[i].kind, values[i].kind);
        if (values[i].kind == RS_VAL_STR) {
            ck_assert(rs_str_eq(back.values[i].s, values[i].s));
            ck_assert_ptr_nonnull(back.values[i].s.p);
        } else if (values[i].kind != RS_VAL_NULL) {
            ck_assert_int_eq(back.values[i].i, values[i].i);
        }
    }
}
END_TEST

START_TEST(a_page_may_hold_no_value_or_the_most)
{
    struct rs_val values[RS_PAGE_VALUES_MAX];
    struct rs_page page = {.values = values, .n = RS_PAGE_VALUES_MAX};
    struct rs_page back;

    for (int i = 0; i < RS_PAGE_VALUES_MAX; i++) {
        values[i] = rs_i64(i);
    }
    ck_assert_accepts(rs_page_parse(&cx, rs_page_text(&arena, &page), 0, &back));
    ck_assert_int_eq(back.values[RS_PAGE_VALUES_MAX - 1].i, RS_PAGE_VALUES_MAX - 1);
    page.n = 0;
    ck_assert_accepts(rs_page_parse(&cx, rs_page_text(&arena, &page), 0, &back));
    ck_assert_uint_eq(back.n, 0);
}
END_TEST

START_TEST(a_token_of_another_search_is_refused)
{
    const struct rs_val value = rs_i64(1);
    const struct rs_page page = {7, &value, 1};
    struct rs_page back;

    ck_assert_refuses(rs_page_parse(&cx, rs_page_text(&arena, &page), 8, &back),
                      "Invalid page token, it belongs to another search");
}
END_TEST

START_TEST(text_that_is_no_token_is_refused)
{
    struct rs_page back;

    ck_assert_refuses(rs_page_parse(&cx, RS_STR("x"), 0, &back),
                      "Invalid page token, could not base64-decode");
    ck_assert_refuses(rs_page_parse(&cx, RS_STR("!!!"), 0, &back),
                      "Invalid page token, could not base64-decode");
    ck_assert_refuses(rs_page_parse(&cx, RS_STR("e30="), 0, &back),
                      "Invalid page token, decoded value=b'{}'");
    ck_assert_refuses(rs_page_parse(&cx, RS_STR(""), 0, &back),
                      "Invalid page token, decoded value=b''");
}
END_TEST

/* Every token that is cut short or changed in one byte is refused or read, never misread as too
 * long a text. */
START_TEST(damaged_tokens_are_never_read_beyond_their_end)
{
    const struct rs_val values[] = {rs_text(RS_STR("abc")), rs_f64(1.5), rs_null()};
    const struct rs_page page = {3, values, 3};
    struct rs_page back;
    struct rs_str bytes;

    ck_assert(rs_base64_decode(&arena, rs_page_text(&arena, &page), &bytes));
    for (size_t n = 0; n < bytes.n; n++) {
        rs_cx_clear(&cx);
        ck_assert_int_eq(rs_page_parse(&cx, rs_base64(&arena, bytes.p, n), 3, &back), RS_INVALID);
    }
    for (size_t i = 0; i < bytes.n; i++) {
        char *copy = rs_arena_alloc(&arena, bytes.n, 1);

        memcpy(copy, bytes.p, bytes.n);
        copy[i] = (char)0xFF;
        rs_cx_clear(&cx);
        if (rs_page_parse(&cx, rs_base64(&arena, copy, bytes.n), 3, &back) == RS_OK) {
            ck_assert_uint_eq(back.n, 3);
            ck_assert_uint_eq(back.values[0].s.n, 3);
        }
    }
}
END_TEST

START_TEST(a_fingerprint_tells_parts_apart)
{
    const struct rs_str ab_c[] = {RS_STR("ab"), RS_STR("c")};
    const struct rs_str a_bc[] = {RS_STR("a"), RS_STR("bc")};
    const struct rs_str absent[] = {{NULL, 0}, RS_STR("c")};
    const struct rs_str empty[] = {RS_STR(""), RS_STR("c")};

    ck_assert(rs_page_query(ab_c, 2) != rs_page_query(a_bc, 2));
    ck_assert(rs_page_query(ab_c, 2) != rs_page_query(ab_c, 1));
    ck_assert(rs_page_query(ab_c, 2) == rs_page_query(ab_c, 2));
    ck_assert(rs_page_query(absent, 2) == rs_page_query(empty, 2));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, values_come_back_bit_for_bit);
    tcase_add_test(t, a_page_may_hold_no_value_or_the_most);
    tcase_add_test(t, a_token_of_another_search_is_refused);
    tcase_add_test(t, text_that_is_no_token_is_refused);
    tcase_add_test(t, damaged_tokens_are_never_read_beyond_their_end);
    tcase_add_test(t, a_fingerprint_tells_parts_apart);
}

int main(void)
{
    return run_model_tests("model/page", add);
}
