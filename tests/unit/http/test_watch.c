/* SPDX-License-Identifier: Apache-2.0 */
/* The watch: who is late is shut down, who owes nothing is not. Time goes by only as far as those
 * who are late need; they show the others that it did. */
#include "http/watch.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/trial.h"

enum { SPAN_S = 1, RATE = 1000, PATIENCE_S = 30, LINES = 8 };

/* A connection: the server's end is watched. */
struct line {
    int client;
    int server;
    struct rs_watched *watched;
};

static struct rs_watch *watch;
static struct line lines[LINES];
static size_t n_lines;
static int listening;

static void start_watch(unsigned min_rate)
{
    const struct rs_watch_options o = {.span_s = SPAN_S, .min_rate = min_rate};

    watch = rs_watch_start(&o);
    ck_assert_ptr_nonnull(watch);
}

static void open_all(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    listening = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listening, (const struct sockaddr *)&here, sizeof here), 0);
    ck_assert_int_eq(listen(listening, LINES), 0);
}

static void close_all(void)
{
    for (size_t i = 0; i < n_lines; i++) {
        rs_watch_remove(watch, lines[i].watched);
        close(lines[i].server);
        close(lines[i].client);
    }
    rs_watch_stop(watch);
    close(listening);
    close_context();
}

static struct line *connect_line(void)
{
    struct sockaddr_storage there;
    socklen_t size = sizeof there;
    struct line *l = &lines[n_lines++];

    ck_assert_uint_le(n_lines, LINES);
    ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&there, &size), 0);
    l->client = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(l->client, (const struct sockaddr *)&there, size), 0);
    l->server = accept(listening, NULL, NULL);
    ck_assert_int_ge(l->server, 0);
    l->watched = rs_watch_add(watch, l->server);
    ck_assert_ptr_nonnull(l->watched);
    return l;
}

/* A connection whose request is in that phase. */
static struct line *line_in(enum rs_phase phase)
{
    struct line *l = connect_line();

    rs_watched_enter(l->watched, RS_PHASE_HEAD);
    rs_watched_enter(l->watched, phase);
    return l;
}

static bool is_cut(const struct line *l)
{
    struct pollfd p = {.fd = l->server};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* More than the sockets hold, so that something waits to be taken. */
static void send_much(struct line *l)
{
    static const char block[1 << 16];

    while (send(l->server, block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {}
}

/* Moves bytes from the client to the server, above the rate, until `judge` is cut. */
static void await_cut(const struct line *judge, struct line *steady)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    char block[RATE] = {0};

    while (!is_cut(judge)) {
        ck_assert_msg(rs_clock_mono_ns() < until, "it was never cut");
        if (steady != NULL && send(steady->client, block, sizeof block, MSG_NOSIGNAL) > 0) {
            while (recv(steady->server, block, sizeof block, MSG_DONTWAIT) > 0) {}
        }
        sched_yield();
    }
}

START_TEST(who_is_late_is_cut_and_who_owes_nothing_is_not)
{
    start_watch(RATE);
    struct line *silent = connect_line();
    struct line *head = line_in(RS_PHASE_HEAD);
    struct line *body = line_in(RS_PHASE_BODY);
    struct line *reply = line_in(RS_PHASE_REPLY);
    struct line *steady = line_in(RS_PHASE_BODY);
    struct line *ours = line_in(RS_PHASE_OURS);
    struct line *idle = line_in(RS_PHASE_OPEN);
    struct line *taken = line_in(RS_PHASE_REPLY); /* all of it */

    send_much(reply);
    await_cut(silent, steady);
    await_cut(head, steady);
    await_cut(body, steady);
    await_cut(reply, steady);
    ck_assert(!is_cut(steady) && !is_cut(ours) && !is_cut(idle) && !is_cut(taken));
    ck_assert_uint_eq(rs_watch_cut(watch), 4);
}
END_TEST

START_TEST(a_body_that_the_server_does_not_read_is_not_late)
{
    start_watch(RATE);
    struct line *full = line_in(RS_PHASE_BODY);
    struct line *judge = line_in(RS_PHASE_BODY);

    ck_assert_int_eq(send(full->client, "some", 4, MSG_NOSIGNAL), 4);
    await_cut(judge, NULL);
    ck_assert(!is_cut(full));
}
END_TEST

START_TEST(without_a_rate_only_heads_are_late_and_those_who_left)
{
    start_watch(0);
    struct line *body = line_in(RS_PHASE_BODY);
    struct line *reply = line_in(RS_PHASE_REPLY);
    struct line *gone = line_in(RS_PHASE_BODY);
    struct line *half = line_in(RS_PHASE_REPLY);
    struct line *half_ours = line_in(RS_PHASE_OURS);
    struct line *head = line_in(RS_PHASE_HEAD);

    send_much(reply);
    ck_assert_int_eq(shutdown(gone->client, SHUT_WR), 0);
    ck_assert_int_eq(shutdown(half->client, SHUT_WR), 0);
    ck_assert_int_eq(shutdown(half_ours->client, SHUT_WR), 0);
    await_cut(gone, NULL);
    await_cut(head, NULL);
    ck_assert(!is_cut(body) && !is_cut(reply) && !is_cut(half) && !is_cut(half_ours));
}
END_TEST

START_TEST(a_byte_after_the_last_reply_begins_a_head)
{
    start_watch(RATE);
    struct line *l = line_in(RS_PHASE_OPEN);
    struct line *idle = line_in(RS_PHASE_OPEN);
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    ck_assert_int_eq(send(l->server, "reply", 5, MSG_NOSIGNAL), 5);
    ck_assert_int_eq(send(idle->server, "reply", 5, MSG_NOSIGNAL), 5);
    while (!is_cut(l)) {
        ck_assert(rs_clock_mono_ns() < until);
        (void)send(l->client, "G", 1, MSG_NOSIGNAL);
        sched_yield();
    }
    ck_assert(!is_cut(idle));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, who_is_late_is_cut_and_who_owes_nothing_is_not);
    tcase_add_test(t, a_body_that_the_server_does_not_read_is_not_late);
    tcase_add_test(t, without_a_rate_only_heads_are_late_and_those_who_left);
    tcase_add_test(t, a_byte_after_the_last_reply_begins_a_head);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "http/watch", .open = open_all, .close = close_all, .add = add});
}
