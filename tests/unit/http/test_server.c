/* SPDX-License-Identifier: Apache-2.0 */
/* A real server on a free port, driven over plain sockets. */
#include "http/server.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/local.h"
#include "http/wire.h"
#include "support/trial.h"

enum { BODY_MAX = 1000, STREAM_PIECE = 700, PATIENCE_S = 30 };

/* What the routes and the test share: every exchange's user. */
struct stage {
    pthread_mutex_t lock; /* guards the next two */
    struct rs_exchange *waiting[400];
    size_t n_waiting;
    atomic_int answered;
    atomic_int last_status;
    atomic_int drops;
    atomic_int rooms; /* times that a stream waited for room */
};

static struct stage stage;
static struct rs_http *http;
static struct rs_router *router;

static void reply(struct rs_exchange *x, unsigned status, struct rs_str text)
{
    x->reply.status = status;
    x->reply.content_type = "text/plain";
    rs_buf_str(&x->reply.body, text);
}

static void serve_hello(struct rs_exchange *x)
{
    rs_exchange_set(x, "X-Evil", RS_STR("a\r\nX-Injected: b"));
    rs_exchange_set(x, "X-Fine", RS_STR("fine"));
    reply(x, 200, RS_STR("hello"));
}

static void serve_echo(struct rs_exchange *x)
{
    reply(x, 200, rs_buf_view(&x->body));
}

/* "id|rest|query": what was found in the target. */
static void serve_params(struct rs_exchange *x)
{
    const struct rs_str id = rs_exchange_param(x, "id");
    const struct rs_str rest = rs_exchange_param(x, "rest");

    reply(x, 200,
          rs_arena_fmt(x->cx.arena, RS_FMT "|" RS_FMT "|" RS_FMT, RS_ARG(id), RS_ARG(rest),
                       RS_ARG(x->query)));
}

static void park(struct rs_exchange *x)
{
    struct stage *s = x->user;

    rs_exchange_suspend(x);
    pthread_mutex_lock(&s->lock);
    s->waiting[s->n_waiting++] = x;
    pthread_mutex_unlock(&s->lock);
}

/* A stream: what came is counted, a piece at a time. */
struct stream {
    size_t n;
};

static void begin_stream(struct rs_exchange *x)
{
    if (rs_exchange_header(x, "X-Refuse").p != NULL) {
        x->reply.close = true;
        reply(x, 403, RS_STR("refused"));
        return;
    }
    x->scratch = RS_NEW(x->cx.arena, struct stream);
}

/* Takes a piece, and waits for somebody to make room for the next one. */
static size_t put_stream(struct rs_exchange *x, const char *bytes, size_t n)
{
    const size_t taken = n < STREAM_PIECE ? n : STREAM_PIECE;
    struct stream *s = x->scratch;

    (void)bytes;
    s->n += taken;
    if (taken < n) {
        atomic_fetch_add(&((struct stage *)x->user)->rooms, 1);
        park(x);
    }
    return taken;
}

static void drop_stream(struct rs_exchange *x)
{
    x->scratch = NULL;
    atomic_fetch_add(&((struct stage *)x->user)->drops, 1);
}

static void serve_stream(struct rs_exchange *x)
{
    const struct stream *s = x->scratch;

    reply(x, 200, rs_arena_fmt(x->cx.arena, "%zu", s->n));
    x->scratch = NULL;
}

static const struct rs_body_ops stream_ops = {begin_stream, put_stream, drop_stream};

static const struct rs_route routes[] = {
    {RS_GET, "/hello", "hello", 0, serve_hello, NULL, NULL},
    {RS_POST, "/echo", "echo", BODY_MAX, serve_echo, NULL, NULL},
    {RS_DELETE, "/echo", "echo", BODY_MAX, serve_echo, NULL, NULL},
    {RS_GET, "/items/{id}", "item", 0, serve_params, NULL, NULL},
    {RS_GET, "/files/{rest*}", "file", 0, serve_params, NULL, NULL},
    {RS_GET, "/wait", "wait", 0, park, NULL, NULL},
    {RS_PUT, "/stream", "stream", 0, serve_stream, &stream_ops, NULL},
};

static void refuse(struct rs_exchange *x)
{
    rs_buf_clear(&x->reply.body);
    reply(x, x->reply.status, rs_str_of(x->cx.error.message));
}

static void answered(const struct rs_exchange *x)
{
    struct stage *s = x->user;

    atomic_store(&s->last_status, (int)x->reply.status);
    atomic_fetch_add(&s->answered, 1);
}

