/* SPDX-License-Identifier: Apache-2.0 */
/* A watcher reads on from its place in the log: in the database while it is behind, then in the
 * feed's ring, then it waits for the feed.
 *
 * A list is answered when there is an event, or its time is over. A stream (Server-Sent Events)
 * goes on until its client leaves or the server stops; it takes a page when the last one is with
 * the client, so that a slow client costs one page of memory and nobody's time. */
#include "api/native/feed.h"

#include "api/call.h"
#include "api/native/event_json.h"
#include "base/clock.h"
#include "service/feed.h"

enum {
    WAIT_MAX_S = 60,
    BEAT_S = 15, /* so often a stream says that it is there */
    LIMIT_DEFAULT = 100,
    LIMIT_MAX = 1000,
    LIST_BYTES = 4 << 20, /* of a list: it ends behind the event that goes beyond */
    STREAM_LIMIT = 64,    /* events of a page */
    STREAM_BYTES = 64 << 10,
    LOOK_MAX = 256, /* events that a call looks at in the database */
};

struct feed_request {
    struct rs_opt_i64 after;
    struct rs_opt_i64 wait;
    struct rs_opt_i64 limit;
    struct rs_strs model;
    struct rs_strs alias;
    struct rs_strs kind;
};

const struct rs_fields rs_feed_request_fields = RS_FIELDS(
    struct feed_request, RS_FIELD(struct feed_request, after, 0),
    RS_FIELD(struct feed_request, wait, 0), RS_FIELD(struct feed_request, limit, 0),
    RS_FIELD(struct feed_request, model, 0), RS_FIELD(struct feed_request, alias, 0),
    RS_FIELD(struct feed_request, kind, 0));

/* One watcher: it lives in the exchange's arena. What a step needs lives in its own, and is given
 * back after it: a stream may last for months. */
struct watcher {
    struct rs_feed_waiter waiter; /* first: of this the feed knows */
    struct rs_call call;
    struct rs_cx cx;
    struct rs_arena arena;
    struct rs_exchange *x;
    struct rs_feed *feed;
    int64_t watched_ns; /* when it began to wait */
    size_t limit;       /* events of a page */
    size_t n;           /* that are in it */
    size_t bytes_max;   /* of it */
    size_t sent;        /* bytes of it that are with the client: of a stream */
    bool is_stream;
    bool has_begun; /* its place and its models have been looked up */
    bool has_more;  /* the database has, behind the last page */
    bool has_failed;
};

/* Adds an event to the page. False when the page is full. */
static bool put_text(struct watcher *w, int64_t seq, struct rs_str kind, struct rs_str text)
{
    struct rs_buf *out = &w->x->reply.body;

    if (w->is_stream) {
        rs_buf_fmt(out, "id: %lld\nevent: " RS_FMT "\ndata: ", (long long)seq, RS_ARG(kind));
    } else if (w->n > 0) {
        rs_buf_putc(out, ',');
    }
    rs_buf_str(out, text);
    if (w->is_stream) {
        RS_BUF_LIT(out, "\n\n");
    }
    w->n++;
    return w->n < w->limit && out->n < w->bytes_max;
}

static bool put_item(void *user, const struct rs_feed_item *item)
{
    return put_text(user, item->seq, item->kind, item->text);
}

/* Writes what was read, as far as the page goes. */
static enum rs_code put_events(struct watcher *w, struct rs_cx *cx, const struct rs_feed_page *page)
{
    const struct rs_event *event = page->events.p;
    struct rs_buf text = {.max = RS_REPLY_MAX};
    enum rs_code code = RS_OK;
    bool goes_on = true;

    for (size_t i = 0; code == RS_OK && goes_on && i < page->events.n; i++) {
        rs_buf_clear(&text);
        code = rs_event_json(&text, cx, &event[i]);
        if (code == RS_OK) {
            goes_on = put_text(w, event[i].seq, event[i].kind, rs_buf_view(&text));
            w->waiter.seq = event[i].seq;
        }
    }
    rs_buf_fini(&text);
    w->has_more = page->has_more || !goes_on;
    if (code == RS_OK && goes_on) {
        w->waiter.seq = page->seq;
    }
    return code;
}

static struct watcher *watcher_of(struct rs_call *c)
{
    return (struct watcher *)((char *)c - offsetof(struct watcher, call));
}

/* Fills the page from the database. */
static enum rs_code read_page(struct rs_call *c, const void *request, void *reply)
{
    struct watcher *w = watcher_of(c);

