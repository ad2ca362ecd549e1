/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's daemon and its callbacks: the life of an exchange, from the request line to the
 * last byte.
 *
 * libmicrohttpd calls on_request several times for one request: with the headers, with each piece
 * of the body, with its end, and once more after a resume. The state in the exchange says which of
 * them it is. */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/io.h"

enum {
    FREE_MAX = 512, /* exchanges kept for reuse */
    /* Headers and the read buffer. libmicrohttpd zeroes it for every request: 64 KiB cost a tenth
       of a small one. */
    CONNECTION_MEMORY = 16 << 10,
    BODY_KEPT_MAX = 64 << 10, /* a bigger buffer is not kept for the next request */
    BACKLOG = 1024,
    /* A refused body up to this length is read to its end: a client that is writing would see a
     * reset connection, and not the reply. More than any limit of a body that is collected. */
    REFUSED_MAX = 16 << 20,
};

static struct rs_exchange *exchange_new(struct rs_http *h)
{
    pthread_mutex_lock(&h->lock);
    struct rs_exchange *x = h->free_list;
    if (x != NULL) {
        h->free_list = x->io->next_free;
        h->n_free--;
    }
    pthread_mutex_unlock(&h->lock);
    if (x == NULL) {
        x = calloc(1, sizeof *x);
        struct rs_exchange_io *io = calloc(1, sizeof *io);
        if (x == NULL || io == NULL) {
            free(x);
            free(io);
            return NULL;
        }
        x->io = io;
        x->io->http = h;
        x->cx.arena = &x->arena;
        x->user = h->o.user;
    }
    x->io->state = RS_IO_NEW;
    x->io->skipped = 0;
    x->io->is_last = x->io->is_cross_origin = false;
    x->reply.fd = -1;
    x->reply.body.max = RS_REPLY_MAX;
    x->times.start_ns = rs_clock_mono_ns();
    return x;
}

static void exchange_destroy(struct rs_exchange *x)
{
    rs_arena_fini(&x->arena);
    rs_buf_fini(&x->body);
    rs_buf_fini(&x->reply.body);
    free(x->io);
    free(x);
}

static void keep_buffer(struct rs_buf *b)
{
    if (b->cap > BODY_KEPT_MAX) {
        rs_buf_fini(b);
    }
    rs_buf_clear(b);
}

/* Back to the free list, with its warm memory and nothing of the request. */
static void exchange_free(struct rs_exchange *x)
{
    struct rs_http *h = x->io->http;

    if (x->reply.fd >= 0) {
        close(x->reply.fd);
    }
    rs_arena_reset(&x->arena);
    rs_cx_clear(&x->cx);
    keep_buffer(&x->body);
    keep_buffer(&x->reply.body);
    (void)rs_exchange_hold(x, 0);
    x->reply = (struct rs_reply){.body = x->reply.body, .fd = -1};
    x->cx.request_id = x->cx.principal = x->path = x->query = (struct rs_str){0};
    x->times = (struct rs_exchange_times){0};
    x->received = 0;
    x->route = NULL;
    x->is_of_page = false;
    x->n_params = 0;
    x->scratch = NULL;
    pthread_mutex_lock(&h->lock);
    const bool keep = h->n_free < FREE_MAX;
    if (keep) {
        x->io->next_free = h->free_list;
        h->free_list = x;
        h->n_free++;
    }
    pthread_mutex_unlock(&h->lock);
    if (!keep) {
        exchange_destroy(x);
    }
}

bool rs_http_enter(struct rs_http *h)
{
    atomic_fetch_add(&h->inside, 1);
    if (!atomic_load(&h->stopping)) {
        return true;
    }
    rs_http_leave(h);
    return false;
}

void rs_http_leave(struct rs_http *h)
{
    atomic_fetch_sub(&h->inside, 1);
}

