/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that tells webhooks, with a receiver on a socket of this host. The test's own thread
 * is the committer. */
#include "service/deliveries.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "service/registered_models.h"
#include "service/runs.h"
#include "service/webhooks.h"
#include "store/event.h"
#include "store/experiment.h"
#include "support/trial.h"

enum { PATIENCE_S = 30, SEEN_MAX = 64, REQUEST_MAX = 4096, RETRY_MS = 5, LONG_MS = 3600 * 1000 };

static struct rs_store *writer;
static struct rs_store *reader; /* the thread's */
static struct rs_deliveries *deliveries;
static struct rs_seal_key key = {{7}};

/* What has come, and what is answered: under the lock. */
static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    int socket;
    int port;
    int status[SEEN_MAX]; /* of the nth answer; 0: 200 */
    int always;           /* the status of all answers that have none of their own; 0: 200 */
    size_t n;
    char body[SEEN_MAX][256]; /* the name of the model */
    char id[SEEN_MAX][64];
} receiver = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The head up to the blank line, and the body, which fits. */
static void read_request(int client, char *text)
{
    size_t n = 0;
    ssize_t got = 1;
    const char *end = NULL;

    text[0] = '\0';
    while (got > 0 && (end == NULL || end[4] == '\0') && n < REQUEST_MAX - 1) {
        got = read(client, text + n, REQUEST_MAX - 1 - n);
        n += got > 0 ? (size_t)got : 0;
        text[n] = '\0';
        end = strstr(text, "\r\n\r\n");
    }
}

static void note(const char *text)
{
    const char *id = strstr(text, "X-MLflow-Delivery-Id: ");
    const char *body = strstr(text, "\r\n\r\n");

    ck_assert(id != NULL && body != NULL && receiver.n < SEEN_MAX);
    snprintf(receiver.id[receiver.n], sizeof receiver.id[0], "%.36s", id + 22);
    snprintf(receiver.body[receiver.n], sizeof receiver.body[0], "%.255s", body + 4);
    receiver.n++;
}

static void *receive(void *unused)
{
    char text[REQUEST_MAX];
    int client = -1;

    (void)unused;
    while ((client = accept(receiver.socket, NULL, NULL)) >= 0) {
        read_request(client, text);
        pthread_mutex_lock(&receiver.lock);
        if (strstr(text, "\r\n\r\n") != NULL) {
            const int own = receiver.status[receiver.n];
            const int status = own != 0 ? own : receiver.always != 0 ? receiver.always : 200;

            note(text);
            const int n = snprintf(
                text, sizeof text,
                "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
            (void)!write(client, text, (size_t)n);
        }
        pthread_mutex_unlock(&receiver.lock);
        close(client);
    }
    return NULL;
}

static void open_receiver(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;

    receiver.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(receiver.socket, (struct sockaddr *)&at, sizeof at), 0);
    ck_assert_int_eq(listen(receiver.socket, SEEN_MAX), 0);
    ck_assert_int_eq(getsockname(receiver.socket, (struct sockaddr *)&at, &n), 0);
    receiver.port = ntohs(at.sin_port);
    ck_assert_int_eq(pthread_create(&receiver.thread, NULL, receive, NULL), 0);
}

static void close_receiver(void)
{
    shutdown(receiver.socket, SHUT_RDWR);
    pthread_join(receiver.thread, NULL);
    close(receiver.socket);
}

/* The body is the name of the model. */
static struct rs_str write_name(struct rs_arena *a, const struct rs_webhook_notice *n)
{
    return rs_arena_str(a, n->name);
}

static void start(int64_t give_up_ms)
{
    const struct rs_deliveries_options o = {
        .reader = reader,
        .policy = {.allow_private = true, .allow_plain = true, .timeout_s = PATIENCE_S},
        .key = key,
        .retry_first_ms = RETRY_MS,
        .give_up_ms = give_up_ms,
        .write = write_name};

    ck_ok(rs_deliveries_start(&cx, &o, &deliveries));
}

