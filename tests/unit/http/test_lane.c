/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: what is submitted is run once, in order, in batches, also when the lane stops. */
#include "http/lane.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "support/trial.h"

enum { N_MOST = 20000, PATIENCE_S = 30 };

struct job {
    struct rs_task task; /* first */
    int number;
};

/* What the threads of a lane do, as they tell it. */
struct log {
    struct job jobs[N_MOST];
    atomic_int times[N_MOST]; /* that a job was run */
    int order[N_MOST];        /* of a lane of one thread */
    atomic_size_t n;
    atomic_size_t greatest; /* batch */
    atomic_int idle;        /* times that the lane was told to be idle */
    atomic_int tools[4];    /* which of them were used */
    sem_t entered;
    sem_t gate; /* a batch waits here where `gated` says so */
    bool gated;
};

static struct log said;

static void run(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    struct log *l = user;
    size_t greatest = atomic_load(&l->greatest);

    if (tool != NULL) {
        atomic_fetch_add((atomic_int *)tool, 1);
    }
    if (n == 0) {
        ck_assert_ptr_null(tasks);
        atomic_fetch_add(&l->idle, 1);
        return;
    }
    if (l->gated) {
        sem_post(&l->entered);
        sem_wait(&l->gate);
    }
    while (n > greatest && !atomic_compare_exchange_weak(&l->greatest, &greatest, n)) {}
    for (; tasks != NULL; tasks = tasks->next, n--) {
        const int number = ((struct job *)(void *)tasks)->number;

        atomic_fetch_add(&l->times[number], 1);
        l->order[atomic_fetch_add(&l->n, 1)] = number;
    }
    ck_assert_uint_eq(n, 0);
}

static void open_all(void)
{
    sem_init(&said.entered, 0, 0);
    sem_init(&said.gate, 0, 0);
    for (int i = 0; i < N_MOST; i++) {
        said.jobs[i].number = i;
    }
}

static struct rs_lane *start(struct rs_lane_options o)
{
    o.name = "test";
    o.run = run;
    o.user = &said;
    struct rs_lane *lane = rs_lane_start(&o);
    ck_assert_ptr_nonnull(lane);
    return lane;
}

/* Calls that the lane has run. */
static uint64_t calls_of(const struct rs_lane *lane)
{
    return atomic_load(&rs_lane_figures(lane).batches->sum);
}

static bool submit(struct rs_lane *lane, int i)
{
    return rs_lane_submit(lane, &said.jobs[i].task);
}

START_TEST(calls_of_one_thread_are_run_once_and_in_order)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 1000, .batch_max = 7, .idle_ms = -1});

    for (int i = 0; i < 1000; i++) {
        ck_assert(submit(lane, i));
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 1000);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(said.order[i], i);
    }
    ck_assert_uint_le(atomic_load(&said.greatest), 7);
    ck_assert_int_eq(atomic_load(&said.idle), 0);
}
END_TEST

START_TEST(what_waits_is_run_together_up_to_the_batch)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 100, .batch_max = 8, .idle_ms = -1});

    said.gated = true;
    ck_assert(submit(lane, 0));
    sem_wait(&said.entered); /* the thread has the first one, alone */
    for (int i = 1; i <= 20; i++) {
        ck_assert(submit(lane, i));
    }
    for (int i = 0; i < 4; i++) {
        sem_post(&said.gate);
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 21);
    ck_assert_uint_eq(atomic_load(&said.greatest), 8);
}
END_TEST

START_TEST(a_full_lane_refuses_at_once_and_counts_it)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 3, .batch_max = 1, .idle_ms = -1});

    said.gated = true;
    ck_assert(submit(lane, 0));
    sem_wait(&said.entered);
    for (int i = 1; i <= 3; i++) {
        ck_assert(submit(lane, i));
    }
    ck_assert(!submit(lane, 4));
    ck_assert(!submit(lane, 5));
    const struct rs_lane_figures f = rs_lane_figures(lane);
    ck_assert_str_eq(f.name, "test");
    ck_assert_uint_eq(f.waiting, 3);
    ck_assert_uint_eq(f.refused, 2);
    ck_assert_uint_eq(f.room, 3);
    ck_assert_uint_eq(calls_of(lane), 0);
    for (int i = 0; i < 4; i++) {
        sem_post(&said.gate);
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 4);
}
END_TEST