static struct rs_http_options options(void)
{
    struct rs_http_options o = local_options(router);

    o.user = &stage;
    o.refuse = refuse;
    o.answered = answered;
    return o;
}

static void open_router(void)
{
    const struct rs_mount mount = {"", routes, sizeof routes / sizeof routes[0], false};

    pthread_mutex_init(&stage.lock, NULL);
    ck_ok(rs_router_new(&cx, &mount, 1, &router));
}

static void open_all(void)
{
    const struct rs_http_options o = (open_router(), options());

    ck_ok(rs_http_start(&cx, &o, &http));
}

static void close_all(void)
{
    rs_http_stop(http);
    rs_router_free(router);
    close_context();
}

/* Waits until a condition holds; it is polled, for the server tells nobody. */
#define await(condition)                                                                           \
    do {                                                                                           \
        const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);                         \
        while (!(condition)) {                                                                     \
            ck_assert_msg(rs_clock_mono_ns() < until, "never came true: %s", #condition);          \
            sched_yield();                                                                         \
        }                                                                                          \
    } while (0)

static size_t n_waiting(void)
{
    pthread_mutex_lock(&stage.lock);
    const size_t n = stage.n_waiting;
    pthread_mutex_unlock(&stage.lock);
    return n;
}

/* Resumes who waits, from this thread, which is none of the server's; with a reply unless it is a
 * stream. */
static void resume_all(void)
{
    pthread_mutex_lock(&stage.lock);
    while (stage.n_waiting > 0) {
        struct rs_exchange *x = stage.waiting[--stage.n_waiting];

        if (x->route->body == NULL) {
            reply(x, 200, RS_STR("resumed"));
        }
        rs_exchange_resume(x);
    }
    pthread_mutex_unlock(&stage.lock);
}

static void connect_to(struct wire *w)
{
    ck_assert(wire_open(w, rs_http_port(http)));
}

static const struct rs_str none = {NULL, 0};

/* One request on a connection of its own, whose reply has this status and, unless it is NULL, this
 * body. */
static void ck_answer(const char *line, struct rs_str body, int status, const char *text)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, line, "", body);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_msg(r.status == status, "%s: %d, not %d: %s", line, r.status, status, r.body);
    if (text != NULL) {
        ck_assert_str_eq(r.body, text);
    }
    wire_forget(&r);
    wire_close(&w);
}

START_TEST(a_connection_carries_one_request_after_the_other)
{
    struct wire w;

    connect_to(&w);
    for (int i = 0; i < 50; i++) {
        const struct rs_str body = rs_arena_fmt(&arena, "body %d", i);

        wire_ask(&w, "POST /echo", "", body);
        struct wire_reply r = wire_read(&w, false);
        ck_assert_int_eq(r.status, 200);
        ck_assert_str_eq(r.body, body.p);
        ck_assert_str_eq(wire_header(&r, "Content-Type"), "text/plain");
        wire_forget(&r);
    }
    ck_assert_uint_eq(rs_http_connections(http), 1);
    wire_close(&w);
    await(rs_http_active(http) == 0);
    ck_assert_int_eq(atomic_load(&stage.answered), 50);
}
END_TEST

START_TEST(requests_that_come_at_once_are_answered_in_order)
{
    enum { N = 20 };
    struct rs_buf all = {.max = 1 << 16};
    struct wire w;

    for (int i = 0; i < N; i++) {
        rs_buf_fmt(&all, "GET /items/%d HTTP/1.1\r\nHost: t\r\n\r\n", i);
    }
    connect_to(&w);
    wire_send(&w, rs_buf_view(&all));
    for (int i = 0; i < N; i++) {
        struct wire_reply r = wire_read(&w, false);

        ck_assert_str_eq(r.body, rs_arena_fmt(&arena, "%d||", i).p);
        wire_forget(&r);
    }
    wire_close(&w);
    rs_buf_fini(&all);
}
END_TEST

START_TEST(a_target_is_decoded_once_and_its_query_is_left_as_it_is)
{
    ck_answer("GET /items/a%20b?q=%31&r", none, 200, "a b||q=%31&r");
    ck_answer("GET /items/%2541", none, 200, "%41||");
    ck_answer("GET /files/a/%2e%2e/b%2Fc", none, 200, "|a/../b/c|");
    ck_answer("GET /items/a%2Fb", none, 404, NULL);
    ck_answer("GET /items/a%00b", none, 400, NULL);
    ck_answer("GET /items/%ff", none, 400, NULL);
    ck_answer("GET /items/%4", none, 400, NULL);
    ck_answer("GET /hell%6F", none, 200, "hello");
}
END_TEST

