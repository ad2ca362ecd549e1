/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under metadata: SQLite alone, one thread, WAL and synchronous=FULL as the server has
 * it, and the same rows in the same commits that load's log-metric, log-batch and move cause: each
 * point is inserted into the history and upserted as the latest of its key; each move upserts an
 * alias and appends an event.
 *
 *   floor_sqlite log --db FILE --rows K --calls N --seconds S
 *       N calls of K points to one run each in a commit
 *   floor_sqlite move --db FILE --calls N --seconds S
 *       N moves of aliases in a commit
 *   floor_sqlite history --db FILE --rows N
 *       N points of one key, read in pages of 25,000
 */
#include "histogram.h"
#include "tool.h"

#include <getopt.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_PAGE 25000

struct floor {
    sqlite3 *db;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *insert;
    sqlite3_stmt *upsert;
    sqlite3_stmt *alias;
    sqlite3_stmt *event;
    void (*call)(struct floor *f);
    const char *path;
    uint64_t rows;
    uint64_t calls;
    uint64_t runs;
    uint64_t keys;
    uint64_t seconds;
    uint64_t n_calls; /* so far */
    uint64_t step;    /* the next one */
};

static const char SCHEMA[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE metric (run INTEGER, key INTEGER, step INTEGER, at INTEGER, value REAL, is_nan INTEGER,"
    " PRIMARY KEY (run, key, step, at, value, is_nan)) WITHOUT ROWID;"
    "CREATE TABLE latest (run INTEGER, key INTEGER, step INTEGER, at INTEGER, value REAL, is_nan INTEGER,"
    " PRIMARY KEY (run, key)) WITHOUT ROWID;"
    "CREATE TABLE alias (model INTEGER, alias TEXT, version INTEGER,"
    " PRIMARY KEY (model, alias)) WITHOUT ROWID;"
    "CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER, actor TEXT, kind TEXT, subject TEXT,"
    " before TEXT, after TEXT, hash TEXT);";

static const char
    INSERT[] = "INSERT INTO metric VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING";

static const char UPSERT[] =
    "INSERT INTO latest VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (run, key) DO UPDATE SET step = excluded.step,"
    " at = excluded.at, value = excluded.value, is_nan = excluded.is_nan"
    " WHERE (excluded.step, excluded.at, excluded.value) > (step, at, value)";

static const char ALIAS[] = "INSERT INTO alias VALUES ($1, 'champion', $2)"
                            " ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version";

static const char EVENT[] = "INSERT INTO event VALUES (NULL, $1, 'anonymous', 'model_alias.set',"
                            " 'models/model-00000/aliases/champion', 'version=1', 'version=2',"
                            " '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef')";

static const char
    PAGE[] = "SELECT step, at, value, is_nan FROM metric WHERE run = 0 AND key = 0 AND step > $1"
             " ORDER BY step LIMIT $2";

static sqlite3_stmt *prepare(const struct floor *f, const char *sql)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v3(f->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK)
        rs_die("could not prepare \"%s\": %s", sql, sqlite3_errmsg(f->db));
    return statement;
}

static void step(const struct floor *f, sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        rs_die("sqlite: %s", sqlite3_errmsg(f->db));
    sqlite3_reset(statement);
}

static void open_db(struct floor *f)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open_v2(f->path, &f->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        rs_die("could not open \"%s\": %s", f->path, sqlite3_errmsg(f->db));
    if (sqlite3_exec(f->db, SCHEMA, NULL, NULL, NULL) != SQLITE_OK)
        rs_die("sqlite: %s", sqlite3_errmsg(f->db));
    f->begin = prepare(f, "BEGIN IMMEDIATE");
    f->commit = prepare(f, "COMMIT");
    f->insert = prepare(f, INSERT);
    f->upsert = prepare(f, UPSERT);
    f->alias = prepare(f, ALIAS);
    f->event = prepare(f, EVENT);
}

static void close_db(struct floor *f)
{
    sqlite3_finalize(f->begin);
    sqlite3_finalize(f->commit);
    sqlite3_finalize(f->insert);
    sqlite3_finalize(f->upsert);
    sqlite3_finalize(f->alias);
    sqlite3_finalize(f->event);
    if (sqlite3_close(f->db) != SQLITE_OK)
        rs_die("could not close \"%s\"", f->path);
}

static void put(const struct floor *f, sqlite3_stmt *statement, uint64_t run, uint64_t key,
                uint64_t at_step)
{
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)run);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)key);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)at_step);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)(1795327647336ULL + at_step));
    sqlite3_bind_double(statement, 5, (double)(rs_mix(1, at_step * f->keys + key) >> 11) * 0x1p-53);
    step(f, statement);
}

/* The points of one call, as job_log.c makes them. */
static void log_call(struct floor *f)
{
    const uint64_t run = f->n_calls % f->runs;
    const uint64_t first_key = f->rows == 1 ? f->n_calls / f->runs : 0;

    for (uint64_t i = 0; i < f->rows; i++) {
        const uint64_t key = (first_key + i) % f->keys;
        put(f, f->insert, run, key, f->step + i / f->keys);
        put(f, f->upsert, run, key, f->step + i / f->keys);
    }
    f->step += (f->rows + f->keys - 1) / f->keys;
    f->n_calls++;
}

