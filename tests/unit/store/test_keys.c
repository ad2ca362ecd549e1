/* SPDX-License-Identifier: Apache-2.0 */
/* Names as numbers: the cache never says what the database does not. */
#include "store/sql/keys.h"

#include "base/expect.h"
#include "store/sql/sql.h"
#include "support/scratch.h"

static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    store = scratch_store();
}

static int64_t make(const char *name)
{
    int64_t id = 0;

    ck_ok(rs_key_make(scratch_cx(), store, rs_str_of(name), &id));
    ck_assert_int_gt(id, 0);
    return id;
}

static int64_t find(struct rs_store *s, const char *name)
{
    int64_t id = -1;

    ck_ok(rs_key_find(scratch_cx(), s, rs_str_of(name), &id));
    return id;
}

static struct rs_str name_of(struct rs_store *s, int64_t id)
{
    struct rs_str name = {0};

    ck_ok(rs_key_name(scratch_cx(), s, id, &name));
    return name;
}

START_TEST(a_name_has_one_number_and_the_number_that_name)
{
    const int64_t loss = make("loss");
    const int64_t upper = make("Loss");

    ck_assert_int_ne(loss, upper);
    ck_assert_int_eq(make("loss"), loss);
    ck_assert_int_eq(find(store, "loss"), loss);
    ck_assert_text(name_of(store, loss), "loss");
    ck_assert_text(name_of(store, upper), "Loss");
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM item_key"), 2);
}
END_TEST

START_TEST(a_name_that_nobody_used_has_no_number)
{
    ck_assert_int_eq(find(store, "unknown"), 0);
    ck_assert_int_eq(find(store, ""), 0);
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM item_key"), 0);
}
END_TEST

START_TEST(a_number_without_a_name_is_a_damaged_database)
{
    struct rs_str name;

    ck_fails(rs_key_name(scratch_cx(), store, 12345, &name), RS_CORRUPT,
             "key number 12345 has no name");
}
END_TEST

START_TEST(another_connection_finds_what_was_committed)
{
    const int64_t id = make("m");
    struct rs_store *reader = scratch_reader();

    ck_assert_int_eq(find(reader, "m"), id);
    ck_assert_text(name_of(reader, id), "m");
    ck_assert_int_eq(find(reader, "later"), 0);
    const int64_t later = make("later");
    scratch_commit();
    ck_assert_int_eq(find(reader, "later"), later);
}
END_TEST

START_TEST(a_number_that_was_undone_may_become_another_names)
{
    ck_ok(rs_store_call_begin(scratch_cx(), store));
    const int64_t undone = make("undone");
    ck_ok(rs_store_call_reject(scratch_cx(), store));
    ck_ok(rs_store_call_begin(scratch_cx(), store));
    ck_assert_int_eq(find(store, "undone"), 0);
    const int64_t other = make("other");
    ck_assert_int_eq(undone, other); /* the case that this test is about */
    ck_assert_text(name_of(store, other), "other");
    ck_ok(rs_store_call_accept(scratch_cx(), store));
    scratch_commit();
    ck_assert_int_eq(find(store, "undone"), 0);
    ck_assert_int_eq(find(store, "other"), other);
}
END_TEST

START_TEST(a_rejected_call_forgets_none_of_the_names_of_an_accepted_one)
{
    ck_ok(rs_store_call_begin(scratch_cx(), store));
    const int64_t kept = make("kept");
    ck_ok(rs_store_call_accept(scratch_cx(), store));
    ck_ok(rs_store_call_begin(scratch_cx(), store));
    make("undone");
    ck_ok(rs_store_call_reject(scratch_cx(), store));
    ck_assert_int_eq(find(store, "kept"), kept);
    scratch_commit();
    ck_assert_int_eq(find(store, "kept"), kept);
}
END_TEST

START_TEST(names_of_a_transaction_that_was_rolled_back_are_gone)
{
    const int64_t before = make("before");

    scratch_commit();
    ck_ok(rs_store_call_begin(scratch_cx(), store));
    make("undone");
    ck_ok(rs_store_call_accept(scratch_cx(), store));
    rs_store_rollback(store);
    ck_ok(rs_store_begin_write(scratch_cx(), store));
    ck_assert_int_eq(find(store, "undone"), 0);
    ck_assert_int_eq(find(store, "before"), before);
}
END_TEST

START_TEST(more_names_than_the_cache_holds_are_all_found)
{
    enum { N = 3 * RS_KEYS_SLOTS };
    static int64_t id[N];

    for (int i = 0; i < N; i++) {
        id[i] = make(rs_arena_fmt(scratch_cx()->arena, "metric/%d", i).p);
    }
    scratch_commit();
    for (int i = 0; i < N; i++) {
        const char *name = rs_arena_fmt(scratch_cx()->arena, "metric/%d", i).p;

        ck_assert_int_eq(find(store, name), id[i]);
        ck_assert_text(name_of(store, id[i]), name);
    }
}
END_TEST

START_TEST(more_bytes_of_names_than_the_cache_holds_are_all_found)
{
    enum { N = 1200, BYTES = 1000 };
    char text[BYTES + 1];
    int64_t first = 0;

    memset(text, 'x', BYTES);
    text[BYTES] = '\0';
    for (int i = 0; i < N; i++) {
        memcpy(text, rs_arena_fmt(scratch_cx()->arena, "%08d", i).p, 8);
        first = i == 0 ? make(text) : (make(text), first);
    }
    scratch_commit();
    ck_assert_uint_le(store->keys.names.used, RS_KEYS_BYTES);
    memcpy(text, "00000000", 8);
    ck_assert_int_eq(find(store, text), first);
    ck_assert_text(name_of(store, first), text);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_name_has_one_number_and_the_number_that_name);
    tcase_add_test(t, a_name_that_nobody_used_has_no_number);
    tcase_add_test(t, a_number_without_a_name_is_a_damaged_database);
    tcase_add_test(t, another_connection_finds_what_was_committed);
    tcase_add_test(t, a_number_that_was_undone_may_become_another_names);
    tcase_add_test(t, a_rejected_call_forgets_none_of_the_names_of_an_accepted_one);
    tcase_add_test(t, names_of_a_transaction_that_was_rolled_back_are_gone);
    tcase_add_test(t, more_names_than_the_cache_holds_are_all_found);
    tcase_add_test(t, more_bytes_of_names_than_the_cache_holds_are_all_found);
}

int main(void)
{
    return scratch_main("store/keys", open_all, add);
}