    (void)request;
    (void)reply;
    if (!w->has_begun) {
        RS_TRY(rs_feed_begin(c->cx, c->store, &w->waiter.filter, &w->waiter.seq));
        w->has_begun = true;
    }
    struct rs_feed_page page = {.most = LOOK_MAX, .seq = w->waiter.seq};
    RS_TRY(rs_feed_read(c->cx, c->store, &w->waiter.filter, &page));
    return put_events(w, c->cx, &page);
}

static void answer_list(struct watcher *w)
{
    w->x->scratch = NULL; /* nothing comes after the reply */
    rs_reply_json(w->x, 200);
    rs_buf_fmt(&w->x->reply.body, "],\"last_seq\":%lld}", (long long)w->waiter.seq);
}

static void submit(struct watcher *w)
{
    static const struct rs_endpoint page = {.lane = RS_LANE_READ,
                                            .permission = RS_PERM_EVENT_READ,
                                            .handle = read_page,
                                            .rpc = "watchEvents"};

    w->call.endpoint = &page;
    w->cx.deadline_ns = w->is_stream ? 0 : w->x->cx.deadline_ns;
    rs_call_submit(&w->call);
}

/* Parks the exchange until the feed wakes it. */
static void watch(struct watcher *w, int64_t now_ns)
{
    w->watched_ns = now_ns;
    rs_exchange_suspend(w->x);
    if (!rs_feed_wait(w->feed, &w->waiter)) {
        rs_exchange_resume(w->x);
    }
}

static void wake(struct rs_feed_waiter *waiter)
{
    rs_exchange_resume(((struct watcher *)waiter)->x);
}

/* A list goes on: on the I/O thread, whenever it has been resumed without an answer. */
static void go_on(struct watcher *w)
{
    const int64_t now_ns = rs_clock_mono_ns();

    if (w->watched_ns != 0) {
        w->x->times.watched_ns += now_ns - w->watched_ns;
        w->watched_ns = 0;
    }
    const bool has_ended = rs_feed_has_ended(w->feed);
    const bool reaches = !w->has_more && rs_feed_take(w->feed, &w->waiter, put_item, w);
    if (w->n > 0 || (reaches && (has_ended || now_ns >= w->waiter.until_ns))) {
        answer_list(w);
    } else if (reaches) {
        watch(w, now_ns);
    } else {
        submit(w);
    }
}

/* The page is with the client: fills the next one. RS_READ_END, or 0 with the exchange suspended,
 * or more than that: there is one. */
static ptrdiff_t turn_page(struct watcher *w)
{
    struct rs_buf *page = &w->x->reply.body;
    const int64_t now_ns = rs_clock_mono_ns();
    const bool has_ended = rs_feed_has_ended(w->feed);

    if (page->cap > 2 * STREAM_BYTES) {
        rs_buf_fini(page);
    }
    rs_buf_clear(page);
    w->n = w->sent = 0;
    if (w->has_failed) {
        return RS_READ_END;
    }
    const bool reaches = !w->has_more && rs_feed_take(w->feed, &w->waiter, put_item, w);
    if (!reaches) {
        submit(w);
        return 0;
    }
    if (page->n == 0 && has_ended) {
        return RS_READ_END;
    }
    if (page->n == 0 && now_ns < w->waiter.until_ns) {
        watch(w, now_ns);
        return 0;
    }
    if (page->n == 0) {
        RS_BUF_LIT(page, ":\n\n");
    }
    w->waiter.until_ns = now_ns + RS_S_AS_NS(BEAT_S);
    return (ptrdiff_t)page->n;
}

static ptrdiff_t read_stream(struct rs_exchange *x, uint64_t at, char *out, size_t n)
{
    struct watcher *w = x->scratch;
    const struct rs_buf *page = &x->reply.body;
    const ptrdiff_t state = w->sent < page->n ? 1 : turn_page(w);

    (void)at;
    if (state <= 0) {
        return state;
    }
    const size_t left = page->n - w->sent;
    const size_t some = left < n ? left : n;
    memcpy(out, page->p + w->sent, some);
    w->sent += some;
    return (ptrdiff_t)some;
}

static void begin_stream(struct watcher *w)
{
    struct rs_reply *r = &w->x->reply;

    r->status = 200;
    r->content_type = "text/event-stream";
    r->is_stream = true;
    r->read = read_stream;
    rs_exchange_set(w->x, "Cache-Control", RS_STR("no-store"));
    rs_exchange_set(w->x, "X-Accel-Buffering", RS_STR("no")); /* of nginx: pass on what comes */
    w->waiter.until_ns = rs_clock_mono_ns() + RS_S_AS_NS(BEAT_S);
}

