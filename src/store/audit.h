/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the rows are what the program takes for granted: what the engine itself cannot know. May
 * be included by upkeep. */
#ifndef RS_STORE_AUDIT_H
#define RS_STORE_AUDIT_H

#include "base/cx.h"

struct rs_store;

/* One thing that is not as it should be. Texts are borrowed. */
struct rs_audit_finding {
    const char *rule;    /* its name: a word of ours */
    const char *what;    /* what is wrong */
    struct rs_str where; /* which rows, in names that a client knows */
    const char *advice;  /* what to do */
};

/* {.found = ..., .arg = ...} is valid. */
struct rs_audit {
    void (*found)(void *arg, const struct rs_audit_finding *finding);
    void *arg;
    void (*began)(void *arg, const char *rule); /* before each rule, for who shows progress; NULL */
    int64_t findings;                           /* how many were found */
};

enum {
    RS_AUDIT_MOST = 20
}; /* findings of one rule that are told; one more says that there are more
    */

/* Asks the engine whether its file is whole. RS_UNAVAILABLE, RS_CORRUPT when it is too broken to be
 * asked. Takes as long as reading everything. */
enum rs_code rs_store_audit_file(struct rs_cx *cx, struct rs_store *s, struct rs_audit *audit);

/* Asks every rule. The schema must be this program's (rs_store_schema_check). */
enum rs_code rs_store_audit_rows(struct rs_cx *cx, struct rs_store *s, struct rs_audit *audit);

#endif
