/* SPDX-License-Identifier: Apache-2.0 */
/* A lane: a bounded queue and the threads that work it off, singly or in batches. I/O threads hand
 * calls to lanes because they must never block. May be included by http, api and server. */
#ifndef RS_HTTP_LANE_H
#define RS_HTTP_LANE_H

#include "base/histogram.h"
#include "base/queue.h"

struct rs_lane;

struct rs_lane_options {
    const char *name; /* of the threads, at most 15 bytes, and in metrics */
    unsigned threads;
    size_t queue_max; /* calls that may wait; more are refused */
    size_t batch_max; /* calls that are run together */
    /* Runs n tasks, linked through next, with the thread's own tool (a connection). n == 0: the
     * lane has been idle for idle_ms; time for housekeeping. */
    void (*run)(void *user, void *tool, struct rs_task *tasks, size_t n);
    int idle_ms; /* 0: told once, before the thread waits; < 0: never told */
    void *user;
    void *const *tools; /* one a thread, borrowed until the lane has stopped */
};

/* Starts the threads; NULL, and errno, when the system gives none. Yours: rs_lane_stop. */
struct rs_lane *rs_lane_start(const struct rs_lane_options *o);

/* Notes the time in t->queued_ns. False when the lane is full or stopping: answer 503. */
bool rs_lane_submit(struct rs_lane *l, struct rs_task *t);

/* What has been submitted is still run; then the threads end and the lane is freed. */
void rs_lane_stop(struct rs_lane *l);

/* How long the lane's threads have been at what they run now, the longest of them: a batch, or
 * housekeeping. 0 when all wait. What hangs shows here, and in no count before it ends. Any thread.
 */
uint64_t rs_lane_running_ns(const struct rs_lane *l);

/* What a lane has done since its start, for metrics. */
struct rs_lane_figures {
    const char *name;
    uint64_t waiting;                   /* calls in the queue now */
    uint64_t room;                      /* calls that the queue holds at most */
    uint64_t refused;                   /* because the queue was full */
    uint64_t busy_ns;                   /* of all threads, running calls */
    uint64_t running_ns;                /* rs_lane_running_ns */
    const struct rs_histogram *waits;   /* of calls in the queue; borrowed for the lane's life */
    const struct rs_histogram *batches; /* calls that were run together */
};

/* Any thread. */
struct rs_lane_figures rs_lane_figures(const struct rs_lane *l);

#endif
