/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded queue, alone and between threads. */
#include "base/queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/expect.h"

enum { N_THREADS = 4, N_EACH = 5000 };

/* A task that knows who made it and when. */
struct job {
    struct rs_task task;
    int producer;
    int number;
    atomic_int taken; /* how often */
};

START_TEST(tasks_come_out_in_the_order_of_their_puts)
{
    struct rs_queue *q = rs_queue_new(10);
    struct rs_task tasks[5];
    struct rs_task *first = NULL;

    for (size_t i = 0; i < 5; i++) {
        ck_assert(rs_queue_put(q, &tasks[i]));
    }
    ck_assert_uint_eq(rs_queue_take(q, 99, 0, &first), 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_ptr_eq(first, &tasks[i]);
        first = first->next;
    }
    ck_assert_ptr_null(first);
    ck_assert_uint_eq(rs_queue_depth(q), 0);
    rs_queue_free(q);
}
END_TEST

START_TEST(no_more_is_taken_than_asked_for_and_the_rest_stays)
{
    struct rs_queue *q = rs_queue_new(10);
    struct rs_task tasks[4];
    struct rs_task *first = NULL;

    for (size_t i = 0; i < 3; i++) {
        ck_assert(rs_queue_put(q, &tasks[i]));
    }
    ck_assert_uint_eq(rs_queue_take(q, 0, -1, &first), 0);
    ck_assert_uint_eq(rs_queue_take(q, 2, -1, &first), 2);
    ck_assert_ptr_eq(first, &tasks[0]);
    ck_assert_ptr_null(tasks[1].next);
    ck_assert_uint_eq(rs_queue_depth(q), 1);
    ck_assert(rs_queue_put(q, &tasks[3]));
    ck_assert_uint_eq(rs_queue_take(q, 1, -1, &first), 1);
    ck_assert_ptr_eq(first, &tasks[2]);
    ck_assert_uint_eq(rs_queue_take(q, 1, -1, &first), 1);
    ck_assert_ptr_eq(first, &tasks[3]);
    ck_assert(rs_queue_put(q, &tasks[0]));
    ck_assert_uint_eq(rs_queue_take(q, 1, -1, &first), 1);
    ck_assert_ptr_eq(first, &tasks[0]);
    rs_queue_free(q);
}
END_TEST

START_TEST(a_full_queue_refuses_until_there_is_room)
{
    struct rs_queue *q = rs_queue_new(2);
    struct rs_task tasks[3];
    struct rs_task *first = NULL;

    ck_assert(rs_queue_put(q, &tasks[0]));
    ck_assert(rs_queue_put(q, &tasks[1]));
    ck_assert(!rs_queue_put(q, &tasks[2]));
    ck_assert_uint_eq(rs_queue_take(q, 1, 0, &first), 1);
    ck_assert(rs_queue_put(q, &tasks[2]));
    ck_assert_uint_eq(rs_queue_take(q, 9, 0, &first), 2);
    ck_assert_ptr_eq(first, &tasks[1]);
    ck_assert_ptr_eq(first->next, &tasks[2]);
    rs_queue_free(q);
}
END_TEST

START_TEST(an_empty_queue_answers_at_once_or_when_the_wait_is_over)
{
    struct rs_queue *q = rs_queue_new(1);
    struct rs_task *first = NULL;
    const int64_t start = rs_clock_mono_ns();

    ck_assert_uint_eq(rs_queue_take(q, 1, 0, &first), 0);
    ck_assert_ptr_null(first);
    ck_assert_uint_eq(rs_queue_take(q, 1, 30, &first), 0);
    ck_assert_ptr_null(first);
    ck_assert_int_ge(rs_clock_mono_ns() - start, RS_MS_AS_NS(30));
    rs_queue_free(q);
}
END_TEST

START_TEST(a_closed_queue_gives_what_is_left_and_takes_nothing)
{
    struct rs_queue *q = rs_queue_new(9);
    struct rs_task tasks[2];
    struct rs_task *first = NULL;

    ck_assert(rs_queue_put(q, &tasks[0]));
    ck_assert(!rs_queue_is_closed(q));
    rs_queue_close(q);
    ck_assert(rs_queue_is_closed(q));
    ck_assert(!rs_queue_put(q, &tasks[1]));
    ck_assert_uint_eq(rs_queue_take(q, 9, -1, &first), 1);
    ck_assert_ptr_eq(first, &tasks[0]);
    ck_assert_uint_eq(rs_queue_take(q, 9, -1, &first), 0);
    ck_assert_ptr_null(first);
    rs_queue_free(q);
    rs_queue_free(NULL);
}
END_TEST

