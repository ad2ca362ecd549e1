/* SPDX-License-Identifier: Apache-2.0 */
/* Lock-step clients on epoll; see engine.h. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (256 * 1024)
#define N_EVENTS 256
#define WAIT_MS 100

/* Set by a signal. */
static volatile sig_atomic_t stopping;

struct client {
    int fd;
    bool idle;      /* it has nothing more to ask */
    bool wants_out; /* epoll waits for room to send */
    size_t n_sent;
    uint64_t began_ns;
    struct rs_text request;
    struct rs_turn turn;
    struct rs_reply reply;
};

struct worker {
    pthread_t thread;
    const struct rs_load *load;
    _Atomic uint64_t *n_issued;
    int epoll;
    uint64_t begin_ns; /* of the counted time */
    uint64_t end_ns;
    uint64_t last_ns; /* when the last reply ended */
    size_t n_busy;
    size_t n_clients;
    struct client *clients;
    char *buffer;
    struct rs_load_result result;
};

static void watch(const struct worker *w, struct client *c, int op, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};

    if (epoll_ctl(w->epoll, op, c->fd, &event) != 0)
        rs_die("could not watch a connection: %s", strerror(errno));
}

static void client_open(const struct worker *w, struct client *c)
{
    c->fd = rs_connect(w->load->port);
    if (fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK) != 0)
        rs_die("could not make a socket non-blocking: %s", strerror(errno));
    c->wants_out = false;
    watch(w, c, EPOLL_CTL_ADD, EPOLLIN);
}

/* Sends what is left of the request. */
static void client_send(const struct worker *w, struct client *c)
{
    while (c->n_sent < c->request.n) {
        const ssize_t n = send(c->fd, c->request.p + c->n_sent, c->request.n - c->n_sent,
                               MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            rs_die("could not send a request: %s", strerror(errno));
        c->n_sent += (size_t)n;
    }
    const bool wants_out = c->n_sent < c->request.n;
    if (wants_out != c->wants_out)
        watch(w, c, EPOLL_CTL_MOD, wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN);
    c->wants_out = wants_out;
}

static bool may_issue(const struct worker *w, uint64_t now)
{
    if (now >= w->end_ns || stopping)
        return false;
    return w->load->count == 0 || atomic_fetch_add(w->n_issued, 1) < w->load->count;
}

static void client_next(struct worker *w, struct client *c, uint64_t now)
{
    c->request.n = 0;
    if (!may_issue(w, now) || !w->load->job->next(w->load->job, &c->turn, &c->request)) {
        c->idle = true;
        w->n_busy--;
        return;
    }
    c->turn.n_asked++;
    c->n_sent = 0;
    c->began_ns = now;
    rs_reply_init(&c->reply);
    client_send(w, c);
}

/* A server may close a connection between two replies: the request goes out once more on a new one.
 */
static void client_reopen(struct worker *w, struct client *c, bool resend)
{
    close(c->fd);
    client_open(w, c);
    w->result.n_reconnects++;
    if (resend) {
        c->n_sent = 0;
        client_send(w, c);
    }
}

static void client_done(struct worker *w, struct client *c)
{
    const uint64_t now = rs_now_ns();
    struct rs_job *job = w->load->job;
    const bool good = c->reply.status >= 200 && c->reply.status <= 299;

    if (!good && !w->load->tolerant)
        rs_die("got status %d to\n%.*s\n%s", c->reply.status,
               (int)(c->request.n < 1000 ? c->request.n : 1000), c->request.p, c->reply.keep);
    if (!good)
        w->result.n_errors++;
    else if (now >= w->begin_ns) {
        rs_histogram_add(&w->result.latency[c->turn.kind], now - c->began_ns);
        w->result.n_body += c->reply.n_body;
    }
    w->last_ns = now;
    if (good && job->seen != NULL)
        job->seen(job, &c->turn, &c->reply);
    if (c->reply.close)
        client_reopen(w, c, false);
    client_next(w, c, now);
}

static void client_read(struct worker *w, struct client *c)
{
    const ssize_t n = recv(c->fd, w->buffer, READ_SIZE, 0);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 && rs_reply_is_fresh(&c->reply)) {
        client_reopen(w, c, !c->idle);
        return;
    }
    if (n <= 0)
        rs_die("a connection ended within a reply: %s",
               n < 0 ? strerror(errno) : "closed by the server");
    const size_t used = rs_reply_feed(&c->reply, w->buffer, (size_t)n);
    if (c->reply.state == RS_REPLY_BROKEN || used < (size_t)n)
        rs_die("got a reply that is not understood:\n%.*s", (int)(n < 1000 ? n : 1000), w->buffer);
    if (c->reply.state == RS_REPLY_DONE)
        client_done(w, c);
}