START_TEST(a_path_that_is_not_there_is_404_and_a_method_405_with_the_others)
{
    struct wire w;

    ck_answer("GET /hello/", none, 404, "no such path on this server");
    ck_answer("GET //hello", none, 404, NULL);
    ck_answer("GET /HELLO", none, 404, NULL);
    ck_answer("BREW /hello", none, 501, NULL);
    connect_to(&w);
    wire_ask(&w, "PUT /echo", "", RS_STR("x"));
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 405);
    ck_assert_str_eq(wire_header(&r, "Allow"), "OPTIONS, POST, DELETE");
    wire_forget(&r);
    wire_close(&w);
}
END_TEST

START_TEST(options_names_the_methods_and_head_has_no_body)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "OPTIONS /hello", "", none);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 204);
    ck_assert_str_eq(wire_header(&r, "Allow"), "OPTIONS, GET, HEAD");
    wire_forget(&r);
    wire_ask(&w, "HEAD /hello", "", none);
    r = wire_read(&w, true);
    ck_assert_int_eq(r.status, 200);
    ck_assert_str_eq(wire_header(&r, "Content-Length"), "5");
    wire_forget(&r);
    /* The connection is still in step. */
    wire_ask(&w, "GET /hello", "", none);
    r = wire_read(&w, false);
    ck_assert_str_eq(r.body, "hello");
    wire_forget(&r);
    wire_close(&w);
}
END_TEST

START_TEST(a_header_cannot_be_smuggled_into_a_reply)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "GET /hello", "", none);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_ptr_null(wire_header(&r, "X-Injected"));
    ck_assert_ptr_null(wire_header(&r, "X-Evil"));
    ck_assert_str_eq(wire_header(&r, "X-Fine"), "fine");
    wire_forget(&r);
    wire_close(&w);
}
END_TEST

static struct rs_str bytes(size_t n)
{
    char *p = rs_arena_alloc(&arena, n + 1, 1);

    memset(p, 'x', n);
    return (struct rs_str){p, n};
}

START_TEST(every_reply_has_a_name_and_refusals_too)
{
    static const char *const lines[] = {"GET /hello", "GET /nowhere", "FOO /hello", "GET /%zz"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct wire w;

        connect_to(&w);
        wire_ask(&w, lines[i], "X-Request-Id: mine\r\n", none);
        struct wire_reply r = wire_read(&w, false);
        const char *id = wire_header(&r, "X-Request-Id");
        ck_assert_ptr_nonnull(id);
        ck_assert_str_eq(id, "mine");
        wire_forget(&r);
        wire_close(&w);
    }
}
END_TEST

START_TEST(a_body_has_a_limit_by_its_announced_length)
{
    struct wire w;

    ck_answer("POST /echo", bytes(BODY_MAX), 200, bytes(BODY_MAX).p);
    ck_answer("POST /echo", bytes(BODY_MAX + 1), 413,
              "the body has 1001 bytes; this path takes at most 1000");
    connect_to(&w);
    /* It is refused before it comes. */
    wire_ask(&w, "POST /echo", "Content-Length: 99999999999\r\n", none);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 413);
    ck_assert_str_eq(wire_header(&r, "Connection"), "close");
    wire_forget(&r);
    ck_assert(wire_is_ended(&w));
    wire_close(&w);
}
END_TEST

/* Sends a body of n bytes in chunks of 100, and reads the status. */
static int send_chunked(size_t n)
{
    struct rs_buf all = {.max = 8 << 20};
    struct wire w;

    RS_BUF_LIT(&all, "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < n; i += 100) {
        rs_buf_fmt(&all, "64\r\n%s\r\n", bytes(100).p);
    }
    RS_BUF_LIT(&all, "0\r\n\r\n");
    connect_to(&w);
    wire_send(&w, rs_buf_view(&all));
    struct wire_reply r = wire_read(&w, false);
    const int status = r.status;
    ck_assert(status != 200 || r.n == n);
    wire_forget(&r);
    wire_close(&w);
    rs_buf_fini(&all);
    return status;
}