void rs_exchange_suspend(struct rs_exchange *x)
{
    atomic_fetch_add(&x->io->http->suspended, 1);
    x->io->state = RS_IO_WAITING;
    rs_watched_enter(x->io->watched, RS_PHASE_OURS);
    MHD_suspend_connection(x->io->connection);
}

void rs_exchange_resume(struct rs_exchange *x)
{
    struct rs_http *h = x->io->http;

    MHD_resume_connection(x->io->connection);
    atomic_fetch_sub(&h->suspended, 1);
}

struct rs_peer *rs_peer_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

/* libmicrohttpd makes a record of each argument of a query, in the memory of the connection, and
 * never answers when that is full. Queries are read elsewhere, so it shall see none: what it reads
 * ends behind '?'. The memory is the connection's own, and not constant. */
static void hide_query(const char *target)
{
    const char *mark = strchr(target, '?');

    if (mark != NULL && mark[1] != '\0') {
        ((char *)(uintptr_t)mark)[1] = '\0';
    }
}

/* The raw target, before libmicrohttpd decodes it and cuts it at %00. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct rs_http *h = cls;
    struct rs_exchange *x = exchange_new(h);

    if (x == NULL) {
        return NULL;
    }
    atomic_fetch_add(&h->active, 1);
    x->path = rs_arena_str(x->cx.arena, rs_str_of(target));
    x->io->target = target;
    x->io->peer = rs_peer_of(connection);
    x->io->watched = x->io->peer != NULL ? x->io->peer->watched : NULL;
    if (x->io->peer != NULL) {
        x->io->peer->exchange = x;
    }
    rs_watched_enter(x->io->watched, RS_PHASE_HEAD);
    hide_query(target);
    return x;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct rs_http *h = cls;
    struct rs_peer *peer = *socket_context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (peer != NULL) {
            rs_watch_remove(h->watch, peer->watched);
        }
        free(peer);
        return;
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    peer = calloc(1, sizeof *peer);
    if (peer != NULL && info != NULL) {
        peer->watched = rs_watch_add(h->watch, info->connect_fd);
    }
    *socket_context = peer;
}

/* The headers have been refused. libmicrohttpd ends a connection on which a reply overtakes its
 * request. */
static enum MHD_Result refuse_headers(struct rs_exchange *x)
{
    const struct rs_str length = rs_exchange_header(x, "Content-Length");
    int64_t n = 0;

    if (rs_exchange_header(x, "Expect").p != NULL ||
        (length.p != NULL && (!rs_str_to_i64(length, &n) || n > REFUSED_MAX))) {
        x->reply.close = true;
    }
    if (x->reply.close) {
        return rs_reply_send(x);
    }
    x->io->state = RS_IO_REFUSED;
    return MHD_YES;
}

static enum MHD_Result begin(struct rs_exchange *x, struct MHD_Connection *connection,
                             const char *method, const char *version)
{
    x->io->connection = connection;
    x->io->state = RS_IO_BODY;
    rs_watched_enter(x->io->watched, RS_PHASE_BODY);
    rs_request_read(x, method, version);
    if (x->reply.status == 0 && x->route->body != NULL) {
        x->route->body->begin(x);
    }
    if (x->reply.status != 0) {
        return refuse_headers(x);
    }
    x->body.max = x->route->body_max;
    return MHD_YES;
}

static void refuse_body(struct rs_exchange *x)
{
    rs_fail(&x->cx, RS_TOO_LARGE, "the body is longer than the %zu bytes that this path takes",
            x->route->body_max);
    x->reply.status = 413;
    x->io->http->o.refuse(x);
}

/* The rest of a refused body, or its end. */
static enum MHD_Result skip_body(struct rs_exchange *x, size_t *n)
{
    if (*n == 0) {
        return rs_reply_send(x);
    }
    x->io->skipped += *n;
    *n = 0;
    return x->io->skipped > REFUSED_MAX ? MHD_NO : MHD_YES;
}

/* A piece of the body. What is not taken stays with libmicrohttpd and comes again. Once the
 * exchange is suspended, its reply is another thread's. */
