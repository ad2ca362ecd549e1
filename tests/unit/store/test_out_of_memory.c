/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite gets no memory for its nth allocation, for n = 1, 2, ... until it asks for no more: an
 * error comes back, each call is all or nothing, and the store goes on. (What we allocate ourselves
 * ends the process when there is none: base/arena.c.) */
#include <inttypes.h>
#include <sqlite3.h>

#include "service/transaction.h"
#include "store/experiment.h"
#include "store/run.h"
#include "store/sql/sql.h"
#include "store/store.h"
#include "support/trial.h"

enum { FOR_EVER = 1 << 30, OPEN_STRIDE = 3 };

static sqlite3_mem_methods own; /* SQLite's allocator */
static const char *path;
static struct rs_store *store;
static int fail_first; /* the allocations from this one on fail; 0: none */
static int fail_last;
static int seen;

static bool fails(void)
{
    seen++;
    return fail_first > 0 && seen >= fail_first && seen <= fail_last;
}

static void *take(int n)
{
    return fails() ? NULL : own.xMalloc(n);
}

static void *resize(void *p, int n)
{
    return fails() ? NULL : own.xRealloc(p, n);
}

/* Arms the nth allocation from now; `sticky`: and all after it. */
static void arm(int nth, bool sticky)
{
    seen = 0;
    fail_first = nth;
    fail_last = sticky ? FOR_EVER : nth;
}

/* Whether an allocation has failed; from now on none does. */
static bool disarm(void)
{
    const bool met = fail_first > 0 && seen >= fail_first;

    fail_first = 0;
    return met;
}

static enum rs_code open_store(void)
{
    return rs_store_open(&cx, &(struct rs_store_options){.where = path}, &store);
}

static void open_all(void)
{
    path = folder_path(&arena, "test.db");
    ck_ok(open_store());
}

static void close_all(void)
{
    rs_store_close(store);
    close_context();
}

struct addition {
    struct rs_commit_call call; /* first */
    struct rs_str run_id;
};

/* Two rows of two tables, which stand together. */
static enum rs_code add(struct rs_commit_call *call, struct rs_store *s)
{
    const struct rs_str run_id = ((struct addition *)call)->run_id;
    const struct rs_run_new new_run = {
        .run_id = run_id, .experiment = RS_EXPERIMENT_DEFAULT, .name = run_id};
    struct rs_run_ref run;
    struct rs_str value;

    RS_TRY(rs_store_run_create(call->cx, s, &new_run, &run));
    return rs_store_setting(call->cx, s, run_id.p, RS_STR("value"), &value);
}

static int64_t count(const char *text, struct rs_str id)
{
    const struct rs_sql sql = {"count", text, true};
    int64_t n = 0;

    ck_ok(rs_db_first_i64(&cx, store->db, &sql, RS_BIND(rs_text(id)), &n));
    return n;
}

static void check_whole(const struct addition *a)
{
    const int64_t runs = count("SELECT count(*) FROM run WHERE run_id = $1", a->run_id);

    ck_assert_int_eq(runs, a->call.code == RS_OK);
    ck_assert_int_eq(count("SELECT count(*) FROM setting WHERE name = $1", a->run_id), runs);
    ck_assert(a->call.code == RS_OK || a->call.code == RS_UNAVAILABLE);
}

START_TEST(a_call_that_gets_no_memory_is_undone_and_the_next_one_works)
{
    const bool sticky = _i == 1;
    bool met = true;

    for (int nth = 1; met; nth++) {
        struct addition a = {.call = {.cx = &cx, .run = add},
                             .run_id = rs_arena_fmt(&arena, "run%d", nth)};

        arm(nth, sticky);
        rs_commit_batch(store, &a.call);
        met = disarm();
        ck_assert_msg(met || a.call.code == RS_OK, "%s", cx.error.message);
        rs_cx_clear(&cx);
        check_whole(&a);
    }
    ck_assert_int_gt(count("SELECT count(*) FROM run WHERE run_id <> $1", RS_STR("")), 0);
}
END_TEST

START_TEST(a_store_that_gets_no_memory_does_not_open_and_opens_later)
{
    bool met = true;

    for (int nth = 1; met; nth += OPEN_STRIDE) {
        rs_store_close(store);
        store = NULL;
        arm(nth, _i == 1);
        const enum rs_code code = open_store();
        met = disarm();
        ck_assert_msg(code == RS_OK || (met && code == RS_UNAVAILABLE), "%s: %s",
                      rs_code_name(code), cx.error.message);
        rs_cx_clear(&cx);
        if (code != RS_OK) {
            ck_ok(open_store());
        }
    }
}
END_TEST

START_TEST(a_read_that_gets_no_memory_says_so_and_the_next_one_works)
{
    struct rs_snapshot snapshot;
    struct rs_run_ref run;
    bool met = true;

    for (int nth = 1; met; nth++) {
        struct rs_store *reader = NULL;

        ck_ok(rs_store_open(&cx, &(struct rs_store_options){.where = path, .read_only = true},
                            &reader));
        arm(nth, _i == 1);
        enum rs_code code = rs_snapshot_begin(&cx, reader, 0, &snapshot);
        if (code == RS_OK) {
            code = rs_store_run_find(&cx, reader, RS_STR("none"), &run);
            code = rs_snapshot_end(&cx, &snapshot, code);
        }
        met = disarm();
        ck_assert_msg(code == RS_NOT_FOUND || (met && code == RS_UNAVAILABLE), "%s: %s",
                      rs_code_name(code), cx.error.message);
        rs_cx_clear(&cx);
        ck_ok(rs_store_check(&cx, reader));
        rs_store_close(reader);
    }
}
END_TEST

static void add_tests(TCase *t)
{
    tcase_add_loop_test(t, a_call_that_gets_no_memory_is_undone_and_the_next_one_works, 0, 2);
    tcase_add_loop_test(t, a_store_that_gets_no_memory_does_not_open_and_opens_later, 0, 2);
    tcase_add_loop_test(t, a_read_that_gets_no_memory_says_so_and_the_next_one_works, 0, 2);
}

int main(void)
{
    sqlite3_mem_methods ours;

    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own);
    ours = own;
    ours.xMalloc = take;
    ours.xRealloc = resize;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    return run_trials(&(struct trials){
        .name = "store/out_of_memory", .open = open_all, .close = close_all, .add = add_tests});
}
