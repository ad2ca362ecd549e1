/* SPDX-License-Identifier: Apache-2.0 */
/* The watch over connections: it ends those whose client is too slow, or has left within a body.
 * May be included by http.
 *
 * libmicrohttpd's own timeout starts anew with each byte, so that a byte now and then keeps a
 * connection for ever; and it does not see a client that ends its half within a body. */
#ifndef RS_HTTP_WATCH_H
#define RS_HTTP_WATCH_H

#include <stdint.h>

/* What a connection is doing, and so what its client owes it. */
enum rs_phase {
    RS_PHASE_OPEN,  /* no request: nothing, but what it begins it must go on with */
    RS_PHASE_HEAD,  /* the request line is there: the rest of the headers, in time */
    RS_PHASE_BODY,  /* the body, at the least rate */
    RS_PHASE_OURS,  /* it waits for us: nothing */
    RS_PHASE_REPLY, /* the reply is there: to take it, at the least rate */
};

struct rs_watch;
struct rs_watched; /* one connection */

struct rs_watch_options {
    unsigned span_s;   /* a head takes at most so long; rates are measured over so long */
    unsigned min_rate; /* bytes a second of bodies and replies; 0: no rate is asked */
};

/* Starts the watch's thread. NULL, and errno, when there is none to be had. Yours: rs_watch_stop,
 * when all connections have been removed. */
struct rs_watch *rs_watch_start(const struct rs_watch_options *o);
void rs_watch_stop(struct rs_watch *w);

/* Watches a connected TCP socket, whose first request it now waits for. NULL when memory is out:
 * it is then not watched. Removed before the socket is closed. Any thread. */
struct rs_watched *rs_watch_add(struct rs_watch *w, int fd);
void rs_watch_remove(struct rs_watch *w, struct rs_watched *c);

/* The connection goes over to a phase; HEAD starts another request. On the connection's own I/O
 * thread only. NULL does nothing. */
void rs_watched_enter(struct rs_watched *c, enum rs_phase phase);

/* Connections that the watch has ended since the start. Any thread. */
uint64_t rs_watch_cut(const struct rs_watch *w);

#endif
