/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives lock-step clients: each has one keep-alive connection and one request under way. A thread
 * waits with epoll for all of its clients. Any reply that is not 2xx, any broken reply and any
 * stall ends the process; `tolerant` counts the first of these instead.
 *
 * May be included by: tests/bench.
 */
#ifndef RS_BENCH_ENGINE_H
#define RS_BENCH_ENGINE_H

#include "histogram.h"
#include "job.h"

struct rs_load {
    struct rs_job *job;
    uint16_t port;
    uint64_t clients;
    uint64_t threads; /* at most `clients` */
    double warmup_s;  /* calls that end earlier are not counted */
    double seconds;   /* after that no call is begun; 0 = until the job or `count` ends */
    uint64_t count;   /* calls to make in all; 0 = no limit */
    double stall_s;   /* a silence of this length is a failure */
    bool tolerant;    /* replies that are not 2xx are counted as errors, and the load goes on */
};

struct rs_load_result {
    struct rs_histogram latency[RS_KINDS_MAX]; /* of the counted calls, by their kind */
    double seconds;                            /* from the end of the warm-up to the last of them */
    uint64_t n_body;                           /* bytes of their bodies */
    uint64_t n_errors;
    uint64_t n_reconnects;
};

/* Runs the whole load and fills the result. Dies on the first thing that is wrong. */
void rs_load_run(const struct rs_load *load, struct rs_load_result *result);

/* After this signal no call is begun, and rs_load_run returns soon. */
void rs_load_stop_at(int signal_number);

#endif
