/* SPDX-License-Identifier: Apache-2.0 */
/* One thread looks at all connections twice a second. An I/O thread tells a phase by one store; the
 * kernel tells what was moved. So a request pays nothing for being watched. A connection that is
 * late is shut down, which its I/O thread sees as a client that is gone: there is one way to end.
 */
#include "http/watch.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum {
    TICK_MS = 500,
    OPEN_TICKS = 4, /* idle connections, of which there may be thousands, are looked at so rarely */
    BATCH = 64,     /* connections that are looked at for one hold of the lock */
    FIRST_ROOM = 64,     /* connections that there is room for at first */
    STATE_CLOSE_WAIT = 8 /* tcpi_state: the peer sends nothing more (net/tcp_states.h of Linux) */
};

#define PHASE_BITS 3U
#define PHASE_MASK ((1U << PHASE_BITS) - 1)

struct rs_watched {
    int fd;
    size_t place; /* in the watch's array */
    /* Number of the request and its phase: whoever sees the same one twice looked at the same
     * thing. */
    atomic_uint now;
    /* Of the watch's thread: */
    unsigned seen;
    int64_t begun_ns; /* when the first byte of a request was there; 0: none is */
    int64_t from_ns;  /* where the span starts over which the rate is measured */
    uint64_t from;    /* bytes that had been moved then */
    uint64_t last;    /* bytes that had been moved at the last look */
    bool is_cut;
};

struct rs_watch {
    struct rs_watch_options o;
    pthread_mutex_t lock; /* guards the array, and that no socket in it is closed */
    pthread_cond_t wake;
    pthread_t thread;
    bool stops;
    struct rs_watched **all;
    size_t n;
    size_t room;
    unsigned tick;
    atomic_ullong n_cut;
};

void rs_watched_enter(struct rs_watched *c, enum rs_phase phase)
{
    if (c == NULL) {
        return;
    }
    const unsigned old = atomic_load_explicit(&c->now, memory_order_relaxed);
    const unsigned request = (old >> PHASE_BITS) + (phase == RS_PHASE_HEAD ? 1 : 0);

    atomic_store_explicit(&c->now, request << PHASE_BITS | (unsigned)phase, memory_order_relaxed);
}

static void cut(struct rs_watch *w, struct rs_watched *c, const char *why)
{
    if (!c->is_cut) {
        c->is_cut = true;
        atomic_fetch_add(&w->n_cut, 1);
        rs_log(RS_LOG_DEBUG, "connection_cut", RS_LOG_Z("why", why));
    }
    shutdown(c->fd, SHUT_RDWR);
}

static int64_t span_ns(const struct rs_watch *w)
{
    return RS_S_AS_NS(w->o.span_s);
}

/* Bytes that wait in the kernel: of the client's that we have not read, or of ours that it has not
 * acknowledged. */
static int waiting(int fd, unsigned long which)
{
    int n = 0;

    return ioctl(fd, which, &n) == 0 ? n : 0;
}

/* Between requests a client owes us nothing, until something comes after our last word. The kernel
 * tells both in ms, with a grain of some; a byte in the same grain is not seen, the next one is. */
static bool has_begun(const struct tcp_info *tcp)
{
    return tcp->tcpi_last_data_recv < tcp->tcpi_last_data_sent;
}

static void look_at_head(struct rs_watch *w, struct rs_watched *c, unsigned now,
                         const struct tcp_info *tcp, int64_t now_ns)
{
    const bool is_head = (now & PHASE_MASK) == RS_PHASE_HEAD;
    const unsigned request = now >> PHASE_BITS;

    if (now != c->seen) {
        /* What was begun while the connection was open is the head of the very next request. */
        if (!is_head || request != (c->seen >> PHASE_BITS) + 1 || c->begun_ns == 0) {
            c->begun_ns = is_head ? now_ns : 0;
        }
        c->seen = now;
    }
    if (c->begun_ns == 0 && has_begun(tcp)) {
        c->begun_ns = now_ns;
    }
    if (c->begun_ns != 0 && now_ns - c->begun_ns >= span_ns(w)) {
        cut(w, c, "the head of a request took too long");
    }
}

static void start_span(struct rs_watched *c, uint64_t moved, int64_t now_ns)
{
    c->from = c->last = moved;
    c->from_ns = now_ns;
}

/* The client has ended its half, nothing of it is left to read, and the body is not whole: it never
 * will be. Two looks, so that what has just been read is no surprise. */
static bool is_gone(const struct rs_watched *c, const struct tcp_info *tcp, uint64_t moved)
{
    return tcp->tcpi_state == STATE_CLOSE_WAIT && moved == c->last && waiting(c->fd, FIONREAD) == 0;
}

/* Whether too little has moved, and that is the client's fault: it has sent nothing that we did not
 * read, or has not taken what we sent. */
static bool is_slow(const struct rs_watch *w, const struct rs_watched *c, uint64_t moved,
                    bool is_body)
{
    const uint64_t least = (uint64_t)w->o.min_rate * w->o.span_s;

    return moved - c->from < least &&
           (is_body ? waiting(c->fd, FIONREAD) == 0 : waiting(c->fd, TIOCOUTQ) > 0);
}

