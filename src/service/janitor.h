/* SPDX-License-Identifier: Apache-2.0 */
/* Removes bytes that nobody names any more: blobs after their grace time, multipart uploads that
 * were abandoned, and what crashes left behind. Rows go first, in a transaction of the committer;
 * the files follow on a file worker. May be included by server. */
#ifndef RS_SERVICE_JANITOR_H
#define RS_SERVICE_JANITOR_H

#include <stdatomic.h>

#include "artifact/workers.h"
#include "model/field.h"

struct rs_artifact_store;
struct rs_store;

struct rs_janitor_options {
    struct rs_artifact_store *artifacts;
    struct rs_workers *workers;
    struct rs_store *reader; /* of its own: asked from a worker whether a row names a blob */
    int64_t grace_ms;        /* how long a blob stays after its last name went */
};

/* Lives from rs_janitor_init until the workers are closed; then rs_janitor_fini. */
struct rs_janitor {
    struct rs_janitor_options o;
    struct rs_job job;      /* removes what is in the lists below */
    atomic_bool is_busy;    /* the job is queued or runs: all below is its own */
    struct rs_arena arena;  /* of the lists */
    struct rs_strs blobs;   /* keys */
    struct rs_strs uploads; /* ids */
    bool sweeps;            /* the job looks at every stored file too */
    bool counts;            /* and counts the rows */
    int64_t next_ns;        /* monotonic times: no look before */
    int64_t next_sweep_ns;
    int64_t next_count_ns;
    int64_t look_ms;  /* wall time of the last look */
    int64_t ahead_ms; /* the wall clock of the monotonic one, then */
    /* Of the last count; read by any thread. */
    atomic_ullong n_blobs;
    atomic_ullong blob_bytes;
};

void rs_janitor_init(struct rs_janitor *j, const struct rs_janitor_options *o);

/* Nothing is removed for an hour after the wall clock was set: ages are told by it, and what is
 * under way must not look old. Looks whether it is time, and if so does its transaction and queues
 * the job. Called on the committer's thread, between batches, with the writing store; cheap when it
 * is not time. Errors are logged: the next look tries again. */
void rs_janitor_tick(struct rs_janitor *j, struct rs_store *writer);

/* Blobs that are stored, also unnamed ones in their grace time, as of some seconds ago. */
struct rs_janitor_figures {
    uint64_t blobs;
    uint64_t bytes;
};

/* Any thread. */
struct rs_janitor_figures rs_janitor_figures(const struct rs_janitor *j);

void rs_janitor_fini(struct rs_janitor *j);

#endif
