/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of one request. */
#include "base/arena.h"

#include <signal.h>
#include <stdalign.h>

#include "base/expect.h"

START_TEST(pieces_are_zeroed_aligned_and_apart)
{
    struct rs_arena a = {0};
    unsigned char *pieces[2000];
    bool zeroed = true;
    bool kept = true;

    for (size_t i = 0; i < 2000; i++) {
        const size_t n = i % 97;

        pieces[i] = rs_arena_alloc(&a, n, 1);
        ck_assert_uint_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t at = 0; at < n; at++) {
            zeroed = zeroed && pieces[i][at] == 0;
        }
        memset(pieces[i], (int)(i % 255) + 1, n);
    }
    for (size_t i = 0; i < 2000; i++) {
        for (size_t at = 0; at < i % 97; at++) {
            kept = kept && pieces[i][at] == i % 255 + 1;
        }
    }
    ck_assert(zeroed);
    ck_assert(kept);
    rs_arena_fini(&a);
}
END_TEST

START_TEST(a_reset_arena_gives_the_same_memory_again_and_zeroed)
{
    struct rs_arena a = {0};
    char *const first = rs_arena_alloc(&a, 100, 1);

    memset(first, 'x', 100);
    rs_arena_alloc(&a, 1, 100000);
    ck_assert_uint_ge(a.used, 100100);
    rs_arena_reset(&a);
    ck_assert_uint_eq(a.used, 0);
    char *const again = rs_arena_alloc(&a, 100, 1);
    ck_assert_ptr_eq(again, first);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_int_eq(again[i], 0);
    }
    rs_arena_fini(&a);
}
END_TEST

START_TEST(a_reset_arena_does_not_keep_a_big_first_chunk)
{
    struct rs_arena a = {0};

    rs_arena_alloc(&a, 1, 1 << 20);
    rs_arena_reset(&a);
    ck_assert_ptr_null(a.chunk);
    rs_arena_alloc(&a, 1, 100);
    rs_arena_reset(&a);
    ck_assert_ptr_nonnull(a.chunk);
    rs_arena_fini(&a);
    ck_assert_ptr_null(a.chunk);
}
END_TEST

START_TEST(an_arena_can_be_used_after_fini)
{
    struct rs_arena a = {0};

    rs_arena_fini(&a);
    ck_assert_text(rs_arena_str(&a, RS_STR("x")), "x");
    rs_arena_fini(&a);
    ck_assert_text(rs_arena_str(&a, RS_STR("y")), "y");
    rs_arena_fini(&a);
}
END_TEST

START_TEST(a_copied_string_ends_in_a_nul_and_an_absent_one_stays_absent)
{
    struct rs_arena a = {0};
    const struct rs_str s = rs_arena_str(&a, RS_STR("a\0b"));

    ck_assert_uint_eq(s.n, 3);
    ck_assert_mem_eq(s.p, "a\0b", 4);
    ck_assert_ptr_null(rs_arena_str(&a, (struct rs_str){NULL, 0}).p);
    const struct rs_str empty = rs_arena_str(&a, RS_STR(""));
    ck_assert_ptr_nonnull(empty.p);
    ck_assert_uint_eq(empty.n, 0);
    ck_assert_int_eq(empty.p[0], '\0');
    rs_arena_fini(&a);
}
END_TEST

START_TEST(formatted_text_of_any_length_fits)
{
    struct rs_arena a = {0};

    ck_assert_text(rs_arena_fmt(&a, "%s-%d", "a", 7), "a-7");
    const struct rs_str s = rs_arena_fmt(&a, "%050000d", 1);
    ck_assert_uint_eq(s.n, 50000);
    ck_assert_int_eq(s.p[49999], '1');
    ck_assert_int_eq(s.p[50000], '\0');
    rs_arena_fini(&a);
}
END_TEST