START_TEST(figures_count_what_was_run)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 100, .batch_max = 100, .idle_ms = -1});
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    for (int i = 0; i < 50; i++) {
        ck_assert(submit(lane, i));
    }
    while (rs_lane_figures(lane).busy_ns == 0 || calls_of(lane) < 50) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    const struct rs_lane_figures f = rs_lane_figures(lane);
    ck_assert_uint_eq(f.waiting, 0);
    ck_assert_uint_ge(rs_histogram_n(f.batches), 1);
    ck_assert_uint_le(rs_histogram_n(f.batches), 50);
    ck_assert_uint_eq(rs_histogram_n(f.waits), 50);
    rs_lane_stop(lane);
}
END_TEST

/* The first call is run at once; the others wait until it is let go. */
START_TEST(the_wait_in_the_queue_is_measured)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 10, .batch_max = 8, .idle_ms = -1});
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    said.gated = true;
    ck_assert(submit(lane, 0));
    sem_wait(&said.entered);
    ck_assert(submit(lane, 1));
    ck_assert(submit(lane, 2));
    const int64_t start_ns = said.jobs[2].task.queued_ns;
    while (rs_clock_mono_ns() - start_ns < RS_MS_AS_NS(5)) {
        sched_yield();
    }
    sem_post(&said.gate);
    sem_post(&said.gate);
    while (calls_of(lane) < 3) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    const struct rs_lane_figures f = rs_lane_figures(lane);
    ck_assert_uint_eq(rs_histogram_n(f.waits), 3);
    ck_assert_uint_ge(atomic_load(&f.waits->sum), 2 * (uint64_t)RS_MS_AS_NS(5));
    rs_lane_stop(lane);
}
END_TEST

START_TEST(what_hangs_shows_while_it_hangs)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 2, .queue_max = 10, .batch_max = 1, .idle_ms = -1});
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    ck_assert_uint_eq(rs_lane_running_ns(lane), 0);
    said.gated = true;
    ck_assert(submit(lane, 0));
    sem_wait(&said.entered);
    while (rs_lane_running_ns(lane) < (uint64_t)RS_MS_AS_NS(5)) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    /* Another one that has only begun hides nothing: the longest is told. */
    ck_assert(submit(lane, 1));
    sem_wait(&said.entered);
    ck_assert_uint_ge(rs_lane_figures(lane).running_ns, (uint64_t)RS_MS_AS_NS(5));
    sem_post(&said.gate);
    sem_post(&said.gate);
    while (rs_lane_running_ns(lane) > 0) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    rs_lane_stop(lane);
}
END_TEST

START_TEST(an_idle_lane_is_told_so_and_runs_again_afterwards)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 10, .batch_max = 1, .idle_ms = 1});
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    while (atomic_load(&said.idle) < 3) {
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    ck_assert(submit(lane, 0));
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 1);
}
END_TEST

START_TEST(each_thread_has_its_own_tool)
{
    void *tools[4];
    struct rs_lane *lane = NULL;

    for (size_t i = 0; i < 4; i++) {
        tools[i] = &said.tools[i];
    }
    said.gated = true;
    lane = start((struct rs_lane_options){
        .threads = 4, .queue_max = 10, .batch_max = 1, .idle_ms = -1, .tools = tools});
    for (int i = 0; i < 4; i++) {
        ck_assert(submit(lane, i));
    }
    for (int i = 0; i < 4; i++) {
        sem_wait(&said.entered); /* all four threads hold one */
    }
    for (int i = 0; i < 4; i++) {
        sem_post(&said.gate);
    }
    rs_lane_stop(lane);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(atomic_load(&said.tools[i]), 1);
    }
}
END_TEST

