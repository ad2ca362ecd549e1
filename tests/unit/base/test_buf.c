/* SPDX-License-Identifier: Apache-2.0 */
/* Growing buffers and their limits. */
#include "base/buf.h"

#include <stdlib.h>

#include "base/expect.h"

START_TEST(puts_of_every_kind_follow_each_other)
{
    struct rs_buf b = {.max = 100};

    ck_assert_text(rs_buf_view(&b), "");
    rs_buf_put(&b, "ab", 2);
    rs_buf_putc(&b, 'c');
    rs_buf_str(&b, RS_STR("de"));
    rs_buf_str(&b, (struct rs_str){NULL, 0});
    RS_BUF_LIT(&b, "f");
    rs_buf_fmt(&b, "%d", 42);
    rs_buf_fmt(&b, "%s", "");
    ck_assert_text(rs_buf_view(&b), "abcdef42");
    ck_assert(!b.over);
    rs_buf_fini(&b);
    ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(a_buffer_grows_to_whatever_its_limit_allows)
{
    struct rs_buf b = {.max = 1 << 20};

    for (size_t i = 0; i < 1 << 18; i++) {
        rs_buf_put(&b, &i, 4);
    }
    ck_assert(!b.over);
    ck_assert_uint_eq(b.n, 1 << 20);
    for (size_t i = 0; i < 1 << 18; i++) {
        if (memcmp(b.p + 4 * i, &i, 4) != 0) {
            ck_abort_msg("put %zu", i);
        }
    }
    rs_buf_fini(&b);
}
END_TEST

START_TEST(a_buffer_can_be_filled_to_the_last_byte)
{
    struct rs_buf b = {.max = 3};

    rs_buf_put(&b, "abc", 3);
    ck_assert(!b.over);
    ck_assert_text(rs_buf_view(&b), "abc");
    rs_buf_putc(&b, 'd');
    ck_assert(b.over);
    ck_assert_text(rs_buf_view(&b), "abc");
    rs_buf_fini(&b);
}
END_TEST

START_TEST(formatted_text_can_fill_a_buffer_to_the_last_byte)
{
    struct rs_buf b = {.max = 515};

    rs_buf_fmt(&b, "%0512d", 1);
    rs_buf_fmt(&b, "%s", "xyz");
    ck_assert(!b.over);
    ck_assert_uint_eq(b.n, 515);
    rs_buf_fmt(&b, "%d", 1);
    ck_assert(b.over);
    ck_assert_uint_eq(b.n, 515);
    rs_buf_fini(&b);
}
END_TEST

START_TEST(a_buffer_becomes_a_text_of_an_arena)
{
    struct rs_arena arena = {0};
    struct rs_buf b = {.max = 5};

    ck_assert_text(rs_buf_text(&b, &arena), "");
    RS_BUF_LIT(&b, "abc");
    ck_assert_text(rs_buf_text(&b, &arena), "abc");
    ck_assert_ptr_null(b.p);
    rs_arena_fini(&arena);
}
END_TEST

START_TEST(after_a_put_that_did_not_fit_nothing_is_put_any_more)
{
    struct rs_buf b = {.max = 5};

    rs_buf_put(&b, "abc", 3);
    rs_buf_put(&b, "def", 3);
    ck_assert(b.over);
    rs_buf_putc(&b, 'g');
    rs_buf_fmt(&b, "%d", 1);
    ck_assert_ptr_null(rs_buf_room(&b, 1));
    ck_assert_text(rs_buf_view(&b), "abc");
    rs_buf_fini(&b);
}
END_TEST

START_TEST(a_buffer_with_a_limit_of_nought_takes_nothing)
{
    struct rs_buf b = {0};

    rs_buf_put(&b, "", 0);
    ck_assert(!b.over);
    rs_buf_putc(&b, 'a');
    ck_assert(b.over);
    ck_assert_text(rs_buf_view(&b), "");
    rs_buf_fini(&b);
}
END_TEST

START_TEST(room_is_written_by_the_caller)
{
    struct rs_buf b = {.max = 2000};
    char *room = rs_buf_room(&b, 1500);

    ck_assert_ptr_nonnull(room);
    memset(room, 'x', 1500);
    b.n += 1500;
    ck_assert_ptr_nonnull(rs_buf_room(&b, 500));
    ck_assert_ptr_null(rs_buf_room(&b, 501));
    ck_assert(b.over);
    ck_assert_uint_eq(b.n, 1500);
    rs_buf_fini(&b);
}
END_TEST

START_TEST(a_cleared_buffer_keeps_its_memory_and_takes_again)
{
    struct rs_buf b = {.max = 3};

    rs_buf_put(&b, "abcd", 4);
    rs_buf_put(&b, "abc", 3);
    rs_buf_clear(&b);
    ck_assert(!b.over);
    ck_assert_text(rs_buf_view(&b), "");
    rs_buf_put(&b, "xyz", 3);
    ck_assert_text(rs_buf_view(&b), "xyz");
    rs_buf_fini(&b);
}
END_TEST

START_TEST(taken_bytes_are_the_callers_and_the_buffer_is_empty_again)
{
    struct rs_buf b = {.max = 10};

    ck_assert_ptr_null(rs_buf_take(&b));
    rs_buf_put(&b, "abc", 3);
    char *taken = rs_buf_take(&b);
    ck_assert_mem_eq(taken, "abc", 3);
    ck_assert_text(rs_buf_view(&b), "");
    ck_assert_uint_eq(b.max, 10);
    rs_buf_put(&b, "de", 2);
    ck_assert_mem_eq(taken, "abc", 3);
    free(taken);
    rs_buf_fini(&b);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, puts_of_every_kind_follow_each_other);
    tcase_add_test(t, a_buffer_grows_to_whatever_its_limit_allows);
    tcase_add_test(t, a_buffer_can_be_filled_to_the_last_byte);
    tcase_add_test(t, formatted_text_can_fill_a_buffer_to_the_last_byte);
    tcase_add_test(t, a_buffer_becomes_a_text_of_an_arena);
    tcase_add_test(t, after_a_put_that_did_not_fit_nothing_is_put_any_more);
    tcase_add_test(t, a_buffer_with_a_limit_of_nought_takes_nothing);
    tcase_add_test(t, room_is_written_by_the_caller);
    tcase_add_test(t, a_cleared_buffer_keeps_its_memory_and_takes_again);
    tcase_add_test(t, taken_bytes_are_the_callers_and_the_buffer_is_empty_again);
}

int main(void)
{
    return run_tests("base/buf", add);
}
