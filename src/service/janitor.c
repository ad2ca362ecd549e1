/* SPDX-License-Identifier: Apache-2.0 */
/* A tick of the committer collects rows; a job on a worker removes the files. What the job cannot
 * remove (it failed, or the server died before it) has no row any more and is found by the next
 * sweep. */
#include "service/janitor.h"

#include "artifact/artifact.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/transaction.h"
#include "store/artifact.h"
#include "store/blob.h"
#include "store/store.h"

enum {
    LOOK_S = 10, /* between two looks at the rows; sooner when the grace time is shorter */
    LOOK_LEAST_MS = 100,
    BLOBS_MOST = 256, /* of one transaction: more would make calls wait */
    DAY_MS = 24 * 60 * 60 * 1000,
    JUMP_MS = 5 * 60 * 1000, /* of the wall clock, between two looks */
    JUMP_REST_S = 60 * 60,
    COUNT_MS = 2000,               /* that a count may take: a reader holds the write-ahead log */
    COUNT_REST = 100,              /* a count is a hundredth of the time at most */
    SWEEP_AGE_MS = 60 * 60 * 1000, /* a file without a row may be an upload whose row is on its way
                                    */
};

struct collection {
    struct rs_commit_call call; /* first */
    struct rs_janitor *janitor;
};

static enum rs_code collect(struct rs_commit_call *call, struct rs_store *writer)
{
    struct rs_janitor *j = ((struct collection *)call)->janitor;
    const int64_t now_ms = rs_clock_wall_ms();

    RS_TRY(rs_store_blobs_collect(call->cx, writer, now_ms - j->o.grace_ms, BLOBS_MOST, &j->blobs));
    return rs_store_multiparts_collect(call->cx, writer, now_ms - DAY_MS, &j->uploads);
}

static enum rs_code is_known(struct rs_cx *cx, void *arg, struct rs_str key, bool *known)
{
    return rs_store_blob_is_known(cx, arg, key, known);
}

static void sweep(struct rs_cx *cx, struct rs_janitor *j)
{
    struct rs_sweep s = {.now_ms = j->look_ms,
                         .blob_age_ms = SWEEP_AGE_MS,
                         .part_age_ms = DAY_MS,
                         .is_known = is_known,
                         .arg = j->o.reader};

    if (rs_artifact_sweep(cx, j->o.artifacts, &s) != RS_OK) {
        rs_log(RS_LOG_WARN, "sweep_failed", RS_LOG_Z("why", cx->error.message));
        rs_cx_clear(cx);
    }
    if (s.blobs + s.uploads + s.temps > 0) {
        rs_log(RS_LOG_INFO, "swept", RS_LOG_I("blobs", s.blobs), RS_LOG_I("uploads", s.uploads),
               RS_LOG_I("temps", s.temps), RS_LOG_I("bytes", s.bytes));
    }
}

static void note(struct rs_cx *cx, enum rs_code code, struct rs_str what)
{
    if (code != RS_OK) {
        rs_log(RS_LOG_WARN, "removal_failed", RS_LOG_S("what", what),
               RS_LOG_Z("why", cx->error.message));
        rs_cx_clear(cx);
    }
}

/* Looks at every row of a blob. One that takes too long leaves the figures as they are. */
static void count(struct rs_cx *cx, struct rs_janitor *j)
{
    const int64_t start_ns = rs_clock_mono_ns();
    int64_t n = 0;
    int64_t bytes = 0;

    cx->deadline_ns = start_ns + RS_MS_AS_NS(COUNT_MS);
    if (rs_store_blobs_sum(cx, j->o.reader, &n, &bytes) == RS_OK) {
        atomic_store(&j->n_blobs, (uint64_t)n);
        atomic_store(&j->blob_bytes, (uint64_t)bytes);
    } else {
        rs_log(RS_LOG_DEBUG, "count_failed", RS_LOG_Z("why", cx->error.message));
        rs_cx_clear(cx);
    }
    cx->deadline_ns = 0;
    const int64_t end_ns = rs_clock_mono_ns();
    j->next_count_ns = end_ns + COUNT_REST * (end_ns - start_ns);
}

