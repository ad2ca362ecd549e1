/* SPDX-License-Identifier: Apache-2.0 */
/* A call's whole way, on a real server with real lanes and a store, with handlers of our own. */
#include "api/call.h"

#include <sched.h>
#include <semaphore.h>

#include "base/clock.h"
#include "http/pack.h"
#include "http/router.h"
#include "http/server.h"
#include "http/local.h"
#include "http/wire.h"
#include "support/scratch.h"

enum { PATIENCE_S = 30, HELD_MAX = 1 << 22 };

#define JSON "Content-Type: application/json\r\n"

struct note {
    struct rs_str name;
    struct rs_str item_id;
    int64_t number;
};

static const struct rs_fields note_fields = RS_FIELDS(struct note, RS_FIELD(struct note, name, 0),
                                                      RS_FIELD(struct note, item_id, 0),
                                                      RS_FIELD(struct note, number, 0));

static const struct rs_fields needy_fields = RS_FIELDS(struct note,
                                                       RS_FIELD(struct note, name, RS_REQUIRED));

/* What the handlers and the test share. */
static struct {
    sem_t entered; /* the gate holds a lane */
    sem_t gate;
    atomic_int runs; /* of add */
} stage;

static struct rs_api api;
static struct rs_router *router;
static struct rs_http *http;

static enum rs_code echo(struct rs_call *c, const void *request, void *reply)
{
    (void)c;
    *(struct note *)reply = *(const struct note *)request;
    return RS_OK;
}

static enum rs_code refuse(struct rs_call *c, const void *request, void *reply)
{
    (void)request;
    (void)reply;
    return rs_fail(c->cx, RS_NOT_FOUND, "there is no such note");
}

/* A reply that its buffer cannot hold. */
static enum rs_code overflow(struct rs_call *c, const void *request, void *reply)
{
    c->x->reply.body.max = 200; /* enough for an error */
    return echo(c, request, reply);
}

/* A reply of `number` bytes. */
static enum rs_code fill(struct rs_call *c, const void *request, void *reply)
{
    static const char frame[] = "{\"name\":\"\",\"number\":0}";
    const size_t n = (size_t)((const struct note *)request)->number - strlen(frame);
    char *text = rs_arena_alloc(c->cx->arena, 1, n);

    memset(text, 'x', n);
    ((struct note *)reply)->name = (struct rs_str){text, n};
    return RS_OK;
}

/* Adds an experiment. Its number must be 0 here: a second run begins with an empty reply. */
static enum rs_code add(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_experiment_new e = {.name = ((const struct note *)request)->name,
                                        .artifact_root = RS_STR("mlflow-artifacts:")};
    struct note *out = reply;

    atomic_fetch_add(&stage.runs, 1);
    if (out->number != 0) {
        return rs_fail(c->cx, RS_INTERNAL, "the reply of the first run is still there");
    }
    return rs_store_experiment_create(c->cx, c->store, &e, &out->number);
}

/* Fails after it has changed something, so that its batch starts over. */
static enum rs_code add_and_fail(struct rs_call *c, const void *request, void *reply)
{
    RS_TRY(add(c, request, reply));
    return rs_fail(c->cx, RS_CONFLICT, "no");
}

static enum rs_code find(struct rs_call *c, const void *request, void *reply)
{
    const struct note *in = request;
    struct note *out = reply;

    return rs_store_experiment_find_name(c->cx, c->store, in->name, &out->number);
}

/* Holds its lane until the test opens the gate. */
static enum rs_code hold(struct rs_call *c, const void *request, void *reply)
{
    (void)c;
    (void)request;
    (void)reply;
    sem_post(&stage.entered);
    while (sem_wait(&stage.gate) != 0) {}
    return RS_OK;
}

