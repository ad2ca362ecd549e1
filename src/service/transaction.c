/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit. Beginning and ending the transaction is nobody's call: it has a context of its own.
 */
#include "service/transaction.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

static const char DOUBT[] = "; this change is not seen now, and may be there after a restart";

/* Refuses a call whose time is over before its turn. */
static enum rs_code check_time(struct rs_cx *cx)
{
    if (cx->deadline_ns == 0 || rs_clock_mono_ns() <= cx->deadline_ns) {
        return RS_OK;
    }
    return rs_fail(cx, RS_LATE,
                   "the server was too busy to run this call in time; it has changed nothing");
}

static bool is_late(struct rs_commit_call *call)
{
    const enum rs_code code = check_time(call->cx);

    if (code != RS_OK) {
        call->code = code;
    }
    return code != RS_OK;
}

/* Whether the engine itself may have undone the transaction: it does after a full disk or an
 * interrupt. */
static bool is_of_the_engine(enum rs_code code)
{
    return code == RS_UNAVAILABLE || code == RS_LATE || code == RS_BUSY || code == RS_CORRUPT ||
           code == RS_INTERNAL;
}

/* Runs all calls without savepoints, which cost a third of a small call. Nearly every call that
 * fails does so before it has changed anything, and needs no undoing. False when one did not: the
 * transaction must not be committed. */
static bool run_plain(struct rs_commit_call *calls, struct rs_store *store)
{
    for (struct rs_commit_call *c = calls; c != NULL; c = c->next) {
        const int64_t before = rs_store_touched(store);

        if (is_late(c)) {
            continue;
        }
        c->code = c->run(c, store);
        if (c->code != RS_OK && (is_of_the_engine(c->code) || rs_store_touched(store) != before)) {
            return false;
        }
    }
    return true;
}

/* Runs one call that can be undone alone. An error here is one of the transaction, not of the call.
 */
static enum rs_code run_guarded(struct rs_cx *cx, struct rs_commit_call *call,
                                struct rs_store *store)
{
    RS_TRY(rs_store_call_begin(cx, store));
    rs_cx_clear(call->cx);
    call->code = call->run(call, store);
    return call->code == RS_OK ? rs_store_call_accept(cx, store) : rs_store_call_reject(cx, store);
}

/* Runs them all in a transaction that is not committed yet. */
static enum rs_code run_batch(struct rs_cx *cx, struct rs_store *store,
                              struct rs_commit_call *calls)
{
    RS_TRY(rs_store_begin_write(cx, store));
    if (!run_plain(calls, store)) {
        rs_store_rollback(store);
        RS_TRY(rs_store_begin_write(cx, store));
        for (struct rs_commit_call *c = calls; c != NULL; c = c->next) {
            if (!is_late(c)) {
                RS_TRY(run_guarded(cx, c, store));
            }
        }
    }
    return RS_OK;
}

static void fail_all(struct rs_commit_call *calls, const struct rs_cx *why, bool in_doubt)
{
    for (struct rs_commit_call *c = calls; c != NULL; c = c->next) {
        if (c->code == RS_OK) {
            c->in_doubt = in_doubt;
            c->code = rs_fail(c->cx, why->error.code, "%s%s", why->error.message,
                              in_doubt ? DOUBT : "");
        }
    }
}

/* The end of writing is told once: what is refused after it is in the lines of the requests. */
static void note(const struct rs_store *store, const char *event, const struct rs_cx *cx)
{
    rs_log(RS_LOG_ERROR, rs_store_failure(store) != NULL ? "writes_stopped" : event,
           RS_LOG_Z("why", cx->error.message));
}

void rs_commit_batch(struct rs_store *store, struct rs_commit_call *calls)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    const bool had_failed = rs_store_failure(store) != NULL;

    const bool have_run = run_batch(&cx, store, calls) == RS_OK;
    if (!have_run || rs_store_commit(&cx, store) != RS_OK) {
        fail_all(calls, &cx, have_run && rs_store_in_doubt(store));
        rs_store_rollback(store);
        if (!had_failed) {
            note(store, "commit_failed", &cx);
        }
    }
    rs_arena_fini(&arena);
}

enum rs_code rs_commit_check(struct rs_cx *cx, const struct rs_store *store)
{
    const char *why = rs_store_failure(store);

    return why == NULL ? RS_OK : rs_fail(cx, RS_UNAVAILABLE, "%s", why);
}

void rs_commit_maintain(struct rs_store *store, bool idle)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    if (rs_store_maintain(&cx, store, idle) != RS_OK) {
        note(store, "maintenance_failed", &cx);
    }
    rs_arena_fini(&arena);
}

/* The processor time of this thread, or what it was up to `ago_ns` ago: asking is a system call,
 * and few reads are long enough to need the answer. */
static int64_t thread_ns_within(int64_t ago_ns)
{
    static _Thread_local int64_t asked_ns;
    static _Thread_local int64_t answer_ns;
    const int64_t now_ns = rs_clock_mono_ns();

    if (asked_ns == 0 || now_ns - asked_ns > ago_ns) {
        asked_ns = now_ns;
        answer_ns = rs_clock_thread_ns();
    }
    return answer_ns;
}

enum rs_code rs_snapshot_begin(struct rs_cx *cx, struct rs_store *store, int64_t limit_ns,
                               struct rs_snapshot *out)
{
    *out = (struct rs_snapshot){.store = store,
                                .limit_ns = limit_ns,
                                .call_ns = cx->deadline_ns,
                                .worked_ns = thread_ns_within(limit_ns / 100)};
    RS_TRY(check_time(cx));
    RS_TRY(rs_store_begin_read(cx, store));
    const int64_t until_ns = rs_clock_mono_ns() + limit_ns;
    if (cx->deadline_ns == 0 || until_ns < cx->deadline_ns) {
        cx->deadline_ns = until_ns;
    }
    return RS_OK;
}

/* A read that worked for half of its time would do so again: telling the client to come back would
 * only repeat it. One that waited, for a disk or a processor, may be luckier. */
enum rs_code rs_snapshot_end(struct rs_cx *cx, const struct rs_snapshot *s, enum rs_code code)
{
    rs_store_end_read(s->store);
    if (code != RS_OK) {
        rs_store_rest(s->store);
    }
    cx->deadline_ns = s->call_ns;
    if (code != RS_LATE || rs_clock_thread_ns() - s->worked_ns < s->limit_ns / 2) {
        return code;
    }
    rs_cx_clear(cx);
    return rs_fail(cx, RS_INVALID,
                   "this request was stopped: it would have read for longer than the %lld seconds "
                   "that the server allows (its setting read-timeout); ask for less at a time, or "
                   "for fewer experiments, or with a narrower filter",
                   (long long)(s->limit_ns / RS_S_AS_NS(1)));
}

void rs_snapshot_rest(struct rs_store *store)
{
    rs_store_rest(store);
}

enum rs_code rs_snapshot_check(struct rs_cx *cx, struct rs_store *store)
{
    return rs_store_check(cx, store);
}
