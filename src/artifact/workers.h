/* SPDX-License-Identifier: Apache-2.0 */
/* A small pool of threads for what blocks on files: hashing, writing, syncing, reading ahead,
 * composing, removing. May be included by service, api, server and this room. */
#ifndef RS_ARTIFACT_WORKERS_H
#define RS_ARTIFACT_WORKERS_H

#include "base/cx.h"
#include "base/queue.h"

struct rs_workers;

/* {0} is valid and takes the defaults. An open intake takes up to RS_INTAKE_BYTES of memory. */
struct rs_workers_options {
    int threads;        /* 0: RS_WORKERS_THREADS */
    size_t jobs_max;    /* jobs that wait; 0: RS_WORKERS_JOBS_MAX */
    size_t uploads_max; /* intakes open at once; 0: RS_WORKERS_UPLOADS_MAX */
};

enum {
    /* Threads that wait for a disk cost no processor, and syncs that wait together share one commit
     * of the file system's journal: on two cores 2 threads took 900 small files a second, 4 took
     * 1,100, 8 took 1,500. */
    RS_WORKERS_THREADS = 4,
    RS_WORKERS_JOBS_MAX = 1024,
    RS_WORKERS_UPLOADS_MAX = 256, /* 192 MiB of buffers at most */
};

/* Embed it in what the job works on; it must live until run was called. */
struct rs_job {
    struct rs_task task;
    bool seated; /* the pool's */

    /* Called once, on a worker. cx is the worker's, clean: its arena and error last until run
     * returns. The job may free itself in it. */
    void (*run)(struct rs_cx *cx, struct rs_job *job);
};

/* *out is yours: rs_workers_close. RS_UNAVAILABLE when a thread cannot be started. Workers block
 * all signals. */
enum rs_code rs_workers_open(struct rs_cx *cx, const struct rs_workers_options *o,
                             struct rs_workers **out);

/* Runs what is queued, then ends the threads. Every intake must have been dropped before. NULL is
 * fine. */
void rs_workers_close(struct rs_workers *w);

/* Queues a job. RS_BUSY when jobs_max wait already or the pool is closing: run will not be called.
 * Never blocks. */
enum rs_code rs_workers_run(struct rs_cx *cx, struct rs_workers *w, struct rs_job *job);

/* Jobs and buffers of uploads that wait now, for metrics. */
size_t rs_workers_depth(struct rs_workers *w);

/* Uploads that are open now, and those that were refused because uploads_max were, for metrics. */
size_t rs_workers_uploads(const struct rs_workers *w);
size_t rs_workers_refused(const struct rs_workers *w);

/* Seats, for intake.c only: who has one may always have one job in the queue, so that an upload
 * that was admitted is never refused half way. */
bool rs_workers_seat_take(struct rs_workers *w); /* false: uploads_max are taken */
void rs_workers_seat_leave(struct rs_workers *w);

/* False only when the pool is closing. */
bool rs_workers_run_seated(struct rs_workers *w, struct rs_job *job);

#endif
