/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of ids, and what two of them have in common. */
#include "store/sql/search_bits.h"

#include "support/scratch.h"

static struct rs_arena *arena;

static void open_all(void)
{
    scratch_open();
    arena = scratch_cx()->arena;
}

static void must_be(const struct rs_bits *b, const int64_t *ids, size_t n)
{
    const int64_t *got = rs_bits_ids(arena, b);

    ck_assert_uint_eq(b->n, n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(got[i], ids[i]);
    }
}

START_TEST(a_set_holds_its_ids_once_in_order_and_no_others)
{
    static const int64_t ids[] = {1007, 13, 8, 13, 64};
    static const int64_t sorted[] = {8, 13, 64, 1007};
    const struct rs_bits b = rs_bits_of(arena, ids, 5);

    must_be(&b, sorted, 4);
    for (int64_t id = 0, i = 0; id < 1100; id++) {
        ck_assert_int_eq(rs_bits_has(&b, id), i < 4 && sorted[i] == id);
        i += i < 4 && sorted[i] == id;
    }
}
END_TEST

START_TEST(what_is_beyond_the_room_of_a_set_is_not_in_it)
{
    static const int64_t ids[] = {40, 50};
    struct rs_bits b = rs_bits_for(arena, ids, 2);

    rs_bits_set(&b, 39 - 8);
    rs_bits_set(&b, 51);
    ck_assert_uint_eq(b.n, 0);
    rs_bits_set(&b, 45);
    rs_bits_set(&b, 45);
    must_be(&b, (const int64_t[]){45}, 1);
}
END_TEST

START_TEST(an_empty_set_has_nothing_in_common_with_any)
{
    static const int64_t ids[] = {1, 2};
    const struct rs_bits empty = rs_bits_of(arena, NULL, 0);
    const struct rs_bits none = {0};
    const struct rs_bits some = rs_bits_of(arena, ids, 2);

    for (int64_t id = 0; id < 20; id++) {
        ck_assert(!rs_bits_has(&empty, id) && !rs_bits_has(&none, id));
    }
    ck_assert_uint_eq(rs_bits_common(arena, &some, &empty).n, 0);
    ck_assert_uint_eq(rs_bits_common(arena, &none, &some).n, 0);
}
END_TEST

/* Wherever the two begin and end. */
START_TEST(what_is_common_is_what_is_in_both)
{
    enum { N = 40 };
    int64_t even[N];
    int64_t thirds[N];
    int64_t sixths[N];

    for (int64_t shift = 0; shift < 150; shift++) {
        size_t n = 0;

        for (int64_t i = 0; i < N; i++) {
            even[i] = 60 + 2 * i;
            thirds[i] = 3 * (shift + i);
        }
        for (int64_t id = even[0]; id <= even[N - 1]; id++) {
            if (id % 6 == 0 && id >= thirds[0] && id <= thirds[N - 1]) {
                sixths[n++] = id;
            }
        }
        const struct rs_bits x = rs_bits_of(arena, even, N);
        const struct rs_bits y = rs_bits_of(arena, thirds, N);
        const struct rs_bits both = rs_bits_common(arena, &x, &y);
        const struct rs_bits again = rs_bits_common(arena, &y, &x);
        must_be(&both, sixths, n);
        must_be(&again, sixths, n);
        must_be(&x, even, N);
    }
}
END_TEST

START_TEST(a_copy_is_of_its_own)
{
    static const int64_t ids[] = {5, 6};
    struct rs_bits b = rs_bits_for(arena, ids, 2);

    rs_bits_set(&b, 5);
    const struct rs_bits copy = rs_bits_copy(arena, &b);
    rs_bits_set(&b, 6);
    must_be(&copy, ids, 1);
    must_be(&b, ids, 2);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_set_holds_its_ids_once_in_order_and_no_others);
    tcase_add_test(t, what_is_beyond_the_room_of_a_set_is_not_in_it);
    tcase_add_test(t, an_empty_set_has_nothing_in_common_with_any);
    tcase_add_test(t, what_is_common_is_what_is_in_both);
    tcase_add_test(t, a_copy_is_of_its_own);
}

int main(void)
{
    return scratch_main("store/search_bits", open_all, add);
}
