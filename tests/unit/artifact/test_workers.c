/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of file workers: every job once, bounded, none lost at the end. */
#include "artifact/place.h"
#include "artifact/workers.h"

#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

static struct rs_cx *cx;
static struct rs_workers *workers;

static void open_workers(struct rs_workers_options o)
{
    cx = place_cx();
    ck_ok(cx, rs_workers_open(cx, &o, &workers));
}

/* A job that says that it began, and waits for permission to end. */
struct held_job {
    struct rs_job job;
    sem_t began;
    sem_t may_end;
};

static void run_held(struct rs_cx *c, struct rs_job *job)
{
    struct held_job *held = (struct held_job *)job;

    (void)c;
    sem_post(&held->began);
    sem_wait(&held->may_end);
}

static void init_held(struct held_job *held)
{
    held->job.run = run_held;
    sem_init(&held->began, 0, 0);
    sem_init(&held->may_end, 0, 0);
}

struct counting_job {
    struct rs_job job;
    atomic_int *runs;
};

static void run_counting(struct rs_cx *c, struct rs_job *job)
{
    (void)c;
    atomic_fetch_add(((struct counting_job *)job)->runs, 1);
}

START_TEST(every_job_runs_once)
{
    enum { JOBS = 500 };
    static struct counting_job jobs[JOBS];
    atomic_int runs[JOBS] = {0};

    open_workers((struct rs_workers_options){0});
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct counting_job){{.run = run_counting}, &runs[i]};
        ck_ok(cx, rs_workers_run(cx, workers, &jobs[i].job));
    }
    rs_workers_close(workers);
    for (int i = 0; i < JOBS; i++) {
        ck_assert_int_eq(runs[i], 1);
    }
}
END_TEST

START_TEST(jobs_run_side_by_side)
{
    struct held_job one;
    struct held_job two;

    open_workers((struct rs_workers_options){.threads = 2});
    init_held(&one);
    init_held(&two);
    ck_ok(cx, rs_workers_run(cx, workers, &one.job));
    ck_ok(cx, rs_workers_run(cx, workers, &two.job));
    sem_wait(&one.began);
    sem_wait(&two.began);
    sem_post(&one.may_end);
    sem_post(&two.may_end);
    rs_workers_close(workers);
}
END_TEST

START_TEST(a_job_beyond_the_limit_is_busy_and_later_ones_are_welcome)
{
    struct held_job held[3];
    atomic_int runs = 0;
    struct counting_job last = {{.run = run_counting}, &runs};

    open_workers((struct rs_workers_options){.threads = 1, .jobs_max = 2});
    for (int i = 0; i < 3; i++) {
        init_held(&held[i]);
        ck_ok(cx, rs_workers_run(cx, workers, &held[i].job));
        if (i == 0) {
            sem_wait(&held[0].began); /* it waits no longer, so two may */
        }
    }
    ck_fails(cx, rs_workers_run(cx, workers, &last.job), RS_BUSY, "too many file jobs");
    ck_assert_uint_eq(rs_workers_depth(workers), 2);
    sem_post(&held[0].may_end);
    sem_wait(&held[1].began);
    ck_ok(cx, rs_workers_run(cx, workers, &last.job));
    sem_post(&held[1].may_end);
    sem_post(&held[2].may_end);
    rs_workers_close(workers);
    ck_assert_int_eq(runs, 1);
}
END_TEST

START_TEST(a_seated_job_fits_when_others_do_not)
{
    struct held_job held;
    atomic_int runs = 0;
    struct counting_job waiting = {{.run = run_counting}, &runs};
    struct counting_job seated = {{.run = run_counting}, &runs};

    open_workers((struct rs_workers_options){.threads = 1, .jobs_max = 1, .uploads_max = 1});
    ck_assert(rs_workers_seat_take(workers));
    ck_assert(!rs_workers_seat_take(workers));
    init_held(&held);
    ck_ok(cx, rs_workers_run(cx, workers, &held.job));
    sem_wait(&held.began);
    ck_ok(cx, rs_workers_run(cx, workers, &waiting.job));
    ck_assert(rs_workers_run_seated(workers, &seated.job));
    sem_post(&held.may_end);
    rs_workers_seat_leave(workers);
    rs_workers_close(workers);
    ck_assert_int_eq(runs, 2);
}
END_TEST

struct looking_job {
    struct rs_job job;
    bool clean;
    bool blocked;
};

/* Leaves an error and memory behind, which the next job must not see. */
static void run_looking(struct rs_cx *c, struct rs_job *job)
{
    struct looking_job *look = (struct looking_job *)job;
    sigset_t mask;

    look->clean = c->error.code == RS_OK && c->arena->used == 0;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    look->blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
    (void)rs_arena_alloc(c->arena, 100, 1);
    (void)rs_fail(c, RS_INTERNAL, "left behind");
}

START_TEST(a_job_has_a_clean_context_and_no_signals)
{
    struct looking_job jobs[2] = {{.job = {.run = run_looking}}, {.job = {.run = run_looking}}};
    sigset_t before;
    sigset_t after;

    pthread_sigmask(SIG_SETMASK, NULL, &before);
    open_workers((struct rs_workers_options){.threads = 1});
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    ck_assert_int_eq(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
    for (int i = 0; i < 2; i++) {
        ck_ok(cx, rs_workers_run(cx, workers, &jobs[i].job));
    }
    rs_workers_close(workers);
    for (int i = 0; i < 2; i++) {
        ck_assert(jobs[i].clean);
        ck_assert(jobs[i].blocked);
    }
}
END_TEST

static Suite *workers_suite(void)
{
    Suite *suite = suite_create("artifact workers");
    TCase *tc = tcase_create("pool");

    tcase_add_test(tc, every_job_runs_once);
    tcase_add_test(tc, jobs_run_side_by_side);
    tcase_add_test(tc, a_job_beyond_the_limit_is_busy_and_later_ones_are_welcome);
    tcase_add_test(tc, a_seated_job_fits_when_others_do_not);
    tcase_add_test(tc, a_job_has_a_clean_context_and_no_signals);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return place_run(workers_suite());
}