static void run(struct rs_cx *cx, struct rs_job *job)
{
    struct rs_janitor *j = (struct rs_janitor *)((char *)job - offsetof(struct rs_janitor, job));

    for (size_t i = 0; i < j->blobs.n; i++) {
        note(cx, rs_blob_remove(cx, j->o.artifacts, j->blobs.p[i]), j->blobs.p[i]);
    }
    for (size_t i = 0; i < j->uploads.n; i++) {
        note(cx, rs_multipart_drop(cx, j->o.artifacts, j->uploads.p[i]), j->uploads.p[i]);
    }
    if (j->sweeps) {
        sweep(cx, j);
    }
    if (j->counts) {
        count(cx, j);
    }
    atomic_store(&j->is_busy, false);
}

static void queue_job(struct rs_janitor *j)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    j->job.run = run;
    atomic_store(&j->is_busy, true);
    if (rs_workers_run(&cx, j->o.workers, &j->job) != RS_OK) {
        atomic_store(&j->is_busy, false);
        rs_log(RS_LOG_WARN, "removal_failed", RS_LOG_Z("why", cx.error.message));
    }
    rs_arena_fini(&arena);
}

/* Whether the wall clock was set since the last look. Then what is under way may look a day old. */
static bool has_jumped(struct rs_janitor *j, int64_t now_ns)
{
    j->look_ms = rs_clock_wall_ms();
    const int64_t ahead_ms = j->look_ms - now_ns / 1000000;
    const int64_t by_ms = ahead_ms - j->ahead_ms;

    j->ahead_ms = ahead_ms;
    if (by_ms > -JUMP_MS && by_ms < JUMP_MS) {
        return false;
    }
    rs_log(RS_LOG_WARN, "clock_jumped", RS_LOG_I("by_s", by_ms / 1000));
    return true;
}

/* Forgets rows, unless somebody copies the blobs: what a copy's snapshot names must stay. */
static void forget_rows(struct rs_cx *cx, struct rs_janitor *j, struct rs_store *writer,
                        struct collection *c)
{
    bool held = false;

    c->call.code = rs_artifact_hold(cx, j->o.artifacts, RS_HOLD_REMOVE, &held);
    if (!held) {
        return;
    }
    rs_commit_batch(writer, &c->call);
    if (rs_artifact_hold(cx, j->o.artifacts, RS_HOLD_OFF, &held) != RS_OK) {
        c->call.code = cx->error.code;
    }
}

void rs_janitor_tick(struct rs_janitor *j, struct rs_store *writer)
{
    const int64_t now_ns = rs_clock_mono_ns();

    if (now_ns < j->next_ns || atomic_load(&j->is_busy) || rs_store_failure(writer) != NULL) {
        return;
    }
    if (has_jumped(j, now_ns)) {
        j->next_ns = now_ns + RS_S_AS_NS(JUMP_REST_S);
        return;
    }
    rs_arena_reset(&j->arena);
    j->blobs = j->uploads = (struct rs_strs){0};

    struct rs_cx cx = {.arena = &j->arena};
    struct collection c = {.call = {.cx = &cx, .run = collect}, .janitor = j};
    const int64_t wait_ms = j->o.grace_ms / 4 < LOOK_S * 1000 ? j->o.grace_ms / 4 : LOOK_S * 1000;

    j->next_ns = now_ns + RS_MS_AS_NS(wait_ms > LOOK_LEAST_MS ? wait_ms : LOOK_LEAST_MS);
    forget_rows(&cx, j, writer, &c);
    if (c.call.code != RS_OK) {
        rs_log(RS_LOG_WARN, "collection_failed", RS_LOG_Z("why", cx.error.message));
        return;
    }
    if (j->blobs.n == BLOBS_MOST) {
        j->next_ns = now_ns; /* there are more */
    }
    j->sweeps = now_ns >= j->next_sweep_ns;
    if (j->sweeps) {
        j->next_sweep_ns = now_ns + RS_MS_AS_NS(DAY_MS);
    }
    j->counts = now_ns >= j->next_count_ns;
    if (j->blobs.n + j->uploads.n > 0 || j->sweeps || j->counts) {
        queue_job(j);
    }
}

void rs_janitor_init(struct rs_janitor *j, const struct rs_janitor_options *o)
{
    *j = (struct rs_janitor){.o = *o,
                             .ahead_ms = rs_clock_wall_ms() - rs_clock_mono_ns() / 1000000};
}

struct rs_janitor_figures rs_janitor_figures(const struct rs_janitor *j)
{
    return (struct rs_janitor_figures){.blobs = atomic_load(&j->n_blobs),
                                       .bytes = atomic_load(&j->blob_bytes)};
}

void rs_janitor_fini(struct rs_janitor *j)
{
    rs_arena_fini(&j->arena);
}
