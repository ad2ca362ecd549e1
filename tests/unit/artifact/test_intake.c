/* SPDX-License-Identifier: Apache-2.0 */
/* An upload between an I/O thread and the workers: order, back-pressure, failures, and a client
 * that goes away. */
#include "artifact/fault.h"
#include "artifact/intake.h"
#include "artifact/place.h"

#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct rs_cx *cx;
static const char *root;
static struct rs_artifact_store *store;
static struct rs_workers *workers;

static void open_all(struct rs_workers_options o)
{
    cx = place_cx();
    root = place_new();
    ck_ok(cx, rs_artifact_open(cx, &fault_ops, rs_str_of(root), &store));
    ck_ok(cx, rs_workers_open(cx, &o, &workers));
}

static void close_all(void)
{
    rs_workers_close(workers);
    rs_artifact_close(store);
    rs_arena_fini(cx->arena);
}

/* What a connection is to the server: it is told, and then goes on. */
struct caller {
    sem_t woken;
    atomic_int wakes;
};

static void wake(void *arg)
{
    struct caller *caller = arg;

    atomic_fetch_add(&caller->wakes, 1);
    sem_post(&caller->woken);
}

static void init_caller(struct caller *caller)
{
    sem_init(&caller->woken, 0, 0);
    caller->wakes = 0;
}

static struct rs_intake *open_intake(struct caller *caller, struct rs_upload_options upload)
{
    const struct rs_intake_options o = {
        .store = store, .upload = upload, .wake = wake, .arg = caller};
    struct rs_intake *in = NULL;

    init_caller(caller);
    ck_ok(cx, rs_intake_open(cx, workers, &o, &in));
    return in;
}

static const struct rs_upload_options PLAIN;

static void await(struct rs_intake *in, struct caller *caller)
{
    if (rs_intake_await(in)) {
        sem_wait(&caller->woken);
    }
}

/* Puts bytes in pieces, as they come from a socket, waiting where the intake is full. */
static void put_all(struct rs_intake *in, struct caller *caller, struct rs_str bytes, size_t piece)
{
    while (bytes.n > 0) {
        const size_t n = bytes.n < piece ? bytes.n : piece;
        const size_t taken = rs_intake_put(in, bytes.p, n);
        if (taken < n) {
            await(in, caller);
        }
        bytes = rs_str_from(bytes, taken);
    }
}

static struct rs_blob finish(struct rs_intake *in, struct caller *caller)
{
    struct rs_blob blob;

    rs_intake_end(in);
    await(in, caller);
    ck_ok(cx, rs_intake_result(cx, in, &blob));
    rs_intake_drop(in);
    return blob;
}

START_TEST(bytes_arrive_whole_and_in_order)
{
    enum { SIZE = 9 * 1000 * 1000 + 7 };
    static const size_t pieces[] = {1000, 32768, RS_INTAKE_BUFFER, 5 * RS_INTAKE_BUFFER + 1};
    char *bytes = place_bytes(SIZE);
    const struct rs_str all = {bytes, SIZE};
    struct caller caller;

    open_all((struct rs_workers_options){0});
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct rs_intake *in = open_intake(&caller, PLAIN);
        put_all(in, &caller, all, pieces[i]);
        const struct rs_blob blob = finish(in, &caller);
        ck_assert(place_holds(store, &blob, all));
    }
    ck_assert_int_eq(fault_counts(store).together, 1);
    free(bytes);
    close_all();
}
END_TEST

START_TEST(a_size_hint_may_be_right_or_wrong)
{
    enum { SIZE = 100000 };
    static const int64_t hints[] = {1, SIZE - 1, SIZE, SIZE + 1, RS_INTAKE_BUFFER, 10 * SIZE};
    char *bytes = place_bytes(SIZE);
    const struct rs_str all = {bytes, SIZE};
    struct caller caller;

    open_all((struct rs_workers_options){0});
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        struct rs_intake *in = open_intake(&caller,
                                           (struct rs_upload_options){.size_hint = hints[i]});
        put_all(in, &caller, all, 3000);
        const struct rs_blob blob = finish(in, &caller);
        ck_assert(place_holds(store, &blob, all));
    }
    free(bytes);
    close_all();
}
END_TEST