START_TEST(a_body_has_a_limit_without_an_announced_length_too)
{
    ck_assert_int_eq(send_chunked(BODY_MAX), 200);
    ck_assert_int_eq(send_chunked(BODY_MAX + 100), 413);
    ck_assert_int_eq(send_chunked(200000), 413);
    await(rs_http_active(http) == 0);
}
END_TEST

START_TEST(a_body_of_no_end_is_cut_off)
{
    struct wire w;
    int64_t sent = 0;

    connect_to(&w);
    wire_ask(&w, "POST /echo", "Transfer-Encoding: chunked\r\n", none);
    for (; sent < 400; sent++) {
        wire_send(&w, rs_arena_fmt(&arena, "10000\r\n%s\r\n", bytes(65536).p));
    }
    /* The peer has closed: either a reply or the end is there, and nothing waits for more. */
    struct wire_reply r = wire_read(&w, false);
    ck_assert(r.status == 413 || r.status == 0);
    wire_forget(&r);
    wire_close(&w);
    await(rs_http_active(http) == 0);
}
END_TEST

START_TEST(a_suspended_request_is_answered_from_another_thread)
{
    struct wire w;

    connect_to(&w);
    for (int i = 0; i < 3; i++) {
        wire_ask(&w, "GET /wait", "", none);
        await(n_waiting() == 1);
        ck_assert_uint_eq(rs_http_active(http), 1);
        resume_all();
        struct wire_reply r = wire_read(&w, false);
        ck_assert_str_eq(r.body, "resumed");
        wire_forget(&r);
    }
    wire_close(&w);
}
END_TEST

START_TEST(a_client_that_leaves_while_it_waits_harms_nobody)
{
    struct wire w;

    for (int i = 0; i < 20; i++) {
        connect_to(&w);
        wire_ask(&w, "GET /wait", "", none);
        await(n_waiting() == (size_t)i + 1);
        wire_close(&w);
    }
    resume_all();
    await(rs_http_active(http) == 0);
    ck_answer("GET /hello", none, 200, "hello");
}
END_TEST

/* Sends a body that is larger than all buffers while this thread makes room, and reads the reply.
 */
static void *send_stream(void *arg)
{
    struct wire *w = arg;

    wire_ask(w, "PUT /stream", "", bytes(100000));
    return NULL;
}

START_TEST(a_stream_waits_for_room_and_loses_nothing)
{
    pthread_t sender;
    struct wire w;

    connect_to(&w);
    ck_assert_int_eq(pthread_create(&sender, NULL, send_stream, &w), 0);
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    while (atomic_load(&stage.answered) == 0 && rs_clock_mono_ns() < until) {
        resume_all();
        sched_yield();
    }
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 200);
    ck_assert_str_eq(r.body, "100000");
    ck_assert_int_ge(atomic_load(&stage.rooms), 20);
    ck_assert_int_eq(atomic_load(&stage.drops), 0);
    wire_forget(&r);
    wire_close(&w);
}
END_TEST

START_TEST(a_stream_may_be_refused_before_it_comes)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "PUT /stream", "X-Refuse: 1\r\nContent-Length: 5000000\r\n", none);
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 403);
    wire_forget(&r);
    wire_close(&w);
    await(rs_http_active(http) == 0);
    ck_assert_int_eq(atomic_load(&stage.drops), 0);
}
END_TEST

START_TEST(a_stream_whose_client_leaves_is_dropped)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "PUT /stream", "Content-Length: 5000\r\n", none);
    wire_send(&w, bytes(3000));
    await(n_waiting() == 1);
    wire_close(&w);
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    while (rs_http_active(http) > 0 && rs_clock_mono_ns() < until) {
        resume_all();
        sched_yield();
    }
    ck_assert_uint_eq(rs_http_active(http), 0);
    ck_assert_int_eq(atomic_load(&stage.drops), 1);
    ck_assert_int_eq(atomic_load(&stage.answered), 0);
}
END_TEST

START_TEST(hundreds_of_clients_wait_at_once_and_all_are_answered)
{
    enum { N = 300 };
    static struct wire w[N];

    for (int i = 0; i < N; i++) {
        connect_to(&w[i]);
        wire_ask(&w[i], "GET /wait", "", none);
    }
    await(n_waiting() == N);
    ck_assert_uint_eq(rs_http_active(http), N);
    resume_all();
    for (int i = 0; i < N; i++) {
        struct wire_reply r = wire_read(&w[i], false);

        ck_assert_int_eq(r.status, 200);
        wire_forget(&r);
        wire_close(&w[i]);
    }
    await(rs_http_connections(http) == 0);
}
END_TEST