static enum MHD_Result take_body(struct rs_exchange *x, const char *bytes, size_t *n)
{
    if (x->route->body != NULL) {
        const size_t taken = x->route->body->put(x, bytes, *n);

        x->received += taken;
        *n -= taken;
    } else {
        rs_buf_put(&x->body, bytes, *n);
        x->received += *n;
        *n = 0;
        if (x->body.over) {
            refuse_body(x);
        } else if (!rs_exchange_hold(x, x->body.n)) {
            rs_exchange_refuse_full(x);
        }
    }
    if (x->io->state == RS_IO_BODY && x->reply.status != 0) {
        x->io->state = RS_IO_REFUSED;
    }
    return MHD_YES;
}

/* The deadline is one without the body, which may take hours, and of each step of a route that has
 * several. */
static enum MHD_Result serve(struct rs_exchange *x)
{
    x->io->state = RS_IO_SERVING;
    x->cx.deadline_ns = rs_clock_mono_ns() + RS_S_AS_NS(x->io->http->o.call_s);
    x->route->serve(x);
    return x->io->state == RS_IO_SERVING && x->reply.status != 0 ? rs_reply_send(x) : MHD_YES;
}

/* One call of libmicrohttpd for an exchange that is under way. */
static enum MHD_Result go_on(struct rs_exchange *x, const char *upload, size_t *upload_size)
{
    if (x->io->state == RS_IO_WAITING) {
        if (x->reply.status != 0 && *upload_size == 0) {
            return rs_reply_send(x);
        }
        /* There is room again, or the rest is not wanted. */
        x->io->state = x->reply.status != 0 ? RS_IO_REFUSED : RS_IO_BODY;
        rs_watched_enter(x->io->watched, RS_PHASE_BODY);
    }
    if (x->io->state == RS_IO_REFUSED) {
        return skip_body(x, upload_size);
    }
    return *upload_size > 0 ? take_body(x, upload, upload_size) : serve(x);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **con_cls)
{
    struct rs_http *h = cls;
    struct rs_exchange *x = *con_cls;

    (void)url;
    if (x == NULL || !rs_http_enter(h)) {
        return MHD_NO;
    }
    const enum MHD_Result rc = x->io->state == RS_IO_NEW ? begin(x, connection, method, version)
                                                         : go_on(x, upload, upload_size);
    rs_http_leave(h);
    return rc;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct rs_http *h = cls;
    struct rs_exchange *x = *con_cls;

    (void)connection;
    (void)why;
    if (x == NULL) {
        return;
    }
    *con_cls = NULL;
    rs_watched_enter(x->io->watched, RS_PHASE_OPEN);
    if (x->io->peer != NULL) {
        x->io->peer->exchange = NULL;
    }
    if (x->route != NULL && x->route->body != NULL && x->scratch != NULL) {
        x->route->body->drop(x);
    }
    exchange_free(x);
    atomic_fetch_sub(&h->active, 1);
}

/* Errors of libmicrohttpd itself; most are clients that go away. */
static void on_error(void *cls, const char *fmt, va_list args)
{
    (void)cls;
    (void)fmt;
    (void)args;
}

static bool address_of(const char *host, unsigned port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return true;
    }
    return false;
}

static struct MHD_Daemon *start_daemon(struct rs_http *h, const struct sockaddr_storage *address)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                           MHD_USE_ERROR_LOG | (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0U);

    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address,
        MHD_OPTION_EXTERNAL_LOGGER, on_error, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, h,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        h, MHD_OPTION_THREAD_POOL_SIZE, h->o.threads, MHD_OPTION_CONNECTION_LIMIT,
        h->o.connections_max, MHD_OPTION_CONNECTION_TIMEOUT, h->o.idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)BACKLOG, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
}

enum rs_code rs_http_start(struct rs_cx *cx, const struct rs_http_options *o, struct rs_http **out)
{
    struct sockaddr_storage address;

