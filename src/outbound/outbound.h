/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to other hosts: a POST, and what came back. Users choose the hosts, so every one is
 * suspect: no redirect is followed, no proxy is asked, and a connection to an address that is not
 * public is refused at the socket, after the name was resolved. May be included by service and
 * server. */
#ifndef RS_OUTBOUND_OUTBOUND_H
#define RS_OUTBOUND_OUTBOUND_H

#include "base/cx.h"

enum {
    RS_OUTBOUND_BODY_MAX = 4096, /* bytes of an answer that are kept; the rest is dropped */
    RS_OUTBOUND_WHY_MAX = 256,
};

struct rs_outbound_policy {
    bool allow_private; /* addresses of this host and of private networks, too */
    bool allow_plain;   /* without TLS */
    int timeout_s;      /* of one exchange, all in all */
};

struct rs_outbound_message {
    struct rs_str url;
    const struct rs_str *header; /* "Name: value", each with a NUL behind it */
    size_t n_headers;
    struct rs_str body;
};

struct rs_outbound_answer {
    int status;          /* 0: there was no answer, and `why` says why */
    int64_t retry_after; /* seconds that the answer asks to wait; 0: it does not */
    int64_t took_ms;
    char why[RS_OUTBOUND_WHY_MAX];
    size_t n; /* bytes of body */
    char body[RS_OUTBOUND_BODY_MAX];
};

/* Whether a message may go to a URL: RS_INVALID when it is none, has another scheme, a user or a
 * password, or a host that is not public. A name is resolved, which may take seconds; one that does
 * not resolve now passes: the socket is checked anyway. */
enum rs_code rs_outbound_check(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                               struct rs_str url);

/* Many exchanges at a time on one thread. */
struct rs_outbound;

/* *out is yours: rs_outbound_close, which drops what is under way. RS_UNAVAILABLE. */
enum rs_code rs_outbound_open(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                              struct rs_outbound **out);
void rs_outbound_close(struct rs_outbound *ob);

/* Starts an exchange, copying the message. `user` comes back from rs_outbound_take, whatever
 * happens. RS_UNAVAILABLE: it was not started. */
enum rs_code rs_outbound_start(struct rs_cx *cx, struct rs_outbound *ob,
                               const struct rs_outbound_message *message, void *user);

/* Moves what is under way, and waits until something has happened, but for ms at most. */
void rs_outbound_wait(struct rs_outbound *ob, int ms);

/* Ends a wait. Any thread. */
void rs_outbound_wake(struct rs_outbound *ob);

/* The user of an exchange that has ended, NULL when there is none. */
void *rs_outbound_take(struct rs_outbound *ob, struct rs_outbound_answer *answer);

/* One exchange, awaited. RS_UNAVAILABLE: it was not started. */
enum rs_code rs_outbound_call(struct rs_cx *cx, const struct rs_outbound_policy *policy,
                              const struct rs_outbound_message *message,
                              struct rs_outbound_answer *answer);

#endif
