/* SPDX-License-Identifier: Apache-2.0 */
/* The store of one test, and a look behind it. */
#include "support/scratch.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "store/changes.h"
#include "store/db/sqlite.h"
#include "store/sql/sql.h"
#include "support/suite.h"

static char folder[64];
static char file[96];
static char plan[4096];
static struct rs_arena arena;
static struct rs_cx cx;
static struct rs_store *store;
static struct rs_store *reader;
static struct rs_changes changes;

void scratch_open(void)
{
    rs_log_init(RS_LOG_TEXT, RS_LOG_WARN);
    cx = (struct rs_cx){.arena = &arena};
    snprintf(folder, sizeof folder, "/tmp/runestone-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/test.db", folder);
    changes = (struct rs_changes){0};
    ck_ok(
        rs_store_open(&cx, &(struct rs_store_options){.where = file, .changes = &changes}, &store));
    ck_ok(rs_store_begin_write(&cx, store));
    const struct rs_experiment_new e = {.name = RS_STR("Default"),
                                        .artifact_root = RS_STR("mlflow-artifacts:")};
    ck_ok(rs_store_experiment_create_default(&cx, store, &e));
}

void scratch_close(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};

    rs_store_close(reader);
    rs_store_rollback(store);
    rs_store_close(store);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];

        snprintf(path, sizeof path, "%s%s", file, suffixes[i]);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    rs_arena_fini(&arena);
}

struct rs_cx *scratch_cx(void)
{
    return &cx;
}

struct rs_store *scratch_store(void)
{
    return store;
}

void scratch_commit(void)
{
    ck_ok(rs_store_commit(&cx, store));
    ck_ok(rs_store_begin_write(&cx, store));
}

struct rs_store *scratch_reader(void)
{
    scratch_commit();
    if (reader == NULL) {
        ck_ok(rs_store_open(
            &cx, &(struct rs_store_options){.where = file, .read_only = true, .changes = &changes},
            &reader));
    }
    return reader;
}

int64_t scratch_experiment(const char *name)
{
    const struct rs_experiment_new e = {.name = rs_str_of(name),
                                        .artifact_root = RS_STR("mlflow-artifacts:")};
    int64_t id = 0;

    ck_ok(rs_store_experiment_create(&cx, store, &e, &id));
    return id;
}

struct rs_run_ref scratch_run(const char *run_id)
{
    const struct rs_run_new r = {.run_id = rs_str_of(run_id),
                                 .experiment = RS_EXPERIMENT_DEFAULT,
                                 .name = rs_str_of(run_id)};
    struct rs_run_ref out;

    ck_ok(rs_store_run_create(&cx, store, &r, &out));
    return out;
}

void scratch_point(const struct rs_run_ref *run, const char *key, int64_t at, int64_t step,
                   double value)
{
    struct rs_metric m = {.key = rs_str_of(key), .value = value, .timestamp = at, .step = step};

    ck_ok(rs_store_metrics_put(&cx, store, run, &m, 1));
}

int64_t scratch_number(const char *sql)
{
    const struct rs_sql statement = {"a test's own", sql, true};
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    ck_ok(rs_db_query(&cx, store->db, &statement, RS_NO_ARGS, &rows));
    ck_ok(rs_rows_next(&cx, rows, &has_row));
    ck_assert(has_row);
    return rs_row_i64(rows, 0);
}

static const char *find_statement(sqlite3 *handle, const char *part)
{
    for (sqlite3_stmt *s = sqlite3_next_stmt(handle, NULL); s != NULL;
         s = sqlite3_next_stmt(handle, s)) {
        if (strstr(sqlite3_sql(s), part) != NULL) {
            return sqlite3_sql(s);
        }
    }
    ck_abort_msg("no statement with \"%s\" was prepared", part);
    return NULL;
}

const char *scratch_plan(const char *part)
{
    sqlite3 *handle = ((struct rs_sqlite *)store->db)->handle;
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", find_statement(handle, part));
    sqlite3_stmt *s = NULL;
    size_t n = 0;

    ck_assert_int_eq(sqlite3_prepare_v2(handle, sql, -1, &s, NULL), SQLITE_OK);
    plan[0] = '\0';
    while (sqlite3_step(s) == SQLITE_ROW && n < sizeof plan) {
        n += (size_t)snprintf(plan + n, sizeof plan - n, "%s\n",
                              (const char *)sqlite3_column_text(s, 3));
    }
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return plan;
}

int scratch_main(const char *name, void (*open)(void), void (*add)(TCase *tests))
{
    return run_case(
        &(struct one_case){.name = name, .open = open, .close = scratch_close, .add = add});
}