START_TEST(stopping_runs_what_waits_and_takes_nothing_more)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 100, .batch_max = 1, .idle_ms = -1});

    said.gated = true;
    for (int i = 0; i < 100; i++) {
        ck_assert(submit(lane, i));
        sem_post(&said.gate);
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 100);
    rs_lane_stop(NULL);
}
END_TEST

/* A thread that finds the queue empty, and then closed, may have missed what was submitted between
 * the two. */
START_TEST(a_call_submitted_just_before_the_stop_is_run)
{
    enum { ROUNDS = 3000 };

    for (int i = 0; i < ROUNDS; i++) {
        struct rs_lane *lane = start(
            (struct rs_lane_options){.threads = 1, .queue_max = 10, .batch_max = 1, .idle_ms = 0});

        ck_assert(submit(lane, i));
        rs_lane_stop(lane);
        ck_assert_msg(atomic_load(&said.times[i]) == 1, "round %d: the call was lost", i);
    }
}
END_TEST

struct sender {
    struct rs_lane *lane;
    int from;
    int to;
};

static void *send_all(void *arg)
{
    const struct sender *s = arg;

    for (int i = s->from; i < s->to; i++) {
        while (!submit(s->lane, i)) {
            sched_yield();
        }
    }
    return NULL;
}

START_TEST(many_threads_submit_to_many_and_nothing_is_lost_or_run_twice)
{
    enum { N_SENDERS = 4 };
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 3, .queue_max = 64, .batch_max = 5, .idle_ms = 1});
    struct sender senders[N_SENDERS];
    pthread_t threads[N_SENDERS];

    for (int i = 0; i < N_SENDERS; i++) {
        senders[i] = (struct sender){lane, i * N_MOST / N_SENDERS, (i + 1) * N_MOST / N_SENDERS};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    for (int i = 0; i < N_SENDERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), N_MOST);
    for (int i = 0; i < N_MOST; i++) {
        ck_assert_int_eq(atomic_load(&said.times[i]), 1);
    }
}
END_TEST

START_TEST(a_lane_that_asks_is_told_once_that_it_rests_before_it_waits)
{
    struct rs_lane *lane = start(
        (struct rs_lane_options){.threads = 1, .queue_max = 100, .batch_max = 1, .idle_ms = 0});

    for (int i = 0; i < 3; i++) {
        const int64_t end_ns = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

        ck_assert(submit(lane, i));
        while (atomic_load(&said.idle) <= i) {
            ck_assert_int_lt(rs_clock_mono_ns(), end_ns);
            sched_yield();
        }
    }
    rs_lane_stop(lane);
    ck_assert_uint_eq(atomic_load(&said.n), 3);
    ck_assert_int_le(atomic_load(&said.idle), 4); /* at the start, and after each call */
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, calls_of_one_thread_are_run_once_and_in_order);
    tcase_add_test(t, what_waits_is_run_together_up_to_the_batch);
    tcase_add_test(t, a_lane_that_asks_is_told_once_that_it_rests_before_it_waits);
    tcase_add_test(t, a_full_lane_refuses_at_once_and_counts_it);
    tcase_add_test(t, figures_count_what_was_run);
    tcase_add_test(t, the_wait_in_the_queue_is_measured);
    tcase_add_test(t, what_hangs_shows_while_it_hangs);
    tcase_add_test(t, an_idle_lane_is_told_so_and_runs_again_afterwards);
    tcase_add_test(t, each_thread_has_its_own_tool);
    tcase_add_test(t, stopping_runs_what_waits_and_takes_nothing_more);
    tcase_add_test(t, a_call_submitted_just_before_the_stop_is_run);
    tcase_add_test(t, many_threads_submit_to_many_and_nothing_is_lost_or_run_twice);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "http/lane", .open = open_all, .close = close_context, .add = add});
}