#define CALL(lane_kind, in, fn)                                                                    \
    &(const struct rs_endpoint)                                                                    \
    {                                                                                              \
        .lane = lane_kind, .permission = RS_PERM_PUBLIC, .request = in, .reply = &note_fields,     \
        .handle = fn, .rpc = "test"                                                                \
    }
#define ROUTE(verb, where, lane_kind, in, fn)                                                      \
    {                                                                                              \
        .method = verb, .path = where, .name = where, .body_max = 4096, .serve = rs_call_serve,    \
        .row = CALL(lane_kind, in, fn)                                                             \
    }

static const struct rs_route routes[] = {
    ROUTE(RS_GET, "/echo", RS_LANE_INLINE, &note_fields, echo),
    ROUTE(RS_POST, "/echo", RS_LANE_INLINE, &note_fields, echo),
    ROUTE(RS_PUT, "/echo", RS_LANE_INLINE, &note_fields, echo),
    ROUTE(RS_PATCH, "/echo", RS_LANE_INLINE, &note_fields, echo),
    ROUTE(RS_DELETE, "/echo", RS_LANE_INLINE, &note_fields, echo),
    ROUTE(RS_PATCH, "/items/{item_id}", RS_LANE_READ, &note_fields, echo),
    ROUTE(RS_POST, "/needy", RS_LANE_READ, &needy_fields, echo),
    ROUTE(RS_GET, "/refuse/inline", RS_LANE_INLINE, &note_fields, refuse),
    ROUTE(RS_GET, "/refuse/read", RS_LANE_READ, &note_fields, refuse),
    ROUTE(RS_GET, "/refuse/write", RS_LANE_WRITE, &note_fields, refuse),
    ROUTE(RS_GET, "/overflow", RS_LANE_READ, &note_fields, overflow),
    ROUTE(RS_GET, "/fill", RS_LANE_READ, &note_fields, fill),
    ROUTE(RS_GET, "/fill/inline", RS_LANE_INLINE, &note_fields, fill),
    ROUTE(RS_POST, "/add", RS_LANE_WRITE, &note_fields, add),
    ROUTE(RS_POST, "/add-and-fail", RS_LANE_WRITE, &note_fields, add_and_fail),
    ROUTE(RS_GET, "/find", RS_LANE_READ, &note_fields, find),
    ROUTE(RS_GET, "/hold", RS_LANE_WRITE, &note_fields, hold),
};

static void answered(const struct rs_exchange *x)
{
    (void)x;
}

static struct rs_lane *start_lane(const char *name, struct rs_store **store, size_t batch_max,
                                  void (*run)(void *, void *, struct rs_task *, size_t))
{
    return rs_lane_start(&(struct rs_lane_options){.name = name,
                                                   .threads = 1,
                                                   .queue_max = 2,
                                                   .batch_max = batch_max,
                                                   .run = run,
                                                   .idle_ms = -1,
                                                   .user = &api,
                                                   .tools = (void *const *)store});
}

static void open_all(void)
{
    static struct rs_store *stores[2];
    const struct rs_mount mounts[] = {
        {"", routes, sizeof routes / sizeof routes[0], false},
        {"/pages", routes, sizeof routes / sizeof routes[0], true},
    };

    scratch_open();
    stores[0] = scratch_reader();
    stores[1] = scratch_store();
    ck_ok(rs_store_commit(scratch_cx(), stores[1])); /* the committer begins its own */
    sem_init(&stage.entered, 0, 0);
    sem_init(&stage.gate, 0, 0);
    api.read_ns = RS_S_AS_NS(600);
    api.lane[RS_LANE_READ] = start_lane("reader", &stores[0], 1, rs_lane_run_reads);
    api.lane[RS_LANE_WRITE] = start_lane("committer", &stores[1], RS_COMMIT_CALLS_MAX,
                                         rs_lane_run_writes);
    ck_ok(rs_router_new(scratch_cx(), mounts, 2, &router));
    struct rs_http_options o = local_options(router);
    o.held_max = HELD_MAX;
    o.user = &api;
    o.refuse = rs_reply_refused;
    o.answered = answered;
    ck_ok(rs_http_start(scratch_cx(), &o, &http));
}

