/* SPDX-License-Identifier: Apache-2.0 */
/* Threads around a queue. */
#include "http/lane.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
    struct rs_lane *lane;
    void *tool;
    pthread_t thread;
};

struct rs_lane {
    struct rs_lane_options o;
    struct rs_queue *queue;
    struct worker *workers;
    unsigned started;
};

static void *work(void *arg)
{
    const struct worker *w = arg;
    const struct rs_lane_options *o = &w->lane->o;

    for (;;) {
        struct rs_task *tasks = NULL;
        const size_t n = rs_queue_take(w->lane->queue, o->batch_max, o->idle_ms, &tasks);

        if (n == 0 && rs_queue_is_closed(w->lane->queue)) {
            return NULL;
        }
        o->run(o->user, w->tool, tasks, n);
    }
}

struct rs_lane *rs_lane_start(const struct rs_lane_options *o)
{
    struct rs_lane *l = calloc(1, sizeof *l);

    if (l == NULL) {
        return NULL;
    }
    l->o = *o;
    l->queue = rs_queue_new(o->queue_max);
    l->workers = calloc(o->threads, sizeof *l->workers);
    for (unsigned i = 0; l->workers != NULL && i < o->threads; i++) {
        struct worker *w = &l->workers[i];

        *w = (struct worker){.lane = l, .tool = o->tools ? o->tools[i] : NULL};
        if (pthread_create(&w->thread, NULL, work, w) != 0) {
            break;
        }
        pthread_setname_np(w->thread, o->name);
        l->started++;
    }
    if (l->started < o->threads) {
        rs_lane_stop(l);
        return NULL;
    }
    return l;
}

bool rs_lane_submit(struct rs_lane *l, struct rs_task *t)
{
    return rs_queue_put(l->queue, t);
}

void rs_lane_stop(struct rs_lane *l)
{
    if (l == NULL) {
        return;
    }
    rs_queue_close(l->queue);
    for (unsigned i = 0; i < l->started; i++) {
        pthread_join(l->workers[i].thread, NULL);
    }
    rs_queue_free(l->queue);
    free(l->workers);
    free(l);
}

size_t rs_lane_depth(const struct rs_lane *l)
{
    return rs_queue_depth(l->queue);
}
