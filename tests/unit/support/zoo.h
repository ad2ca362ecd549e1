/* SPDX-License-Identifier: Apache-2.0 */
/* Random runs, kept twice: in the store of the test, and as plain structs that a search is
 * evaluated on the slow way. What it covers: ties, long values with equal beginnings, NaN,
 * infinities, missing items, patterns, both stages. */
#ifndef RS_TESTS_SUPPORT_ZOO_H
#define RS_TESTS_SUPPORT_ZOO_H

#include "model/run.h"
#include "store/search.h"

enum {
    ZOO_EXPERIMENTS = 3,      /* that have runs */
    ZOO_EXPERIMENTS_ALL = 20, /* that may be searched: more than are merged */
    ZOO_METRICS = 4,          /* m0: few values; m1: even over 0..1; m2: rare; m3: nobody's */
    ZOO_PARAMS = 3,           /* p0: 40 values, some long; p1: 3 values; p2: nobody's */
    ZOO_TAGS = 2,             /* t0, and mlflow.runName */
    ZOO_P0_VALUES = 41,       /* the last one is nobody's */
    ZOO_RUNS_MAX = 8000,
};

struct zoo_metric {
    bool is_there;
    double value;
};

struct zoo_run {
    int64_t id;
    char run_id[36];
    int experiment; /* index */
    enum rs_stage stage;
    enum rs_run_status status;
    const char *name;
    const char *user_id;
    int64_t start_time;
    int64_t end_time; /* 0: none */
    struct zoo_metric metric[ZOO_METRICS];
    const char *param[ZOO_PARAMS]; /* NULL: none */
    const char *tag[ZOO_TAGS];
    int dataset; /* 0: none; else "ds1" or "ds2", with a digest and a context of the same number */
};

struct zoo {
    uint64_t random;
    char p0[ZOO_P0_VALUES][96];
    int64_t experiment[ZOO_EXPERIMENTS_ALL]; /* ascending */
    struct zoo_run *runs;                    /* ZOO_RUNS_MAX */
    size_t n;
};

/* A zoo without runs, on the scratch store. It holds nothing in the scratch arena. */
void zoo_open(struct zoo *z, uint64_t seed);
void zoo_close(struct zoo *z);

/* A number below n. */
size_t zoo_random(struct zoo *z, size_t n);

/* Adds runs to the store and to z->runs. */
void zoo_add(struct zoo *z, size_t n);

/* A filter of up to three random clauses, and an order of up to three random keys; of the scratch
 * arena. */
struct rs_filter zoo_filter(struct zoo *z);
struct rs_orders zoo_orders(struct zoo *z);

/* What the search must find among the first n runs, in order. Returns how many ids it wrote. */
size_t zoo_search(const struct zoo *z, const struct rs_runs_query *query, size_t n, int64_t *ids);

/* The filter and the order as text, for messages; of the scratch arena. */
const char *zoo_text(const struct rs_runs_query *query);

#endif