START_TEST(an_empty_body_is_an_empty_blob)
{
    struct caller caller;

    open_all((struct rs_workers_options){0});
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, "", 0), 0);
    const struct rs_blob blob = finish(in, &caller);
    ck_assert_int_eq(blob.size, 0);
    ck_assert(place_holds(store, &blob, RS_STR("")));
    close_all();
}
END_TEST

START_TEST(a_part_goes_to_its_multipart_upload)
{
    struct rs_blob whole;
    struct caller caller;
    struct rs_str id;

    open_all((struct rs_workers_options){0});
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    struct rs_intake *in = open_intake(
        &caller, (struct rs_upload_options){.part_of = id, .part_number = 7, .md5 = true});
    put_all(in, &caller, RS_STR("abc"), 2);
    const struct rs_blob part = finish(in, &caller);
    ck_assert_str_eq(part.md5, "900150983cd24fb0d6963f7d28e17f72");
    ck_ok(cx, rs_multipart_compose(
                  cx, store, &(struct rs_parts){id, &(struct rs_part){7, rs_str_of(part.tag)}, 1},
                  &whole));
    ck_assert(place_holds(store, &whole, RS_STR("abc")));
    close_all();
}
END_TEST

START_TEST(put_takes_what_the_buffers_hold_and_wake_says_when_there_is_room)
{
    enum { SIZE = 2 * RS_INTAKE_BYTES };
    char *bytes = place_bytes(SIZE);
    struct caller caller;

    open_all((struct rs_workers_options){0});
    fault_gate(store, true);
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert(!rs_intake_await(in));
    ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), RS_INTAKE_BYTES);
    ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), 0);
    fault_await_gate(store, 1);
    ck_assert(rs_intake_await(in));
    ck_assert_int_eq(caller.wakes, 0);
    fault_gate(store, false);
    sem_wait(&caller.woken);
    put_all(in, &caller, (struct rs_str){bytes + RS_INTAKE_BYTES, RS_INTAKE_BYTES}, SIZE);
    const struct rs_blob blob = finish(in, &caller);
    ck_assert(place_holds(store, &blob, (struct rs_str){bytes, SIZE}));
    free(bytes);
    close_all();
}
END_TEST

START_TEST(wake_comes_once_for_each_time_it_is_asked_for)
{
    enum { SIZE = RS_INTAKE_BYTES };
    char *bytes = place_bytes(SIZE);
    struct rs_blob blob;
    struct caller caller;

    open_all((struct rs_workers_options){0});
    fault_gate(store, true);
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), SIZE);
    rs_intake_end(in);
    ck_assert(rs_intake_await(in));
    fault_gate(store, false);
    sem_wait(&caller.woken);
    ck_assert(!rs_intake_await(in));
    ck_ok(cx, rs_intake_result(cx, in, &blob));
    rs_intake_drop(in);
    ck_assert_int_eq(caller.wakes, 1);
    free(bytes);
    close_all();
    ck_assert_int_eq(caller.wakes, 1);
}
END_TEST

START_TEST(different_uploads_go_side_by_side_but_one_upload_never_does)
{
    enum { SIZE = 2 * RS_INTAKE_BUFFER, UPLOADS = 3 };
    char *bytes = place_bytes(SIZE);
    struct caller callers[UPLOADS];
    struct rs_intake *in[UPLOADS];

    open_all((struct rs_workers_options){.threads = UPLOADS + 1});
    fault_gate(store, true);
    for (int i = 0; i < UPLOADS; i++) {
        in[i] = open_intake(&callers[i], PLAIN);
        ck_assert_uint_eq(rs_intake_put(in[i], bytes, SIZE), SIZE);
        rs_intake_end(in[i]);
    }
    fault_await_gate(store, UPLOADS);
    fault_gate(store, false);
    for (int i = 0; i < UPLOADS; i++) {
        struct rs_blob blob;
        await(in[i], &callers[i]);
        ck_ok(cx, rs_intake_result(cx, in[i], &blob));
        ck_assert(place_holds(store, &blob, (struct rs_str){bytes, SIZE}));
        rs_intake_drop(in[i]);
    }
    ck_assert_int_eq(fault_counts(store).alongside, UPLOADS);
    ck_assert_int_eq(fault_counts(store).together, 1);
    free(bytes);
    close_all();
}
END_TEST

