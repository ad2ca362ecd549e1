/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that speak libmicrohttpd share. May be included by http/server.c, http/reply.c,
 * http/request.c and http/substitute.c. */
#ifndef RS_HTTP_IO_H
#define RS_HTTP_IO_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "http/request_id.h"
#include "http/server.h"
#include "http/watch.h"

enum rs_io_state {
    RS_IO_NEW,      /* the headers have not been looked at */
    RS_IO_BODY,     /* the body is coming */
    RS_IO_WAITING,  /* suspended until somebody resumes: the reply is being made, or the body has no
                       room */
    RS_IO_SERVING,  /* serve() has been called; a status in the reply ends it */
    RS_IO_REFUSED,  /* the reply is there; it goes out when the body has come, of which nothing is
                       kept */
    RS_IO_ANSWERED, /* the reply is libmicrohttpd's */
};

/* What is kept of a connection while it lasts: its socket context. */
struct rs_peer {
    struct rs_watched *watched;   /* NULL: memory was out */
    struct rs_exchange *exchange; /* of the request under way; NULL between requests */
};

/* The transport's half of an exchange. */
struct rs_exchange_io {
    struct rs_http *http;
    struct MHD_Connection *connection;
    struct rs_peer *peer; /* NULL: memory was out; then nobody watches, either */
    struct rs_watched *watched;
    const char *target; /* where the request line's target starts, in libmicrohttpd's memory */
    enum rs_io_state state;
    bool is_cross_origin; /* a page of an allowed origin asks */
    bool is_last;         /* the connection ends with the reply, but the body is read first */
    uint64_t skipped;     /* bytes of a refused body that have come */
    uint64_t held;        /* bytes of the budget that bodies and reply of this exchange take */
    struct rs_exchange *next_free;
};

struct rs_http {
    struct rs_http_options o;
    struct MHD_Daemon *_Atomic daemon; /* its threads run before it is here */
    MHD_socket listening;              /* from the drain to the stop: nobody is let in any more */
    struct rs_watch *watch;
    unsigned port;
    struct rs_request_ids ids;
    atomic_uint active;
    atomic_bool draining;
    atomic_bool stopping;  /* no callback begins anything any more */
    atomic_uint inside;    /* callbacks that run now and may suspend */
    atomic_uint suspended; /* exchanges that somebody will resume */
    atomic_ullong held;    /* bytes of all bodies and replies beyond RS_HELD_FREE each */
    pthread_mutex_t lock;  /* guards the free list */
    struct rs_exchange *free_list;
    unsigned n_free;
};

/* What is kept of a connection; NULL when memory was out. */
struct rs_peer *rs_peer_of(struct MHD_Connection *connection);

/* Around what may suspend an exchange on behalf of libmicrohttpd. False, and then without a leave:
 * the server is stopping, the connection must end. */
bool rs_http_enter(struct rs_http *h);
void rs_http_leave(struct rs_http *h);

/* Bytes of an exchange that nobody counts: the limit of connections bounds them. */
enum { RS_HELD_FREE = 64 << 10 };

/* Says how many bytes the exchange keeps in memory from now on, of its request's body and its
 * reply. False when all of them together would be more than the server's budget; then nothing has
 * changed. */
bool rs_exchange_hold(struct rs_exchange *x, uint64_t bytes);

/* Turns what the exchange holds into a refusal, 503: the budget is spent. */
void rs_exchange_refuse_full(struct rs_exchange *x);

/* Reads the request line and headers and finds the route. When the request is refused, the reply
 * has its status. */
void rs_request_read(struct rs_exchange *x, const char *method, const char *version);

/* Gives the reply to libmicrohttpd. */
enum MHD_Result rs_reply_send(struct rs_exchange *x);

#endif