static void open_all(void)
{
    struct rs_store_options options = {.where = folder_path(&arena, "deliveries.db")};
    const struct rs_experiment_new e = {.name = RS_STR("Default"),
                                        .artifact_root = RS_STR("mlflow-artifacts:")};

    rs_log_init(RS_LOG_TEXT, RS_LOG_ERROR);
    ck_ok(rs_store_open(&cx, &options, &writer));
    options.read_only = true;
    ck_ok(rs_store_open(&cx, &options, &reader));
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_store_experiment_create_default(&cx, writer, &e));
    ck_ok(rs_store_commit(&cx, writer));
    open_receiver();
}

static void close_all(void)
{
    rs_deliveries_stop(deliveries, writer);
    close_receiver();
    rs_store_close(reader);
    rs_store_close(writer);
    close_context();
}

static struct rs_str hook_at(const char *name, int port)
{
    struct rs_webhook_event wanted = {RS_SOME_ENUM(RS_HOOK_REGISTERED_MODEL),
                                      RS_SOME_ENUM(RS_HOOK_CREATED)};
    const struct rs_webhook_draft draft = {
        .name = rs_str_of(name),
        .url = rs_arena_fmt(&arena, "http://127.0.0.1:%d/hook", port),
        .events = RS_LIST(&wanted, 1)};
    struct rs_webhook out;

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_webhook_create(&cx, writer, &key, &draft, &out));
    ck_ok(rs_store_commit(&cx, writer));
    return out.webhook_id;
}

static struct rs_str make_hook(void)
{
    return hook_at("h", receiver.port);
}

static void tick(void)
{
    rs_deliveries_tick(deliveries, writer);
}

static void make_model(const char *name)
{
    const struct rs_registered_model_draft draft = {.name = rs_str_of(name)};
    struct rs_registered_model out;

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_registered_model_create(&cx, writer, &draft, &out));
    ck_ok(rs_store_commit(&cx, writer));
    tick();
}

static void make_runs(int n)
{
    struct rs_run run;

    ck_ok(rs_store_begin_write(&cx, writer));
    for (int i = 0; i < n; i++) {
        ck_ok(rs_run_create(&cx, writer, &(struct rs_run_draft){0}, &run));
    }
    ck_ok(rs_store_commit(&cx, writer));
    tick();
}

static struct rs_webhook_row row_of(struct rs_str hook)
{
    struct rs_webhook_row row;

    ck_ok(rs_store_webhook_find(&cx, writer, hook, &row));
    return row;
}

/* The attempts that are recorded, the newest first. */
static struct rs_list log_of(struct rs_str hook)
{
    const struct rs_delivery_range range = {row_of(hook).id, 0, RS_DELIVERIES_KEPT};
    struct rs_list found;

    ck_ok(rs_store_deliveries_list(&cx, writer, &range, &found));
    return found;
}

static const struct rs_delivery_row *attempt(const struct rs_list *log, size_t newest)
{
    ck_assert_uint_gt(log->n, newest);
    return (const struct rs_delivery_row *)log->p + newest;
}

/* Commits what comes in until so many attempts are recorded, and gives them. */
static struct rs_list await_log(struct rs_str hook, size_t n)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    struct rs_list log = log_of(hook);

    while (log.n < n) {
        ck_assert_msg(rs_clock_mono_ns() < until, "%zu attempts, not %zu", log.n, n);
        usleep(1000);
        tick();
        log = log_of(hook);
    }
    return log;
}

/* The same until an attempt has that outcome. */
static struct rs_list await_outcome(struct rs_str hook, enum rs_delivery_outcome outcome)
{
    struct rs_list log = await_log(hook, 1);

    while (attempt(&log, 0)->outcome != outcome) {
        log = await_log(hook, log.n + 1);
    }
    return log;
}

