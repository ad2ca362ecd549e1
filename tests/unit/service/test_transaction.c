/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: each call is all or nothing, and RS_OK means durable (P1, P2). */
#include "service/transaction.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "store/sql/sql.h"
#include "support/scratch.h"

enum { N_CALLS = 5 };

static const int64_t READ_NS = RS_S_AS_NS(600); /* no read of these tests takes so long */

/* What a call does. */
enum act { ADD, ADD_AND_FAIL, FAIL, ADD_TOO_MUCH };

struct job {
    struct rs_commit_call call; /* first */
    struct rs_cx cx;
    struct rs_arena arena;
    const char *run_id;
    enum act act;
    int times; /* that it was run */
};

static struct rs_store *store;

static enum rs_code add_run(struct rs_cx *cx, struct rs_store *s, const char *run_id)
{
    struct rs_run_ref out;

    return rs_store_run_create(cx, s,
                               &(struct rs_run_new){.run_id = rs_str_of(run_id),
                                                    .experiment = RS_EXPERIMENT_DEFAULT,
                                                    .name = RS_STR("name")},
                               &out);
}

static enum rs_code act(struct rs_commit_call *call, struct rs_store *s)
{
    static const struct rs_sql BIG = {
        "big", "INSERT INTO setting (name, value) VALUES ('big', hex(zeroblob(5000000)))", false};
    struct job *job = (struct job *)call;

    job->times++;
    if (job->act != FAIL) {
        RS_TRY(add_run(call->cx, s, job->run_id));
    }
    if (job->act == ADD_TOO_MUCH) {
        return rs_db_run(call->cx, s->db, &BIG, RS_NO_ARGS);
    }
    return job->act == ADD ? RS_OK : rs_fail(call->cx, RS_CONFLICT, "no: %s", job->run_id);
}

/* Links n calls that all add a run, named after their place. */
static struct rs_commit_call *make_calls(struct job *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        jobs[i] = (struct job){.act = ADD,
                               .run_id = rs_arena_fmt(scratch_cx()->arena, "run-%zu", i).p};
        jobs[i].cx.arena = &jobs[i].arena;
        jobs[i].call = (struct rs_commit_call){
            .next = i + 1 < n ? &jobs[i + 1].call : NULL, .cx = &jobs[i].cx, .run = act};
    }
    return &jobs[0].call;
}

static void free_calls(struct job *jobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rs_arena_fini(&jobs[i].arena);
    }
}

static void open_all(void)
{
    scratch_open();
    store = scratch_store();
    ck_ok(rs_store_commit(scratch_cx(), store)); /* a batch begins its own transaction */
}

static struct rs_store *open_reader(void)
{
    ck_ok(rs_store_begin_write(scratch_cx(), store)); /* which scratch_reader ends, and begins
                                                         another */
    struct rs_store *reader = scratch_reader();
    ck_ok(rs_store_commit(scratch_cx(), store));
    return reader;
}

/* Runs that stand. */
static int64_t count_runs(const char *where)
{
    return scratch_number(
        rs_arena_fmt(scratch_cx()->arena, "SELECT count(*) FROM run WHERE %s", where).p);
}

START_TEST(the_calls_of_a_batch_are_all_kept)
{
    struct job jobs[N_CALLS];

    rs_commit_batch(store, make_calls(jobs, N_CALLS));
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].call.code, RS_OK);
        ck_assert(!jobs[i].call.in_doubt);
    }
    rs_store_rollback(store); /* nothing is left that it could undo */
    ck_assert_int_eq(count_runs("1 = 1"), N_CALLS);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_call_that_fails_is_undone_alone)
{
    struct job jobs[N_CALLS];

    make_calls(jobs, N_CALLS);
    jobs[1].act = ADD_AND_FAIL;
    jobs[3].act = FAIL;
    rs_commit_batch(store, &jobs[0].call);
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].call.code, i == 1 || i == 3 ? RS_CONFLICT : RS_OK);
    }
    ck_assert_str_eq(jobs[1].cx.error.message, "no: run-1");
    ck_assert_str_eq(jobs[3].cx.error.message, "no: run-3");
    ck_assert_int_eq(count_runs("1 = 1"), N_CALLS - 2);
    ck_assert_int_eq(count_runs("run_id = 'run-1'"), 0);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(calls_that_fail_before_they_change_anything_run_once)
{
    struct job jobs[N_CALLS];

    make_calls(jobs, N_CALLS);
    jobs[0].act = jobs[4].act = FAIL;
    rs_commit_batch(store, &jobs[0].call);
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].times, 1);
    }
    ck_assert_int_eq(count_runs("1 = 1"), N_CALLS - 2);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_batch_of_bad_calls_keeps_nothing)
{
    struct job jobs[N_CALLS];

    make_calls(jobs, N_CALLS);
    for (size_t i = 0; i < N_CALLS; i++) {
        jobs[i].act = ADD_AND_FAIL;
    }
    rs_commit_batch(store, &jobs[0].call);
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].call.code, RS_CONFLICT);
    }
    ck_assert_int_eq(count_runs("1 = 1"), 0);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_call_sees_what_the_calls_before_it_did)
{
    struct job jobs[2];

    make_calls(jobs, 2);
    jobs[1].run_id = jobs[0].run_id;
    rs_commit_batch(store, &jobs[0].call);
    ck_assert_int_eq(jobs[0].call.code, RS_OK);
    ck_assert_int_ne(jobs[1].call.code, RS_OK);
    ck_assert_int_eq(count_runs("1 = 1"), 1);
    free_calls(jobs, 2);
}
END_TEST

