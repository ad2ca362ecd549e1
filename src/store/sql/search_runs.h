/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the search of runs. May be included by these only: search_runs.c (the phases of a
 * search and its statements), search_runs_resolve.c (names into numbers), search_runs_where.c
 * (conditions), search_runs_plan.c (where to start), search_runs_meet.c (what several indexes have
 * in common).
 *
 * A statement starts from one index and asks every other condition of each row that this yields, by
 * primary key. Where it starts is a shape. In its text r is always the run, and d an entry of the
 * index that it starts from, where that is not one of runs. CROSS JOIN keeps SQLite from turning
 * the two round; to PostgreSQL it is just a join. */
#ifndef RS_STORE_SQL_SEARCH_RUNS_H
#define RS_STORE_SQL_SEARCH_RUNS_H

#include "store/sql/search_sort.h"

/* A metric, param or tag of runs: its table and the number of its name. */
struct rs_item {
    enum rs_entity entity;
    int64_t key; /* 0: no run has it */
};

struct rs_condition {
    struct rs_clause clause; /* run_name has become the tag that it is evaluated on */
    struct rs_item item;     /* of metrics, params and tags */
    const int64_t *ids;      /* of run_id =, IN and NOT IN: the runs' own numbers */
    size_t n_ids;
};

struct rs_runs_search {
    struct rs_cx *cx;
    struct rs_store *store;
    const struct rs_runs_query *query;
    struct rs_condition *conditions;
    size_t n_conditions;
    bool finds_nothing;    /* there is a condition that no run can meet */
    struct rs_sorts sorts; /* with the tie-breaks */
    struct rs_item *items; /* that the sorts read, by index; key -1: the sort is on an attribute */
};

enum rs_start {
    RS_START_RUNS,    /* the runs of the experiments, newest first */
    RS_START_ITEMS,   /* the entries of one item, by value: d */
    RS_START_DATASET, /* the runs that used a dataset: d */
    RS_START_IDS,     /* runs that the filter names */
    RS_START_MET,     /* runs that are known to meet some of the conditions */
};

/* Where a statement starts, and for which rows it is. */
struct rs_shape {
    enum rs_start start;
    struct rs_item item;      /* of RS_START_ITEMS */
    size_t condition;         /* of RS_START_DATASET and RS_START_IDS */
    enum rs_sort_class class; /* of the first sort key in these rows */
    const int64_t *ids;       /* of RS_START_MET: the runs' numbers */
    size_t n_ids;
    const bool *is_met;    /* by condition: whether it is known which runs meet it; or NULL */
    struct rs_bits within; /* the runs that meet all these, where the start does not say so */
    bool reads_sort;       /* of RS_START_ITEMS: d is the item of the first sort */
    bool in_order;         /* the index yields the rows in the order that is asked for */
    bool seeks;            /* in_order, and a page goes on within this class */
};

/* The scope of one index scan: one experiment and stage where the scans of several are merged. */
struct rs_branch {
    const int64_t *experiments;
    size_t n_experiments;
    enum rs_view view;
};

enum { RS_BRANCHES_MAX = 16 }; /* that are merged; with more, all rows are sorted */

/* search_runs_resolve.c: fills conditions and sorts from the query. */
enum rs_code rs_runs_resolve(struct rs_runs_search *rs);

/* search_runs_where.c */

/* The table of an item. Static. */
const char *rs_item_table(enum rs_entity entity);

/* The expression of an attribute of runs. Static. */
const char *rs_run_attr(enum rs_attr attr);

static inline bool rs_item_is(const struct rs_item *a, const struct rs_item *b)
{
    return a->entity == b->entity && a->key == b->key;
}

/* Whether the condition is one on the entries that the shape starts from. */
bool rs_condition_is_on(const struct rs_condition *c, const struct rs_shape *shape);

/* ` FROM ...` */
void rs_runs_put_from(struct rs_query *q, const struct rs_runs_search *rs,
                      const struct rs_shape *shape);

/* ` WHERE ...`: which rows of d and r are in the branch and the class. */
void rs_runs_put_scope(struct rs_query *q, const struct rs_shape *shape,
                       const struct rs_branch *branch);

/* `d.experiment = 1 AND ...`: of these, what d alone says. */
void rs_runs_put_items(struct rs_query *q, const struct rs_shape *shape,
                       const struct rs_branch *branch);

/* ` AND r.stage = 0`, or nothing. */
void rs_runs_put_stage(struct rs_query *q, enum rs_view view);

/* ` AND <condition>`. */
void rs_runs_put_condition(struct rs_query *q, const struct rs_runs_search *rs,
                           const struct rs_shape *shape, const struct rs_condition *c);

/* ` FROM latest_metric d WHERE ...`: the entries of the index that a condition on an item is about;
 * of params and tags those whose first characters are equal, if it is about equality. */
void rs_runs_put_entries(struct rs_query *q, const struct rs_runs_search *rs,
                         const struct rs_condition *c);

/* ` AND <the param's or tag's value is this one>`, of entries whose first characters are equal. */
void rs_runs_put_whole(struct rs_query *q, const struct rs_clause *c);

/* All conditions of the filter, but for what the start itself says. */
void rs_runs_put_filter(struct rs_query *q, const struct rs_runs_search *rs,
                        const struct rs_shape *shape);

/* search_runs_plan.c */

/* How many scans must be merged to read in order. */
size_t rs_runs_branches(const struct rs_runs_query *query);

/* The shape for the rows of one class that needs no luck: the index of the order where there is
 * one, else all runs. */
struct rs_shape rs_runs_natural_shape(const struct rs_runs_search *rs, enum rs_sort_class class);

/* The sorts as the rows of a shape have them: the first one's class is known, and d may hold it. */
struct rs_sorts rs_runs_sorts(const struct rs_runs_search *rs, const struct rs_shape *shape);

/* search_runs_meet.c: finds the runs that meet those conditions of which an index has a list, as
 * far as that takes less than reading the shape *out, which asks `cost` rows. If they are few, *out
 * becomes RS_START_MET; else its rows are only those within them. */
enum rs_code rs_runs_meet(const struct rs_runs_search *rs, double cost, struct rs_shape *out);

/* Chooses where to start for the rows of one class. */
enum rs_code rs_runs_plan(const struct rs_runs_search *rs, enum rs_sort_class class,
                          const struct rs_search_page *page, struct rs_shape *out);

#endif