START_TEST(a_small_upload_waits_for_one_buffer_of_a_large_one_not_for_all)
{
    char *bytes = place_bytes(RS_INTAKE_BYTES);
    struct rs_blob blob;
    struct caller large;
    struct caller small;

    open_all((struct rs_workers_options){.threads = 1});
    fault_gate(store, true);
    struct rs_intake *big = open_intake(&large, PLAIN);
    ck_assert_uint_eq(rs_intake_put(big, bytes, RS_INTAKE_BYTES), RS_INTAKE_BYTES);
    rs_intake_end(big);
    fault_await_gate(store, 1);
    struct rs_intake *in = open_intake(&small, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, "abc", 3), 3);
    rs_intake_end(in);
    fault_fail_write(store, 2); /* that it fails shows that the second write is the small one's */
    fault_gate(store, false);
    await(in, &small);
    ck_fails(cx, rs_intake_result(cx, in, &blob), RS_UNAVAILABLE, "told to fail");
    await(big, &large);
    ck_ok(cx, rs_intake_result(cx, big, &blob));
    rs_intake_drop(in);
    rs_intake_drop(big);
    free(bytes);
    close_all();
}
END_TEST

/* Runs an upload of three buffers that is to fail, and checks what its caller learns and what is
 * left. */
static void expect_failure(const char *message)
{
    enum { SIZE = RS_INTAKE_BYTES };
    char *bytes = place_bytes(SIZE);
    struct rs_blob blob;
    struct caller caller;
    struct rs_intake *in = open_intake(&caller, PLAIN);

    put_all(in, &caller, (struct rs_str){bytes, SIZE}, 30000);
    rs_intake_end(in);
    await(in, &caller);
    ck_fails(cx, rs_intake_check(cx, in), RS_UNAVAILABLE, message);
    ck_fails(cx, rs_intake_result(cx, in, &blob), RS_UNAVAILABLE, message);
    rs_intake_drop(in);
    free(bytes);
    fault_await_quiet(store, 0);
    ck_assert_int_eq(place_count_files(root), 0);
}

START_TEST(a_failure_at_any_point_is_the_outcome_and_leaves_nothing)
{
    open_all((struct rs_workers_options){0});
    fault_fail_begin(store);
    expect_failure("the begin that was told to fail");
    for (int nth = 1; nth <= RS_INTAKE_BUFFERS; nth++) {
        fault_fail_write(store, nth);
        expect_failure("the write that was told to fail");
    }
    fault_fail_end(store);
    expect_failure("the end that was told to fail");
    close_all();
}
END_TEST

START_TEST(after_a_failure_the_rest_of_the_body_is_taken_and_forgotten)
{
    enum { SIZE = RS_INTAKE_BYTES };
    char *bytes = place_bytes(SIZE);
    struct caller caller;

    open_all((struct rs_workers_options){0});
    fault_fail_write(store, 1);
    fault_gate(store, true);
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), SIZE);
    ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), 0);
    ck_ok(cx, rs_intake_check(cx, in));
    fault_await_gate(store, 1);
    ck_assert(rs_intake_await(in));
    fault_gate(store, false);
    sem_wait(&caller.woken);
    ck_fails(cx, rs_intake_check(cx, in), RS_UNAVAILABLE, "told to fail");
    fault_await_quiet(store, 0); /* its space is free again while the body still comes */
    for (int i = 0; i < 10; i++) {
        ck_assert_uint_eq(rs_intake_put(in, bytes, SIZE), SIZE);
    }
    ck_assert(!rs_intake_await(in));
    rs_intake_drop(in);
    free(bytes);
    close_all();
}
END_TEST

START_TEST(a_client_that_goes_away_leaves_nothing_whenever_it_goes)
{
    static const size_t sizes[] = {0, 1, RS_INTAKE_BUFFER, RS_INTAKE_BUFFER + 1, RS_INTAKE_BYTES};
    char *bytes = place_bytes(RS_INTAKE_BYTES);
    struct caller caller;

    open_all((struct rs_workers_options){0});
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rs_intake *in = open_intake(&caller, PLAIN);
        ck_assert_uint_eq(rs_intake_put(in, bytes, sizes[i]), sizes[i]);
        rs_intake_drop(in);
    }
    rs_intake_drop(NULL);
    free(bytes);
    rs_workers_close(workers); /* all that was dropped is cleaned up when the pool is closed */
    workers = NULL;
    ck_assert_int_eq(place_count_files(root), 0);
    const struct fault_counts counts = fault_counts(store);
    ck_assert_int_eq(counts.begun, counts.dropped);
    close_all();
}
END_TEST

