/* SPDX-License-Identifier: Apache-2.0 */
/* A store of its own for each test of store/sql and service, in a folder that goes with it; and
 * what most of these tests do first. */
#ifndef RS_TESTS_SUPPORT_SCRATCH_H
#define RS_TESTS_SUPPORT_SCRATCH_H

#include <check.h>

#include "store/experiment.h"
#include "store/run.h"

/* What every test has: fixtures of a TCase. The writing store is inside a transaction, so that
 * nothing waits for the disk, unless a test ends it. */
void scratch_open(void);
void scratch_close(void);

/* Of the test that runs. */
struct rs_cx *scratch_cx(void);
struct rs_store *scratch_store(void);

/* A second connection, which only reads, and remembers runs. Commits what was written, and begins a
 * new transaction. */
struct rs_store *scratch_reader(void);

/* Commits, and begins a new transaction. */
void scratch_commit(void);

/* A new active experiment of that name, and a new run in experiment 0. */
int64_t scratch_experiment(const char *name);
struct rs_run_ref scratch_run(const char *run_id);

/* Logs one point. */
void scratch_point(const struct rs_run_ref *run, const char *key, int64_t at, int64_t step,
                   double value);

/* A number that one statement of a single column gives. For looking past the interface at rows. */
int64_t scratch_number(const char *sql);

/* How SQLite would run the last statement that this connection has prepared with `part` in its
 * text: the lines of EXPLAIN QUERY PLAN. Fails the test when there is no such statement. The
 * store's connection is asked, not the reader's. */
const char *scratch_plan(const char *part);

/* Asserts that a call went well, and shows its message otherwise. */
#define ck_ok(call)                                                                                \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == RS_OK, "%s: %s", #call, scratch_cx()->error.message);             \
    } while (0)

/* Asserts the code and a part of the message of a call that fails, and forgets the error. */
#define ck_fails(call, wanted, text)                                                               \
    do {                                                                                           \
        const enum rs_code ck_code = (call);                                                       \
        ck_assert_msg(ck_code == (wanted), "%s: %s, %s", #call, rs_code_name(ck_code),             \
                      scratch_cx()->error.message);                                                \
        ck_assert_msg(strstr(scratch_cx()->error.message, (text)) != NULL, "%s: %s", #call,        \
                      scratch_cx()->error.message);                                                \
        rs_cx_clear(scratch_cx());                                                                 \
    } while (0)

#define ck_text(got, want)                                                                         \
    do {                                                                                           \
        const struct rs_str ck_got = (got);                                                        \
        ck_assert_msg(rs_str_is(ck_got, (want)), "%s is \"" RS_FMT "\", not \"%s\"", #got,         \
                      RS_ARG(ck_got), (want));                                                     \
    } while (0)

/* Runs what `add` puts into the case, each test in a process and with a store of its own, which
 * `open` makes: it calls scratch_open, or is that. The exit code of main. */
int scratch_main(const char *name, void (*open)(void), void (*add)(TCase *tests));

#endif