/* Ends a test before its store is closed. */
static void stop(void)
{
    rs_http_stop(http);
    rs_lane_stop(api.lane[RS_LANE_READ]);
    rs_lane_stop(api.lane[RS_LANE_WRITE]);
    rs_router_free(router);
}

/* Asserts what one request on a connection of its own is answered. */
static void check(const char *line, const char *headers, const char *body, int status,
                  const char *reply)
{
    struct wire w;

    ck_assert(wire_open(&w, rs_http_port(http)));
    wire_ask(&w, line, headers, rs_str_of(body));
    struct wire_reply r = wire_read(&w, false);
    ck_assert_msg(r.status == status && strstr(r.body, reply) != NULL, "%s %s: %d %s", line, body,
                  r.status, r.body);
    wire_forget(&r);
    wire_close(&w);
}

START_TEST(a_body_is_read_as_json_only_if_it_says_that_it_is)
{
    static const char reply[] = "{\"name\":\"n\",\"number\":3}";
    static const char body[] = "{\"name\": \"n\", \"number\": \"3\"}";

    check("POST /echo", JSON, body, 200, reply);
    check("POST /echo", "Content-Type: application/json ; charset=utf-8\r\n", body, 200, reply);
    check("PUT /echo", JSON, body, 200, reply);
    check("POST /echo", "", body, 400, "Content-Type header is missing.");
    check("PUT /echo", "", body, 400, "Content-Type header is missing.");
    check("POST /echo", "Content-Type: text/plain\r\n", body, 400, "must be one of");
    check("POST /echo", "Content-Type: application/jsonx\r\n", body, 400, "must be one of");
    check("POST /echo", "Content-Type: <script>\r\n", body, 400, "must be one of");
    /* Forms cannot send these. */
    check("PATCH /echo", "", body, 200, reply);
    check("DELETE /echo", "Content-Type: text/plain\r\n", body, 200, reply);
    stop();
}
END_TEST

START_TEST(a_get_reads_its_query_and_without_one_its_body)
{
    check("GET /echo?name=a%20b&number=4", "", "", 200, "\"name\":\"a b\"");
    check("GET /echo", "", "{\"name\": \"of the body\"}", 200, "of the body");
    check("GET /echo?name=q", "", "{\"name\": \"of the body\"}", 200, "\"name\":\"q\"");
    check("GET /echo", "", "", 200, "\"number\":0");
    check("GET /echo?number=x", "", "", 400, "number");
    check("GET /echo?name=%ff", "", "", 400, "INVALID_PARAMETER_VALUE");
    check("POST /echo?name=q", JSON, "{\"name\": \"b\"}", 200, "\"name\":\"b\"");
    stop();
}
END_TEST

START_TEST(what_the_path_says_wins_over_the_body)
{
    check("PATCH /items/7%208", JSON, "{\"name\": \"n\"}", 200, "\"item_id\":\"7 8\"");
    check("PATCH /items/7", JSON, "{\"item_id\": \"other\"}", 200, "\"item_id\":\"7\"");
    stop();
}
END_TEST

START_TEST(a_request_that_cannot_be_read_never_gets_to_its_lane)
{
    check("POST /needy", JSON, "{}", 400, "Missing value for required parameter 'name'");
    check("POST /add", JSON, "{\"name\": 5}", 400, "Value was of type 'int'");
    check("POST /add", JSON, "{", 400, "could not read the request body as JSON");
    ck_assert_int_eq(atomic_load(&stage.runs), 0);
    stop();
}
END_TEST

START_TEST(an_error_of_a_handler_is_the_reply_on_every_lane)
{
    static const char
        reply[] = "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"there is "
                  "no such note\"}";

    check("GET /refuse/inline", "", "", 404, reply);
    check("GET /refuse/read", "", "", 404, reply);
    check("GET /refuse/write", "", "", 404, reply);
    stop();
}
END_TEST

