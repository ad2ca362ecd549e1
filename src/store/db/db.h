/* SPDX-License-Identifier: Apache-2.0 */
/* The waist between our SQL and a database engine: one connection, about ten verbs. May be included
 * by store/sql, store/db and server. An engine is one const struct; nothing above it asks which one
 * is running.
 *
 * SQL is written once, in the common subset, with parameters $1..$n. One function is the engine's
 * to bring: has_bit(text, n) is 1 where bit n of the bytes is set, and 0 elsewhere, beyond them
 * too. It is how a statement asks whether rows are in a large set of numbers. An error is never
 * control flow: after a failed statement PostgreSQL refuses the rest of the transaction, so
 * statements say ON CONFLICT and RETURNING instead. */
#ifndef RS_STORE_DB_H
#define RS_STORE_DB_H

#include "base/cx.h"
#include "base/histogram.h"
#include "base/val.h"

/* A statement as data. A static one is prepared once a connection and found again by its address;
 * one that is built for a single call says so with `once`. */
struct rs_sql {
    const char *name; /* for logs, metrics and the test that prepares them all */
    const char *text;
    bool once;
};

/* The values of $1..$n; borrowed until the rows are done. */
struct rs_bind {
    const struct rs_val *args;
    size_t n;
};

/* RS_BIND(rs_i64(run), rs_text(key)) binds two parameters. */
#define RS_BIND(...)                                                                               \
    ((struct rs_bind){(const struct rs_val[]){__VA_ARGS__},                                        \
                      sizeof((const struct rs_val[]){__VA_ARGS__}) / sizeof(struct rs_val)})
#define RS_NO_ARGS ((struct rs_bind){NULL, 0})

/* A connection: one thread at a time. Engines embed it as their first member. */
struct rs_db {
    const struct rs_db_ops *ops;
};

/* The rows of a running statement. */
struct rs_rows {
    struct rs_db *db;
};

enum rs_db_verb {
    RS_DB_BEGIN_READ,  /* a snapshot */
    RS_DB_BEGIN_WRITE, /* takes the right to write at once (SQLite: IMMEDIATE) */
    RS_DB_COMMIT,
    RS_DB_ROLLBACK,
    RS_DB_SAVEPOINT, /* one level only */
    RS_DB_RELEASE,
    RS_DB_ROLLBACK_TO, /* and forgets the savepoint */
    RS_DB_N_VERBS
};

struct rs_db_options {
    const char *where; /* SQLite: the file's path */
    bool read_only;
    bool careful; /* with read_only: pages are read and checked one by one, so that a damaged file
                     is an error; a mapped one would end the process */
    bool alone;   /* with read_only: where no writer runs, none can start while this is open */
};

/* What a migration's common text spells differently on an engine: {{word}} becomes `text`. */
struct rs_db_word {
    const char *word;
    const char *text;
};

/* What an engine takes on the disk, for metrics. */
struct rs_db_figures {
    uint64_t bytes;      /* of the database */
    uint64_t log_bytes;  /* of what is not yet copied into it, and of room kept for that */
    uint64_t free_bytes; /* that the server may still take of that disk */
    const struct rs_histogram *checkpoints; /* how long they took; borrowed from the connection */
};

struct rs_db_ops {
    const char *name;
    const struct rs_db_word *words; /* ended by a NULL word */

