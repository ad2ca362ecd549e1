/* SPDX-License-Identifier: Apache-2.0 */
/* The thread takes a few blobs that are due, reads one after the other at its pace, and hands its
 * verdicts to the committer, at the latest every ten seconds, and a bad one at once. Two threads
 * and one lock: whoever holds the verdicts is said by `is_full`. */
#include "service/scrub.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "artifact/reading.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "service/transaction.h"
#include "store/blob.h"

enum {
    VERDICTS = 64,
    PIECE = 256 * 1024, /* bytes between two looks at the pace */
    POLL_MS = 5000,     /* between two looks for blobs that are due */
    HAND_OVER_MS = 10000,
    LATE_MS = 100,
    RETRY_MS = 60000,                /* after an error of the rows */
    UNREAD_MS = 24 * 60 * 60 * 1000, /* after what could not be told */
    WHY_MAX = 256,
};

/* A verdict with what is needed to tell of it after the thread's own memory is gone. */
struct finding {
    struct rs_blob_verdict verdict;
    char key[RS_BLOB_KEY_LEN + 1];
    char why[WHY_MAX];
    bool is_recorded;
};

struct rs_scrub {
    struct rs_scrub_options o;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
    bool is_full; /* the findings are the committer's, else the thread's */
    size_t n;
    struct finding findings[VERDICTS];
    bool was_lost;    /* the last ones could not be recorded */
    int64_t paced_ns; /* monotonic: when as many bytes as were read should have been read */
    int64_t doubted;  /* the last corrupt blob that was looked at again; -1: all were */
    atomic_uint_fast64_t blobs;
    atomic_uint_fast64_t bytes;
    atomic_uint_fast64_t corrupt;
    atomic_bool has_work; /* is_full, for a look without the lock */
    char piece[PIECE];
};

/* Waits until a moment (monotonic) or the end. True: the end. */
static bool wait_until(struct rs_scrub *s, int64_t until_ns)
{
    const struct timespec at = {until_ns / 1000000000, until_ns % 1000000000};
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    while (!s->is_stopping && rc == 0) {
        rc = pthread_cond_timedwait(&s->changed, &s->lock, &at);
    }
    const bool ends = s->is_stopping;
    pthread_mutex_unlock(&s->lock);
    return ends;
}

static bool wait_for(struct rs_scrub *s, int64_t ms)
{
    return wait_until(s, rs_clock_mono_ns() + RS_MS_AS_NS(ms));
}

/* Counts bytes, and waits where they came too fast. True: the end. */
static bool pace(struct rs_scrub *s, int64_t bytes)
{
    const int64_t now_ns = rs_clock_mono_ns();

    s->paced_ns += (int64_t)((double)bytes * 1e9 / (double)s->o.bytes_a_second);
    if (s->paced_ns < now_ns - RS_MS_AS_NS(LATE_MS)) {
        s->paced_ns = now_ns; /* what a wait for others took is not made up for by haste */
    }
    return wait_until(s, s->paced_ns);
}

/* Reads a blob at the pace. RS_BUSY: the end came first. */
static enum rs_code read_slowly(struct rs_cx *cx, struct rs_scrub *s,
                                const struct rs_blob_row *blob, struct rs_blob_reading *r)
{
    size_t n = 0;

    for (;;) {
        RS_TRY(rs_blob_reading_next(cx, r, s->piece, PIECE, &n));
        if (n == 0) {
            return rs_blob_reading_check(cx, r, blob->sha256);
        }
        atomic_fetch_add(&s->bytes, n);
        if (pace(s, (int64_t)n)) {
            return rs_fail(cx, RS_BUSY, "the server stops");
        }
    }
}

static enum rs_code compare(struct rs_cx *cx, struct rs_scrub *s, const struct rs_blob_row *blob)
{
    struct rs_blob_reading r = {.is_polite = true};
    enum rs_code code = rs_blob_reading_begin(cx, s->o.artifacts, blob->key, blob->size, &r);

    if (code == RS_OK) {
        code = read_slowly(cx, s, blob, &r);
    }
    rs_blob_reading_end(&r);
    if (blob->size < RS_SCRUB_LEAST_BYTES && pace(s, RS_SCRUB_LEAST_BYTES - blob->size)) {
        return RS_BUSY;
    }
    return code;
}

/* What cannot be told now (no descriptors, no memory) comes again in a day. */
static void note(struct rs_scrub *s, const struct rs_blob_row *blob, enum rs_code code,
                 const char *why)
{
    struct finding *f = &s->findings[s->n++];
    const bool is_unread = code != RS_OK && code != RS_CORRUPT && code != RS_NOT_FOUND;
    const int64_t now_ms = rs_clock_wall_ms();

    *f = (struct finding){
        .verdict = {.id = blob->id,
                    .is = code == RS_OK ? RS_BLOB_GOOD
                          : is_unread   ? RS_BLOB_UNREAD
                                        : RS_BLOB_CORRUPT,
                    .checked_ms = is_unread ? now_ms - s->o.period_ms + UNREAD_MS : now_ms}};
    snprintf(f->key, sizeof f->key, RS_FMT, RS_ARG(blob->key));
    snprintf(f->why, sizeof f->why, "%.*s", WHY_MAX - 1, why);
    f->verdict.key = rs_str_of(f->key);
    atomic_fetch_add(&s->blobs, 1);
}

/* Gives the findings to the committer and waits until it has recorded them. True: the end. */
static bool hand_over(struct rs_scrub *s)
{
    pthread_mutex_lock(&s->lock);
    s->is_full = s->n > 0;
    atomic_store(&s->has_work, s->is_full);
    while (s->is_full && !s->is_stopping) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    const bool ends = s->is_stopping;
    const bool was_lost = s->was_lost;
    s->was_lost = false;
    pthread_mutex_unlock(&s->lock);
    return ends || (was_lost && wait_for(s, RETRY_MS));
}