START_TEST(a_reply_that_is_too_large_is_an_error_and_not_half_a_reply)
{
    const char *line = rs_arena_fmt(scratch_cx()->arena, "GET /overflow?name=%0300d", 0).p;

    check("GET /overflow?name=short", "", "", 200, "\"name\":\"short\"");
    check(line, "", "", 400, "ask for fewer results at a time");
    check("GET /echo?name=next", "", "", 200, "\"name\":\"next\"");
    stop();
}
END_TEST

/* Asserts whether a reply of n bytes is packed, and says what that depends on. */
static void check_fill(const char *path, int n, const char *headers, bool is_packed, bool varies)
{
    const char *line = rs_arena_fmt(scratch_cx()->arena, "GET %s?number=%d", path, n).p;
    struct wire w;

    ck_assert(wire_open(&w, rs_http_port(http)));
    wire_ask(&w, line, headers, RS_STR(""));
    struct wire_reply r = wire_read(&w, false);
    ck_assert_int_eq(r.status, 200);
    ck_assert_msg((wire_header(&r, "Content-Encoding") != NULL) == is_packed, "%s", line);
    ck_assert_msg((wire_header(&r, "Vary") != NULL) == varies, "%s", line);
    ck_assert(is_packed ? r.n < (size_t)n / 10 : r.n == (size_t)n);
    wire_forget(&r);
    wire_close(&w);
}

START_TEST(what_a_page_asks_is_packed_if_it_is_large_and_the_client_takes_it)
{
    static const char gzip[] = "Accept-Encoding: gzip, deflate, br\r\n";

    check_fill("/pages/fill", RS_PACK_MIN, gzip, true, true);
    check_fill("/pages/fill", RS_PACK_MIN * 40, gzip, true, true);
    check_fill("/pages/fill", RS_PACK_MIN - 1, gzip, false, false);
    check_fill("/pages/fill", RS_PACK_MIN, "", false, true);
    check_fill("/pages/fill", RS_PACK_MIN, "Accept-Encoding: br, gzip;q=0\r\n", false, true);
    check_fill("/fill", RS_PACK_MIN, gzip, false, false);
    check_fill("/pages/fill/inline", RS_PACK_MIN, gzip, false, false); /* by an I/O thread */
    stop();
}
END_TEST

START_TEST(a_packed_reply_holds_what_is_sent)
{
    const char *line = rs_arena_fmt(scratch_cx()->arena, "GET /pages/fill?number=%d", 2 * HELD_MAX)
                           .p;

    check(line, "", "", 503, "the server holds as many bytes of requests and replies as it may");
    check_fill("/pages/fill", 2 * HELD_MAX, "Accept-Encoding: gzip\r\n", true, true);
    stop();
}
END_TEST

START_TEST(a_read_sees_the_write_that_was_answered_before_it)
{
    check("GET /find?name=mine", "", "", 404, "RESOURCE_DOES_NOT_EXIST");
    check("POST /add", JSON, "{\"name\": \"mine\"}", 200, "\"number\":");
    check("GET /find?name=mine", "", "", 200, "{");
    stop();
}
END_TEST

/* Waits for a condition that nobody announces. */
#define await(condition)                                                                           \
    do {                                                                                           \
        const int64_t until_ns = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);                      \
        while (!(condition)) {                                                                     \
            ck_assert_msg(rs_clock_mono_ns() < until_ns, "never came true: %s", #condition);       \
            sched_yield();                                                                         \
        }                                                                                          \
    } while (0)

/* Sends a call that holds the committer, and waits until it does. */
static void hold_committer(struct wire *w)
{
    ck_assert(wire_open(w, rs_http_port(http)));
    wire_ask(w, "GET /hold", "", RS_STR(""));
    await(sem_trywait(&stage.entered) == 0);
}