START_TEST(a_grown_array_keeps_its_items)
{
    struct rs_arena a = {0};
    size_t *items = NULL;
    size_t cap = 0;

    for (size_t n = 0; n < 1000; n++) {
        items = rs_arena_grow(&a, items, n, &cap, sizeof *items);
        ck_assert_uint_gt(cap, n);
        items[n] = n;
    }
    for (size_t n = 0; n < 1000; n++) {
        ck_assert_uint_eq(items[n], n);
    }
    rs_arena_fini(&a);
}
END_TEST

/* What the duties below leave behind: their letters, in the order of their calls. */
struct trace {
    struct rs_arena *arena;
    char text[8];
    size_t n;
};

static void duty_a(void *arg)
{
    struct trace *t = arg;

    t->text[t->n++] = 'a';
}

static void duty_b(void *arg)
{
    struct trace *t = arg;

    t->text[t->n++] = 'b';
    rs_arena_alloc(t->arena, 1, 50000);
    rs_arena_defer(t->arena, duty_a, t);
}

START_TEST(duties_are_called_once_newest_first_and_may_use_the_arena)
{
    struct rs_arena a = {0};
    struct trace t = {.arena = &a};

    rs_arena_defer(&a, duty_a, &t);
    rs_arena_defer(&a, duty_b, &t);
    rs_arena_defer(&a, duty_a, &t);
    rs_arena_reset(&a);
    ck_assert_str_eq(t.text, "abaa");
    rs_arena_reset(&a);
    rs_arena_fini(&a);
    ck_assert_str_eq(t.text, "abaa");
}
END_TEST

START_TEST(a_size_beyond_all_memory_aborts)
{
    struct rs_arena a = {0};

    rs_arena_alloc(&a, SIZE_MAX / 2, 4);
}
END_TEST

START_TEST(a_string_beyond_all_memory_aborts)
{
    struct rs_arena a = {0};

    rs_arena_alloc(&a, SIZE_MAX - 4, 1);
}
END_TEST

START_TEST(formatted_text_at_the_border_of_the_short_ones_is_whole)
{
    struct rs_arena a = {0};

    for (int n = 250; n < 260; n++) {
        const struct rs_str s = rs_arena_fmt(&a, "%0*d", n, 1);

        ck_assert_int_eq((int)s.n, n);
        ck_assert_int_eq(s.p[n - 1], '1');
        ck_assert_int_eq(s.p[n], '\0');
    }
    rs_arena_fini(&a);
}
END_TEST

START_TEST(joined_text_has_all_parts_and_ends_in_a_nul)
{
    struct rs_arena a = {0};
    const struct rs_str s = RS_JOIN(&a, RS_STR("a"), (struct rs_str){0}, RS_STR(""), RS_STR("bc"));

    ck_assert_text(s, "abc");
    ck_assert_int_eq(s.p[3], '\0');
    ck_assert_text(rs_arena_i64(&a, INT64_MIN), "-9223372036854775808");
    ck_assert_text(rs_arena_i64(&a, 0), "0");
    rs_arena_fini(&a);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, pieces_are_zeroed_aligned_and_apart);
    tcase_add_test(t, a_reset_arena_gives_the_same_memory_again_and_zeroed);
    tcase_add_test(t, a_reset_arena_does_not_keep_a_big_first_chunk);
    tcase_add_test(t, an_arena_can_be_used_after_fini);
    tcase_add_test(t, a_copied_string_ends_in_a_nul_and_an_absent_one_stays_absent);
    tcase_add_test(t, formatted_text_of_any_length_fits);
    tcase_add_test(t, formatted_text_at_the_border_of_the_short_ones_is_whole);
    tcase_add_test(t, joined_text_has_all_parts_and_ends_in_a_nul);
    tcase_add_test(t, a_grown_array_keeps_its_items);
    tcase_add_test(t, duties_are_called_once_newest_first_and_may_use_the_arena);
    tcase_add_test_raise_signal(t, a_size_beyond_all_memory_aborts, SIGABRT);
    tcase_add_test_raise_signal(t, a_string_beyond_all_memory_aborts, SIGABRT);
}

int main(void)
{
    return run_tests("base/arena", add);
}
