/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive list under one mutex: a taker that runs a batch pays for the lock once a batch. */
#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct rs_queue {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t filled;
    struct rs_task *first;
    struct rs_task **last; /* where the next task is linked in */
    size_t depth;
    size_t max;
    size_t waiting; /* takers inside pthread_cond_wait: a put wakes nobody when there is none */
    bool closed;
};

struct rs_queue *rs_queue_new(size_t max)
{
    struct rs_queue *q = calloc(1, sizeof *q);
    pthread_condattr_t attr;

    if (q == NULL) {
        fprintf(stderr, "runestone: out of memory, %zu bytes wanted\n", sizeof *q);
        abort();
    }
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attr);
    pthread_condattr_destroy(&attr);
    q->last = &q->first;
    q->max = max;
    return q;
}

void rs_queue_free(struct rs_queue *q)
{
    if (q == NULL) {
        return;
    }
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

bool rs_queue_put(struct rs_queue *q, struct rs_task *t)
{
    pthread_mutex_lock(&q->lock);
    const bool fits = !q->closed && q->depth < q->max;
    if (fits) {
        t->next = NULL;
        *q->last = t;
        q->last = &t->next;
        q->depth++;
    }
    const bool wake = fits && q->waiting > 0;
    pthread_mutex_unlock(&q->lock);
    if (wake) {
        pthread_cond_signal(&q->filled);
    }
    return fits;
}

/* Waits until there is work, the queue is closed, or the time is over. Lock held. */
static void await(struct rs_queue *q, int wait_ms)
{
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    q->waiting++;
    while (q->first == NULL && !q->closed && rc != ETIMEDOUT) {
        rc = wait_ms < 0 ? pthread_cond_wait(&q->filled, &q->lock)
                         : pthread_cond_timedwait(&q->filled, &q->lock, &until);
    }
    q->waiting--;
}

size_t rs_queue_take(struct rs_queue *q, size_t most, int wait_ms, struct rs_task **first)
{
    size_t n = 0;

    pthread_mutex_lock(&q->lock);
    if (q->first == NULL && !q->closed && wait_ms != 0) {
        await(q, wait_ms);
    }
    *first = q->first;
    struct rs_task **end = first;
    while (n < most && *end != NULL) {
        end = &(*end)->next;
        n++;
    }
    q->first = *end;
    if (q->first == NULL) {
        q->last = &q->first;
    }
    *end = NULL;
    q->depth -= n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

void rs_queue_close(struct rs_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_broadcast(&q->filled);
}

bool rs_queue_is_closed(struct rs_queue *q)
{
    pthread_mutex_lock(&q->lock);
    const bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}

size_t rs_queue_depth(struct rs_queue *q)
{
    pthread_mutex_lock(&q->lock);
    const size_t depth = q->depth;
    pthread_mutex_unlock(&q->lock);
    return depth;
}