START_TEST(a_client_that_goes_away_while_a_worker_writes_is_not_woken_any_more)
{
    char *bytes = place_bytes(RS_INTAKE_BYTES);
    struct caller caller;

    open_all((struct rs_workers_options){0});
    fault_gate(store, true);
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, bytes, RS_INTAKE_BYTES), RS_INTAKE_BYTES);
    ck_assert_uint_eq(rs_intake_put(in, bytes, 1), 0);
    ck_assert(rs_intake_await(in));
    fault_await_gate(store, 1);
    rs_intake_drop(in);
    fault_gate(store, false);
    fault_await_quiet(store, 0);
    ck_assert_int_eq(fault_counts(store).dropped, 1);
    free(bytes);
    close_all();
    ck_assert_int_eq(caller.wakes, 0);
}
END_TEST

START_TEST(a_blob_whose_client_went_away_before_the_outcome_is_removed)
{
    struct caller caller;

    open_all((struct rs_workers_options){0});
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, "abc", 3), 3);
    rs_intake_end(in);
    await(in, &caller);
    ck_assert_int_eq(place_count_files(root), 1);
    rs_intake_drop(in);
    fault_await_quiet(store, 1);
    ck_assert_int_eq(place_count_files(root), 0);
    close_all();
}
END_TEST

START_TEST(a_blob_that_its_caller_gives_back_is_removed_and_one_that_it_keeps_stays)
{
    struct caller caller;
    struct rs_blob blob;

    open_all((struct rs_workers_options){0});
    for (int gives = 0; gives < 2; gives++) {
        struct rs_intake *in = open_intake(&caller, PLAIN);
        ck_assert_uint_eq(rs_intake_put(in, "abc", 3), 3);
        rs_intake_end(in);
        await(in, &caller);
        ck_ok(cx, rs_intake_result(cx, in, &blob));
        if (gives == 1) {
            rs_intake_give_back(in);
        }
        rs_intake_drop(in);
        fault_await_quiet(store, gives);
        ck_assert_int_eq(place_count_files(root), 1);
    }
    close_all();
}
END_TEST

START_TEST(a_client_that_goes_away_while_its_upload_ends_leaves_nothing)
{
    struct caller caller;

    open_all((struct rs_workers_options){0});
    fault_gate(store, true);
    struct rs_intake *in = open_intake(&caller, PLAIN);
    ck_assert_uint_eq(rs_intake_put(in, "abc", 3), 3);
    rs_intake_end(in);
    ck_assert(rs_intake_await(in));
    fault_await_gate(store, 1);
    rs_intake_drop(in);
    fault_gate(store, false);
    fault_await_quiet(store, 0);
    ck_assert_int_eq(place_count_files(root), 0);
    close_all();
    ck_assert_int_eq(caller.wakes, 0);
}
END_TEST

START_TEST(an_upload_too_many_is_busy_until_another_one_is_dropped)
{
    struct caller caller;
    struct rs_intake *second = NULL;

    open_all((struct rs_workers_options){.uploads_max = 1});
    const struct rs_intake_options o = {.store = store, .wake = wake, .arg = &caller};
    struct rs_intake *first = open_intake(&caller, PLAIN);
    ck_fails(cx, rs_intake_open(cx, workers, &o, &second), RS_BUSY, "too many uploads");
    rs_intake_drop(first);
    ck_ok(cx, rs_intake_open(cx, workers, &o, &second));
    rs_intake_drop(second);
    close_all();
}
END_TEST

enum { STORM_THREADS = 4, STORM_UPLOADS = 40, STORM_SIZE = RS_INTAKE_BYTES + 1000 };

struct storm {
    pthread_t thread;
    unsigned seed;
    const char *bytes;
    int right;  /* blobs that hold what was sent */
    int wanted; /* blobs that should */
};

