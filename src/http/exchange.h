/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its reply. May be included by http, api and server.
 *
 * Life: the request line and headers arrive, a route is found, the body is collected (or streamed),
 * the route's serve() is called on an I/O thread, which must never block. It fills the reply at
 * once, or suspends the exchange and lets another thread fill it and resume. Whoever runs it owns
 * it alone: no lock is needed. */
#ifndef RS_HTTP_EXCHANGE_H
#define RS_HTTP_EXCHANGE_H

#include "base/buf.h"
#include "base/cx.h"
#include "base/uri.h"

enum rs_method { RS_GET, RS_HEAD, RS_POST, RS_PUT, RS_PATCH, RS_DELETE, RS_OPTIONS, RS_N_METHODS };

/* "GET", ... Static. */
const char *rs_method_name(enum rs_method m);

enum {
    RS_PATH_PARAMS_MAX = 4,
    RS_REPLY_HEADERS_MAX = 12,
    RS_REPLY_MAX = 256 << 20, /* bytes of a reply that is built in memory */
    RS_READ_BREAK = -1,       /* see struct rs_reply */
    RS_READ_END = -2,
};

struct rs_exchange;

/* How a body that does not fit memory is taken, as it comes. All are called on the I/O thread. */
struct rs_body_ops {
    /* The headers are there. Answering now (a status in the reply) refuses the body. */
    void (*begin)(struct rs_exchange *x);
    /* Takes up to n bytes and returns how many. Fewer than n: no more fits now, and the exchange
     * has been suspended: resume it when there is room. A status in the reply refuses the rest. */
    size_t (*put)(struct rs_exchange *x, const char *bytes, size_t n);
    /* The client went away, or the reply was given, before serve() took over what begin() made. */
    void (*drop)(struct rs_exchange *x);
};

/* A row of the router's table. */
struct rs_route {
    enum rs_method method;
    const char *path; /* "/a/{id}/b"; a last "{rest*}" takes all that is left, slashes too */
    const char *name; /* label in metrics and logs */
    size_t body_max;  /* bytes; more is refused with 413 */
    void (*serve)(struct rs_exchange *x);
    const struct rs_body_ops *body; /* NULL: the body is collected */
    const void *row;                /* the dialect's own description */
};

struct rs_path_param {
    struct rs_str name;
    struct rs_str value; /* decoded once */
};

struct rs_header {
    const char *name;
    struct rs_str value;
};

struct rs_reply {
    unsigned status;          /* 0: not answered yet */
    const char *content_type; /* NULL: none is sent */
    struct rs_buf body;
    int fd;          /* >= 0: the body is a part of this file; the server closes it */
    uint64_t offset; /* of that part */
    uint64_t length;
    /* How the file is read where sendfile might wait for a disk: up to n bytes from `at` of the
     * part on, at least one. 0: none can be had now, and the exchange is suspended until they can;
     * RS_READ_BREAK: the connection breaks, so that no client takes a part for the whole;
     * RS_READ_END: of a stream, that was all. NULL: sendfile. I/O thread. */
    ptrdiff_t (*read)(struct rs_exchange *x, uint64_t at, char *out, size_t n);
    bool is_stream; /* read says how long it is, when it ends; `length` says nothing */
    struct rs_header header[RS_REPLY_HEADERS_MAX];
    size_t n_headers;
    bool close; /* the connection ends with this reply */
};

/* Where the time of an exchange went, for counters and the log. */
struct rs_exchange_times {
    int64_t start_ns;   /* when the request line was there; monotonic */
    int64_t took_ns;    /* from then on to the reply, once that is given */
    int64_t waited_ns;  /* in the queues of lanes */
    int64_t watched_ns; /* for something to happen, as its client has asked: no delay of ours */
    int64_t worked_ns;  /* on a reader; 0: not measured */
};

struct rs_exchange {
    struct rs_cx cx;
    struct rs_arena arena;        /* cx.arena */
    void *user;                   /* of the server: what every route may need */
    const struct rs_route *route; /* NULL: no such path or method */
    bool is_of_page;              /* a page asks: the route was reached by a mount for pages */
    enum rs_method method;
    struct rs_str path;  /* decoded once, without the base path; empty: that was all of it */
    struct rs_str query; /* as it came, without '?'; absent when there is none */
    struct rs_path_param param[RS_PATH_PARAMS_MAX];
    size_t n_params;
    struct rs_buf body;
    uint64_t received; /* bytes of the body that were taken */
    struct rs_exchange_times times;
    struct rs_reply reply;
    void *scratch;             /* of the route: what begin() hands to serve() */
    struct rs_exchange_io *io; /* the transport's */
};

/* A request header's value; absent when it is not there. Borrowed for the exchange. */
struct rs_str rs_exchange_header(const struct rs_exchange *x, const char *name);

/* The value of a path parameter; absent when the route has none of that name. */
struct rs_str rs_exchange_param(const struct rs_exchange *x, const char *name);

/* How this client reaches us, "http://host:port" with the base path, from its header Host; cx's.
 * Absent when the header is, or when it is not the name of a host. */
struct rs_str rs_exchange_base(const struct rs_exchange *x);

/* What the server of an exchange has in hand now, for metrics. */
struct rs_http_figures {
    unsigned connections;     /* open */
    unsigned connections_max; /* more wait in the kernel */
    uint64_t cut;       /* connections ended because their client was too slow or had left, ever */
    uint64_t held;      /* bytes of large bodies and replies */
    uint64_t held_max;  /* what needs more is answered 503 */
    unsigned requests;  /* under way, from the request line to the last byte of the reply */
    unsigned suspended; /* of these, waiting for a lane, a file worker or a disk */
};

struct rs_http_figures rs_exchange_figures(const struct rs_exchange *x);

/* Bytes of the reply's body that are sent for this method; of a stream, which nobody knows, 0. */
uint64_t rs_exchange_sends(const struct rs_exchange *x);

/* Adds a header to the reply. The value must live as long as the exchange; CR, LF and NUL are
 * refused by dropping the header. At most RS_REPLY_HEADERS_MAX. */
void rs_exchange_set(struct rs_exchange *x, const char *name, struct rs_str value);

/* Parks the exchange: nothing happens on its connection until it is resumed. I/O thread only. */
void rs_exchange_suspend(struct rs_exchange *x);

/* Goes on with a suspended exchange, whose reply is there, or whose body has room again. Any
 * thread; the caller must not touch the exchange afterwards. */
void rs_exchange_resume(struct rs_exchange *x);

#endif