static void worker_loop(struct worker *w)
{
    struct epoll_event events[N_EVENTS];
    const uint64_t stall_ns = (uint64_t)(w->load->stall_s * (double)RS_NS_PER_S);

    while (w->n_busy > 0) {
        const int n = epoll_wait(w->epoll, events, N_EVENTS, WAIT_MS);
        if (n == 0 && rs_now_ns() - w->last_ns > stall_ns)
            rs_die("%zu clients of %zu have had no reply for %.0f s", w->n_busy, w->n_clients,
                   w->load->stall_s);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c->wants_out && (events[i].events & EPOLLOUT) != 0)
                client_send(w, c);
            if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0)
                client_read(w, c);
        }
    }
}

static void *worker_main(void *argument)
{
    struct worker *w = argument;

    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0)
        rs_die("could not make an epoll set: %s", strerror(errno));
    w->buffer = rs_alloc(READ_SIZE);
    w->n_busy = w->n_clients;
    for (size_t i = 0; i < w->n_clients; i++)
        client_open(w, &w->clients[i]);
    const uint64_t now = rs_now_ns();
    w->last_ns = now;
    for (size_t i = 0; i < w->n_clients; i++)
        client_next(w, &w->clients[i], now);
    worker_loop(w);
    for (size_t i = 0; i < w->n_clients; i++)
        close(w->clients[i].fd);
    close(w->epoll);
    return NULL;
}

static void worker_start(struct worker *w, const struct rs_load *load, uint64_t number,
                         uint64_t now)
{
    const uint64_t first = load->clients * number / load->threads;

    w->load = load;
    w->n_clients = load->clients * (number + 1) / load->threads - first;
    w->clients = rs_alloc(w->n_clients * sizeof w->clients[0]);
    for (size_t i = 0; i < w->n_clients; i++)
        w->clients[i].turn.client = first + i;
    w->begin_ns = now + (uint64_t)(load->warmup_s * (double)RS_NS_PER_S);
    w->end_ns = load->seconds > 0 ? w->begin_ns + (uint64_t)(load->seconds * (double)RS_NS_PER_S)
                                  : UINT64_MAX;
    if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
        rs_die("could not start a thread");
}

void rs_load_run(const struct rs_load *load, struct rs_load_result *result)
{
    struct worker *workers = rs_alloc(load->threads * sizeof workers[0]);
    _Atomic uint64_t n_issued = 0;
    const uint64_t now = rs_now_ns();
    uint64_t last = now;

    for (uint64_t i = 0; i < load->threads; i++) {
        workers[i].n_issued = &n_issued;
        worker_start(&workers[i], load, i, now);
    }
    for (uint64_t i = 0; i < load->threads; i++) {
        const struct worker *w = &workers[i];
        pthread_join(w->thread, NULL);
        for (unsigned k = 0; k < RS_KINDS_MAX; k++)
            rs_histogram_merge(&result->latency[k], &w->result.latency[k]);
        result->n_body += w->result.n_body;
        result->n_errors += w->result.n_errors;
        result->n_reconnects += w->result.n_reconnects;
        if (w->last_ns > last)
            last = w->last_ns;
    }
    result->seconds = (double)(last - now) / (double)RS_NS_PER_S - load->warmup_s;
    if (load->job->finish != NULL)
        load->job->finish(load->job);
    free(workers);
}

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

void rs_load_stop_at(int signal_number)
{
    signal(signal_number, on_signal);
}