static bool compare_all(struct rs_scrub *s, const struct rs_blob_rows *blobs)
{
    struct rs_arena arena = {0};
    bool ends = false;
    int64_t last_ns = rs_clock_mono_ns();

    for (size_t i = 0; i < blobs->n && !ends; i++) {
        struct rs_cx cx = {.arena = &arena};
        const enum rs_code code = compare(&cx, s, &blobs->p[i]);

        if (code == RS_BUSY) {
            ends = true;
            break;
        }
        note(s, &blobs->p[i], code, cx.error.message);
        if (code != RS_OK || rs_clock_mono_ns() - last_ns > RS_MS_AS_NS(HAND_OVER_MS)) {
            ends = hand_over(s);
            last_ns = rs_clock_mono_ns();
        }
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    return ends || hand_over(s);
}

/* What to read next: once after the start the blobs that are marked (a disk may be back, a backup
 * restored), then those whose time has come. */
static enum rs_code find_due(struct rs_cx *cx, struct rs_scrub *s, struct rs_blob_rows *blobs)
{
    if (s->o.period_ms == 0) {
        return RS_OK;
    }
    if (s->doubted >= 0) {
        RS_TRY(rs_store_blobs_corrupt(cx, s->o.reader, s->doubted, VERDICTS, blobs));
        s->doubted = blobs->n > 0 ? blobs->p[blobs->n - 1].id : -1;
    }
    return blobs->n > 0 ? RS_OK
                        : rs_store_blobs_due(cx, s->o.reader, rs_clock_wall_ms() - s->o.period_ms,
                                             VERDICTS, blobs);
}

/* One look: what is marked, what is due. True: the end. */
static bool look(struct rs_cx *cx, struct rs_scrub *s)
{
    struct rs_blob_rows blobs = {0};
    int64_t corrupt = 0;
    enum rs_code code = rs_store_blobs_count_corrupt(cx, s->o.reader, &corrupt);

    if (code == RS_OK) {
        atomic_store(&s->corrupt, (uint64_t)corrupt);
        code = find_due(cx, s, &blobs);
    }
    if (code != RS_OK) {
        rs_log(RS_LOG_WARN, "scrub_failed", RS_LOG_Z("why", cx->error.message));
        rs_cx_clear(cx);
        return wait_for(s, RETRY_MS);
    }
    return blobs.n > 0 ? compare_all(s, &blobs) : wait_for(s, POLL_MS);
}

static void *work(void *arg)
{
    struct rs_scrub *s = arg;
    struct rs_arena arena = {0};
    bool ends = false;

    while (!ends) {
        struct rs_cx cx = {.arena = &arena};

        ends = look(&cx, s);
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    return NULL;
}

struct recording {
    struct rs_commit_call call; /* first */
    struct rs_scrub *scrub;
};

static enum rs_code record(struct rs_commit_call *call, struct rs_store *writer)
{
    struct rs_scrub *s = ((struct recording *)call)->scrub;

    for (size_t i = 0; i < s->n; i++) {
        struct finding *f = &s->findings[i];

        RS_TRY(rs_store_blob_judge(call->cx, writer, &f->verdict, &f->is_recorded));
    }
    return RS_OK;
}

/* A blob that was removed or mended meanwhile is nobody's concern. */
static void tell(const struct finding *f)
{
    if (f->is_recorded && f->verdict.is == RS_BLOB_CORRUPT) {
        rs_log(RS_LOG_ERROR, "blob_corrupt", RS_LOG_Z("blob", f->key), RS_LOG_Z("why", f->why));
    } else if (f->is_recorded && f->verdict.is == RS_BLOB_UNREAD) {
        rs_log(RS_LOG_WARN, "blob_unread", RS_LOG_Z("blob", f->key), RS_LOG_Z("why", f->why));
    }
}

void rs_scrub_tick(struct rs_scrub *s, struct rs_store *writer)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    struct recording r = {.call = {.cx = &cx, .run = record}, .scrub = s};

    if (!atomic_load(&s->has_work)) {
        return;
    }
    rs_commit_batch(writer, &r.call);
    for (size_t i = 0; i < s->n && r.call.code == RS_OK; i++) {
        tell(&s->findings[i]);
    }
    rs_arena_fini(&arena);
    pthread_mutex_lock(&s->lock);
    s->n = 0;
    s->is_full = false;
    s->was_lost = r.call.code != RS_OK;
    atomic_store(&s->has_work, false);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

enum rs_code rs_scrub_start(struct rs_cx *cx, const struct rs_scrub_options *o,
                            struct rs_scrub **out)
{
    struct rs_scrub *s = calloc(1, sizeof *s);
    pthread_condattr_t monotonic;

    if (s == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the scrub: out of memory");
    }
    s->o = *o;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    const int rc = rs_thread_start(&s->thread, work, s);
    if (rc != 0) {
        pthread_cond_destroy(&s->changed);
        pthread_mutex_destroy(&s->lock);
        free(s);
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the thread of the scrub: %s",
                       strerror(rc));
    }
    *out = s;
    return RS_OK;
}

void rs_scrub_stop(struct rs_scrub *s)
{
    if (s == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct rs_scrub_figures rs_scrub_figures(const struct rs_scrub *s)
{
    return (struct rs_scrub_figures){.blobs = atomic_load(&s->blobs),
                                     .bytes = atomic_load(&s->bytes),
                                     .corrupt = atomic_load(&s->corrupt)};
}