/* One of 10,000 models. */
static void move_call(struct floor *f)
{
    sqlite3_bind_int64(f->alias, 1, (sqlite3_int64)(rs_mix(1, f->n_calls) % 10000));
    sqlite3_bind_int64(f->alias, 2, (sqlite3_int64)(1 + f->n_calls % 10));
    step(f, f->alias);
    sqlite3_bind_int64(f->event, 1, (sqlite3_int64)(1795327647336ULL + f->n_calls));
    step(f, f->event);
    f->n_calls++;
}

static void transaction(struct floor *f, uint64_t calls)
{
    step(f, f->begin);
    for (uint64_t i = 0; i < calls; i++)
        f->call(f);
    step(f, f->commit);
}

static void commit_calls(struct floor *f, void (*call)(struct floor *f))
{
    static struct rs_histogram latency;
    const uint64_t begin = rs_now_ns();
    uint64_t now = begin;

    f->call = call;
    while (now - begin < f->seconds * RS_NS_PER_S) {
        const uint64_t before = now;
        transaction(f, f->calls);
        now = rs_now_ns();
        rs_histogram_add(&latency, now - before);
    }
    const double seconds = (double)(now - begin) / 1e9;
    const double commits = (double)latency.n / seconds;
    printf("{\"seconds\": %.3f, \"commits_rate\": %.1f, \"rate\": %.1f, \"rows_rate\": %.1f, ",
           seconds, commits, commits * (double)f->calls, commits * (double)(f->calls * f->rows));
    printf("\"p50_us\": %.1f, \"p99_us\": %.1f}\n",
           (double)rs_histogram_quantile(&latency, 0.50) / 1e3,
           (double)rs_histogram_quantile(&latency, 0.99) / 1e3);
}

/* Reads one page after `after`. Returns its last step, or -1 when it is empty. */
static sqlite3_int64 read_page(const struct floor *f, sqlite3_stmt *page, sqlite3_int64 after,
                               double *sum)
{
    sqlite3_int64 last = -1;

    sqlite3_bind_int64(page, 1, after);
    sqlite3_bind_int64(page, 2, HISTORY_PAGE);
    while (sqlite3_step(page) == SQLITE_ROW) {
        last = sqlite3_column_int64(page, 0);
        *sum += (double)sqlite3_column_int64(page, 1) + sqlite3_column_double(page, 2);
        *sum += sqlite3_column_int(page, 3);
    }
    if (sqlite3_reset(page) != SQLITE_OK)
        rs_die("sqlite: %s", sqlite3_errmsg(f->db));
    return last;
}

static void history(struct floor *f)
{
    const uint64_t n = f->rows;

    f->runs = f->keys = f->rows = 1;
    f->call = log_call;
    for (uint64_t done = 0; done < n; done += HISTORY_PAGE)
        transaction(f, n - done < HISTORY_PAGE ? n - done : HISTORY_PAGE);
    sqlite3_stmt *page = prepare(f, PAGE);
    sqlite3_int64 last = -1;
    double sum = 0;
    const uint64_t begin = rs_now_ns();
    do
        last = read_page(f, page, last, &sum);
    while (last >= 0);
    printf("{\"seconds\": %.4f, \"sum\": %g}\n", (double)(rs_now_ns() - begin) / 1e9, sum);
    sqlite3_finalize(page);
}

static void set_option(struct floor *f, int option)
{
    switch (option) {
    case 'd':
        f->path = optarg;
        break;
    case 'r':
        f->rows = rs_number("--rows", optarg);
        break;
    case 'c':
        f->calls = rs_number("--calls", optarg);
        break;
    case 'R':
        f->runs = rs_number("--runs", optarg);
        break;
    case 'k':
        f->keys = rs_number("--keys", optarg);
        break;
    case 's':
        f->seconds = rs_number("--seconds", optarg);
        break;
    default:
        rs_die(
            "usage: floor_sqlite log|move|history --db FILE [--rows K] [--calls N] [--seconds S]");
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"db", required_argument, NULL, 'd'},
                                            {"rows", required_argument, NULL, 'r'},
                                            {"calls", required_argument, NULL, 'c'},
                                            {"runs", required_argument, NULL, 'R'},
                                            {"keys", required_argument, NULL, 'k'},
                                            {"seconds", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    struct floor f = {.rows = 1, .calls = 1, .runs = 16, .keys = 10, .seconds = 4};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        set_option(&f, option);
    if (optind + 1 != argc || f.path == NULL || f.rows * f.calls * f.runs * f.keys == 0)
        rs_die(
            "usage: floor_sqlite log|move|history --db FILE [--rows K] [--calls N] [--seconds S]");
    open_db(&f);
    if (strcmp(argv[optind], "log") == 0)
        commit_calls(&f, log_call);
    else if (strcmp(argv[optind], "move") == 0)
        commit_calls(&f, move_call);
    else if (strcmp(argv[optind], "history") == 0)
        history(&f);
    else
        rs_die("there is no floor \"%s\"", argv[optind]);
    close_db(&f);
    return 0;
}
