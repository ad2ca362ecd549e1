/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit. Beginning and ending the transaction is nobody's call: it has a context of its own. */
#include "service/transaction.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

static enum rs_code run_one(struct rs_commit_call *call, struct rs_store *store)
{
    struct rs_cx *cx = call->cx;

    if (cx->deadline_ns != 0 && rs_clock_mono_ns() > cx->deadline_ns) {
        return rs_fail(cx, RS_UNAVAILABLE,
                       "the server was too busy to run this call in time; it has changed nothing");
    }
    RS_TRY(rs_store_call_begin(cx, store));
    const enum rs_code code = call->run(call, store);
    if (code == RS_OK) {
        return rs_store_call_accept(cx, store);
    }
    struct rs_cx own = {.arena = cx->arena};
    if (rs_store_call_reject(&own, store) != RS_OK) {
        rs_log(RS_LOG_ERROR, "undo_failed", RS_LOG_Z("why", own.error.message));
    }
    return code;
}

static void fail_all(struct rs_commit_call *calls, const struct rs_cx *why)
{
    for (struct rs_commit_call *c = calls; c != NULL; c = c->next) {
        if (c->code == RS_OK) {
            c->code = rs_fail(c->cx, why->error.code, "%s", why->error.message);
        }
    }
}

void rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    enum rs_code code = rs_store_begin_write(&cx, store);

    for (struct rs_commit_call *c = calls; c != NULL && code == RS_OK; c = c->next) {
        c->code = run_one(c, store);
    }
    if (code == RS_OK) {
        code = rs_store_commit(&cx, store);
    }
    if (code != RS_OK) {
        rs_store_rollback(store);
        fail_all(calls, &cx);
        rs_log(RS_LOG_ERROR, "commit_failed", RS_LOG_Z("why", cx.error.message));
    }
    rs_arena_fini(&arena);
}

void rs_commit_maintain(struct rs_store *store, bool idle)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    if (rs_store_maintain(&cx, store, idle) != RS_OK) {
        rs_log(RS_LOG_WARN, "maintenance_failed", RS_LOG_Z("why", cx.error.message));
    }
    rs_arena_fini(&arena);
}

enum rs_code rs_snapshot_begin(struct rs_cx *cx, struct rs_store *store)
{
    return rs_store_begin_read(cx, store);
}

void rs_snapshot_end(struct rs_store *store)
{
    rs_store_end_read(store);
}

enum rs_code rs_snapshot_check(struct rs_cx *cx, struct rs_store *store)
{
    return rs_store_check(cx, store);
}
