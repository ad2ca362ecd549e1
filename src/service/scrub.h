/* SPDX-License-Identifier: Apache-2.0 */
/* The scrub: reads every stored blob again from time to time, slowly, and compares it with its
 * hash. What is damaged is marked in its row, so that it is not served (P5), and an upload of the
 * same bytes mends it. A thread of its own reads; rows are changed by the committer. May be
 * included by api and server. */
#ifndef RS_SERVICE_SCRUB_H
#define RS_SERVICE_SCRUB_H

#include "base/cx.h"

struct rs_artifact_store;
struct rs_store;

struct rs_scrub_options {
    struct rs_artifact_store *artifacts;
    struct rs_store *reader; /* the scrub's own */
    int64_t period_ms;       /* a blob is compared so long after the last time; 0: never */
    int64_t bytes_a_second;  /* read at most; a small blob counts as RS_SCRUB_LEAST_BYTES */
};

enum { RS_SCRUB_LEAST_BYTES = 64 * 1024 };

struct rs_scrub;

/* Starts the thread. *out is yours: rs_scrub_stop. RS_UNAVAILABLE. */
enum rs_code rs_scrub_start(struct rs_cx *cx, const struct rs_scrub_options *o,
                            struct rs_scrub **out);

/* Records what the thread has found, if anything. Called on the committer's thread, between
 * batches, with the writing store; cheap when there is nothing. */
void rs_scrub_tick(struct rs_scrub *scrub, struct rs_store *writer);

/* Ends the thread, in the middle of a blob if need be; what it had not handed over is read again
 * another time. No tick may run any more. NULL is fine. */
void rs_scrub_stop(struct rs_scrub *scrub);

/* Since the start, but for `corrupt`, which is as of some seconds ago. */
struct rs_scrub_figures {
    uint64_t blobs;   /* compared */
    uint64_t bytes;   /* read */
    uint64_t corrupt; /* blobs that are marked now */
};

/* Any thread. */
struct rs_scrub_figures rs_scrub_figures(const struct rs_scrub *scrub);

#endif