static void ck_heard(size_t i, const char *name)
{
    pthread_mutex_lock(&receiver.lock);
    ck_assert_uint_gt(receiver.n, i);
    ck_assert_str_eq(receiver.body[i], name);
    pthread_mutex_unlock(&receiver.lock);
}

static size_t n_heard(void)
{
    pthread_mutex_lock(&receiver.lock);
    const size_t n = receiver.n;
    pthread_mutex_unlock(&receiver.lock);
    return n;
}

START_TEST(events_are_told_in_order_and_recorded)
{
    const struct rs_str hook = make_hook();

    start(LONG_MS);
    make_model("a");
    make_model("b");
    make_model("c");
    const struct rs_list log = await_log(hook, 3);
    ck_heard(0, "a");
    ck_heard(1, "b");
    ck_heard(2, "c");
    for (size_t i = 0; i < 3; i++) {
        const struct rs_delivery_row *d = attempt(&log, 2 - i);

        ck_assert_int_eq(d->outcome, RS_DELIVERY_DONE);
        ck_assert_int_eq(d->status, 200);
        ck_assert_int_eq(d->attempt, 1);
        ck_assert_int_eq(d->seq, (int64_t)i + 1);
        ck_assert(rs_str_is(d->delivery_id, receiver.id[i]));
    }
    ck_assert_int_eq(row_of(hook).told, 3);
    ck_assert_uint_eq(rs_deliveries_figures(deliveries).attempts[RS_DELIVERY_DONE], 3);
}
END_TEST

/* Without a webhook the thread sleeps through all events. One by one, so that ten looks that nobody
 * called for would take longer than the patience. */
START_TEST(the_first_webhook_hears_what_follows_at_once)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    start(LONG_MS);
    make_model("before");
    const struct rs_str hook = make_hook();
    rs_deliveries_poke(deliveries);
    tick();
    for (size_t i = 0; i < 10; i++) {
        const char *name = rs_arena_fmt(&arena, "m%zu", i).p;

        make_model(name);
        await_log(hook, i + 1);
        ck_heard(i, name);
    }
    ck_assert(rs_clock_mono_ns() < until);
}
END_TEST

START_TEST(what_fails_is_tried_again_before_the_next)
{
    const struct rs_str hook = make_hook();

    receiver.status[0] = 500;
    receiver.status[1] = 429;
    receiver.status[3] = 404;
    start(LONG_MS);
    make_model("a");
    make_model("b");
    const struct rs_list log = await_log(hook, 4);
    static const int outcomes[] = {RS_DELIVERY_AGAIN, RS_DELIVERY_AGAIN, RS_DELIVERY_DONE,
                                   RS_DELIVERY_GIVEN_UP};
    static const int64_t attempts[] = {1, 2, 3, 1};
    for (size_t i = 0; i < 4; i++) {
        ck_heard(i, i < 3 ? "a" : "b");
        ck_assert_int_eq(attempt(&log, 3 - i)->outcome, outcomes[i]);
        ck_assert_int_eq(attempt(&log, 3 - i)->attempt, attempts[i]);
    }
    ck_assert_str_eq(receiver.id[0], receiver.id[2]);
    ck_assert_str_ne(receiver.id[0], receiver.id[3]);
    const struct rs_deliveries_figures f = rs_deliveries_figures(deliveries);
    ck_assert_uint_eq(f.attempts[RS_DELIVERY_AGAIN], 2);
    ck_assert_uint_eq(f.attempts[RS_DELIVERY_DONE], 1);
    ck_assert_uint_eq(f.attempts[RS_DELIVERY_GIVEN_UP], 1);
}
END_TEST

