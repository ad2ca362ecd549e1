/* SPDX-License-Identifier: Apache-2.0 */
/* A statement that is written for one search. May be included by store/sql.
 *
 * Its text is put together from fragments that stand in our code; whatever a client sent is a
 * parameter. The exception are integers, which we print ourselves: lists of ids may be longer than
 * what an engine takes as parameters. */
#ifndef RS_STORE_SQL_SEARCH_TEXT_H
#define RS_STORE_SQL_SEARCH_TEXT_H

#include "base/buf.h"
#include "model/filter.h"
#include "store/sql/search_bits.h"
#include "store/sql/sql.h"

enum {
    RS_QUERY_ARGS_MAX = 500,        /* parameters; the engines take a few more */
    RS_QUERY_TEXT_MAX = 512 * 1024, /* bytes; a hundred clauses in sixteen branches take 200 KiB */
    RS_QUERY_PATTERN_MAX = 8000,    /* bytes of a LIKE pattern; SQLite's own limit is ours */
};

/* As rs_artifact_uri, in SQL: `below` in the location of an experiment; both are expressions. A
 * location has one "?" at most. */
#define RS_ARTIFACT_URI_SQL(below, experiment)                                                     \
    "(SELECT CASE WHEN l.artifact_location LIKE '%:%?%' AND l.artifact_location NOT LIKE '/%'"     \
    " THEN replace(replace(l.artifact_location, '/?', '?'), '?',"                                  \
    " '/' || " below " || '/artifacts?')"                                                          \
    " WHEN l.artifact_location LIKE '%/' THEN l.artifact_location || " below " || '/artifacts'"    \
    " ELSE l.artifact_location || '/' || " below " || '/artifacts' END"                            \
    " FROM experiment l WHERE l.id = " experiment ")"

struct rs_query {
    struct rs_cx *cx;
    const char *name;
    struct rs_buf text;
    struct rs_val *arg;
    size_t n;
    const char *refused; /* why it cannot run; the first reason stands */
};

/* An empty one; cx's, its text too. */
struct rs_query *rs_query_new(struct rs_cx *cx, const char *name);

/* A fragment of ours. */
void rs_query_put(struct rs_query *q, const char *fragment);

/* A parameter: writes "$7" and binds the value, which is borrowed until the statement is done. */
void rs_query_arg(struct rs_query *q, struct rs_val value);

/* Binds a value without writing it. Returns its number, for fragments that name it themselves. */
size_t rs_query_bind(struct rs_query *q, struct rs_val value);

/* `expr = 7` or `expr IN (7,8)`. */
void rs_query_ids(struct rs_query *q, const char *expr, const int64_t *ids, size_t n);

/* `has_bit($7, expr - 12) = 1`: the id is in the set, which is borrowed until the statement is
 * done. Asked of each row; no engine starts from it. */
void rs_query_within(struct rs_query *q, const char *expr, const struct rs_bits *set);

/* `expr <comparison> <value>`, as the clause says; not of NULL tests. */
void rs_query_compare(struct rs_query *q, const char *expr, const struct rs_clause *clause);

/* Starts the statement. RS_INVALID when it was refused. */
enum rs_code rs_query_run(struct rs_query *q, struct rs_store *s, struct rs_rows **rows);

/* Ends a statement that began with `SELECT count(*) FROM (SELECT ...` and runs it. *n: how many
 * rows there are; `most` where there are as many or more. */
enum rs_code rs_query_count(struct rs_query *q, struct rs_store *s, size_t most, size_t *n);

#endif