START_TEST(a_call_beyond_its_deadline_is_not_run)
{
    struct job jobs[3];

    make_calls(jobs, 3);
    jobs[1].cx.deadline_ns = 1;
    jobs[2].cx.deadline_ns = rs_clock_mono_ns() + RS_S_AS_NS(600);
    rs_commit_batch(store, &jobs[0].call);
    ck_assert_int_eq(jobs[0].call.code, RS_OK);
    ck_assert_int_eq(jobs[1].call.code, RS_LATE);
    ck_assert_int_eq(jobs[1].times, 0);
    ck_assert_ptr_nonnull(strstr(jobs[1].cx.error.message, "it has changed nothing"));
    ck_assert_int_eq(jobs[2].call.code, RS_OK);
    ck_assert_int_eq(count_runs("1 = 1"), 2);
    free_calls(jobs, 3);
}
END_TEST

static void limit_files_to(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == RLIM_INFINITY ? limit.rlim_max : bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_commit_that_cannot_be_written_fails_every_call_and_leaves_nothing)
{
    struct job jobs[N_CALLS];

    make_calls(jobs, N_CALLS);
    jobs[2].act = FAIL;
    limit_files_to(1);
    rs_commit_batch(store, &jobs[0].call);
    limit_files_to(RLIM_INFINITY);
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].times, 1);
        ck_assert_int_eq(jobs[i].call.code, i == 2 ? RS_CONFLICT : RS_UNAVAILABLE);
        ck_assert(!jobs[i].call.in_doubt); /* a log that ends within a commit has none */
        ck_assert(jobs[i].cx.error.message[0] != '\0');
    }
    ck_assert_int_eq(count_runs("1 = 1"), 0);
    free_calls(jobs, N_CALLS);

    rs_commit_batch(store, make_calls(jobs, N_CALLS));
    ck_assert_int_eq(jobs[4].call.code, RS_OK);
    ck_assert_int_eq(count_runs("1 = 1"), N_CALLS);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_disk_that_fills_up_within_a_call_fails_every_call_and_leaves_nothing)
{
    struct job jobs[N_CALLS];

    ck_ok(store->db->ops->script(scratch_cx(), store->db, "PRAGMA max_page_count = 200;"));
    make_calls(jobs, N_CALLS);
    jobs[2].act = ADD_TOO_MUCH;
    rs_commit_batch(store, &jobs[0].call);
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].call.code, RS_UNAVAILABLE);
        ck_assert(!jobs[i].call.in_doubt); /* it never came to a commit */
    }
    ck_assert_int_eq(count_runs("1 = 1"), 0);
    free_calls(jobs, N_CALLS);

    rs_commit_batch(store, make_calls(jobs, N_CALLS));
    ck_assert_int_eq(jobs[0].call.code, RS_OK);
    ck_assert_int_eq(count_runs("1 = 1"), N_CALLS);
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_writer_that_cannot_begin_fails_every_call_and_runs_none)
{
    struct rs_store *reader = open_reader();
    struct job jobs[N_CALLS];

    rs_commit_batch(reader, make_calls(jobs, N_CALLS));
    for (size_t i = 0; i < N_CALLS; i++) {
        ck_assert_int_eq(jobs[i].times, 0);
        ck_assert_int_eq(jobs[i].call.code, RS_UNAVAILABLE);
        ck_assert(!jobs[i].call.in_doubt);
    }
    free_calls(jobs, N_CALLS);
}
END_TEST

