/* SPDX-License-Identifier: Apache-2.0 */
/* One thread reads what the committer tells of into the ring, while somebody waits, and wakes those
 * who wait for it. One lock guards the ring and the list of those who wait; the committer never
 * takes it. */
#include "service/feed.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "store/event.h"

enum {
    PAGE = 256,     /* events that are read at a time */
    RETRY_MS = 100, /* after an error of the database */
    TEXT_MAX = 64 << 20,
};

/* An event of the ring: one piece of memory, the texts behind it. */
struct item {
    struct rs_event event; /* of which seq, kind, subject and model are there */
    struct rs_str text;
};

struct rs_feed {
    struct rs_feed_options o;
    pthread_t thread;
    bool has_thread;
    int bell;            /* an eventfd: the thread looks around */
    atomic_bool is_told; /* there may be events in the database that the ring has not: while
                            somebody waits, the bell was rung for them */
    atomic_bool has_ended;
    atomic_bool is_stopping;
    atomic_uint n_waiting;
    int64_t read;  /* the thread's: the last event that was read */
    bool is_blind; /* the thread's: the last read has failed, and is tried again */
    pthread_mutex_t lock;
    /* Guarded by it: */
    struct item **ring; /* events_max places; the oldest at `first` */
    size_t first;
    size_t n;
    size_t bytes;
    int64_t floor; /* the ring has all events behind this one */
    int64_t last;  /* up to this one */
    struct rs_feed_waiter *waiting;
    int64_t looks_ns; /* when the thread looks around, even if nobody rings */
};