/* The first event is old when its turn comes and gets five tries; the next, as old, gets one. */
START_TEST(what_is_old_is_given_up_after_some_tries)
{
    const struct rs_str hook = make_hook();

    receiver.always = 503;
    start(0);
    make_model("a");
    make_model("b");
    make_model("c");
    struct rs_list log = await_log(hook, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct rs_delivery_row *d = attempt(&log, 6 - i);

        ck_assert_int_eq(d->outcome, i < 4 ? RS_DELIVERY_AGAIN : RS_DELIVERY_GIVEN_UP);
        ck_assert_int_eq(d->attempt, i < 5 ? (int64_t)i + 1 : 1);
        ck_heard(i, i < 5 ? "a" : i == 5 ? "b" : "c");
    }
    pthread_mutex_lock(&receiver.lock);
    receiver.always = 200;
    pthread_mutex_unlock(&receiver.lock);
    make_model("d");
    log = await_outcome(hook, RS_DELIVERY_DONE);
    pthread_mutex_lock(&receiver.lock);
    receiver.always = 500;
    pthread_mutex_unlock(&receiver.lock);
    make_model("e"); /* one that answered is given its tries again */
    log = await_outcome(hook, RS_DELIVERY_GIVEN_UP);
    ck_assert_int_eq(attempt(&log, 0)->attempt, 5);
}
END_TEST

START_TEST(what_is_young_is_not_given_up)
{
    const struct rs_str hook = make_hook();

    receiver.always = 500;
    start(LONG_MS);
    make_model("a");
    const struct rs_list log = await_log(hook, 7);
    ck_assert_int_eq(attempt(&log, 0)->outcome, RS_DELIVERY_AGAIN);
    ck_assert_int_eq(attempt(&log, 0)->attempt, 7);
}
END_TEST

START_TEST(who_is_not_there_delays_nobody_and_is_counted)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    const int64_t before = rs_clock_wall_ms();
    const struct rs_str gone = hook_at("gone", 1); /* nobody listens */
    const struct rs_str hook = make_hook();

    start(LONG_MS);
    make_model("a");
    make_runs(3);
    make_model("b");
    (void)await_log(hook, 2);
    const struct rs_list log = await_log(gone, 2);
    ck_assert_int_eq(attempt(&log, 0)->outcome, RS_DELIVERY_AGAIN);
    ck_assert_int_eq(attempt(&log, 0)->status, 0);
    ck_assert_uint_gt(attempt(&log, 0)->error.n, 0);
    while (rs_deliveries_figures(deliveries).waiting != 2) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        rs_deliveries_poke(deliveries);
        tick();
        usleep(1000);
    }
    const struct rs_deliveries_figures f = rs_deliveries_figures(deliveries);
    ck_assert_uint_eq(f.failing, 1);
    ck_assert(f.oldest_at >= before && f.oldest_at <= rs_clock_wall_ms());
}
END_TEST

START_TEST(nobody_is_told_of_runs_and_all_pass_over_them)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    struct rs_str hooks[3];

    for (size_t i = 0; i < 3; i++) {
        hooks[i] = hook_at(rs_arena_fmt(&arena, "h%zu", i).p, receiver.port);
    }
    start(LONG_MS);
    make_model("a");
    make_runs(1500); /* so many that the rows say so */
    rs_deliveries_poke(deliveries);
    for (size_t i = 0; i < 3; i++) {
        (void)await_log(hooks[i], 1);
        while (row_of(hooks[i]).told < 1024) {
            ck_assert_int_lt(rs_clock_mono_ns(), until);
            rs_deliveries_poke(deliveries);
            tick();
            usleep(1000);
        }
    }
    make_model("b");
    for (size_t i = 0; i < 3; i++) {
        const struct rs_list log = await_log(hooks[i], 2);

        ck_assert_int_eq(attempt(&log, 0)->seq, 1502);
    }
    ck_assert_uint_eq(n_heard(), 6);
}
END_TEST

START_TEST(what_was_not_recorded_is_told_again_after_a_restart)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    const struct rs_str hook = make_hook();

    start(LONG_MS);
    make_model("a");
    while (n_heard() == 0) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        usleep(1000);
    }
    rs_deliveries_stop(deliveries, NULL); /* as a crash: what came of it is lost */
    ck_assert_int_eq(row_of(hook).told, 0);
    start(LONG_MS);
    make_model("b");
    (void)await_log(hook, 2);
    ck_heard(0, "a");
    ck_heard(1, "a");
    ck_heard(2, "b");
    ck_assert_str_eq(receiver.id[0], receiver.id[1]);
}
END_TEST

