/* SPDX-License-Identifier: Apache-2.0 */
/* A reply whose length nobody knows: it goes out as it comes, waits, and ends. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "http/server.h"
#include "http/local.h"
#include "http/wire.h"
#include "support/trial.h"

enum { PIECES = 3, PATIENCE_S = 30 };

/* What the route and the test share. */
static struct {
    pthread_mutex_t lock;
    struct rs_exchange *waiting; /* guarded by it */
    int pieces;                  /* that were given; -1: the stream breaks */
    atomic_uint sent;            /* that rs_exchange_sends said */
} stage;

static struct rs_http *http;
static struct rs_router *router;

/* One piece for each time that somebody has resumed it, then the end. */
static ptrdiff_t read_piece(struct rs_exchange *x, uint64_t at, char *out, size_t n)
{
    (void)at;
    (void)n;
    if (x->scratch == NULL) {
        x->scratch = x;
        rs_exchange_suspend(x);
        pthread_mutex_lock(&stage.lock);
        stage.waiting = x;
        pthread_mutex_unlock(&stage.lock);
        return 0;
    }
    x->scratch = NULL;
    if (stage.pieces < 0) {
        return RS_READ_BREAK;
    }
    if (stage.pieces == PIECES) {
        return RS_READ_END;
    }
    out[0] = (char)('a' + stage.pieces++);
    return 1;
}

static void serve(struct rs_exchange *x)
{
    x->reply.status = 200;
    x->reply.content_type = "text/plain";
    x->reply.is_stream = true;
    x->reply.read = read_piece;
}

static const struct rs_route routes[] = {{RS_GET, "/stream", "stream", 0, serve, NULL, NULL}};

static void refuse(struct rs_exchange *x)
{
    (void)x;
}

static void answered(const struct rs_exchange *x)
{
    atomic_store(&stage.sent, (unsigned)rs_exchange_sends(x));
}

static void open_all(void)
{
    const struct rs_mount mount = {"", routes, 1, false};

    pthread_mutex_init(&stage.lock, NULL);
    ck_ok(rs_router_new(&cx, &mount, 1, &router));
    struct rs_http_options o = local_options(router);
    o.min_rate = 1;
    o.refuse = refuse;
    o.answered = answered;
    ck_ok(rs_http_start(&cx, &o, &http));
}

static void close_all(void)
{
    rs_http_stop(http);
    rs_router_free(router);
    close_context();
}

/* Waits until the stream waits. */
static struct rs_exchange *await_waiting(void)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    struct rs_exchange *x = NULL;

    while (x == NULL) {
        ck_assert_msg(rs_clock_mono_ns() < until, "the stream never waited");
        sched_yield();
        pthread_mutex_lock(&stage.lock);
        x = stage.waiting;
        stage.waiting = NULL;
        pthread_mutex_unlock(&stage.lock);
    }
    return x;
}

static void go_on(void)
{
    rs_exchange_resume(await_waiting());
}

static void ask(struct wire *w)
{
    ck_assert(wire_open(w, rs_http_port(http)));
    wire_ask(w, "GET /stream", "", (struct rs_str){NULL, 0});
}

/* Reads the head, and asserts that the rest is `bytes`, to the end of the connection. */
static void ck_rest(struct wire *w, const char *bytes)
{
    struct wire_reply r = wire_read(w, true);
    const size_t n = strlen(bytes);

    ck_assert_int_eq(r.status, 200);
    ck_assert_str_eq(wire_header(&r, "Transfer-Encoding"), "chunked");
    ck_assert_ptr_null(wire_header(&r, "Content-Length"));
    wire_forget(&r);
    wire_finish(w);
    ck_assert_uint_eq(w->got.n, n);
    ck_assert_int_eq(memcmp(w->got.p, bytes, n), 0);
    wire_close(w);
}

START_TEST(a_stream_goes_out_as_it_comes_and_ends)
{
    struct wire w;

    ask(&w);
    for (int i = 0; i <= PIECES; i++) {
        go_on();
    }
    while (rs_http_active(http) > 0) {
        sched_yield();
    }
    ck_assert(rs_http_drain(http, 0));
    rs_http_stop(http);
    http = NULL;
    ck_rest(&w, "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
    ck_assert_uint_eq(atomic_load(&stage.sent), 0);
}
END_TEST

START_TEST(a_stream_that_breaks_has_no_end)
{
    struct wire w;

    ask(&w);
    go_on();
    struct rs_exchange *x = await_waiting();
    stage.pieces = -1;
    rs_exchange_resume(x);
    ck_rest(&w, "1\r\na\r\n");
}
END_TEST

START_TEST(a_client_that_leaves_a_stream_is_let_go)
{
    struct wire w;
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    ask(&w);
    go_on();
    wire_close(&w);
    for (int i = 0; i < PIECES && rs_http_active(http) > 0; i++) {
        pthread_mutex_lock(&stage.lock);
        struct rs_exchange *x = stage.waiting;
        stage.waiting = NULL;
        pthread_mutex_unlock(&stage.lock);
        if (x != NULL) {
            rs_exchange_resume(x);
        }
        ck_assert_msg(rs_clock_mono_ns() < until, "the client was never let go");
        i = x != NULL ? i : i - 1;
    }
    while (rs_http_connections(http) > 0) {
        ck_assert_msg(rs_clock_mono_ns() < until, "the connection is still open");
        sched_yield();
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_stream_goes_out_as_it_comes_and_ends);
    tcase_add_test(t, a_stream_that_breaks_has_no_end);
    tcase_add_test(t, a_client_that_leaves_a_stream_is_let_go);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "http/stream", .open = open_all, .close = close_all, .add = add});
}
