/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator is told while a command runs: findings, notes, and how far it is. May be
 * included by upkeep and server. */
#ifndef RS_UPKEEP_REPORT_H
#define RS_UPKEEP_REPORT_H

#include <stdio.h>

#include "base/cx.h"

/* {.out = stdout} is valid. */
struct rs_report {
    FILE *out;        /* a line for each finding and note */
    FILE *progress;   /* a terminal; NULL: nobody watches */
    int64_t findings; /* that were told */
    int64_t next_ns;  /* no progress before */
};

/* One line, "what: where: what to do". Whatever a client may have written into `where` is made
 * harmless for a terminal. */
void rs_report_finding(struct rs_report *r, const char *what, struct rs_str where,
                       const char *advice);

/* "runestone: " and the error's message on standard error, in one line that is harmless for a
 * terminal: SQLite quotes what it finds in a damaged file. */
void rs_report_error(const struct rs_cx *cx);

/* One line that is no finding. */
void rs_report_note(struct rs_report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* How far a step is, ten times a second at most. */
struct rs_progress {
    const char *step;
    int64_t done; /* of `all` things; 0 of 0: it cannot be told */
    int64_t all;
    int64_t bytes; /* of those done, and of all */
    int64_t all_bytes;
};
void rs_report_progress(struct rs_report *r, const struct rs_progress *p);

/* Wipes the progress off the terminal. */
void rs_report_end(struct rs_report *r);

#endif