START_TEST(a_stop_records_what_has_come_of_tries)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);
    const struct rs_str hook = make_hook();

    start(LONG_MS);
    make_model("a");
    while (rs_deliveries_figures(deliveries).attempts[RS_DELIVERY_DONE] == 0) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        usleep(1000);
    }
    rs_deliveries_stop(deliveries, writer);
    ck_assert_int_eq(row_of(hook).told, 1);
    ck_assert_uint_eq(log_of(hook).n, 1);
    deliveries = NULL;
}
END_TEST

START_TEST(a_change_of_the_webhook_tries_at_once)
{
    const struct rs_str hook = hook_at("h", 1);
    struct rs_webhook out;

    start(LONG_MS);
    make_model("a");
    (void)await_log(hook, 6); /* by now its pauses are long */
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_webhook_update(
        &cx, writer, &key,
        &(struct rs_webhook_draft){
            .webhook_id = hook, .url = rs_arena_fmt(&arena, "http://127.0.0.1:%d/", receiver.port)},
        &out));
    ck_ok(rs_store_commit(&cx, writer));
    rs_deliveries_poke(deliveries);
    tick();
    const struct rs_list log = await_outcome(hook, RS_DELIVERY_DONE);
    ck_assert_int_eq(attempt(&log, 0)->attempt, 1);
    ck_heard(0, "a");
}
END_TEST

START_TEST(one_that_is_gone_is_forgotten)
{
    const struct rs_str gone = make_hook();
    const struct rs_str hook = hook_at("other", receiver.port);

    start(LONG_MS);
    make_model("a");
    (void)await_log(gone, 1);
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_webhook_delete(&cx, writer, gone));
    ck_ok(rs_store_commit(&cx, writer));
    rs_deliveries_poke(deliveries);
    make_model("b");
    (void)await_log(hook, 2);
    ck_assert_uint_eq(n_heard(), 3);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_sends_nothing)
{
    struct rs_webhook_draft draft = {.secret = RS_STR("s"), .webhook_id = make_hook()};
    struct rs_webhook out;

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_webhook_update(&cx, writer, &(struct rs_seal_key){{9}}, &draft, &out));
    ck_ok(rs_store_commit(&cx, writer));
    start(LONG_MS);
    make_model("a");
    const struct rs_list log = await_log(draft.webhook_id, 2);
    ck_assert_int_eq(attempt(&log, 0)->outcome, RS_DELIVERY_AGAIN);
    ck_assert_msg(strstr(rs_arena_str(&arena, attempt(&log, 0)->error).p, "secret") != NULL, "why");
    ck_assert_uint_eq(n_heard(), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, events_are_told_in_order_and_recorded);
    tcase_add_test(t, the_first_webhook_hears_what_follows_at_once);
    tcase_add_test(t, what_fails_is_tried_again_before_the_next);
    tcase_add_test(t, what_is_old_is_given_up_after_some_tries);
    tcase_add_test(t, what_is_young_is_not_given_up);
    tcase_add_test(t, who_is_not_there_delays_nobody_and_is_counted);
    tcase_add_test(t, nobody_is_told_of_runs_and_all_pass_over_them);
    tcase_add_test(t, what_was_not_recorded_is_told_again_after_a_restart);
    tcase_add_test(t, a_stop_records_what_has_come_of_tries);
    tcase_add_test(t, a_change_of_the_webhook_tries_at_once);
    tcase_add_test(t, one_that_is_gone_is_forgotten);
    tcase_add_test(t, a_secret_that_cannot_be_read_sends_nothing);
}

int main(void)
{
    return run_trials(&(struct trials){"deliveries", open_all, close_all, add});
}
