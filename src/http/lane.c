/* SPDX-License-Identifier: Apache-2.0 */
/* Threads around a queue. */
#include "http/lane.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

struct worker {
    struct rs_lane *lane;
    void *tool;
    pthread_t thread;
    atomic_llong since_ns; /* monotonic: when it began what it runs now; 0: it waits */
};

struct rs_lane {
    struct rs_lane_options o;
    struct rs_queue *queue;
    struct worker *workers;
    unsigned started;
    struct rs_histogram waits;
    struct rs_histogram batches;
    atomic_ullong refused;
    atomic_ullong busy_ns;
};

static void run(struct worker *w, struct rs_task *tasks, size_t n)
{
    struct rs_lane *l = w->lane;
    const int64_t start_ns = rs_clock_mono_ns();

    atomic_store_explicit(&w->since_ns, start_ns, memory_order_relaxed);
    for (const struct rs_task *t = tasks; t != NULL; t = t->next) {
        rs_histogram_add(&l->waits, start_ns - t->queued_ns);
    }
    l->o.run(l->o.user, w->tool, tasks, n);
    atomic_store_explicit(&w->since_ns, 0, memory_order_relaxed);
    if (n > 0) {
        rs_histogram_add(&l->batches, (int64_t)n);
        atomic_fetch_add(&l->busy_ns, (unsigned long long)(rs_clock_mono_ns() - start_ns));
    }
}

static void *work(void *arg)
{
    struct worker *w = arg;
    const struct rs_lane_options *o = &w->lane->o;
    bool rests = false; /* and has been told so */

    for (;;) {
        struct rs_task *tasks = NULL;
        const int wait_ms = rests && o->idle_ms == 0 ? -1 : o->idle_ms;
        const size_t n = rs_queue_take(w->lane->queue, o->batch_max, wait_ms, &tasks);

        if (n > 0 || !rs_queue_is_closed(w->lane->queue)) {
            run(w, tasks, n);
            rests = n == 0;
        } else if (rs_queue_depth(w->lane->queue) == 0) {
            /* Closed and then empty: what came between the take and the close is taken in one more
             * round. */
            return NULL;
        }
    }
}

struct rs_lane *rs_lane_start(const struct rs_lane_options *o)
{
    struct rs_lane *l = calloc(1, sizeof *l);
    int why = 0;

    if (l == NULL) {
        return NULL;
    }
    l->o = *o;
    l->waits.scale = &rs_scale_time;
    l->batches.scale = &rs_scale_count;
    l->queue = rs_queue_new(o->queue_max);
    l->workers = calloc(o->threads, sizeof *l->workers);
    if (l->workers == NULL) {
        rs_lane_stop(l);
        return NULL;
    }
    for (unsigned i = 0; i < o->threads; i++) {
        struct worker *w = &l->workers[i];

        w->lane = l;
        w->tool = o->tools ? o->tools[i] : NULL;
        why = rs_thread_start(&w->thread, work, w);
        if (why != 0) {
            break;
        }
        pthread_setname_np(w->thread, o->name);
        l->started++;
    }
    if (l->started < o->threads) {
        rs_lane_stop(l);
        errno = why;
        return NULL;
    }
    return l;
}

bool rs_lane_submit(struct rs_lane *l, struct rs_task *t)
{
    t->queued_ns = rs_clock_mono_ns();
    const bool taken = rs_queue_put(l->queue, t);
    if (!taken) {
        atomic_fetch_add(&l->refused, 1);
    }
    return taken;
}

void rs_lane_stop(struct rs_lane *l)
{
    if (l == NULL) {
        return;
    }
    rs_queue_close(l->queue);
    for (unsigned i = 0; l->workers != NULL && i < l->started; i++) {
        pthread_join(l->workers[i].thread, NULL);
    }
    rs_queue_free(l->queue);
    free(l->workers);
    free(l);
}

uint64_t rs_lane_running_ns(const struct rs_lane *l)
{
    int64_t since_ns = 0;

    for (unsigned i = 0; i < l->started; i++) {
        const int64_t begun_ns = atomic_load_explicit(&l->workers[i].since_ns,
                                                      memory_order_relaxed);

        if (begun_ns != 0 && (since_ns == 0 || begun_ns < since_ns)) {
            since_ns = begun_ns;
        }
    }
    return since_ns == 0 ? 0 : (uint64_t)(rs_clock_mono_ns() - since_ns);
}

struct rs_lane_figures rs_lane_figures(const struct rs_lane *l)
{
    return (struct rs_lane_figures){.name = l->o.name,
                                    .waiting = rs_queue_depth(l->queue),
                                    .room = l->o.queue_max,
                                    .refused = atomic_load(&l->refused),
                                    .busy_ns = atomic_load(&l->busy_ns),
                                    .running_ns = rs_lane_running_ns(l),
                                    .waits = &l->waits,
                                    .batches = &l->batches};
}
