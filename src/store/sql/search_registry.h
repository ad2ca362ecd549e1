/* SPDX-License-Identifier: Apache-2.0 */
/* The two searches of the registry, which are one: registered models are "m", their versions "v";
 * the tags of either are in a table of their own. May be included by store/sql. */
#ifndef RS_STORE_SQL_SEARCH_REGISTRY_H
#define RS_STORE_SQL_SEARCH_REGISTRY_H

#include "store/sql/search_sort.h"

/* What differs between the two. */
struct rs_registry_noun {
    bool is_version;
    const char *statement; /* names for figures and logs */
    const char *walk;
    const char *answers;
    const char *count;
    const char *owners;
    const char *id;    /* expressions */
    const char *rows;  /* table of the nouns themselves */
    const char *kind;  /* 1 for prompts */
    const char *tags;  /* table */
    const char *owner; /* the column of `tags` that holds `id` */
};

/* Where a statement begins to read. */
enum rs_registry_start {
    RS_START_ORDER,  /* an index of the order, if there is one */
    RS_START_NAME,   /* the names of models */
    RS_START_CLAUSE, /* the rows that one comparison finds by its index */
    RS_START_OWNERS, /* the rows that have several tags: they are known by their numbers */
};

/* Numbers of rows, in order; cx's. */
struct rs_owners {
    int64_t *id;
    size_t n;
};

/* Which rows a filter is asked of. */
enum rs_registry_kinds { RS_KINDS_MODELS, RS_KINDS_PROMPTS, RS_KINDS_BOTH };

struct rs_registry_search {
    struct rs_cx *cx;
    struct rs_store *store;
    const struct rs_registry_noun *noun;
    const struct rs_registry_query *query;
    enum rs_registry_kinds kinds;
    struct rs_sorts sorts;
    enum rs_registry_start start;
    const struct rs_clause *by; /* of RS_START_CLAUSE */
    struct rs_owners owners;    /* of RS_START_OWNERS */
    bool is_alone;              /* versions of whose models nothing is read */
    size_t *met; /* how many rows of the trial met each comparison, by its number in the filter */
};

/* ` FROM ... WHERE ...`: all conditions of the search but those of the page. */
void rs_registry_put_rows(struct rs_query *q, const struct rs_registry_search *rs);

/* ` AND ...` for a comparison. */
void rs_registry_put_and(struct rs_query *q, const struct rs_registry_search *rs,
                         const struct rs_clause *c);

/* Whether a comparison asks for one value of a tag, so that the index of pairs knows its rows. */
bool rs_registry_has_pair(const struct rs_clause *c);

/* That `column`, which is a `pair`, is one of those. Two tags may share a pair, so the comparison
 * itself is to be asked, too. */
void rs_registry_put_pairs(struct rs_query *q, const char *column, const struct rs_clause *c);

/* Reads the owners of the tag that `first` asks for, `most` at most, and keeps those that have the
 * filter's other tags, as far as that is worth it. *n: how many it read of the first; `most`: it
 * has given up. Where few enough are left, they are the start. */
enum rs_code rs_registry_meet(struct rs_registry_search *rs, const struct rs_clause *first,
                              size_t most, size_t *n);

/* Starts from what the tags have in common whose owners the reader remembers, if it is less than
 * `most`. */
enum rs_code rs_registry_recall(struct rs_registry_search *rs, size_t most);

/* ` AND ...`: it is one of the owners. */
void rs_registry_put_owners(struct rs_query *q, const struct rs_registry_search *rs);

/* Rows that are read in the order of the search's first key, and asked what its filter says. */
struct rs_registry_walk {
    struct rs_registry_search *rs;
    struct rs_comparison *comparison; /* by its number in the filter; of tags only */
    size_t *tags; /* the numbers of these, in the order in which they are asked */
    size_t n_tags;
    struct rs_rows *rows; /* borrowed */
    bool has_row;
    size_t n_read;
    struct rs_owners hits; /* that meet all */
    size_t cap;
    size_t n_sure;      /* of them, that do not stand before the page */
    struct rs_val last; /* the key of the hit behind the page, once n_sure says that it is there */
    bool is_done;       /* the hits have the page, and one more if there is one */
};

/* Reads the first row. *rows: where the others come from, yours; as long as the walk is used. */
enum rs_code rs_registry_walk_begin(struct rs_registry_search *rs, struct rs_registry_walk *w,
                                    struct rs_rows **rows);

/* Reads `most` rows, fewer at the end, and asks them, counted in rs->met; asks_all: also those that
 * have failed before. */
enum rs_code rs_registry_walk_on(struct rs_registry_walk *w, size_t most, bool asks_all);

/* Goes on until the page is full, after `rows` rows or so: then its hits are the start, and nothing
 * is left to ask of them. Not where that is far, nor without comparisons of tags. */
enum rs_code rs_registry_walk_end(struct rs_registry_walk *w, double rows);

/* Chooses where to start. */
enum rs_code rs_registry_plan(struct rs_registry_search *rs);

#endif