START_TEST(a_snapshot_is_begun_and_ended_after_an_error_too)
{
    struct rs_cx *cx = scratch_cx();
    struct rs_store *reader = open_reader();
    struct rs_snapshot view;
    struct rs_run_ref run;

    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_ok(rs_snapshot_check(cx, reader));
    ck_fails(rs_store_run_find(cx, reader, RS_STR("none"), &run), RS_NOT_FOUND, "none");
    ck_ok(add_run(cx, store, "after"));
    ck_fails(rs_store_run_find(cx, reader, RS_STR("after"), &run), RS_NOT_FOUND, "after");
    ck_assert_int_eq(rs_snapshot_end(cx, &view, RS_NOT_FOUND), RS_NOT_FOUND);
    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_ok(rs_store_run_find(cx, reader, RS_STR("after"), &run));
    ck_ok(rs_snapshot_end(cx, &view, RS_OK));
    rs_commit_maintain(store, true);
}
END_TEST

START_TEST(a_read_that_is_too_much_work_is_stopped_and_not_asked_for_again)
{
    static const struct rs_sql ENDLESS = {
        "endless",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) "
        "SELECT count(*) FROM n",
        false};
    struct rs_cx *cx = scratch_cx();
    struct rs_store *reader = open_reader();
    struct rs_snapshot view;

    ck_ok(rs_snapshot_begin(cx, reader, 1, &view));
    const enum rs_code code = rs_db_run(cx, reader->db, &ENDLESS, RS_NO_ARGS);
    ck_assert_int_eq(code, RS_LATE);
    ck_fails(rs_snapshot_end(cx, &view, code), RS_INVALID, "ask for less at a time");
    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_ok(rs_snapshot_check(cx, reader));
    ck_ok(rs_snapshot_end(cx, &view, RS_OK));
}
END_TEST

START_TEST(a_read_that_had_to_wait_may_be_asked_for_again)
{
    struct rs_cx *cx = scratch_cx();
    struct rs_store *reader = open_reader();
    struct rs_snapshot view;

    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_fails(rs_snapshot_end(cx, &view, rs_fail(cx, RS_LATE, "late")), RS_LATE, "late");
}
END_TEST

START_TEST(a_read_ends_with_its_call_and_never_begins_after_it)
{
    const int64_t soon_ns = rs_clock_mono_ns() + READ_NS / 2;
    struct rs_cx *cx = scratch_cx();
    struct rs_store *reader = open_reader();
    struct rs_snapshot view;

    cx->deadline_ns = soon_ns;
    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_assert_int_eq(cx->deadline_ns, soon_ns);
    ck_ok(rs_snapshot_end(cx, &view, RS_OK));

    cx->deadline_ns = soon_ns + READ_NS;
    ck_ok(rs_snapshot_begin(cx, reader, READ_NS, &view));
    ck_assert_int_lt(cx->deadline_ns, soon_ns + READ_NS);
    ck_ok(rs_snapshot_end(cx, &view, RS_OK));
    ck_assert_int_eq(cx->deadline_ns, soon_ns + READ_NS);

    cx->deadline_ns = 1;
    ck_fails(rs_snapshot_begin(cx, reader, READ_NS, &view), RS_LATE, "too busy");
    cx->deadline_ns = 0;
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, the_calls_of_a_batch_are_all_kept);
    tcase_add_test(t, a_call_that_fails_is_undone_alone);
    tcase_add_test(t, calls_that_fail_before_they_change_anything_run_once);
    tcase_add_test(t, a_batch_of_bad_calls_keeps_nothing);
    tcase_add_test(t, a_call_sees_what_the_calls_before_it_did);
    tcase_add_test(t, a_call_beyond_its_deadline_is_not_run);
    tcase_add_test(t, a_commit_that_cannot_be_written_fails_every_call_and_leaves_nothing);
    tcase_add_test(t, a_disk_that_fills_up_within_a_call_fails_every_call_and_leaves_nothing);
    tcase_add_test(t, a_writer_that_cannot_begin_fails_every_call_and_runs_none);
    tcase_add_test(t, a_snapshot_is_begun_and_ended_after_an_error_too);
    tcase_add_test(t, a_read_that_is_too_much_work_is_stopped_and_not_asked_for_again);
    tcase_add_test(t, a_read_that_had_to_wait_may_be_asked_for_again);
    tcase_add_test(t, a_read_ends_with_its_call_and_never_begins_after_it);
}

int main(void)
{
    return scratch_main("service/transaction", open_all, add);
}
