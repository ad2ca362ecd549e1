/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a writer: what a COMMIT appends is written at once. SQLite's calls are overheard: this
 * program has its own pwrite64. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/db/db.h"
#include "support/trial.h"

enum { ROWS = 300, PAGE_BYTES = 4096 };

static const char *path;
static struct rs_db *db;
static int writes;    /* to the log */
static int fail_from; /* this write and all later ones find the disk full; 0: none does */

static bool is_log(int fd)
{
    char self[32];
    char name[512] = "";

    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return readlink(self, name, sizeof name - 1) > 0 && strstr(name, ".db-wal") != NULL;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    writes += is_log(fd);
    if (is_log(fd) && fail_from > 0 && writes >= fail_from) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

static void open_all(void)
{
    path = folder_path(&arena, "test.db");
    ck_ok(rs_db_sqlite.open(&cx, &(struct rs_db_options){.where = path}, &db));
    ck_ok(db->ops->script(&cx, db, "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)"));
    writes = fail_from = 0;
}

static void close_all(void)
{
    db->ops->close(db);
    close_context();
}

/* A transaction of as many pages and more, not committed yet. */
static void put(int64_t from, int64_t n)
{
    static const struct rs_sql PUT = {"put", "INSERT INTO t (k, v) VALUES ($1, $2)", false};
    char value[PAGE_BYTES];

    memset(value, 'v', sizeof value);
    ck_ok(rs_db_verb(&cx, db, RS_DB_BEGIN_WRITE));
    for (int64_t k = from; k < from + n; k++) {
        ck_ok(rs_db_run(&cx, db, &PUT,
                        RS_BIND(rs_i64(k), rs_text((struct rs_str){value, sizeof value}))));
    }
}

static int64_t count(void)
{
    static const struct rs_sql COUNT = {
        "count", "SELECT count(*) FROM t WHERE length(v) = 4096 AND v NOT GLOB '*[^v]*'", false};
    int64_t n = 0;

    ck_ok(rs_db_first_i64(&cx, db, &COUNT, RS_NO_ARGS, &n));
    return n;
}

static int64_t log_size(void)
{
    struct stat st;

    ck_assert_int_eq(stat(rs_arena_fmt(&arena, "%s-wal", path).p, &st), 0);
    return st.st_size;
}

START_TEST(many_pages_are_few_writes)
{
    put(0, ROWS);
    ck_assert_int_eq(writes, 0);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    ck_assert_int_gt(log_size(), ROWS * PAGE_BYTES);
    ck_assert_int_le(writes, (int)(log_size() >> 15));
    ck_assert_int_eq(count(), ROWS);
}
END_TEST

START_TEST(what_is_written_is_the_log_that_a_start_reads)
{
    const struct rs_db_options reader = {.where = path, .read_only = true};
    struct rs_db *writer = db;

    put(0, ROWS);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    put(ROWS, 1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    ck_ok(rs_db_sqlite.open(&cx, &reader, &db));
    ck_assert_int_eq(count(), ROWS + 1);
    db->ops->close(db);
    db = writer;
    ck_ok(db->ops->maintain(&cx, db, true)); /* from the log into the database */
    ck_assert_int_eq(count(), ROWS + 1);
}
END_TEST

START_TEST(one_page_is_one_write)
{
    put(0, 1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    writes = 0;
    put(1, 1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    ck_assert_int_eq(writes, 1);
}
END_TEST

/* Wherever the disk is full: that commit is none, and the next one is whole. */
START_TEST(what_a_full_disk_has_left_is_forgotten)
{
    put(0, 1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    writes = 0;
    fail_from = _i + 1;
    put(1, ROWS);
    ck_fails(rs_db_verb(&cx, db, RS_DB_COMMIT), RS_UNAVAILABLE, "the disk is full");
    ck_assert(!db->ops->in_doubt(db));
    fail_from = 0;
    ck_ok(rs_db_verb(&cx, db, RS_DB_ROLLBACK));
    ck_assert_int_eq(count(), 1);
    put(1, 2);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    db->ops->close(db);
    ck_ok(rs_db_sqlite.open(&cx, &(struct rs_db_options){.where = path}, &db));
    ck_assert_int_eq(count(), 3);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, many_pages_are_few_writes);
    tcase_add_test(t, what_is_written_is_the_log_that_a_start_reads);
    tcase_add_test(t, one_page_is_one_write);
    tcase_add_loop_test(t, what_a_full_disk_has_left_is_forgotten, 0, 5);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/gather", .open = open_all, .close = close_all, .add = add});
}
