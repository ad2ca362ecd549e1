/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that all requests together may take. */
#include <check.h>
#include <stdlib.h>

#include "http/io.h"

enum { BUDGET = 4 * RS_HELD_FREE };

static struct rs_http http;
static struct rs_exchange_io io[2];
static struct rs_exchange x[2];

static void refuse(struct rs_exchange *e)
{
    rs_buf_str(&e->reply.body, rs_str_of(e->cx.error.message));
}

static void open_all(void)
{
    http = (struct rs_http){.o = {.held_max = BUDGET, .refuse = refuse}};
    for (int i = 0; i < 2; i++) {
        io[i] = (struct rs_exchange_io){.http = &http};
        x[i] = (struct rs_exchange){.io = &io[i]};
        x[i].cx.arena = &x[i].arena;
        x[i].body.max = x[i].reply.body.max = BUDGET;
    }
}

static void close_all(void)
{
    for (int i = 0; i < 2; i++) {
        rs_buf_fini(&x[i].body);
        rs_buf_fini(&x[i].reply.body);
        rs_arena_fini(&x[i].arena);
    }
}

START_TEST(what_is_small_is_not_counted)
{
    ck_assert(rs_exchange_hold(&x[0], RS_HELD_FREE));
    ck_assert_uint_eq(rs_http_held(&http), 0);
    ck_assert(rs_exchange_hold(&x[0], RS_HELD_FREE + 1));
    ck_assert_uint_eq(rs_http_held(&http), RS_HELD_FREE + 1);
    ck_assert(rs_exchange_hold(&x[0], 1));
    ck_assert_uint_eq(rs_http_held(&http), 0);
}
END_TEST

START_TEST(all_together_have_one_limit)
{
    ck_assert(rs_exchange_hold(&x[0], BUDGET - 2 * RS_HELD_FREE));
    ck_assert(!rs_exchange_hold(&x[1], 2 * RS_HELD_FREE + 1));
    ck_assert_uint_eq(rs_http_held(&http), BUDGET - 2 * RS_HELD_FREE);
    ck_assert(rs_exchange_hold(&x[1], 2 * RS_HELD_FREE));
    ck_assert_uint_eq(rs_http_held(&http), BUDGET);
    ck_assert(!rs_exchange_hold(&x[0], BUDGET));
    ck_assert(rs_exchange_hold(&x[1], 0));
    ck_assert(rs_exchange_hold(&x[0], BUDGET));
}
END_TEST

START_TEST(a_refusal_keeps_nothing_but_its_words)
{
    char *bytes = calloc(1, 2 * RS_HELD_FREE);

    rs_buf_put(&x[0].body, bytes, 2 * RS_HELD_FREE);
    free(bytes);
    ck_assert(rs_exchange_hold(&x[0], x[0].body.n));
    x[0].reply.n_headers = 1;
    rs_exchange_refuse_full(&x[0]);
    ck_assert_uint_eq(rs_http_held(&http), 0);
    ck_assert_uint_eq(x[0].body.n, 0);
    ck_assert_uint_eq(x[0].reply.n_headers, 0);
    ck_assert_uint_eq(x[0].reply.status, 503);
    ck_assert_int_eq(x[0].cx.error.code, RS_BUSY);
    ck_assert_ptr_nonnull(strstr(x[0].cx.error.message, "try again in a second"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http/budget");
    TCase *t = tcase_create("budget");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(t, open_all, close_all);
    tcase_add_test(t, what_is_small_is_not_counted);
    tcase_add_test(t, all_together_have_one_limit);
    tcase_add_test(t, a_refusal_keeps_nothing_but_its_words);
    suite_add_tcase(suite, t);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
