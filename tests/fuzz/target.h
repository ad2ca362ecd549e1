/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target: what is done with any input at all, and what must hold then. Each stands in a file
 * of its name. May be included by tests/fuzz. */
#ifndef RS_TESTS_FUZZ_TARGET_H
#define RS_TESTS_FUZZ_TARGET_H

#include "base/buf.h"
#include "base/cx.h"

struct fuzz_target {
    const char *name;
    const char *what;   /* a line for people */
    bool is_slow;       /* an input costs about a hundred times as much as others */
    void (*open)(void); /* once, before the first input; NULL: nothing */
    void (*close)(void);
    /* Tries one input, which is borrowed; what it does is undone before the next. cx is clean. */
    void (*one)(struct rs_cx *cx, struct rs_str input);
    /* Puts the words of this target's language, from the tables that define it. */
    void (*words)(void (*put)(struct rs_str word)); /* NULL: none */
};

extern const struct fuzz_target fuzz_json;
extern const struct fuzz_target fuzz_query;
extern const struct fuzz_target fuzz_filter;
extern const struct fuzz_target fuzz_uri;
extern const struct fuzz_target fuzz_path;
extern const struct fuzz_target fuzz_range;
extern const struct fuzz_target fuzz_page;
extern const struct fuzz_target fuzz_config;
extern const struct fuzz_target fuzz_number;
extern const struct fuzz_target fuzz_http;

/* All of them, ended by NULL. */
extern const struct fuzz_target *const fuzz_targets[];

/* The target of that name, or NULL. */
const struct fuzz_target *fuzz_find(const char *name);

/* Opens the target at its first input, then tries this one, copied to memory of its very size. */
void fuzz_try(const struct fuzz_target *t, struct rs_str input);

/* Says what did not hold, for which part of the input, and ends the program. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what, struct rs_str about);

#define FUZZ_HOLDS(condition, about)                                                               \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fuzz_fail(__FILE__, __LINE__, #condition, (about));                                    \
        }                                                                                          \
    } while (0)

/* After a call that takes what a client may send: it went well, or the client is told with words
 * that can be written in a reply. */
void fuzz_refused(const struct rs_cx *cx, enum rs_code code, struct rs_str about);

/* The text up to the first newline, which goes away with it; the whole where there is none. */
struct rs_str fuzz_line(struct rs_str *rest);

#endif