static void finish_page(struct rs_call *c, enum rs_code code)
{
    struct watcher *w = watcher_of(c);
    const bool has_status = w->x->reply.status != 0;

    if (code != RS_OK && has_status) {
        w->has_failed = true; /* of a stream: its client comes again */
    } else if (code != RS_OK) {
        rs_fail(&w->x->cx, code, "%s", w->cx.error.message);
        rs_reply_error(w->x);
    } else if (w->is_stream && !has_status) {
        begin_stream(w);
    } else if (!w->is_stream && w->n > 0) {
        answer_list(w);
    }
    rs_cx_clear(&w->cx);
    rs_arena_fini(&w->arena);
}

static void give_back(void *arena)
{
    rs_arena_fini(arena);
}

static bool wants_stream(const struct rs_exchange *x)
{
    struct rs_str list = rs_exchange_header(x, "Accept");

    while (list.n > 0) {
        const size_t comma = rs_str_find(list, ',', 0);
        const struct rs_str item = {list.p, comma};
        const struct rs_str type = {item.p, rs_str_find(item, ';', 0)};

        if (rs_str_eq_nocase(rs_str_trim(type), RS_STR("text/event-stream"))) {
            return true;
        }
        list = rs_str_from(list, comma < list.n ? comma + 1 : comma);
    }
    return false;
}

/* A number within its limits; `without` where it is not given. */
static enum rs_code read_number(struct rs_cx *cx, const char *name, struct rs_opt_i64 *n,
                                const int64_t limits[2], int64_t without)
{
    if (!n->is_set) {
        n->v = without;
    }
    if (n->v < limits[0] || n->v > limits[1]) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value %lld for parameter '%s' supplied: it must be from %lld to "
                       "%lld",
                       (long long)n->v, name, (long long)limits[0], (long long)limits[1]);
    }
    return RS_OK;
}

/* A stream that its client opens again says where it was. */
static enum rs_code read_place(struct rs_exchange *x, bool is_stream, struct rs_opt_i64 *after)
{
    static const int64_t limits[] = {RS_FEED_FROM_NOW_ON, INT64_MAX};
    const struct rs_str id = rs_exchange_header(x, "Last-Event-ID");

    if (is_stream && id.n > 0) {
        after->is_set = true;
        if (!rs_str_to_i64(id, &after->v) || after->v < 0) {
            return rs_fail(&x->cx, RS_INVALID,
                           "could not read the header Last-Event-ID: it is not the number of an "
                           "event");
        }
    }
    return read_number(&x->cx, "after", after, limits, 0);
}

static enum rs_code open_watcher(struct rs_exchange *x, struct watcher **out)
{
    static const int64_t waits[] = {0, WAIT_MAX_S};
    static const int64_t limits[] = {1, LIMIT_MAX};
    const bool is_stream = wants_stream(x);
    const struct rs_api *api = x->user;
    struct watcher *w = RS_NEW(x->cx.arena, struct watcher);
    struct feed_request q = {0};

    RS_TRY(rs_call_read(x, &rs_feed_request_fields, &q));
    RS_TRY(read_place(x, is_stream, &q.after));
    RS_TRY(read_number(&x->cx, "wait", &q.wait, waits, 0));
    RS_TRY(read_number(&x->cx, "limit", &q.limit, limits, LIMIT_DEFAULT));
    *w = (struct watcher){
        .waiter = {.filter = {.models = q.model,
                              .rows = RS_NEW_N(x->cx.arena, int64_t, q.model.n),
                              .aliases = q.alias,
                              .kinds = q.kind},
                   .seq = q.after.v,
                   .until_ns = rs_clock_mono_ns() + RS_S_AS_NS(q.wait.v),
                   .wake = wake},
        .call = {.x = x, .cx = &w->cx, .api = api, .finish = finish_page},
        .cx = {.arena = &w->arena, .request_id = x->cx.request_id},
        .x = x,
        .feed = api->feed,
        .limit = is_stream ? STREAM_LIMIT : (size_t)q.limit.v,
        .bytes_max = is_stream ? STREAM_BYTES : LIST_BYTES,
        .is_stream = is_stream,
    };
    rs_arena_defer(x->cx.arena, give_back, &w->arena);
    *out = w;
    return rs_feed_filter_check(&x->cx, &w->waiter.filter);
}

void rs_feed_serve(struct rs_exchange *x)
{
    struct watcher *w = x->scratch;

    if (w != NULL) {
        go_on(w);
        return;
    }
    if (open_watcher(x, &w) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    x->scratch = w;
    if (w->is_stream) {
        RS_BUF_LIT(&x->reply.body, ":\n\n"); /* the client sees that it is heard */
    } else {
        RS_BUF_LIT(&x->reply.body, "{\"events\":[");
    }
    submit(w);
}