    if (!address_of(o->host, o->port, &address)) {
        return rs_fail(cx, RS_INVALID, "could not listen on \"%s\": not an IPv4 or IPv6 address",
                       o->host);
    }
    struct rs_http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not start the HTTP server: out of memory");
    }
    h->o = *o;
    h->listening = MHD_INVALID_SOCKET;
    rs_request_ids_init(&h->ids);
    pthread_mutex_init(&h->lock, NULL);
    h->watch = rs_watch_start(
        &(struct rs_watch_options){.span_s = o->head_s, .min_rate = o->min_rate});
    if (h->watch == NULL) {
        rs_http_stop(h);
        return rs_fail(cx, RS_UNAVAILABLE,
                       "could not start the thread that watches connections: %s", strerror(errno));
    }
    h->daemon = start_daemon(h, &address);
    if (h->daemon == NULL) {
        const int why = errno;

        rs_http_stop(h);
        return why == EAGAIN /* no address is ever that */
                   ? rs_fail(cx, RS_UNAVAILABLE, "could not start the threads that listen: %s",
                             strerror(why))
                   : rs_fail(cx, RS_UNAVAILABLE, "could not listen on %s port %u: %s", o->host,
                             o->port, strerror(why));
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    h->port = info != NULL ? info->port : o->port;
    *out = h;
    return RS_OK;
}

unsigned rs_http_port(const struct rs_http *h)
{
    return h->port;
}

unsigned rs_http_active(const struct rs_http *h)
{
    return atomic_load(&h->active);
}

unsigned rs_http_connections(const struct rs_http *h)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon,
                                                           MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info != NULL ? info->num_connections : 0;
}

struct rs_http_figures rs_exchange_figures(const struct rs_exchange *x)
{
    const struct rs_http *h = x->io->http;

    return (struct rs_http_figures){.connections = rs_http_connections(h),
                                    .connections_max = h->o.connections_max,
                                    .cut = rs_watch_cut(h->watch),
                                    .held = rs_http_held(h),
                                    .held_max = h->o.held_max,
                                    .requests = rs_http_active(h),
                                    .suspended = atomic_load(&h->suspended)};
}

bool rs_http_drain(struct rs_http *h, unsigned wait_s)
{
    const struct timespec tick = {.tv_nsec = 5000000};
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(wait_s);

    atomic_store(&h->draining, true);
    h->listening = MHD_quiesce_daemon(h->daemon);
    if (h->listening != MHD_INVALID_SOCKET) {
        /* Who calls is refused from now on. Closed only once the daemon stands: one of its threads
         * may be about to accept, and the number could by then be another file's. */
        shutdown(h->listening, SHUT_RDWR);
    }
    while (rs_http_active(h) > 0 && rs_clock_mono_ns() < until) {
        nanosleep(&tick, NULL);
    }
    return rs_http_active(h) == 0;
}

/* libmicrohttpd must not be stopped while a connection is suspended. Whoever holds one resumes it
 * soon: lanes and file workers end what they have begun, and get nothing more. */
static void await_resumed(struct rs_http *h)
{
    const struct timespec tick = {.tv_nsec = 1000000};

    atomic_store(&h->stopping, true);
    while (atomic_load(&h->inside) > 0 || atomic_load(&h->suspended) > 0) {
        nanosleep(&tick, NULL);
    }
}

void rs_http_stop(struct rs_http *h)
{
    if (h == NULL) {
        return;
    }
    if (h->daemon != NULL) {
        await_resumed(h);
        MHD_stop_daemon(h->daemon);
    }
    if (h->listening != MHD_INVALID_SOCKET) {
        close(h->listening);
    }
    rs_watch_stop(h->watch);
    while (h->free_list != NULL) {
        struct rs_exchange *x = h->free_list;

        h->free_list = x->io->next_free;
        exchange_destroy(x);
    }
    pthread_mutex_destroy(&h->lock);
    free(h);
}
