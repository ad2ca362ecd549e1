/* SPDX-License-Identifier: Apache-2.0 */
/* Errors in the context of a request. */
#include "base/cx.h"

#include "base/expect.h"

START_TEST(a_failure_records_its_code_and_message)
{
    struct rs_cx cx = {0};

    ck_assert_int_eq(rs_fail(&cx, RS_NOT_FOUND, "no thing \"%s\" in %d", "x", 7), RS_NOT_FOUND);
    ck_assert_int_eq(cx.error.code, RS_NOT_FOUND);
    ck_assert_str_eq(cx.error.message, "no thing \"x\" in 7");
}
END_TEST

START_TEST(the_first_failure_stands_until_it_is_cleared)
{
    struct rs_cx cx = {0};

    rs_fail(&cx, RS_INVALID, "first");
    ck_assert_int_eq(rs_fail(&cx, RS_INTERNAL, "second"), RS_INVALID);
    ck_assert_str_eq(cx.error.message, "first");
    rs_cx_clear(&cx);
    ck_assert_int_eq(cx.error.code, RS_OK);
    ck_assert_str_eq(cx.error.message, "");
    ck_assert_int_eq(rs_fail(&cx, RS_INTERNAL, "third"), RS_INTERNAL);
    ck_assert_str_eq(cx.error.message, "third");
}
END_TEST

/* One step of a row: counts itself, and fails where it is told to. */
static enum rs_code step(struct rs_cx *cx, int *steps, bool fails)
{
    (*steps)++;
    return fails ? rs_fail(cx, RS_BUSY, "step %d", *steps) : RS_OK;
}

static enum rs_code three_steps(struct rs_cx *cx, int *steps, int failing)
{
    RS_TRY(step(cx, steps, failing == 1));
    RS_TRY(step(cx, steps, failing == 2));
    RS_TRY(step(cx, steps, failing == 3));
    return RS_OK;
}

START_TEST(try_passes_a_failure_up_and_stops)
{
    struct rs_cx cx = {0};
    int steps = 0;

    ck_assert_int_eq(three_steps(&cx, &steps, 0), RS_OK);
    ck_assert_int_eq(steps, 3);
    steps = 0;
    ck_assert_int_eq(three_steps(&cx, &steps, 2), RS_BUSY);
    ck_assert_int_eq(steps, 2);
    ck_assert_str_eq(cx.error.message, "step 2");
}
END_TEST

START_TEST(a_message_that_just_fits_is_kept_whole)
{
    struct rs_cx cx = {0};

    rs_fail(&cx, RS_INVALID, "%0*d", RS_ERROR_MESSAGE_MAX - 1, 7);
    ck_assert_uint_eq(strlen(cx.error.message), RS_ERROR_MESSAGE_MAX - 1);
    ck_assert_int_eq(cx.error.message[RS_ERROR_MESSAGE_MAX - 2], '7');
}
END_TEST

START_TEST(a_longer_message_is_cut_between_code_points)
{
    static const char *const ends[] = {"abcd", "\xC3\xA9\xC3\xA9", "\xE2\x82\xAC\xE2\x82\xAC",
                                       "\xF0\x9F\x98\x80\xF0\x9F\x98\x80"};
    static const size_t lengths[] = {1, 2, 3, 4};

    for (size_t i = 0; i < 4; i++) {
        for (int fill = RS_ERROR_MESSAGE_MAX - 6; fill < RS_ERROR_MESSAGE_MAX; fill++) {
            struct rs_cx cx = {0};
            const size_t room = (size_t)(RS_ERROR_MESSAGE_MAX - 1 - fill);
            const size_t whole = room / lengths[i] * lengths[i];
            const size_t end = strlen(ends[i]);

            rs_fail(&cx, RS_INVALID, "%0*d%s", fill, 0, ends[i]);
            ck_assert(rs_utf8_is_valid(rs_str_of(cx.error.message)));
            ck_assert_uint_eq(strlen(cx.error.message), (size_t)fill + (whole < end ? whole : end));
        }
    }
}
END_TEST

START_TEST(a_long_message_of_broken_bytes_is_not_lost)
{
    struct rs_cx cx = {0};
    char text[2000];

    memset(text, 0x80, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rs_fail(&cx, RS_INVALID, "%s", text);
    ck_assert_uint_eq(strlen(cx.error.message), RS_ERROR_MESSAGE_MAX - 1);
}
END_TEST

START_TEST(every_code_has_its_own_name)
{
    for (int i = 0; i < RS_N_CODES; i++) {
        ck_assert_uint_gt(strlen(rs_code_name((enum rs_code)i)), 0);
        for (int j = 0; j < i; j++) {
            ck_assert_str_ne(rs_code_name((enum rs_code)i), rs_code_name((enum rs_code)j));
        }
    }
    ck_assert_str_eq(rs_code_name(RS_NOT_FOUND), "not_found");
    ck_assert_str_eq(rs_code_name(RS_N_CODES), "internal");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_failure_records_its_code_and_message);
    tcase_add_test(t, the_first_failure_stands_until_it_is_cleared);
    tcase_add_test(t, try_passes_a_failure_up_and_stops);
    tcase_add_test(t, a_message_that_just_fits_is_kept_whole);
    tcase_add_test(t, a_longer_message_is_cut_between_code_points);
    tcase_add_test(t, a_long_message_of_broken_bytes_is_not_lost);
    tcase_add_test(t, every_code_has_its_own_name);
}

int main(void)
{
    return run_tests("base/cx", add);
}
