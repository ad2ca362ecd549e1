/* SPDX-License-Identifier: Apache-2.0 */
/* A call's way: decode on the I/O thread, run on the lane, encode where it ran, answer on the I/O
 * thread. */
#include "api/call.h"

#include "api/json_in.h"
#include "api/json_out.h"
#include "base/clock.h"
#include "http/pack.h"

/* MLflow's guard against cross-site forms: the type is compared up to the first ';', exactly. */
enum rs_code rs_call_check_type(struct rs_exchange *x)
{
    const struct rs_str type = rs_exchange_header(x, "Content-Type");
    const struct rs_str media = {type.p, rs_str_find(type, ';', 0)};

    if (x->method != RS_POST && x->method != RS_PUT) {
        return RS_OK;
    }
    if (type.p == NULL) {
        return rs_fail(&x->cx, RS_INVALID, "Bad Request. Content-Type header is missing.");
    }
    if (!rs_str_is(rs_str_trim(media), "application/json")) {
        return rs_fail(&x->cx, RS_INVALID,
                       "Bad Request. Content-Type must be one of ['application/json'].");
    }
    return RS_OK;
}

/* Path parameters are fields of the request, and win over the body's. */
static void take_path_params(struct rs_exchange *x, const struct rs_fields *fields, void *request)
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct rs_field *f = &fields->field[i];

        for (size_t p = 0; p < x->n_params && f->kind == RS_KIND_STR; p++) {
            if (rs_str_eq(x->param[p].name, f->name)) {
                *(struct rs_str *)((char *)request + f->offset) = x->param[p].value;
            }
        }
    }
}

enum rs_code rs_call_read(struct rs_exchange *x, const struct rs_fields *fields, void *request)
{
    const bool from_query = (x->method == RS_GET || x->method == RS_HEAD) &&
                            (x->query.n > 0 || x->body.n == 0);

    RS_TRY(rs_call_check_type(x));
    RS_TRY(from_query ? rs_query_decode(&x->cx, x->query, fields, request)
                      : rs_json_decode(&x->cx, rs_buf_view(&x->body), fields, request));
    take_path_params(x, fields, request);
    return RS_OK;
}

bool rs_reply_fits(struct rs_exchange *x)
{
    if (!x->reply.body.over) {
        return true;
    }
    x->reply.status = 0;
    rs_fail(&x->cx, RS_INVALID,
            "the reply would be larger than %d bytes; ask for fewer results at a time",
            (int)RS_REPLY_MAX);
    return false;
}

static void finish_json(struct rs_call *c, enum rs_code code)
{
    struct rs_exchange *x = c->x;

    if (code == RS_OK) {
        rs_reply_json(x, c->status != 0 ? c->status : 200);
        rs_json_encode(&x->reply.body, c->endpoint->reply, c->reply);
        if (rs_reply_fits(x)) {
            return;
        }
    }
    rs_reply_error(x);
}

static enum rs_code run_write(struct rs_commit_call *commit, struct rs_store *store)
{
    struct rs_call *c = (struct rs_call *)commit;

    c->store = store;
    c->status = 0;
    if (c->reply != NULL) {
        memset(c->reply, 0, c->endpoint->reply->size); /* of a first run that was undone */
    }
    return (c->then != NULL ? c->then : c->endpoint->handle)(c, c->request, c->reply);
}

static struct rs_call *call_of(struct rs_task *t)
{
    return (struct rs_call *)((char *)t - offsetof(struct rs_call, task));
}

/* Puts a call into the queue of a lane, from where on it is the lane's. RS_BUSY when it is full. */
static enum rs_code queue_up(struct rs_call *c, enum rs_lane_kind lane)
{
    return rs_lane_submit(c->api->lane[lane], &c->task)
               ? RS_OK
               : rs_fail(c->cx, RS_BUSY,
                         "the server has too many calls waiting; try again in a second");
}

void rs_call_submit(struct rs_call *c)
{
    rs_exchange_suspend(c->x);
    if (queue_up(c, c->endpoint->lane) != RS_OK) {
        c->finish(c, RS_BUSY);
        rs_exchange_resume(c->x);
    }
}

void rs_call_start(struct rs_exchange *x, const struct rs_endpoint *endpoint, const void *request,
                   void (*finish)(struct rs_call *c, enum rs_code code))
{
    struct rs_call *c = RS_NEW(x->cx.arena, struct rs_call);

    *c = (struct rs_call){.commit = {.cx = &x->cx, .run = run_write},
                          .x = x,
                          .cx = &x->cx,
                          .api = x->user,
                          .endpoint = endpoint,
                          .request = request,
                          .finish = finish != NULL ? finish : finish_json};
    if (endpoint->reply != NULL) {
        c->reply = rs_arena_alloc(x->cx.arena, 1, endpoint->reply->size);
    }
    if (endpoint->lane == RS_LANE_INLINE) {
        c->finish(c, endpoint->handle(c, c->request, c->reply));
        return;
    }
    rs_call_submit(c);
}

void rs_call_serve(struct rs_exchange *x)
{
    const struct rs_endpoint *e = x->route->row;
    void *request = rs_arena_alloc(x->cx.arena, 1, e->request->size);

    if (rs_call_read(x, e->request, request) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    rs_call_start(x, e, request, NULL);
}

static enum rs_code run_read(struct rs_call *c)
{
    struct rs_snapshot snapshot;

    RS_TRY(rs_snapshot_begin(c->cx, c->store, c->api->read_ns, &snapshot));
    return rs_snapshot_end(c->cx, &snapshot, c->endpoint->handle(c, c->request, c->reply));
}

void rs_lane_run_reads(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    (void)user;
    if (n == 0) {
        rs_snapshot_rest(tool);
    }
    while (tasks != NULL) {
        struct rs_call *c = call_of(tasks);

        tasks = tasks->next;
        c->store = tool;
        const int64_t start_ns = rs_clock_mono_ns();
        c->finish(c, run_read(c));
        rs_reply_pack(c->x);
        c->x->times.waited_ns += start_ns - c->task.queued_ns;
        c->x->times.worked_ns += rs_clock_mono_ns() - start_ns;
        rs_exchange_resume(c->x);
    }
}

void rs_lane_run_outbound(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    (void)user;
    (void)n;
    while (tasks != NULL) {
        struct rs_call *c = call_of(tasks);

        tasks = tasks->next;
        c->store = tool;
        enum rs_code code = c->endpoint->handle(c, c->request, c->reply);
        if (code == RS_OK && c->then != NULL) {
            code = queue_up(c, RS_LANE_WRITE);
            if (code == RS_OK) {
                continue; /* the committer answers it */
            }
        }
        c->finish(c, code);
        rs_exchange_resume(c->x);
    }
}

void rs_lane_run_writes(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    struct rs_commit_call *first = NULL;
    struct rs_commit_call **last = &first;
    const int64_t start_ns = rs_clock_mono_ns();

    (void)user;
    for (struct rs_task *t = tasks; t != NULL; t = t->next) {
        *last = &call_of(t)->commit;
        last = &(*last)->next;
    }
    if (n > 0) {
        rs_commit_batch(tool, first);
    }
    while (first != NULL) {
        struct rs_call *c = (struct rs_call *)first;

        first = first->next;
        c->finish(c, c->commit.code);
        c->x->times.waited_ns += start_ns - c->task.queued_ns;
        rs_exchange_resume(c->x);
    }
    rs_commit_maintain(tool, n == 0);
}
