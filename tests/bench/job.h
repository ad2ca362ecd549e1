/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the load generator asks: a job makes each client's next request and may look at its replies.
 * Requests carry the headers of the stock client, but for Accept-Encoding: no server shall compress
 * in one run and not in another.
 *
 * May be included by: tests/bench.
 */
#ifndef RS_BENCH_JOB_H
#define RS_BENCH_JOB_H

#include "reply.h"
#include "tool.h"

#define RS_RUN_ID_MAX 64
#define RS_KINDS_MAX 8

/* Where one client stands. Zero at the start but for `client`. */
struct rs_turn {
    uint64_t client;            /* 0, 1, 2... over all threads */
    uint64_t n_asked;           /* requests so far */
    unsigned kind;              /* of the request under way: an index of the job's kinds */
    uint64_t item;              /* the job's own: which run is being filled */
    char run_id[RS_RUN_ID_MAX]; /* the job's own: its id, empty before it is created */
    struct rs_text body;        /* the job's own: scratch space */
};

/* All of the command line that a job may need. Texts are borrowed for the life of the process. */
struct rs_job_options {
    uint16_t port;
    const char *prefix;     /* before every path of ours: a base path, or "" */
    const char *path;       /* of get and post */
    const char *lines;      /* a file: ids or paths to get, bodies to post, or run ids to log to */
    const char *ids;        /* a file: run ids that train's readers ask for */
    const char *ids_out;    /* a file: where fill writes the run ids, in order */
    const char *experiment; /* where fill creates its runs */
    uint64_t clients;
    uint64_t rows;  /* metrics of a batch; register, move: versions of each model */
    uint64_t keys;  /* different metric keys among them */
    uint64_t first; /* fill: the number of its first run; log-metric, log-batch: the first step */
    uint64_t runs;  /* fill: the number after its last one; register, move: models */
    uint64_t seed;  /* of fill and register */
    uint64_t trainers; /* of train: so many clients train, the others read */
    bool spread;       /* log to every run in turn, not to one run a client */
};

struct rs_job {
    /* Writes the next request of this client, head and body, to the empty `out`. False: it has no
     * more. */
    bool (*next)(struct rs_job *job, struct rs_turn *turn, struct rs_text *out);
    /* Looks at a reply with a 2xx status. May be NULL. */
    void (*seen)(struct rs_job *job, struct rs_turn *turn, const struct rs_reply *reply);
    /* Called once when all is done. May be NULL. */
    void (*finish)(struct rs_job *job);
    uint64_t rows; /* rows that one call carries, for rows per second */
    /* Names of the kinds of its calls, each counted by itself; NULL where they are all alike. */
    const char *kind[RS_KINDS_MAX];
};

/* One constructor a job; each dies where an option is missing. The result lives as long as the
 * process. */
struct rs_job *rs_job_get(const struct rs_job_options *o); /* GET path + line, spread over all lines
                                                            */
struct rs_job *rs_job_post(const struct rs_job_options *o);       /* POST path, a line is a body */
struct rs_job *rs_job_log_metric(const struct rs_job_options *o); /* a point a call, steps
                                                                     increasing */
struct rs_job *rs_job_log_batch(const struct rs_job_options *o);  /* `rows` points of `keys` keys a
                                                                     call */
struct rs_job *rs_job_fill(const struct rs_job_options *o);  /* the dataset of search: dataset.py */
struct rs_job *rs_job_train(const struct rs_job_options *o); /* trainings, and readers beside them
                                                              */
struct rs_job *rs_job_register(const struct rs_job_options *o); /* the registry's dataset:
                                                                   registry_data.py */
struct rs_job *rs_job_move(const struct rs_job_options *o);     /* an alias a client, moved on */

/* Head of a POST up to and including "Content-Length: ", and of a GET of `path` + `rest` as a
 * whole. */
void rs_job_post_head(struct rs_text *out, uint16_t port, const char *prefix, const char *path);
void rs_job_get_request(struct rs_text *out, uint16_t port, const char *path, const char *rest);

/* A point without its braces: "key": "m3", "value": 0.25, "timestamp": 1795327647336, "step": 7 */
void rs_job_point(struct rs_text *out, uint64_t key, const char *value, uint64_t at_ms,
                  uint64_t step);

/* Finds "run_id": "..." in a reply's beginning and writes it to `id`, RS_RUN_ID_MAX bytes. Dies
 * where there is none. */
void rs_job_take_run_id(const struct rs_reply *reply, char *id);

/* Ends a request of `head` (rs_job_post_head's) with the length and the body. */
void rs_job_post_body(struct rs_text *out, const struct rs_text *head, const char *body, size_t n);

#endif