static void *drain(void *arg)
{
    return rs_http_drain(http, PATIENCE_S) ? arg : NULL;
}

START_TEST(draining_refuses_connections_and_lets_requests_end)
{
    pthread_t drainer;
    struct wire busy;
    struct wire late;
    void *drained = NULL;

    connect_to(&busy);
    wire_ask(&busy, "GET /wait", "", none);
    await(n_waiting() == 1);
    ck_assert_int_eq(pthread_create(&drainer, NULL, drain, &busy), 0);
    bool refused = false;
    await((refused = !wire_open(&late, rs_http_port(http)), refused || (wire_close(&late), false)));
    resume_all();
    struct wire_reply r = wire_read(&busy, false);
    ck_assert_str_eq(r.body, "resumed");
    ck_assert_str_eq(wire_header(&r, "Connection"), "close");
    wire_forget(&r);
    ck_assert(wire_is_ended(&busy));
    wire_close(&busy);
    ck_assert_int_eq(pthread_join(drainer, &drained), 0);
    ck_assert_ptr_nonnull(drained);
}
END_TEST

START_TEST(draining_gives_up_when_its_time_is_over)
{
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "GET /wait", "", none);
    await(n_waiting() == 1);
    ck_assert(!rs_http_drain(http, 0));
    resume_all(); /* what rs_http_stop asks for */
    wire_close(&w);
}
END_TEST

START_TEST(routes_are_reached_below_the_base_path_only)
{
    struct rs_http_options o = options();

    o.base_path = RS_STR("/ml");
    rs_http_stop(http);
    ck_ok(rs_http_start(&cx, &o, &http));
    ck_answer("GET /ml/hello", none, 200, "hello");
    ck_answer("GET /ml/hello?x", none, 200, "hello");
    ck_answer("GET /hello", none, 404, NULL);
    ck_answer("GET /mlhello", none, 404, NULL);
    ck_answer("GET /mlx/hello", none, 404, NULL);
    ck_answer("GET /ml", none, 308, NULL);
    ck_answer("POST /ml", none, 404, NULL);
    ck_answer("GET /ml/", none, 404, NULL);
    ck_answer("GET /", none, 404, NULL);
}
END_TEST

/* Sends bytes that are no request we serve, and a good request behind them: the status, 0 for a
 * closed connection. Nothing of them, and nothing behind them, may have been served, and the
 * connection has ended. */
static int send_hostile(struct rs_str text)
{
    const int before = atomic_load(&stage.answered);
    struct wire w;

    connect_to(&w);
    wire_send(&w, text);
    wire_ask(&w, "GET /items/smuggled", "", none);
    struct wire_reply r = wire_read(&w, false);
    const int status = r.status;
    ck_assert_msg(status != 200, "\"" RS_FMT "\" was served", RS_ARG(text));
    wire_await_end(&w); /* libmicrohttpd's own refusals may have something behind them */
    ck_assert_int_le(atomic_load(&stage.answered), before + 1);
    wire_forget(&r);
    wire_close(&w);
    return status;
}

#define POST_ECHO "POST /echo HTTP/1.1\r\nHost: t\r\n"

START_TEST(a_body_whose_length_is_in_doubt_is_refused_and_the_connection_ends)
{
    static const char *const requests[] = {
        POST_ECHO "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        POST_ECHO "Content-Length: 2\r\nContent-Length: 2\r\n\r\nxx",
        POST_ECHO "Content-Length: +2\r\n\r\nxx",
        POST_ECHO "Content-Length: 2x\r\n\r\nxx",
        POST_ECHO "Content-Length: -1\r\n\r\n",
        POST_ECHO "Content-Length: 2, 2\r\n\r\nxx",
        POST_ECHO "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        POST_ECHO "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "Transfer-Encoding: chunked\r\n\r\n-5\r\nxx",
        POST_ECHO "Host: other\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", /* no Host */
        POST_ECHO "Content-Length: 1\r\n 0\r\n\r\nxx",      /* a folded line */
        POST_ECHO "Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n",
        POST_ECHO "X: a\r\n b\r\nContent-Length: 2\r\n\r\nxx",
        POST_ECHO " Content-Length: 2\r\n\r\nxx",
    };

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const int status = send_hostile(rs_str_of(requests[i]));

        ck_assert_msg(status == 400 || status == 501 || status == 0, "%s: %d", requests[i], status);
    }
    await(rs_http_active(http) == 0);
}
END_TEST

