/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness: what stands between a server and its next change. */
#include "api/native/ready.h"

#include <sched.h>
#include <semaphore.h>

#include "base/clock.h"
#include "support/scratch.h"

enum { PATIENCE_S = 30 };

static sem_t entered; /* the committer has begun a batch */
static sem_t gate;    /* which waits here, as for a disk */
static struct rs_task task;
static struct rs_api api;

static void hang(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    (void)user;
    (void)tool;
    (void)tasks;
    (void)n;
    sem_post(&entered);
    sem_wait(&gate);
}

static void open_api(void)
{
    scratch_open();
    sem_init(&entered, 0, 0);
    sem_init(&gate, 0, 0);
    api.writer = scratch_store();
    api.stall_ns = RS_MS_AS_NS(2);
    api.lane[RS_LANE_WRITE] = rs_lane_start(&(struct rs_lane_options){.name = "committer",
                                                                      .threads = 1,
                                                                      .queue_max = 10,
                                                                      .batch_max = 10,
                                                                      .run = hang,
                                                                      .idle_ms = -1});
    ck_assert_ptr_nonnull(api.lane[RS_LANE_WRITE]);
}

/* Waits until the check says so; forgets what it said. */
static void await(enum rs_code wanted)
{
    const int64_t until = rs_clock_mono_ns() + RS_S_AS_NS(PATIENCE_S);

    while (rs_ready_check(scratch_cx(), &api) != wanted) {
        rs_cx_clear(scratch_cx());
        ck_assert_int_lt(rs_clock_mono_ns(), until);
        sched_yield();
    }
    rs_cx_clear(scratch_cx());
}

START_TEST(a_batch_that_does_not_end_is_told_until_it_does)
{
    ck_ok(rs_ready_check(scratch_cx(), &api));
    ck_assert(rs_lane_submit(api.lane[RS_LANE_WRITE], &task));
    sem_wait(&entered);
    await(RS_UNAVAILABLE);
    ck_fails(rs_ready_check(scratch_cx(), &api), RS_UNAVAILABLE, "the disk does not answer");
    sem_post(&gate);
    await(RS_OK);
    rs_lane_stop(api.lane[RS_LANE_WRITE]);
}
END_TEST

START_TEST(a_server_that_stops_takes_no_new_work)
{
    atomic_store(&api.draining, true);
    ck_fails(rs_ready_check(scratch_cx(), &api), RS_UNAVAILABLE, "stopping");
    rs_lane_stop(api.lane[RS_LANE_WRITE]);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, a_batch_that_does_not_end_is_told_until_it_does);
    tcase_add_test(tests, a_server_that_stops_takes_no_new_work);
}

int main(void)
{
    return scratch_main("api/ready", open_api, add);
}
