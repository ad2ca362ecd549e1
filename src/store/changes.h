/* SPDX-License-Identifier: Apache-2.0 */
/* Which transaction changed a run last, a metric of an experiment, or a tag of the registry: told
 * by the writer of a database, asked by its readers, who remember runs, who meets a comparison of a
 * metric, the owners of tags, and what tags an owner has. May be included by server and store/sql.
 *
 * Transactions have numbers in the order of their commits. A run has the number of the transaction
 * that changes it before that one is committed, so whoever sees what it did sees the number, too.
 */
#ifndef RS_STORE_CHANGES_H
#define RS_STORE_CHANGES_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    RS_CHANGES_SLOTS = 1 << 16, /* runs share them: then one counts as changed with the other */
    RS_CHANGES_METRIC_SLOTS = 1 << 12, /* likewise metrics, in an experiment each */
    RS_CHANGES_TAG_SLOTS = 1 << 12,    /* tags of the registry */
    RS_CHANGES_OWNER_SLOTS = 1 << 12,  /* and the blocks of owners of tags */
    RS_CHANGES_BLOCK = 64, /* owners, by their numbers: models share slots with versions */
};

/* Shared by all stores of one database; zero-initialised is valid. Any thread. */
struct rs_changes {
    atomic_uint_least64_t done;     /* the latest transaction that was committed */
    atomic_uint_least64_t all_runs; /* the latest that changed any number of runs */
    atomic_uint_least64_t run[RS_CHANGES_SLOTS];
    atomic_uint_least64_t metric[RS_CHANGES_METRIC_SLOTS]; /* the latest that changed any run's */
    atomic_uint_least64_t tag[RS_CHANGES_TAG_SLOTS]; /* the latest that gave or took this tag */
    atomic_uint_least64_t owners[RS_CHANGES_OWNER_SLOTS]; /* that gave or took one of theirs */
};

#endif