static void *take_one(void *arg)
{
    struct rs_task *first = NULL;

    rs_queue_take(arg, 1, -1, &first);
    return first;
}

START_TEST(a_put_wakes_a_taker_that_waits)
{
    struct rs_queue *q = rs_queue_new(9);
    struct rs_task tasks[N_THREADS];
    pthread_t threads[N_THREADS];
    size_t found = 0;

    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_one, q), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert(rs_queue_put(q, &tasks[i]));
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        void *got = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &got), 0);
        found += got != NULL;
    }
    ck_assert_uint_eq(found, N_THREADS);
    rs_queue_free(q);
}
END_TEST

START_TEST(closing_wakes_every_taker_that_waits)
{
    struct rs_queue *q = rs_queue_new(9);
    pthread_t threads[N_THREADS];

    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_one, q), 0);
    }
    rs_queue_close(q);
    for (size_t i = 0; i < N_THREADS; i++) {
        void *got = q;

        ck_assert_int_eq(pthread_join(threads[i], &got), 0);
        ck_assert_ptr_null(got);
    }
    rs_queue_free(q);
}
END_TEST

/* What the threads of the last two tests share. */
struct mill {
    struct rs_queue *queue;
    atomic_int producers; /* how many have started: the next one's number */
    struct job jobs[N_THREADS][N_EACH];
};

static void *produce(void *arg)
{
    struct mill *m = arg;
    const int me = atomic_fetch_add(&m->producers, 1);

    for (int i = 0; i < N_EACH; i++) {
        struct job *job = &m->jobs[me][i];

        job->producer = me;
        job->number = i;
        while (!rs_queue_put(m->queue, &job->task)) {
            sched_yield();
        }
    }
    return NULL;
}

/* Takes until the queue is closed; returns m where the tasks of a producer came out of order. */
static void *consume(void *arg)
{
    struct mill *m = arg;
    int last[N_THREADS] = {-1, -1, -1, -1};
    struct rs_task *task = NULL;
    bool in_order = true;

    while (rs_queue_take(m->queue, 7, -1, &task) > 0) {
        for (; task != NULL; task = task->next) {
            struct job *job = (struct job *)(void *)task;

            in_order = in_order && job->number > last[job->producer];
            last[job->producer] = job->number;
            atomic_fetch_add(&job->taken, 1);
        }
    }
    return in_order ? NULL : m;
}

static void grind(size_t n_consumers)
{
    static struct mill m;
    pthread_t producers[N_THREADS];
    pthread_t consumers[N_THREADS];

    m.queue = rs_queue_new(50);
    for (size_t i = 0; i < n_consumers; i++) {
        ck_assert_int_eq(pthread_create(&consumers[i], NULL, consume, &m), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_create(&producers[i], NULL, produce, &m), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_join(producers[i], NULL), 0);
    }
    rs_queue_close(m.queue);
    for (size_t i = 0; i < n_consumers; i++) {
        void *wrong = NULL;

        ck_assert_int_eq(pthread_join(consumers[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    for (size_t i = 0; i < (size_t)N_THREADS * N_EACH; i++) {
        ck_assert_int_eq(atomic_load(&m.jobs[i / N_EACH][i % N_EACH].taken), 1);
    }
    ck_assert_uint_eq(rs_queue_depth(m.queue), 0);
    rs_queue_free(m.queue);
}

START_TEST(one_taker_gets_the_tasks_of_many_threads_once_and_in_order)
{
    grind(1);
}
END_TEST

START_TEST(many_takers_share_the_tasks_of_many_threads)
{
    grind(N_THREADS);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, tasks_come_out_in_the_order_of_their_puts);
    tcase_add_test(t, no_more_is_taken_than_asked_for_and_the_rest_stays);
    tcase_add_test(t, a_full_queue_refuses_until_there_is_room);
    tcase_add_test(t, an_empty_queue_answers_at_once_or_when_the_wait_is_over);
    tcase_add_test(t, a_closed_queue_gives_what_is_left_and_takes_nothing);
    tcase_add_test(t, a_put_wakes_a_taker_that_waits);
    tcase_add_test(t, closing_wakes_every_taker_that_waits);
    tcase_add_test(t, one_taker_gets_the_tasks_of_many_threads_once_and_in_order);
    tcase_add_test(t, many_takers_share_the_tasks_of_many_threads);
}

int main(void)
{
    return run_tests("base/queue", add);
}
