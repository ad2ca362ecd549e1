/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite engine share: sqlite_open.c (files, lock, pragmas), sqlite.c
 * (statements), sqlite_functions.c, sqlite_log.c and sqlite_vfs.c (its log) and sqlite_copy.c (a
 * whole database into another file). May be included by those only. */
#ifndef RS_STORE_DB_SQLITE_H
#define RS_STORE_DB_SQLITE_H

#include <stdatomic.h>

#include "store/db/db.h"

enum {
    RS_SQLITE_ARGS_MAX = 512, /* parameters of a statement: a search with 100 clauses and its page
                                 key */
    RS_SQLITE_CACHE = 512,    /* slots for prepared statements; about 150 are used */
    RS_SQLITE_CHECKPOINT_PAGES = 4000, /* 16 MiB of log: rare enough not to be felt, short enough to
                                          recover */
    RS_SQLITE_RESTART_PAGES = 16384,   /* 64 MiB */
    RS_SQLITE_WAIT_PAGES = 32768,      /* 128 MiB */
    RS_SQLITE_RESTART_MS = 1000,       /* how long a checkpoint waits for readers then */
    RS_SQLITE_LOOK_MS = 1000,          /* how often a writer looks whether its log is still there */
    RS_SQLITE_BUSY_MS = 5000, /* how long a statement waits for another process, such as a backup */
};

/* SQLite's own handles; its header is for the two .c files. */
struct sqlite3;
struct sqlite3_stmt;

struct rs_sqlite_stmt {
    struct rs_rows rows; /* first: a cursor is its statement */
    struct sqlite3_stmt *handle;
    const struct rs_sql *sql;
    int64_t deadline_ns;                      /* 0: none */
    bool ended;                               /* no row is left */
    unsigned short n_args;                    /* the greatest n of $1..$n */
    unsigned short index[RS_SQLITE_ARGS_MAX]; /* of $1..$n; 0: not in the text */
};

/* A file that has a name: this one, and no other that has it later. */
struct rs_sqlite_file {
    uint64_t device;
    uint64_t inode; /* 0: not known yet */
};

struct rs_sqlite {
    struct rs_db db; /* first */
    struct sqlite3 *handle;
    struct rs_sqlite_stmt *cache[RS_SQLITE_CACHE];
    size_t cached;
    int64_t deadline_ns; /* of the statement that steps */
    int wal_pages;       /* since the last checkpoint; writer only */
    bool is_alone;       /* a reader that asked for it: no writer runs */
    int lock_fd;         /* holds <file>.lock; -1 for readers, but those that are alone */
    bool in_doubt;  /* the last verb, a COMMIT, failed when it may have been whole in the log */
    bool is_writer; /* and open */
    bool is_marked_open;         /* what the lock's file says: a log must be there; writer only */
    struct rs_sqlite_file log;   /* as they were at first; writer only */
    struct rs_sqlite_file index; /* of the log, in memory that connections share */
    int64_t looked_ns;           /* when it was last looked whether they still are */
    char failure[256];           /* written once, before `failed` */
    atomic_bool failed;          /* nothing is changed any more */
    struct rs_histogram checkpoints; /* writer only */
};

enum rs_code rs_sqlite_open(struct rs_cx *cx, const struct rs_db_options *o, struct rs_db **db);
void rs_sqlite_unlock(struct rs_sqlite *s);

/* sqlite_log.c. Before SQLite opens the file, whose lock is held: RS_CORRUPT when the log of a
 * server that was killed is missing or damaged, or when the database itself is gone. */
enum rs_code rs_sqlite_log_begin(struct rs_cx *cx, struct rs_sqlite *s, const char *path);

/* After a commit: from now on a log must be found, unless it ends well. */
void rs_sqlite_log_committed(struct rs_sqlite *s);

/* Before SQLite removes the log or cuts it to nothing. False when the disk still says that it must
 * be there: then it stays. */
bool rs_sqlite_log_end(struct rs_sqlite *s);

/* sqlite_vfs.c. The name of the file layer for a writer, to open its handle with. */
const char *rs_sqlite_vfs(void);

/* Around a COMMIT: what it appends to the log is written at once, before it is synced. What is not
 * written at its end is forgotten, and the answer is false: only one that has failed leaves
 * anything, since with synchronous=FULL one that succeeds ends with a sync. */
bool rs_sqlite_gather(struct rs_sqlite *s, bool on);

enum rs_sqlite_gone { RS_SQLITE_ALL_THERE, RS_SQLITE_LOG_GONE, RS_SQLITE_INDEX_GONE };

/* Which file is not any more where SQLite opened it. That costs two calls to the system, so it is
 * looked at once in RS_SQLITE_LOOK_MS; in between all is taken to be there. */
enum rs_sqlite_gone rs_sqlite_log_gone(struct rs_sqlite *s);

/* A log that is gone has been copied into the database whole: the next start needs none, and
 * refuses one that it finds. */
void rs_sqlite_log_merged(struct rs_sqlite *s);

/* sqlite_functions.c: gives a connection the functions that db.h names. */
enum rs_code rs_sqlite_functions(struct rs_cx *cx, struct rs_sqlite *s);

/* sqlite_copy.c: rs_db_ops.copy. */
enum rs_code rs_sqlite_copy(struct rs_cx *cx, struct rs_db *db, const char *path);

/* Turns the handle's last error into ours. */
enum rs_code rs_sqlite_fail(struct rs_cx *cx, struct rs_sqlite *s, const char *what);

/* Interrupts statements that run past deadline_ns. */
void rs_sqlite_watch(struct rs_sqlite *s);

/* Keeps wal_pages up to date. */
void rs_sqlite_count_wal(struct rs_sqlite *s);

#endif
