/* SPDX-License-Identifier: Apache-2.0 */
/* Names of requests: the client's where they are harmless, else ours. */
#include "http/request_id.h"

#include "support/trial.h"

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static struct rs_request_ids ids;

static void open_all(void)
{
    rs_request_ids_init(&ids);
}

static const struct {
    const char *own;
    bool is_kept;
} names[] = {
    {"a", true},    {"Az09._-", true}, {SIXTY "0123", true}, {SIXTY "01234", false},
    {"", false},    {"a b", false},    {"a\"b", false},      {"a\nb", false},
    {"a=b", false}, {"a;b", false},    {"\xC3\xA4", false},
};

START_TEST(a_clients_own_name_is_kept_where_it_is_harmless)
{
    const struct rs_str own = rs_str_of(names[_i].own);
    const struct rs_str id = rs_request_id(&ids, &arena, own);

    ck_assert(rs_str_eq(id, own) == names[_i].is_kept);
    ck_assert_uint_eq(strlen(id.p), id.n);
    if (!names[_i].is_kept) {
        ck_assert_uint_eq(id.n, 19);
    }
}
END_TEST

START_TEST(a_nul_in_a_name_is_not_its_end)
{
    ck_assert_uint_eq(rs_request_id(&ids, &arena, RS_STR("a\0b")).n, 19);
}
END_TEST

START_TEST(our_names_are_a_prefix_and_a_number_that_rises)
{
    const struct rs_str absent = {0};
    const struct rs_str first = rs_request_id(&ids, &arena, absent);

    ck_assert_int_eq(first.p[8], '-');
    ck_assert_text(rs_str_from(first, 9), "0000000000");
    for (int i = 1; i < 0x2a; i++) {
        rs_request_id(&ids, &arena, absent);
    }
    const struct rs_str later = rs_request_id(&ids, &arena, absent);
    ck_assert_text(rs_str_from(later, 9), "000000002a");
    ck_assert(rs_str_starts(later, (struct rs_str){first.p, 9}));
}
END_TEST

START_TEST(another_life_has_another_prefix)
{
    struct rs_request_ids again;

    rs_request_ids_init(&again);
    ck_assert_int_ne(memcmp(ids.prefix, again.prefix, sizeof ids.prefix), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, a_clients_own_name_is_kept_where_it_is_harmless, 0,
                        (int)(sizeof names / sizeof names[0]));
    tcase_add_test(t, a_nul_in_a_name_is_not_its_end);
    tcase_add_test(t, our_names_are_a_prefix_and_a_number_that_rises);
    tcase_add_test(t, another_life_has_another_prefix);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "http/request_id", .open = open_all, .close = close_context, .add = add});
}
