/* SPDX-License-Identifier: Apache-2.0 */
/* The transactions of the lanes: a snapshot for a read, and group commit for writes: many calls,
 * one synced transaction, each call all or nothing (P1, P2). May be included by api and server. */
#ifndef RS_SERVICE_TRANSACTION_H
#define RS_SERVICE_TRANSACTION_H

#include "base/cx.h"

struct rs_store;

enum {
    RS_COMMIT_CALLS_MAX = 256
}; /* calls of one transaction: more would only make the first ones wait */

/* One call of a batch. */
struct rs_commit_call {
    struct rs_commit_call *next;
    struct rs_cx *cx; /* its own: errors of one call are not those of another */
    /* May be called twice, the second time after all that the first did was undone: it starts from
     * its request. */
    enum rs_code (*run)(struct rs_commit_call *call, struct rs_store *store);
    enum rs_code code; /* after the batch: RS_OK means durable */
    /* After the batch, with an error: the call itself went well, and the commit failed. What it
     * wrote is not seen now, but may be there after a restart: what it names must stay. */
    bool in_doubt;
};

/* Runs the calls in order in one transaction. When the commit fails, every call that had succeeded
 * fails with it. After a failed sync every call fails, until the store is opened again. A call
 * whose deadline is over before its turn is not run: RS_LATE. */
void rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls);

/* RS_UNAVAILABLE, with the reason and what to do, once the writing store takes no change any more:
 * a sync has failed, or its file was moved away. Any thread. */
enum rs_code rs_commit_check(struct rs_cx *cx, const struct rs_store *store);

/* Housekeeping of the writing store, between batches; `idle` when no call waits. */
void rs_commit_maintain(struct rs_store *store, bool idle);

/* A read under way. */
struct rs_snapshot {
    struct rs_store *store;
    int64_t limit_ns;
    int64_t call_ns;   /* the deadline of the call itself */
    int64_t worked_ns; /* of the thread, when it began */
};

/* One consistent view for all that a read asks (P4: it sees every commit before its begin), for
 * limit_ns at most: as long as it lasts, the log of the database grows. Until the end, that is the
 * deadline of the context. RS_LATE when the call's own deadline is over already. */
enum rs_code rs_snapshot_begin(struct rs_cx *cx, struct rs_store *store, int64_t limit_ns,
                               struct rs_snapshot *out);

/* Ends it, also after an error of the read, but not when begin itself failed. Returns `code`, that
 * of the read; but RS_INVALID, with what to do, for RS_LATE of a read that was too much work. A
 * next one may go on with it while nothing is committed: call rs_snapshot_rest before the thread
 * waits. */
enum rs_code rs_snapshot_end(struct rs_cx *cx, const struct rs_snapshot *s, enum rs_code code);

/* Lets go of what the last snapshot may have left to a next one: the log can then begin anew. */
void rs_snapshot_rest(struct rs_store *store);

/* Whether the store answers: reads one row. */
enum rs_code rs_snapshot_check(struct rs_cx *cx, struct rs_store *store);

#endif