static void look_at_bytes(struct rs_watch *w, struct rs_watched *c, unsigned now,
                          const struct tcp_info *tcp, int64_t now_ns)
{
    const bool is_body = (now & PHASE_MASK) == RS_PHASE_BODY;
    const uint64_t moved = is_body ? tcp->tcpi_bytes_received : tcp->tcpi_bytes_acked;

    c->begun_ns = 0;
    if (now != c->seen) {
        c->seen = now;
        start_span(c, moved, now_ns);
        return;
    }
    if (is_body && is_gone(c, tcp, moved)) {
        cut(w, c, "the client left within a body");
        return;
    }
    c->last = moved;
    if (now_ns - c->from_ns < span_ns(w)) {
        return;
    }
    if (is_slow(w, c, moved, is_body)) {
        cut(w, c, is_body ? "the body comes too slowly" : "the reply is taken too slowly");
        return;
    }
    start_span(c, moved, now_ns);
}

static void look(struct rs_watch *w, struct rs_watched *c, int64_t now_ns)
{
    const unsigned now = atomic_load_explicit(&c->now, memory_order_relaxed);
    const unsigned phase = now & PHASE_MASK;
    struct tcp_info tcp = {0};
    socklen_t size = sizeof tcp;

    if (phase == RS_PHASE_OURS) {
        c->seen = now;
        return;
    }
    if (phase == RS_PHASE_OPEN && w->tick % OPEN_TICKS != 0 && c->begun_ns == 0) {
        return;
    }
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &tcp, &size) != 0) {
        return;
    }
    if (phase == RS_PHASE_OPEN || phase == RS_PHASE_HEAD) {
        look_at_head(w, c, now, &tcp, now_ns);
    } else {
        look_at_bytes(w, c, now, &tcp, now_ns);
    }
}

/* The lock is let go now and then, for an I/O thread that accepts or closes waits for it. What is
 * removed meanwhile may move another out of this round; the next one sees it. */
static void look_at_all(struct rs_watch *w)
{
    const int64_t now_ns = rs_clock_mono_ns();
    size_t at = 0;

    for (bool more = true; more;) {
        pthread_mutex_lock(&w->lock);
        for (size_t i = 0; i < BATCH && at < w->n; i++) {
            look(w, w->all[at++], now_ns);
        }
        more = at < w->n && !w->stops;
        pthread_mutex_unlock(&w->lock);
    }
    w->tick++;
}

/* False when the watch ends. */
static bool await_tick(struct rs_watch *w)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += RS_MS_AS_NS(TICK_MS);
    if (until.tv_nsec >= RS_S_AS_NS(1)) {
        until.tv_nsec -= RS_S_AS_NS(1);
        until.tv_sec++;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->stops && pthread_cond_timedwait(&w->wake, &w->lock, &until) != ETIMEDOUT) {}
    const bool goes_on = !w->stops;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

static void *run(void *arg)
{
    struct rs_watch *w = arg;

    while (await_tick(w)) {
        look_at_all(w);
    }
    return NULL;
}

static bool has_room(struct rs_watch *w)
{
    if (w->n < w->room) {
        return true;
    }
    const size_t room = w->room == 0 ? FIRST_ROOM : 2 * w->room;
    struct rs_watched **all = realloc(w->all, room * sizeof *all);
    if (all == NULL) {
        return false;
    }
    w->all = all;
    w->room = room;
    return true;
}

struct rs_watched *rs_watch_add(struct rs_watch *w, int fd)
{
    struct rs_watched *c = calloc(1, sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    c->fd = fd;
    c->begun_ns = rs_clock_mono_ns(); /* the first request is due */
    pthread_mutex_lock(&w->lock);
    const bool fits = has_room(w);
    if (fits) {
        c->place = w->n;
        w->all[w->n++] = c;
    }
    pthread_mutex_unlock(&w->lock);
    if (!fits) {
        free(c);
        return NULL;
    }
    return c;
}

void rs_watch_remove(struct rs_watch *w, struct rs_watched *c)
{
    if (c == NULL) {
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->all[c->place] = w->all[--w->n];
    w->all[c->place]->place = c->place;
    pthread_mutex_unlock(&w->lock);
    free(c);
}

uint64_t rs_watch_cut(const struct rs_watch *w)
{
    return atomic_load(&w->n_cut);
}

struct rs_watch *rs_watch_start(const struct rs_watch_options *o)
{
    struct rs_watch *w = calloc(1, sizeof *w);
    pthread_condattr_t monotonic;

    if (w == NULL) {
        return NULL;
    }
    w->o = *o;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    const int why = rs_thread_start(&w->thread, run, w);
    if (why != 0) {
        pthread_cond_destroy(&w->wake);
        pthread_mutex_destroy(&w->lock);
        free(w);
        errno = why;
        return NULL;
    }
    return w;
}

void rs_watch_stop(struct rs_watch *w)
{
    if (w == NULL) {
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->stops = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free(w->all);
    free(w);
}
