/* SPDX-License-Identifier: Apache-2.0 */
/* A queue and a few threads. Jobs that anybody may queue are counted and refused beyond their
 * limit; seated ones are bounded by their seats, so the queue has room for all of them and never
 * refuses one. */
#include "artifact/workers.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"

enum { THREADS_MAX = 64 };

struct rs_workers {
    struct rs_queue *queue;
    size_t jobs_max;
    size_t seats_max;
    atomic_size_t jobs;  /* jobs that wait, without the seated ones */
    atomic_size_t seats; /* taken */
    atomic_size_t refused;
    int n_threads;
    pthread_t threads[THREADS_MAX];
};

static struct rs_job *job_of(struct rs_task *task)
{
    return (struct rs_job *)((char *)task - offsetof(struct rs_job, task));
}

static void *work(void *arg)
{
    struct rs_workers *w = arg;
    struct rs_arena arena = {0};
    struct rs_task *task;

    while (rs_queue_take(w->queue, 1, -1, &task) > 0) {
        struct rs_cx cx = {.arena = &arena};
        struct rs_job *job = job_of(task);
        if (!job->seated) {
            atomic_fetch_sub(&w->jobs, 1);
        }
        job->run(&cx, job);
        rs_arena_reset(&arena);
    }
    rs_arena_fini(&arena);
    return NULL;
}

static int start_threads(struct rs_workers *w, int n)
{
    int rc = 0;

    while (rc == 0 && w->n_threads < n) {
        rc = rs_thread_start(&w->threads[w->n_threads], work, w);
        w->n_threads += rc == 0;
    }
    return rc;
}

enum rs_code rs_workers_open(struct rs_cx *cx, const struct rs_workers_options *o,
                             struct rs_workers **out)
{
    const int threads = o->threads > 0 ? o->threads : RS_WORKERS_THREADS;
    struct rs_workers *w = calloc(1, sizeof *w);

    assert(threads <= THREADS_MAX);
    if (w == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start file workers: out of memory");
    }
    w->jobs_max = o->jobs_max > 0 ? o->jobs_max : RS_WORKERS_JOBS_MAX;
    w->seats_max = o->uploads_max > 0 ? o->uploads_max : RS_WORKERS_UPLOADS_MAX;
    w->queue = rs_queue_new(w->jobs_max + w->seats_max);
    const int rc = start_threads(w, threads);
    if (rc != 0) {
        rs_workers_close(w);
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the threads of file workers: %s",
                       strerror(rc));
    }
    *out = w;
    return RS_OK;
}

void rs_workers_close(struct rs_workers *w)
{
    if (w == NULL) {
        return;
    }
    rs_queue_close(w->queue);
    for (int i = 0; i < w->n_threads; i++) {
        pthread_join(w->threads[i], NULL);
    }
    assert(atomic_load(&w->seats) == 0);
    rs_queue_free(w->queue);
    free(w);
}

enum rs_code rs_workers_run(struct rs_cx *cx, struct rs_workers *w, struct rs_job *job)
{
    job->seated = false;
    if (atomic_fetch_add(&w->jobs, 1) < w->jobs_max && rs_queue_put(w->queue, &job->task)) {
        return RS_OK;
    }
    atomic_fetch_sub(&w->jobs, 1);
    return rs_fail(cx, RS_BUSY, "too many file jobs are waiting");
}

size_t rs_workers_depth(struct rs_workers *w)
{
    return rs_queue_depth(w->queue);
}

size_t rs_workers_uploads(const struct rs_workers *w)
{
    return atomic_load(&w->seats);
}

size_t rs_workers_refused(const struct rs_workers *w)
{
    return atomic_load(&w->refused);
}

bool rs_workers_seat_take(struct rs_workers *w)
{
    if (atomic_fetch_add(&w->seats, 1) < w->seats_max) {
        return true;
    }
    atomic_fetch_sub(&w->seats, 1);
    atomic_fetch_add(&w->refused, 1);
    return false;
}

void rs_workers_seat_leave(struct rs_workers *w)
{
    atomic_fetch_sub(&w->seats, 1);
}

bool rs_workers_run_seated(struct rs_workers *w, struct rs_job *job)
{
    job->seated = true;
    return rs_queue_put(w->queue, &job->task);
}