/* One upload of a random size, dropped at a random moment or not at all. */
static void storm_upload(struct storm *storm, struct rs_cx *own)
{
    const size_t size = (size_t)rand_r(&storm->seed) % STORM_SIZE;
    const int leaves = rand_r(&storm->seed) % 4; /* 0: half way, 1: after the end, else: never */
    const struct rs_str bytes = {storm->bytes, leaves == 0 ? size / 2 : size};
    struct rs_intake *in = NULL;
    struct rs_blob blob;
    struct caller caller;

    init_caller(&caller);
    const struct rs_intake_options o = {.store = store, .wake = wake, .arg = &caller};
    if (rs_intake_open(own, workers, &o, &in) != RS_OK) {
        return;
    }
    put_all(in, &caller, bytes, 1 + (size_t)rand_r(&storm->seed) % 100000);
    if (leaves > 0) {
        rs_intake_end(in);
    }
    if (leaves > 1) {
        storm->wanted++;
        await(in, &caller);
        storm->right += rs_intake_result(own, in, &blob) == RS_OK && blob.size == (int64_t)size;
    } else {
        (void)rs_intake_await(in);
    }
    rs_intake_drop(in);
    memset(&caller, 0xDB, sizeof caller); /* who wakes it now, does so in vain */
}

static void *run_storm(void *arg)
{
    struct rs_arena arena = {0};
    struct rs_cx own = {.arena = &arena};
    struct storm *storm = arg;

    for (int i = 0; i < STORM_UPLOADS; i++) {
        storm_upload(storm, &own);
    }
    rs_arena_fini(&arena);
    return NULL;
}

START_TEST(a_storm_of_uploads_keeps_what_was_acked_and_nothing_else)
{
    char *bytes = place_bytes(STORM_SIZE);
    struct storm storms[STORM_THREADS];
    int right = 0;
    int wanted = 0;

    open_all((struct rs_workers_options){.threads = 3});
    for (unsigned i = 0; i < STORM_THREADS; i++) {
        storms[i] = (struct storm){.seed = i + 1, .bytes = bytes};
        ck_assert_int_eq(pthread_create(&storms[i].thread, NULL, run_storm, &storms[i]), 0);
    }
    for (int i = 0; i < STORM_THREADS; i++) {
        ck_assert_int_eq(pthread_join(storms[i].thread, NULL), 0);
        right += storms[i].right;
        wanted += storms[i].wanted;
    }
    rs_workers_close(workers);
    workers = NULL;
    ck_assert_int_gt(wanted, STORM_UPLOADS);
    ck_assert_int_eq(right, wanted);
    ck_assert_int_eq(place_count_files(root), wanted);
    ck_assert_int_eq(fault_counts(store).together, 1);
    free(bytes);
    close_all();
}
END_TEST

static Suite *intake_suite(void)
{
    Suite *suite = suite_create("artifact intake");
    TCase *flow = tcase_create("flow");
    TCase *trouble = tcase_create("trouble");

    tcase_add_test(flow, bytes_arrive_whole_and_in_order);
    tcase_add_test(flow, a_size_hint_may_be_right_or_wrong);
    tcase_add_test(flow, an_empty_body_is_an_empty_blob);
    tcase_add_test(flow, a_part_goes_to_its_multipart_upload);
    tcase_add_test(flow, put_takes_what_the_buffers_hold_and_wake_says_when_there_is_room);
    tcase_add_test(flow, wake_comes_once_for_each_time_it_is_asked_for);
    tcase_add_test(flow, different_uploads_go_side_by_side_but_one_upload_never_does);
    tcase_add_test(flow, a_small_upload_waits_for_one_buffer_of_a_large_one_not_for_all);
    tcase_add_test(trouble, a_failure_at_any_point_is_the_outcome_and_leaves_nothing);
    tcase_add_test(trouble, after_a_failure_the_rest_of_the_body_is_taken_and_forgotten);
    tcase_add_test(trouble, a_client_that_goes_away_leaves_nothing_whenever_it_goes);
    tcase_add_test(trouble, a_client_that_goes_away_while_a_worker_writes_is_not_woken_any_more);
    tcase_add_test(trouble, a_blob_whose_client_went_away_before_the_outcome_is_removed);
    tcase_add_test(trouble,
                   a_blob_that_its_caller_gives_back_is_removed_and_one_that_it_keeps_stays);
    tcase_add_test(trouble, a_client_that_goes_away_while_its_upload_ends_leaves_nothing);
    tcase_add_test(trouble, an_upload_too_many_is_busy_until_another_one_is_dropped);
    tcase_add_test(trouble, a_storm_of_uploads_keeps_what_was_acked_and_nothing_else);
    suite_add_tcase(suite, flow);
    suite_add_tcase(suite, trouble);
    return suite;
}

int main(void)
{
    return place_run(intake_suite());
}
