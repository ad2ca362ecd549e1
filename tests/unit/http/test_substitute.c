/* SPDX-License-Identifier: Apache-2.0 */
/* What libmicrohttpd would answer 500, though the client is to blame. */
#include "http/server.h"

#include <stdatomic.h>

#include "http/local.h"
#include "http/wire.h"
#include "support/trial.h"

enum { BODY_MAX = 1000, LINE = 20000 };

/* Every exchange's user. */
static struct {
    atomic_int answered;
    atomic_int last_status;
    atomic_int drops;
} told;

static struct rs_http *http;
static struct rs_router *router;

static void serve_failure(struct rs_exchange *x)
{
    x->reply.status = 500;
    rs_buf_str(&x->reply.body, RS_STR("ours"));
}

static void begin_stream(struct rs_exchange *x)
{
    x->scratch = &told;
}

static size_t put_stream(struct rs_exchange *x, const char *bytes, size_t n)
{
    (void)x;
    (void)bytes;
    return n;
}

static void drop_stream(struct rs_exchange *x)
{
    x->scratch = NULL;
    atomic_fetch_add(&told.drops, 1);
}

static const struct rs_body_ops stream = {begin_stream, put_stream, drop_stream};

static const struct rs_route routes[] = {
    {RS_POST, "/fail", "fail", BODY_MAX, serve_failure, NULL, NULL},
    {RS_PUT, "/stream", "stream", 0, serve_failure, &stream, NULL},
};

static void refuse(struct rs_exchange *x)
{
    rs_buf_clear(&x->reply.body);
    rs_buf_str(&x->reply.body, rs_str_of(x->cx.error.message));
}

static void answered(const struct rs_exchange *x)
{
    atomic_store(&told.last_status, (int)x->reply.status);
    atomic_fetch_add(&told.answered, 1);
}

static void open_all(void)
{
    const struct rs_mount mount = {"", routes, sizeof routes / sizeof routes[0], false};

    ck_ok(rs_router_new(&cx, &mount, 1, &router));
    struct rs_http_options o = local_options(router);
    o.user = &told;
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

/* Sends a chunked request that has these bytes of a body, and then the line of a chunk whose
 * extension does not end. The reply must have this status and these words, and be one of ours; the
 * connection ends. */
static void ck_refused(const char *line, struct rs_str before, int status, const char *words)
{
    struct rs_buf b = {.max = 1 << 20};
    struct wire w;

    ck_assert(wire_open(&w, rs_http_port(http)));
    wire_ask(&w, line, "Transfer-Encoding: chunked\r\n", (struct rs_str){0});
    rs_buf_str(&b, before);
    RS_BUF_LIT(&b, "2;");
    memset(rs_buf_room(&b, LINE), 'a', LINE);
    b.n += LINE;
    wire_send(&w, rs_buf_view(&b));
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, status);
    ck_assert_msg(strstr(r.body, words) != NULL, "%s", r.body);
    ck_assert_ptr_nonnull(wire_header(&r, "X-Request-Id"));
    ck_assert_str_eq(wire_header(&r, "X-Content-Type-Options"), "nosniff");
    ck_assert_int_eq(atomic_load(&told.last_status), status);
    wire_forget(&r);
    wire_await_end(&w);
    wire_close(&w);
    rs_buf_fini(&b);
}

START_TEST(an_endless_line_of_a_chunk_is_the_clients_mistake)
{
    ck_refused("POST /fail", RS_STR(""), 400, "the size of a chunk is too long");
    ck_refused("POST /fail", RS_STR("2\r\nab\r\n"), 400, "the size of a chunk is too long");
    ck_assert_int_eq(atomic_load(&told.answered), 2);
}
END_TEST

START_TEST(it_ends_an_upload_as_a_client_that_leaves_does)
{
    ck_refused("PUT /stream", RS_STR("5\r\nabcde\r\n"), 400, "the size of a chunk is too long");
    rs_http_stop(http);
    http = NULL;
    ck_assert_int_eq(atomic_load(&told.drops), 1);
}
END_TEST

START_TEST(a_body_that_was_refused_before_keeps_its_reason)
{
    ck_refused("POST /nowhere", RS_STR("2\r\nab\r\n"), 404, "no such path");
}
END_TEST

START_TEST(a_failure_of_ours_stays_one)
{
    struct wire w;

    ck_assert(wire_open(&w, rs_http_port(http)));
    for (int i = 0; i < 2; i++) {
        wire_ask(&w, "POST /fail", "", RS_STR("x"));
        struct wire_reply r = wire_read(&w, false);
        ck_assert_int_eq(r.status, 500);
        ck_assert_str_eq(r.body, "ours");
        wire_forget(&r);
    }
    wire_close(&w);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, an_endless_line_of_a_chunk_is_the_clients_mistake);
    tcase_add_test(t, it_ends_an_upload_as_a_client_that_leaves_does);
    tcase_add_test(t, a_body_that_was_refused_before_keeps_its_reason);
    tcase_add_test(t, a_failure_of_ours_stays_one);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "http/substitute", .open = open_all, .close = close_all, .add = add});
}