static void ring_bell(struct rs_feed *f)
{
    const uint64_t one = 1;
    ssize_t n = 0;

    do {
        n = write(f->bell, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

/* Between this and rs_feed_wait one of the two sees the other, and rings. */
void rs_feed_tell(struct rs_feed *f)
{
    if (!atomic_exchange(&f->is_told, true) && atomic_load(&f->n_waiting) > 0) {
        ring_bell(f);
    }
}

bool rs_feed_has_ended(const struct rs_feed *f)
{
    return atomic_load(&f->has_ended);
}

void rs_feed_end(struct rs_feed *f)
{
    pthread_mutex_lock(&f->lock);
    atomic_store(&f->has_ended, true);
    pthread_mutex_unlock(&f->lock);
    ring_bell(f);
}

unsigned rs_feed_waiting(const struct rs_feed *f)
{
    return atomic_load(&f->n_waiting);
}

static struct rs_str copy_text(char **at, struct rs_str s)
{
    char *p = *at;

    memcpy(p, s.p, s.n);
    *at += s.n;
    return (struct rs_str){p, s.n};
}

static struct item *item_new(const struct rs_event *e, struct rs_str text)
{
    struct item *i = malloc(sizeof *i + e->kind.n + e->subject.n + text.n);

    if (i == NULL) {
        return NULL;
    }
    char *at = (char *)(i + 1);
    *i = (struct item){.event = {.seq = e->seq, .model = e->model}};
    i->event.kind = copy_text(&at, e->kind);
    i->event.subject = copy_text(&at, e->subject);
    i->text = copy_text(&at, text);
    return i;
}

static struct item *item_at(const struct rs_feed *f, size_t i)
{
    return f->ring[(f->first + i) % f->o.events_max];
}

static void drop_oldest(struct rs_feed *f)
{
    struct item *i = item_at(f, 0);

    f->floor = i->event.seq;
    f->bytes -= i->text.n;
    f->first = (f->first + 1) % f->o.events_max;
    f->n--;
    free(i);
}

/* Takes the item. What there is no memory for, or no room, is read in the database. */
static void put_item(struct rs_feed *f, int64_t seq, struct item *i)
{
    while (f->n > 0 &&
           (i == NULL || f->n == f->o.events_max || f->bytes + i->text.n > f->o.bytes_max)) {
        drop_oldest(f);
    }
    f->last = seq;
    if (i == NULL || i->text.n > f->o.bytes_max) {
        f->floor = seq;
        free(i);
        return;
    }
    f->ring[(f->first + f->n) % f->o.events_max] = i;
    f->bytes += i->text.n;
    f->n++;
}

static void put_events(struct rs_feed *f, struct rs_cx *cx, const struct rs_list *events)
{
    const struct rs_event *event = events->p;
    struct rs_buf text = {.max = TEXT_MAX};

    for (size_t i = 0; i < events->n; i++) {
        rs_buf_clear(&text);
        const enum rs_code code = f->o.write(&text, cx, &event[i]);
        struct item *item = code == RS_OK && !text.over ? item_new(&event[i], rs_buf_view(&text))
                                                        : NULL;

        rs_cx_clear(cx);
        pthread_mutex_lock(&f->lock);
        put_item(f, event[i].seq, item);
        pthread_mutex_unlock(&f->lock);
    }
    rs_buf_fini(&text);
}

/* The page that was read is full: much may have happened while nobody waited. That is for the
 * database to tell, and the ring begins anew behind it. */
static enum rs_code skip_old(struct rs_cx *cx, struct rs_feed *f, struct rs_list *events)
{
    int64_t last = 0;

    RS_TRY(rs_store_event_last(cx, f->o.reader, &last));
    if (last - f->read <= (int64_t)f->o.events_max) {
        return RS_OK;
    }
    events->n = 0;
    pthread_mutex_lock(&f->lock);
    while (f->n > 0) {
        drop_oldest(f);
    }
    f->floor = f->last = f->read = last;
    pthread_mutex_unlock(&f->lock);
    return RS_OK;
}

/* Reads one page of what is new. True: there may be more. */
static bool read_news(struct rs_feed *f)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    const struct rs_event_range range = {.after = f->read, .limit = PAGE};
    struct rs_list events = RS_LIST(NULL, 0);
    bool has_more = false;

    enum rs_code code = rs_store_events_read(&cx, f->o.reader, &range, &events);
    if (code == RS_OK && events.n == PAGE) {
        code = skip_old(&cx, f, &events);
    }
    if (code != RS_OK) {
        if (!f->is_blind) {
            rs_log(RS_LOG_WARN, "events_unread", RS_LOG_Z("why", cx.error.message));
        }
        rs_cx_clear(&cx);
        f->is_blind = true;
        rs_arena_fini(&arena);
        return false;
    }
    f->is_blind = false;
    if (events.n > 0) {
        put_events(f, &cx, &events);
        f->read = ((const struct rs_event *)events.p)[events.n - 1].seq;
        has_more = events.n == PAGE;
    }
    rs_arena_fini(&arena);
    return has_more;
}

/* The first place of the ring behind a seq: seen from the newest, for most are close to it. */
static size_t place_behind(const struct rs_feed *f, int64_t seq)
{
    size_t i = f->n;

    while (i > 0 && item_at(f, i - 1)->event.seq > seq) {
        i--;
    }
    return i;
}

/* Whether a waiter has something to do now; else it has seen all there is. */
static bool is_due(const struct rs_feed *f, struct rs_feed_waiter *w, int64_t now_ns)
{
    if (atomic_load(&f->has_ended) || now_ns >= w->until_ns || w->seq < f->floor) {
        return true;
    }
    for (size_t i = place_behind(f, w->seq); i < f->n; i++) {
        if (rs_feed_filter_takes(&w->filter, &item_at(f, i)->event)) {
            return true;
        }
    }
    w->seq = w->seq < f->last ? f->last : w->seq;
    return false;
}

/* Takes those out of the list who have something to do, and sets the time of the next look. */
static struct rs_feed_waiter *take_due(struct rs_feed *f)
{
    const int64_t now_ns = rs_clock_mono_ns();
    struct rs_feed_waiter *due = NULL;
    struct rs_feed_waiter **at = &f->waiting;

    f->looks_ns = INT64_MAX;
    while (*at != NULL) {
        struct rs_feed_waiter *w = *at;

        if (is_due(f, w, now_ns)) {
            *at = w->next;
            w->next = due;
            due = w;
            atomic_fetch_sub(&f->n_waiting, 1);
            continue;
        }
        f->looks_ns = w->until_ns < f->looks_ns ? w->until_ns : f->looks_ns;
        at = &w->next;
    }
    return due;
}

static void wake_due(struct rs_feed *f)
{
    pthread_mutex_lock(&f->lock);
    struct rs_feed_waiter *due = take_due(f);
    pthread_mutex_unlock(&f->lock);
    while (due != NULL) {
        struct rs_feed_waiter *w = due;

        due = w->next;
        w->wake(w);
    }
}

/* Until somebody rings, or the first of those who wait has waited long enough. */
static void await_bell(struct rs_feed *f)
{
    struct pollfd fd = {.fd = f->bell, .events = POLLIN};
    uint64_t n = 0;

    pthread_mutex_lock(&f->lock);
    const int64_t looks_ns = f->looks_ns;
    pthread_mutex_unlock(&f->lock);
    const int64_t left_ns = looks_ns - rs_clock_mono_ns();
    int wait_ms = looks_ns == INT64_MAX        ? -1
                  : left_ns <= 0               ? 0
                  : left_ns > RS_S_AS_NS(3600) ? 3600 * 1000
                                               : (int)(left_ns / RS_MS_AS_NS(1)) + 1;
    if (f->is_blind) {
        wait_ms = RETRY_MS;
    }
    if (poll(&fd, 1, wait_ms) > 0) {
        (void)!read(f->bell, &n, sizeof n);
    }
}

static void *run(void *arg)
{
    struct rs_feed *f = arg;

    while (!atomic_load(&f->is_stopping)) {
        await_bell(f);
        if (atomic_exchange(&f->is_told, false) || f->is_blind) {
            while (read_news(f)) {}
        }
        wake_due(f);
    }
    return NULL;
}

bool rs_feed_take(struct rs_feed *f, struct rs_feed_waiter *w,
                  bool (*put)(void *user, const struct rs_feed_item *item), void *user)
{
    pthread_mutex_lock(&f->lock);
    const bool is_behind = w->seq < f->floor;
    bool goes_on = true;
    for (size_t i = place_behind(f, w->seq); !is_behind && goes_on && i < f->n; i++) {
        const struct item *item = item_at(f, i);

        w->seq = item->event.seq;
        if (rs_feed_filter_takes(&w->filter, &item->event)) {
            goes_on = put(user,
                          &(struct rs_feed_item){item->event.seq, item->event.kind, item->text});
        }
    }
    if (!is_behind && goes_on && w->seq < f->last) {
        w->seq = f->last;
    }
    pthread_mutex_unlock(&f->lock);
    return !is_behind;
}

bool rs_feed_wait(struct rs_feed *f, struct rs_feed_waiter *w)
{
    const int64_t now_ns = rs_clock_mono_ns();

    pthread_mutex_lock(&f->lock);
    const bool waits = !is_due(f, w, now_ns);
    const bool is_first = waits && w->until_ns < f->looks_ns;
    if (waits) {
        w->next = f->waiting;
        f->waiting = w;
        atomic_fetch_add(&f->n_waiting, 1);
    }
    if (is_first) {
        f->looks_ns = w->until_ns;
    }
    pthread_mutex_unlock(&f->lock);
    if (is_first || (waits && atomic_load(&f->is_told))) {
        ring_bell(f);
    }
    return waits;
}

static enum rs_code start(struct rs_cx *cx, struct rs_feed *f)
{
    RS_TRY(rs_store_event_last(cx, f->o.reader, &f->read));
    f->floor = f->last = f->read;
    if (f->ring == NULL || f->bell < 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the feed of events: %s",
                       strerror(errno));
    }
    const int why = rs_thread_start(&f->thread, run, f);
    if (why != 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the thread of the feed of events: %s",
                       strerror(why));
    }
    f->has_thread = true;
    pthread_setname_np(f->thread, "feed");
    return RS_OK;
}

enum rs_code rs_feed_start(struct rs_cx *cx, const struct rs_feed_options *o, struct rs_feed **out)
{
    struct rs_feed *f = calloc(1, sizeof *f);

    if (f == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not start the feed of events: out of memory");
    }
    f->o = *o;
    f->looks_ns = INT64_MAX;
    pthread_mutex_init(&f->lock, NULL);
    f->ring = calloc(o->events_max, sizeof(struct item *));
    f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const enum rs_code code = start(cx, f);
    if (code != RS_OK) {
        rs_feed_stop(f);
        return code;
    }
    *out = f;
    return RS_OK;
}

void rs_feed_stop(struct rs_feed *f)
{
    if (f == NULL) {
        return;
    }
    if (f->has_thread) {
        atomic_store(&f->is_stopping, true);
        ring_bell(f);
        pthread_join(f->thread, NULL);
    }
    while (f->n > 0) {
        drop_oldest(f);
    }
    if (f->bell >= 0) {
        close(f->bell);
    }
    pthread_mutex_destroy(&f->lock);
    free(f->ring);
    free(f);
}