START_TEST(what_is_no_http_ends_the_connection)
{
    static const struct rs_str texts[] = {
        RS_STR_INIT("G@T /hello HTTP/1.1\r\nHost: t\r\n\r\n"),
        RS_STR_INIT("TRACE /hello HTTP/1.1\r\nHost: t\r\n\r\n"),
        RS_STR_INIT("CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n"),
        RS_STR_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        RS_STR_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        send_hostile(texts[i]);
    }
    await(rs_http_active(http) == 0);
    ck_answer("GET /hello", none, 200, "hello");
}
END_TEST

START_TEST(headers_have_a_limit)
{
    const struct rs_str huge = rs_arena_fmt(&arena, "X: %s\r\n", bytes(100000).p);
    struct wire w;

    connect_to(&w);
    wire_ask(&w, "GET /hello", huge.p, none);
    struct wire_reply r = wire_read(&w, false);
    ck_assert(r.status == 0 || r.status == 431 || r.status == 413);
    wire_forget(&r);
    wire_close(&w);
    await(rs_http_active(http) == 0);
    ck_answer("GET /hello", none, 200, "hello");
}
END_TEST

START_TEST(an_address_that_cannot_be_had_is_named)
{
    struct rs_http_options o = options();
    struct rs_http *second = NULL;

    o.host = "localhost";
    ck_fails(rs_http_start(&cx, &o, &second), RS_INVALID, "\"localhost\": not an IPv4 or IPv6");
    o.host = "203.0.113.7";
    ck_fails(rs_http_start(&cx, &o, &second), RS_UNAVAILABLE, "could not listen on 203.0.113.7");
    ck_assert_ptr_null(second);
}
END_TEST

START_TEST(a_server_listens_on_ipv6_too)
{
    struct rs_http_options o = options();
    struct rs_http *second = NULL;

    o.host = "::1";
    const enum rs_code code = rs_http_start(&cx, &o, &second);
    if (code == RS_OK) {
        ck_assert_uint_gt(rs_http_port(second), 0);
        rs_http_stop(second);
        return;
    }
    /* A machine without IPv6 says so. */
    ck_fails(code, RS_UNAVAILABLE, "could not listen on ::1");
}
END_TEST

static void add_requests(TCase *t)
{
    tcase_add_test(t, a_connection_carries_one_request_after_the_other);
    tcase_add_test(t, requests_that_come_at_once_are_answered_in_order);
    tcase_add_test(t, a_target_is_decoded_once_and_its_query_is_left_as_it_is);
    tcase_add_test(t, a_path_that_is_not_there_is_404_and_a_method_405_with_the_others);
    tcase_add_test(t, options_names_the_methods_and_head_has_no_body);
    tcase_add_test(t, a_header_cannot_be_smuggled_into_a_reply);
    tcase_add_test(t, every_reply_has_a_name_and_refusals_too);
    tcase_add_test(t, a_body_has_a_limit_by_its_announced_length);
    tcase_add_test(t, a_body_has_a_limit_without_an_announced_length_too);
    tcase_add_test(t, a_body_of_no_end_is_cut_off);
    tcase_add_test(t, a_body_whose_length_is_in_doubt_is_refused_and_the_connection_ends);
    tcase_add_test(t, what_is_no_http_ends_the_connection);
    tcase_add_test(t, headers_have_a_limit);
}

static void add(TCase *t)
{
    add_requests(t);
    tcase_add_test(t, a_suspended_request_is_answered_from_another_thread);
    tcase_add_test(t, a_client_that_leaves_while_it_waits_harms_nobody);
    tcase_add_test(t, a_stream_waits_for_room_and_loses_nothing);
    tcase_add_test(t, a_stream_may_be_refused_before_it_comes);
    tcase_add_test(t, a_stream_whose_client_leaves_is_dropped);
    tcase_add_test(t, hundreds_of_clients_wait_at_once_and_all_are_answered);
    tcase_add_test(t, draining_refuses_connections_and_lets_requests_end);
    tcase_add_test(t, draining_gives_up_when_its_time_is_over);
    tcase_add_test(t, routes_are_reached_below_the_base_path_only);
    tcase_add_test(t, an_address_that_cannot_be_had_is_named);
    tcase_add_test(t, a_server_listens_on_ipv6_too);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "http/server", .open = open_all, .close = close_all, .add = add});
}
