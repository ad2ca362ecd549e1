/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that a reader has read and encoded before, as long as nobody has changed them, which runs
 * meet a comparison of a metric, who has a tag of the registry, and who meets a comparison of one.
 * May be included by store/sql.
 *
 * A run that is remembered is what the snapshot of the call shows: it was read in one that had all
 * transactions up to `as_of`, and no later one has changed it, or is about to (changes.h). So
 * nothing is seen that is not durable, and nothing that was answered is missed. */
#ifndef RS_STORE_SQL_MEMORY_H
#define RS_STORE_SQL_MEMORY_H

#include "base/arena.h"
#include "model/filter.h"
#include "store/changes.h"
#include "store/sql/search_bits.h"

enum {
    RS_MEMORY_WAYS = 4,         /* places that a run may stand in */
    RS_MEMORY_SETS = 4096,      /* of so many places each */
    RS_MEMORY_BYTES = 32 << 20, /* of text, 6,000 runs of 30 items; then the memory starts anew */
};

struct rs_memory;

struct rs_remembered {
    struct rs_kept kept; /* first */
    struct rs_memory *memory;
    int64_t run; /* 0: empty */
    uint64_t as_of;
    uint64_t used; /* by which call, last */
    bool has_edges;
};

enum {
    RS_MEMORY_LISTS = 1 << 12,      /* one drives out another of its place */
    RS_MEMORY_LIST_MAX = 128 << 10, /* bytes of one: of a million runs side by side, or few apart */
    RS_MEMORY_LIST_BYTES = 8 << 20, /* of all; then the memory of lists starts anew */
};

/* A comparison of a metric, in one experiment. */
struct rs_metric_bound {
    int64_t experiment;
    int64_t key;
    enum rs_cmp cmp;
    double value;
};

/* Which runs meet one: exactly those that the snapshot of the call shows. */
struct rs_metric_list {
    struct rs_metric_bound bound;
    uint64_t as_of;
    struct rs_bits runs; /* no byte: empty */
};

enum {
    RS_MEMORY_TAG_SETS = 256,
    RS_MEMORY_TAG_WAYS = 4,        /* places that a tag may stand in */
    RS_MEMORY_TAG_BYTES = 8 << 20, /* of owners; then the memory of tags starts anew */
};

/* Who has a tag of the registry, in order: at least those that the snapshot of the call shows. One
 * that has lost the tag may still be there, so a statement asks again. */
struct rs_tag_owners {
    const char *table; /* of the tags; NULL: empty */
    int64_t pair;      /* of owner 0 */
    uint64_t as_of;
    uint64_t used; /* by which call, last */
    const uint32_t *id;
    size_t n;
};

enum { RS_MEMORY_ANSWERS = 1 << 14 }; /* blocks, 0.8 MB; one drives out another of its place */

/* A comparison of a tag in one table of tags, by a digest: who chooses the texts cannot make two of
 * them one. */
struct rs_comparison {
    uint64_t word[2];
};

/* Which of RS_CHANGES_BLOCK owners meet a comparison: exactly those that the snapshot shows. */
struct rs_answers {
    struct rs_comparison comparison;
    int64_t block;
    uint64_t as_of;
    uint64_t is_known; /* a bit an owner; 0: empty */
    uint64_t is_met;
};

enum rs_answer { RS_ANSWER_UNKNOWN, RS_ANSWER_NO, RS_ANSWER_YES };

/* Of one reader: one thread at a time. */
struct rs_memory {
    const struct rs_changes *changes;
    struct rs_arena texts;
    uint64_t calls;
    uint64_t done; /* transactions that the snapshot of this call has, at least */
    bool is_full;
    struct rs_remembered slot[RS_MEMORY_SETS][RS_MEMORY_WAYS];
    struct rs_arena listed;
    struct rs_metric_list *list; /* RS_MEMORY_LISTS; NULL until the first is kept */
    struct rs_arena owners;
    struct rs_tag_owners tag[RS_MEMORY_TAG_SETS][RS_MEMORY_TAG_WAYS];
    struct rs_arena asked;
    struct rs_answers *answers; /* RS_MEMORY_ANSWERS; NULL until the first is kept */
};

/* Before the snapshot of a call is taken, which will have the transactions up to `done`. What the
 * call before was given is now forgotten or not, as there is room. */
void rs_memory_begin(struct rs_memory *m, uint64_t done);

/* A run that has been encoded before and is still so; NULL when there is none. Valid until the next
 * call begins. */
struct rs_remembered *rs_memory_find(struct rs_memory *m, int64_t run);

/* Where the encoded text of a run that this call has read may be kept; NULL when it may not, or
 * when no call before has read the run: most are not asked for again soon, and their texts would
 * only drive others out of the processor's caches. */
struct rs_kept *rs_memory_put(struct rs_memory *m, int64_t run, bool has_edges);

/* The runs that meet a comparison; NULL when they are not remembered. Valid until the next call
 * begins. */
const struct rs_bits *rs_memory_find_list(const struct rs_memory *m,
                                          const struct rs_metric_bound *bound);

/* Keeps the runs that this call has read, if it may. */
void rs_memory_put_list(struct rs_memory *m, const struct rs_metric_bound *bound,
                        const struct rs_bits *runs);

/* The owners of a tag, by the table of tags, which is static, and the pair of owner 0; NULL when
 * they are not remembered. Valid until the next call begins. */
const struct rs_tag_owners *rs_memory_find_tag(struct rs_memory *m, const char *table,
                                               int64_t pair);

/* Keeps the owners that this call has read, if it may. */
void rs_memory_put_tag(struct rs_memory *m, const char *table, int64_t pair, const int64_t *id,
                       size_t n);

/* Whether an owner meets a comparison, as far as it is remembered. */
enum rs_answer rs_memory_answer(const struct rs_memory *m, const struct rs_comparison *c,
                                int64_t owner);

/* Keeps an answer that this call has read, if it may. */
void rs_memory_put_answer(struct rs_memory *m, const struct rs_comparison *c, int64_t owner,
                          bool is_met);

void rs_memory_fini(struct rs_memory *m);

struct rs_store;

/* The running transaction changes what a run shows: its row, metrics, params, tags, or that it has
 * edges. */
void rs_changes_run(struct rs_store *s, int64_t run);

/* Likewise for more runs than one would name. */
void rs_changes_all_runs(struct rs_store *s);

/* The running transaction changes the latest point of a metric of some run of the experiment. */
void rs_changes_metric(struct rs_store *s, int64_t experiment, int64_t key);

/* The running transaction gives the tag of this pair to the owner in it, or takes it away. Who goes
 * himself, with all his tags, is not found any more, and his number is not used again. */
void rs_changes_tag(struct rs_store *s, int64_t pair);

/* The running transaction has been committed: before anybody is told. */
void rs_changes_committed(struct rs_store *s);

#endif
