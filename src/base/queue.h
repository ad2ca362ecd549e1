/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue of tasks between threads: the joint of every lane. May be included by every room
 * but model. */
#ifndef RS_BASE_QUEUE_H
#define RS_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embed it as a member of whatever is queued. */
struct rs_task {
    struct rs_task *next;
    int64_t queued_ns; /* monotonic; of whoever queues it, to measure the wait */
};

struct rs_queue;

/* A queue that holds at most `max` tasks; yours, free with rs_queue_free when no thread uses it
 * any more: a put that has handed over its task may still be waking its taker. */
struct rs_queue *rs_queue_new(size_t max);
void rs_queue_free(struct rs_queue *q);

/* Appends. False when the queue is full or closed: the task is then still the caller's. Any
 * thread. */
bool rs_queue_put(struct rs_queue *q, struct rs_task *t);

/* Waits for work and takes up to `most` tasks in order, linked through next. Returns their number;
 * 0 when the queue is closed and empty, or when wait_ms (< 0: for ever) went by. Any thread. */
size_t rs_queue_take(struct rs_queue *q, size_t most, int wait_ms, struct rs_task **first);

/* No put succeeds any more; takers get what is left, then 0. */
void rs_queue_close(struct rs_queue *q);
bool rs_queue_is_closed(struct rs_queue *q);

/* How many wait now. */
size_t rs_queue_depth(struct rs_queue *q);

#endif