    enum rs_code (*open)(struct rs_cx *cx, const struct rs_db_options *o, struct rs_db **db);
    void (*close)(struct rs_db *db);
    enum rs_code (*verb)(struct rs_cx *cx, struct rs_db *db, enum rs_db_verb verb);
    /* Runs several statements without parameters: migrations. */
    enum rs_code (*script)(struct rs_cx *cx, struct rs_db *db, const char *text);
    enum rs_code (*query)(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                          struct rs_bind bind, struct rs_rows **rows);
    enum rs_code (*next)(struct rs_cx *cx, struct rs_rows *rows, bool *has_row);
    struct rs_val (*column)(struct rs_rows *rows, unsigned i);
    /* Numbers are most of what is read: at half the price of any value. */
    int64_t (*column_i64)(struct rs_rows *rows, unsigned i);
    double (*column_f64)(struct rs_rows *rows, unsigned i);
    void (*done)(struct rs_rows *rows);
    /* Rows that the last finished INSERT, UPDATE or DELETE touched. */
    int64_t (*changed)(struct rs_db *db);
    /* Rows touched since the connection was opened: two equal answers mean that nothing was changed
     * between. */
    int64_t (*touched)(struct rs_db *db);
    /* Housekeeping between transactions: checkpoints. Called by the writer; `idle` when nothing
     * waits. */
    enum rs_code (*maintain)(struct rs_cx *cx, struct rs_db *db, bool idle);
    /* Whether the last verb, a COMMIT that failed, may be found to stand when the engine is opened
     * again. */
    bool (*in_doubt)(const struct rs_db *db);
    /* Why the engine takes no change any more, for as long as it is open; NULL while it does. Any
     * thread. */
    const char *(*failure)(const struct rs_db *db);
    /* Of the writer. Any thread. */
    void (*figures)(const struct rs_db *db, struct rs_db_figures *out);
    /* Writes what the running snapshot sees into a new file, which needs no other file beside it.
     * Not synced. Beside a writer of another process: nothing of the source is changed. */
    enum rs_code (*copy)(struct rs_cx *cx, struct rs_db *db, const char *path);
    /* Whether a reader that was opened with `alone` is. */
    bool (*is_alone)(struct rs_db *db);
    /* Its rows are one text each for what is wrong with the engine's own structures, or a single
     * "ok". */
    const struct rs_sql *integrity;
    /* Its row is the greatest number that the {{id}} of the table $1 ever had in a committed row,
     * whether or not that row is still there; no row when it had none. */
    const struct rs_sql *last_id;
};

static inline enum rs_code rs_db_verb(struct rs_cx *cx, struct rs_db *db, enum rs_db_verb verb)
{
    return db->ops->verb(cx, db, verb);
}

/* Starts a statement. RS_UNAVAILABLE when the engine cannot work now (disk full, I/O error),
 * RS_LATE when the deadline is over, RS_BUSY when another process holds it, RS_CORRUPT when its
 * file is damaged. */
static inline enum rs_code rs_db_query(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                                       struct rs_bind bind, struct rs_rows **rows)
{
    return db->ops->query(cx, db, sql, bind, rows);
}

/* Runs a statement to its end; its rows, if any, are dropped. */
enum rs_code rs_db_run(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                       struct rs_bind bind);

/* As run, and says how many rows were inserted, updated or deleted. */
enum rs_code rs_db_change(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                          struct rs_bind bind, int64_t *changed);

/* The first column of the first row, 0 when there is none; the statement is run to its end. */
enum rs_code rs_db_first_i64(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                             struct rs_bind bind, int64_t *value);

static inline enum rs_code rs_rows_next(struct rs_cx *cx, struct rs_rows *rows, bool *has_row)
{
    return rows->db->ops->next(cx, rows, has_row);
}

/* Ends the statement; NULL is fine. Let RS_AUTO_ROWS do it. */
static inline void rs_rows_done(struct rs_rows *rows)
{
    if (rows != NULL) {
        rows->db->ops->done(rows);
    }
}

static inline void rs_rows_auto(struct rs_rows **rows)
{
    rs_rows_done(*rows);
}

/* RS_AUTO_ROWS *rows = NULL; ends with its block. */
#define RS_AUTO_ROWS __attribute__((cleanup(rs_rows_auto))) struct rs_rows

/* Column i (from 0) of the current row; text is borrowed until the next row. */
static inline struct rs_val rs_row_val(struct rs_rows *rows, unsigned i)
{
    return rows->db->ops->column(rows, i);
}

/* A number; NULL gives 0. */
static inline int64_t rs_row_i64(struct rs_rows *rows, unsigned i)
{
    return rows->db->ops->column_i64(rows, i);
}

static inline double rs_row_f64(struct rs_rows *rows, unsigned i)
{
    return rows->db->ops->column_f64(rows, i);
}

/* A copy in cx's arena; NULL gives an absent string. */
struct rs_str rs_row_str(struct rs_cx *cx, struct rs_rows *rows, unsigned i);

bool rs_row_is_null(struct rs_rows *rows, unsigned i);

/* The engines. */
extern const struct rs_db_ops rs_db_sqlite;

#endif
