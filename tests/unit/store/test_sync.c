/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails to sync: what was acknowledged stands, nothing else is acknowledged (P1).
 * SQLite's calls are overheard: this program has its own fsync and fdatasync. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service/transaction.h"
#include "store/db/db.h"
#include "store/store.h"
#include "support/trial.h"

static const char *path;
static struct rs_db *db;     /* may write */
static const char *fail_end; /* of the name of the file that fails to sync; NULL: none does */
static int synced_folders;
static int synced_logs;

/* Whether the sync of a file is to fail; counts it. */
static bool hear(int fd)
{
    char self[32];
    char name[512] = "";
    struct stat st;

    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(self, name, sizeof name - 1);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(fstat(fd, &st), 0);
    synced_folders += S_ISDIR(st.st_mode) != 0;
    synced_logs += strstr(name, ".db-wal") != NULL;
    const size_t end = fail_end != NULL ? strlen(fail_end) : 0;
    errno = EIO;
    return fail_end != NULL && (size_t)n >= end && strcmp(name + n - end, fail_end) == 0;
}

int fsync(int fd)
{
    return hear(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return hear(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static enum rs_code open_db(bool read_only, struct rs_db **out)
{
    return rs_db_sqlite.open(&cx, &(struct rs_db_options){.where = path, .read_only = read_only},
                             out);
}

static void open_all(void)
{
    path = folder_path(&arena, "test.db");
    ck_ok(open_db(false, &db));
    ck_ok(db->ops->script(&cx, db, "CREATE TABLE t (k INTEGER PRIMARY KEY)"));
}

static void close_all(void)
{
    fail_end = NULL;
    db->ops->close(db);
    close_context();
}

static void put(int64_t key)
{
    static const struct rs_sql PUT = {"put", "INSERT INTO t (k) VALUES ($1)", false};

    ck_ok(rs_db_verb(&cx, db, RS_DB_BEGIN_WRITE));
    ck_ok(rs_db_run(&cx, db, &PUT, RS_BIND(rs_i64(key))));
}

static int64_t count(struct rs_db *of)
{
    static const struct rs_sql COUNT = {"count", "SELECT count(*) FROM t", false};
    int64_t n = 0;

    ck_ok(rs_db_first_i64(&cx, of, &COUNT, RS_NO_ARGS, &n));
    return n;
}

static int64_t size_of(const char *suffix)
{
    struct stat st;

    ck_assert_int_eq(stat(rs_arena_fmt(&arena, "%s%s", path, suffix).p, &st), 0);
    return st.st_size;
}

START_TEST(a_commit_that_cannot_be_synced_is_the_last_one)
{
    put(1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    put(2);
    fail_end = "-wal";
    ck_fails(rs_db_verb(&cx, db, RS_DB_COMMIT), RS_UNAVAILABLE,
             "failed to sync the database (Input/output error)");
    fail_end = NULL; /* the next sync would succeed, and say nothing of what is lost */
    ck_ok(rs_db_verb(&cx, db, RS_DB_ROLLBACK));
    ck_fails(rs_db_verb(&cx, db, RS_DB_BEGIN_WRITE), RS_UNAVAILABLE, "the server started again");
    ck_assert_ptr_nonnull(db->ops->failure(db));
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(readers_go_on_after_a_failed_sync)
{
    struct rs_db *reader = NULL;

    put(1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    ck_ok(open_db(true, &reader));
    put(2);
    fail_end = "-wal";
    ck_fails(rs_db_verb(&cx, db, RS_DB_COMMIT), RS_UNAVAILABLE, "failed to sync");
    ck_ok(rs_db_verb(&cx, db, RS_DB_ROLLBACK));
    ck_assert_int_eq(count(reader), 1);
    ck_assert_ptr_null(reader->ops->failure(reader));
    reader->ops->close(reader);
}
END_TEST

START_TEST(a_checkpoint_that_cannot_be_synced_ends_writing_and_keeps_the_log)
{
    put(1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    const int64_t log = size_of("-wal");
    fail_end = ".db";
    ck_fails(db->ops->maintain(&cx, db, true), RS_UNAVAILABLE, "failed to sync");
    fail_end = NULL;
    ck_fails(rs_db_verb(&cx, db, RS_DB_BEGIN_WRITE), RS_UNAVAILABLE, "failed to sync");
    ck_ok(db->ops->maintain(&cx, db, true)); /* and is not tried again, nor at the close */
    db->ops->close(db);
    ck_assert_int_eq(size_of("-wal"), log);
    ck_ok(open_db(false, &db));
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(a_log_that_was_left_is_written_again_before_it_is_used)
{
    put(1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    fail_end = ".db";
    ck_fails(db->ops->maintain(&cx, db, true), RS_UNAVAILABLE, "failed to sync");
    db->ops->close(db);
    db = NULL;
    fail_end = "-wal";
    ck_fails(open_db(false, &db), RS_UNAVAILABLE, "could not write and sync");
    fail_end = NULL;
    synced_logs = 0;
    ck_ok(open_db(false, &db));
    ck_assert_int_eq(synced_logs, 1);
    ck_assert_int_eq(count(db), 1);
}
END_TEST

/* What was not synced is not on the disk: after a power cut the mark is the old one. */
static void put_old_mark_back(void)
{
    FILE *f = fopen(rs_arena_fmt(&arena, "%s.lock", path).p, "r+b");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_gt(fputs("open  \n", f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

START_TEST(a_log_stays_where_the_disk_still_says_that_it_must)
{
    put(1);
    ck_ok(rs_db_verb(&cx, db, RS_DB_COMMIT));
    fail_end = ".lock";
    db->ops->close(db);
    db = NULL;
    fail_end = NULL;
    put_old_mark_back();
    ck_ok(open_db(false, &db));
    ck_assert_int_eq(count(db), 1);
}
END_TEST

START_TEST(a_new_database_lasts_only_when_its_folder_does)
{
    const struct rs_db_options other = {.where = folder_path(&arena, "other.db")};
    struct rs_db *second = NULL;

    synced_folders = 0;
    ck_ok(rs_db_sqlite.open(&cx, &other, &second));
    ck_assert_int_ge(synced_folders, 1);
    second->ops->close(second);
}
END_TEST

static enum rs_code change(struct rs_commit_call *call, struct rs_store *s)
{
    struct rs_str value;

    return rs_store_setting(call->cx, s, "name", RS_STR("value"), &value);
}

START_TEST(a_store_that_failed_to_sync_answers_no_call_with_success)
{
    struct rs_store *store = NULL;

    path = folder_path(&arena, "store.db");
    ck_ok(rs_store_open(&cx, &(struct rs_store_options){.where = path}, &store));
    ck_ok(rs_commit_check(&cx, store));
    for (int i = 0; i < 3; i++) {
        struct rs_commit_call call = {.cx = &cx, .run = change};

        fail_end = i == 0 ? "-wal" : NULL;
        rs_commit_batch(store, &call);
        ck_fails(call.code, RS_UNAVAILABLE, "failed to sync the database");
        ck_assert_int_eq(call.in_doubt, i == 0); /* its bytes are in the log; later ones never were
                                                  */
        ck_fails(rs_commit_check(&cx, store), RS_UNAVAILABLE, "until the disk is checked");
        rs_commit_maintain(store, true);
    }
    rs_store_close(store);
}
END_TEST

START_TEST(a_file_that_was_moved_away_takes_no_more_changes)
{
    const char *aside = folder_path(&arena, "aside.db");
    struct rs_store *store = NULL;

    path = folder_path(&arena, "moved.db");
    ck_ok(rs_store_open(&cx, &(struct rs_store_options){.where = path}, &store));
    ck_assert_int_eq(rename(path, aside), 0);
    for (int i = 0; i < 2; i++) {
        struct rs_commit_call call = {.cx = &cx, .run = change};

        rs_commit_batch(store, &call);
        ck_fails(call.code, RS_UNAVAILABLE, "was moved, removed or replaced");
        ck_assert(!call.in_doubt);
        ck_fails(rs_commit_check(&cx, store), RS_UNAVAILABLE, "until it is back");
        /* It is no use to move it back beneath the server: what happened meanwhile is not known. */
        if (i == 0) {
            ck_assert_int_eq(rename(aside, path), 0);
        }
    }
    rs_store_close(store);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_commit_that_cannot_be_synced_is_the_last_one);
    tcase_add_test(t, readers_go_on_after_a_failed_sync);
    tcase_add_test(t, a_checkpoint_that_cannot_be_synced_ends_writing_and_keeps_the_log);
    tcase_add_test(t, a_log_that_was_left_is_written_again_before_it_is_used);
    tcase_add_test(t, a_log_stays_where_the_disk_still_says_that_it_must);
    tcase_add_test(t, a_new_database_lasts_only_when_its_folder_does);
    tcase_add_test(t, a_store_that_failed_to_sync_answers_no_call_with_success);
    tcase_add_test(t, a_file_that_was_moved_away_takes_no_more_changes);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "store/sync", .open = open_all, .close = close_all, .add = add});
}
