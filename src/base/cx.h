/* SPDX-License-Identifier: Apache-2.0 */
/* The context of one request or job: the first parameter of whatever can fail. May be included by
 * every room.
 *
 * An error is made once, where it arises, with a message that says what was attempted and what was
 * wrong. It travels up untouched through RS_TRY and is logged once, in the reply. */
#ifndef RS_BASE_CX_H
#define RS_BASE_CX_H

#include "base/arena.h"

/* What can go wrong, as our own code sees it. What the wire calls it is decided by the dialects
 * (api/). */
enum rs_code {
    RS_OK = 0,
    RS_INVALID,         /* the input breaks a rule: the caller must change it */
    RS_NOT_FOUND,       /* the named thing is not there */
    RS_EXISTS,          /* the named thing is there already */
    RS_CONFLICT,        /* the state of the thing does not allow it */
    RS_UNMET,           /* the caller wanted it done only if something was so, and it is not */
    RS_DENIED,          /* known, but not allowed */
    RS_UNAUTHENTICATED, /* not known */
    RS_TOO_LARGE,       /* a body or a result beyond its limit */
    RS_BUSY,            /* a queue is full: come back later */
    RS_UNAVAILABLE,     /* something that we need does not answer now */
    RS_LATE,            /* the time that it may take is over */
    RS_UNSUPPORTED,     /* understood, but not built */
    RS_CORRUPT,         /* stored bytes are not what was stored */
    RS_INTERNAL,        /* our mistake */
    RS_N_CODES
};

enum { RS_ERROR_MESSAGE_MAX = 1024 }; /* bytes; longer messages are cut at a code point */

struct rs_error {
    enum rs_code code;
    char message[RS_ERROR_MESSAGE_MAX];
};

/* A closed list: what every step of a request may need. One thread at a time. */
struct rs_cx {
    struct rs_arena *arena;
    struct rs_error error;
    struct rs_str request_id; /* for logs and replies */
    struct rs_str principal;  /* who asks; absent when nobody was asked */
    int64_t deadline_ns;      /* on rs_clock_mono_ns; 0: none */
};

/* Records the error and returns its code, so that `return rs_fail(cx, RS_NOT_FOUND, ...)` reads as
 * one thought. The first error of a context stands until rs_cx_clear. */
enum rs_code rs_fail(struct rs_cx *cx, enum rs_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Forgets the error, for a caller that has dealt with it. */
void rs_cx_clear(struct rs_cx *cx);

/* The only macro that returns: passes any code but RS_OK to the caller. */
#define RS_TRY(expr)                                                                               \
    do {                                                                                           \
        const enum rs_code rs_try_code = (expr);                                                   \
        if (rs_try_code != RS_OK) {                                                                \
            return rs_try_code;                                                                    \
        }                                                                                          \
    } while (0)

/* The name of a code in logs and metrics: "invalid", "not_found", ... Static. */
const char *rs_code_name(enum rs_code code);

#endif