/* Sends a call, and waits until it is in the committer's queue as its nth. */
static void queue_call(struct wire *w, const char *line, const char *body, uint64_t nth)
{
    ck_assert(wire_open(w, rs_http_port(http)));
    wire_ask(w, line, JSON, rs_str_of(body));
    await(rs_lane_figures(api.lane[RS_LANE_WRITE]).waiting == nth);
}

static void check_reply(struct wire *w, int status, const char *text)
{
    struct wire_reply r = wire_read(w, false);

    ck_assert_msg(r.status == status && strstr(r.body, text) != NULL, "%d %s", r.status, r.body);
    if (status == 503) {
        ck_assert_str_eq(wire_header(&r, "Retry-After"), "1");
    }
    wire_forget(&r);
    wire_close(w);
}

START_TEST(a_call_that_runs_again_with_its_batch_starts_from_its_request)
{
    struct wire held;
    struct wire good;
    struct wire bad;

    hold_committer(&held);
    queue_call(&good, "POST /add", "{\"name\": \"good\"}", 1);
    queue_call(&bad, "POST /add-and-fail", "{\"name\": \"bad\"}", 2);
    sem_post(&stage.gate);
    check_reply(&held, 200, "{");
    check_reply(&good, 200, "\"number\":");
    check_reply(&bad, 409, "\"message\":\"no\"");
    ck_assert_int_eq(atomic_load(&stage.runs), 4); /* each of the two, twice */
    check("GET /find?name=good", "", "", 200, "{");
    check("GET /find?name=bad", "", "", 404, "RESOURCE_DOES_NOT_EXIST");
    stop();
}
END_TEST

START_TEST(a_call_that_finds_its_lane_full_is_told_to_come_back)
{
    struct wire held;
    struct wire first;
    struct wire second;
    struct wire third;

    hold_committer(&held);
    queue_call(&first, "POST /add", "{\"name\": \"first\"}", 1);
    queue_call(&second, "POST /add", "{\"name\": \"second\"}", 2);
    ck_assert(wire_open(&third, rs_http_port(http)));
    wire_ask(&third, "POST /add", JSON, RS_STR("{\"name\": \"third\"}"));
    check_reply(&third, 503, "TEMPORARILY_UNAVAILABLE");
    check("GET /echo?name=others", "", "", 200, "others"); /* another lane has room */
    sem_post(&stage.gate);
    check_reply(&held, 200, "{");
    check_reply(&first, 200, "\"number\":");
    check_reply(&second, 200, "\"number\":");
    check("GET /find?name=third", "", "", 404, "RESOURCE_DOES_NOT_EXIST");
    stop();
}
END_TEST

static void add_tests(TCase *t)
{
    tcase_add_test(t, a_body_is_read_as_json_only_if_it_says_that_it_is);
    tcase_add_test(t, a_get_reads_its_query_and_without_one_its_body);
    tcase_add_test(t, what_the_path_says_wins_over_the_body);
    tcase_add_test(t, a_request_that_cannot_be_read_never_gets_to_its_lane);
    tcase_add_test(t, an_error_of_a_handler_is_the_reply_on_every_lane);
    tcase_add_test(t, a_reply_that_is_too_large_is_an_error_and_not_half_a_reply);
    tcase_add_test(t, what_a_page_asks_is_packed_if_it_is_large_and_the_client_takes_it);
    tcase_add_test(t, a_packed_reply_holds_what_is_sent);
    tcase_add_test(t, a_read_sees_the_write_that_was_answered_before_it);
    tcase_add_test(t, a_call_that_runs_again_with_its_batch_starts_from_its_request);
    tcase_add_test(t, a_call_that_finds_its_lane_full_is_told_to_come_back);
}

int main(void)
{
    return scratch_main("api/call", open_all, add_tests);
}
