/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: libmicrohttpd's epoll pool, connections and limits. May be included by server.
 */
#ifndef RS_HTTP_SERVER_H
#define RS_HTTP_SERVER_H

#include "http/router.h"

struct rs_http;

struct rs_http_options {
    const char *host; /* an address, not a name */
    unsigned port;    /* 0: the system chooses */
    unsigned threads; /* at least 2: with one, libmicrohttpd makes no pool */
    unsigned connections_max;
    unsigned idle_s; /* a connection that says nothing for so long is closed */
    unsigned head_s; /* so long may the head of a request take, and over so long rates are measured
                      */
    unsigned min_rate; /* bytes a second of bodies and replies, below which a connection is cut; 0:
                          none is */
    unsigned call_s;   /* deadline of a call, from the end of its body on */
    uint64_t held_max; /* bytes of bodies and replies in memory at a time; more is answered 503 */
    struct rs_str allowed_hosts;   /* beside this machine and private addresses; http/guard.h */
    struct rs_str allowed_origins; /* of pages that may call this server; likewise */
    /* Routes that are served whatever Host and Origin say; NULL: none is. */
    bool (*is_public)(const struct rs_route *route);
    struct rs_str base_path; /* "" or "/x": routes are reached below it only */
    const struct rs_router *router;
    void *user; /* every exchange's */
    /* Fills the reply for what the transport refuses (404, 405, 413, 400...), from x->cx.error and
     * the status that is in the reply already. */
    void (*refuse)(struct rs_exchange *x);
    /* Called when a reply has been given to the transport: counters, log. I/O thread. */
    void (*answered)(const struct rs_exchange *x);
};

/* Listens and serves. RS_UNAVAILABLE when the address cannot be had. Yours: rs_http_stop. */
enum rs_code rs_http_start(struct rs_cx *cx, const struct rs_http_options *o, struct rs_http **out);

/* The port that is listened on. */
unsigned rs_http_port(const struct rs_http *h);

/* Stops listening and waits until no request is under way, at most wait_s seconds. True when none
 * is left. */
bool rs_http_drain(struct rs_http *h, unsigned wait_s);

/* Ends all connections, as soon as every suspended exchange has been resumed: who may hold one must
 * still be running. */
void rs_http_stop(struct rs_http *h);

/* Requests under way, and open connections. */
unsigned rs_http_active(const struct rs_http *h);
unsigned rs_http_connections(const struct rs_http *h);

/* Bytes of the budget that bodies and replies take now. */
uint64_t rs_http_held(const struct rs_http *h);

#endif
