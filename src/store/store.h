/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata store: its life and its transactions. What it holds is in the headers beside this
 * one, a noun each. May be included by service and server. SQL is behind it; which engine, too. */
#ifndef RS_STORE_STORE_H
#define RS_STORE_STORE_H

#include "base/cx.h"
#include "base/histogram.h"

struct rs_changes;

/* One connection with its caches: one thread at a time. */
struct rs_store;

struct rs_store_options {
    const char *where; /* SQLite: path of the database file */
    bool read_only;    /* a reader: every change fails */
    bool careful;      /* with read_only: slower, but a damaged file is an error and not a crash */
    bool alone; /* with read_only: keeps servers out while it is open, unless one is running */
    /* Shared by the writer and those readers that shall remember runs; NULL: this one does not, or
     * nobody does. Outlives them. */
    struct rs_changes *changes;
};

/* Opens the store; the writer also brings the schema up to date. RS_UNAVAILABLE when the file
 * cannot be used or another server holds it, RS_INVALID when the schema is newer than this program.
 * *out is yours: rs_store_close. */
enum rs_code rs_store_open(struct rs_cx *cx, const struct rs_store_options *o,
                           struct rs_store **out);
void rs_store_close(struct rs_store *s);

/* A snapshot for several reads; end it with rs_store_end_read, also after an error. It sees every
 * commit before its begin. A reader that shares changes leaves it to the next one, which goes on
 * with it when nothing has been committed between: that spares taking and giving back the engine's
 * locks. Such a reader rests when it has nothing to do, and after an error: as long as a snapshot
 * lasts, the log of the database cannot begin anew. */
enum rs_code rs_store_begin_read(struct rs_cx *cx, struct rs_store *s);
void rs_store_end_read(struct rs_store *s);
void rs_store_rest(struct rs_store *s);

/* A writing transaction of many calls. After a failed commit nothing of it stands. */
enum rs_code rs_store_begin_write(struct rs_cx *cx, struct rs_store *s);
enum rs_code rs_store_commit(struct rs_cx *cx, struct rs_store *s);
void rs_store_rollback(struct rs_store *s);

/* Asked after a commit that failed, before anything else: whether it may stand after a restart. */
bool rs_store_in_doubt(const struct rs_store *s);

/* One call of a writing transaction: accept keeps what it did, reject undoes it and nothing else.
 */
enum rs_code rs_store_call_begin(struct rs_cx *cx, struct rs_store *s);
enum rs_code rs_store_call_accept(struct rs_cx *cx, struct rs_store *s);
enum rs_code rs_store_call_reject(struct rs_cx *cx, struct rs_store *s);

/* Rows changed since the store was opened: whether a call has changed anything yet. */
int64_t rs_store_touched(struct rs_store *s);

/* Housekeeping of the writer between transactions; `idle` when nothing waits. */
enum rs_code rs_store_maintain(struct rs_cx *cx, struct rs_store *s, bool idle);

/* Why the writer takes no change any more (a failed sync; a file that was moved away under it),
 * until it is opened again; NULL while it does. Any thread. Borrowed from the store. */
const char *rs_store_failure(const struct rs_store *s);

/* The writer's work since it was opened, and what it takes on the disk, for metrics. */
struct rs_store_figures {
    uint64_t bytes;                         /* of the database */
    uint64_t log_bytes;                     /* of its write-ahead log */
    uint64_t free_bytes;                    /* of the disk that both are on */
    const struct rs_histogram *commits;     /* how long they took; borrowed from the store */
    const struct rs_histogram *checkpoints; /* likewise */
};

/* Any thread. */
struct rs_store_figures rs_store_figures(const struct rs_store *s);

/* Whether a store that was opened with `alone` keeps servers out; else one is running. */
bool rs_store_is_alone(struct rs_store *s);

/* Writes a snapshot of everything into a new file at `path`, readable by itself, not synced. It has
 * all that was committed before the call. RS_UNAVAILABLE, RS_CORRUPT. */
enum rs_code rs_store_copy(struct rs_cx *cx, struct rs_store *s, const char *path);

/* Whether the schema is the one that this program makes. RS_INVALID when it is newer; RS_CONFLICT
 * when it is older, which the next start of a server mends. *name is that of its latest migration,
 * cx's, on RS_CONFLICT too. */
enum rs_code rs_store_schema_check(struct rs_cx *cx, struct rs_store *s, struct rs_str *name);

/* Reads one row: whether the store answers at all. */
enum rs_code rs_store_check(struct rs_cx *cx, struct rs_store *s);

/* A named setting, made from `fresh` when it is not there yet (then a change). *value is cx's. */
enum rs_code rs_store_setting(struct rs_cx *cx, struct rs_store *s, const char *name,
                              struct rs_str fresh, struct rs_str *value);

#endif
