/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a server that was killed: copied from beneath one that is open, damaged, and opened.
 */
#include "store/db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/trial.h"

enum { PAGE = 4096, FRAME = 24 + PAGE, HEADER = 32 };

static struct rs_db *db;    /* may write */
static const char *crashed; /* what a kill would have left of it */

static enum rs_code open_at(const char *path, struct rs_db **out)
{
    return rs_db_sqlite.open(&cx, &(struct rs_db_options){.where = path}, out);
}

static void put(struct rs_db *to, int64_t n)
{
    static const struct rs_sql PUT = {"put", "INSERT INTO t (v) VALUES ($1)", false};

    ck_ok(rs_db_run(&cx, to, &PUT, RS_BIND(rs_i64(n))));
}

static int64_t count(struct rs_db *of)
{
    static const struct rs_sql COUNT = {"count", "SELECT count(*) FROM t", false};
    int64_t n = 0;

    ck_ok(rs_db_first_i64(&cx, of, &COUNT, RS_NO_ARGS, &n));
    return n;
}

static const char *beside(const char *path, const char *suffix)
{
    return rs_arena_fmt(&arena, "%s%s", path, suffix).p;
}

static void copy(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    int c;

    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(out);
    while ((c = getc(in)) != EOF) {
        putc(c, out);
    }
    ck_assert_int_eq(fclose(in), 0);
    ck_assert_int_eq(fclose(out), 0);
}

static void crash(const char *from, const char *to)
{
    static const char *const files[] = {"", "-wal", ".lock"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        copy(beside(from, files[i]), beside(to, files[i]));
    }
}

static long size_of(const char *path)
{
    struct stat st;

    ck_assert_int_eq(stat(path, &st), 0);
    return (long)st.st_size;
}

/* Turns a bit of the log of what crashed; from the end where `at` is negative. */
static void flip(long at)
{
    const char *log = beside(crashed, "-wal");
    FILE *f = fopen(log, "r+b");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    const int c = getc(f);
    ck_assert_int_eq(fseek(f, at, at < 0 ? SEEK_END : SEEK_SET), 0);
    putc(c ^ 1, f);
    ck_assert_int_eq(fclose(f), 0);
}

/* Five commits: the table's, and four rows. */
static void open_all(void)
{
    const char *path = folder_path(&arena, "live.db");

    crashed = folder_path(&arena, "crashed.db");
    ck_ok(open_at(path, &db));
    ck_ok(db->ops->script(&cx, db, "CREATE TABLE t (v)"));
    for (int i = 0; i < 4; i++) {
        put(db, i);
    }
    crash(path, crashed);
}

static void close_all(void)
{
    db->ops->close(db);
    close_context();
}

static void check_refused(const char *why)
{
    struct rs_db *again = NULL;

    ck_fails(open_at(crashed, &again), RS_CORRUPT, why);
    ck_fails(open_at(crashed, &again), RS_CORRUPT, why); /* nor does asking twice help */
}

static void check_holds(int64_t rows)
{
    struct rs_db *again = NULL;

    ck_ok(open_at(crashed, &again));
    ck_assert_int_eq(count(again), rows);
    again->ops->close(again);
}

START_TEST(a_whole_log_is_read)
{
    check_holds(4);
}
END_TEST

START_TEST(a_log_that_is_missing_is_missed)
{
    ck_assert_int_eq(unlink(beside(crashed, "-wal")), 0);
    check_refused("is missing (if another program has merged it");
    ck_assert_int_eq(unlink(beside(crashed, ".lock")), 0); /* as the message says */
    struct rs_db *again = NULL;
    ck_ok(open_at(crashed, &again));
    again->ops->close(again);
}
END_TEST

START_TEST(a_log_without_its_header_is_damaged)
{
    const long cuts[] = {0, HEADER - 1};

    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        ck_assert_int_eq(truncate(beside(crashed, "-wal"), cuts[i]), 0);
        check_refused("is damaged");
    }
}
END_TEST

START_TEST(a_bit_of_the_header_is_damage)
{
    for (long at = 0; at < HEADER; at++) {
        flip(at);
        check_refused("is damaged");
        flip(at);
    }
    check_holds(4);
}
END_TEST

START_TEST(a_bit_before_whole_commits_is_damage)
{
    static const long places[] = {0, 5, 8, 15, 16, 23, 24, 2000, FRAME - 1};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        flip(HEADER + places[i]);
        check_refused("is damaged behind 0 of ");
        flip(HEADER + places[i]);
    }
    check_holds(4);
}
END_TEST

START_TEST(a_commit_that_is_torn_at_the_end_never_was)
{
    flip(-1000);
    check_holds(3);
}
END_TEST

START_TEST(a_log_that_is_cut_at_a_commit_cannot_be_told_from_a_short_one)
{
    ck_assert_int_eq(truncate(beside(crashed, "-wal"), size_of(beside(crashed, "-wal")) - 100), 0);
    check_holds(3);
}
END_TEST

START_TEST(what_a_torn_commit_has_left_behind_new_ones_is_no_damage)
{
    struct rs_db *again = NULL;
    const char *next = folder_path(&arena, "next.db");

    flip(-1000);
    ck_ok(open_at(crashed, &again));
    ck_ok(db->ops->script(&cx, again, "UPDATE t SET v = 7"));
    crash(crashed, next);
    again->ops->close(again);
    crashed = next;
    check_holds(3);
}
END_TEST

START_TEST(a_log_that_was_merged_is_not_missed)
{
    check_holds(4);
    ck_assert_int_ne(access(beside(crashed, "-wal"), F_OK), 0);
    check_holds(4);
}
END_TEST

START_TEST(a_database_that_is_gone_is_not_made_anew)
{
    ck_assert_int_eq(truncate(crashed, 0), 0);
    check_refused("is missing or empty");
    ck_assert_int_eq(unlink(crashed), 0);
    check_refused("is missing or empty");
    ck_assert_int_ne(access(crashed, F_OK), 0);
}
END_TEST

START_TEST(who_does_not_get_the_lock_leaves_its_mark_alone)
{
    const char *live = folder_path(&arena, "live.db");
    struct rs_db *second = NULL;

    ck_fails(open_at(live, &second), RS_UNAVAILABLE, "another server is running");
    crash(live, crashed);
    ck_assert_int_eq(unlink(beside(crashed, "-wal")), 0);
    check_refused("is missing");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_whole_log_is_read);
    tcase_add_test(t, a_log_that_is_missing_is_missed);
    tcase_add_test(t, a_log_without_its_header_is_damaged);
    tcase_add_test(t, a_bit_of_the_header_is_damage);
    tcase_add_test(t, a_bit_before_whole_commits_is_damage);
    tcase_add_test(t, a_commit_that_is_torn_at_the_end_never_was);
    tcase_add_test(t, a_log_that_is_cut_at_a_commit_cannot_be_told_from_a_short_one);
    tcase_add_test(t, what_a_torn_commit_has_left_behind_new_ones_is_no_damage);
    tcase_add_test(t, a_log_that_was_merged_is_not_missed);
    tcase_add_test(t, a_database_that_is_gone_is_not_made_anew);
    tcase_add_test(t, who_does_not_get_the_lock_leaves_its_mark_alone);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/log", .open = open_all, .close = close_all, .add = add});
}
