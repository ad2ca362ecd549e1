/* SPDX-License-Identifier: Apache-2.0 */
/* The janitor: bytes that nobody names go, those that somebody names stay. */
#include "service/janitor.h"

#include "artifact/fs.h"
#include "base/clock.h"
#include "base/id.h"
#include "service/artifacts.h"
#include "store/store.h"
#include "support/trial.h"

#include <stdio.h>
#include <unistd.h>

static struct rs_store *writer;
static struct rs_store *reader;
static struct rs_artifact_store *artifacts;
static struct rs_workers *workers;
static struct rs_janitor janitor;

static void open_all(void)
{
    struct rs_store_options options = {.where = folder_path(&arena, "test.db")};

    ck_ok(rs_store_open(&cx, &options, &writer));
    options.read_only = true;
    ck_ok(rs_store_open(&cx, &options, &reader));
    ck_ok(rs_artifact_open(&cx, &rs_artifact_fs, rs_str_of(folder_path(&arena, "artifacts")),
                           &artifacts));
    ck_ok(rs_workers_open(&cx, &(struct rs_workers_options){0}, &workers));
    rs_janitor_init(&janitor, &(struct rs_janitor_options){
                                  .artifacts = artifacts, .workers = workers, .reader = reader});
}

static void close_all(void)
{
    rs_workers_close(workers);
    rs_janitor_fini(&janitor);
    rs_artifact_close(artifacts);
    rs_store_close(reader);
    rs_store_close(writer);
    close_context();
}

static struct rs_blob upload(const char *bytes)
{
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    ck_ok(rs_upload_begin(&cx, artifacts, &(struct rs_upload_options){0}, &up));
    ck_ok(rs_upload_write(&cx, up, bytes, strlen(bytes)));
    ck_ok(rs_upload_end(&cx, up, &blob));
    return blob;
}

static struct rs_artifact_path path_of(const char *text)
{
    struct rs_artifact_path path;

    ck_ok(rs_artifact_path_parse(&cx, rs_str_of(text), &path));
    return path;
}

static void name(const char *path, const struct rs_blob *blob)
{
    const struct rs_artifact_path p = path_of(path);
    bool is_new = false;

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_artifact_put(&cx, writer, &p, blob, &is_new));
    ck_ok(rs_store_commit(&cx, writer));
}

static void delete (const char *path)
{
    const struct rs_artifact_path p = path_of(path);

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_artifact_delete(&cx, writer, &p));
    ck_ok(rs_store_commit(&cx, writer));
}

/* One look, and all that it queued. */
static void tick(void)
{
    janitor.next_ns = 0;
    rs_janitor_tick(&janitor, writer);
    rs_workers_close(workers);
    ck_ok(rs_workers_open(&cx, &(struct rs_workers_options){0}, &workers));
    janitor.o.workers = workers;
}

static bool is_stored(const struct rs_blob *blob)
{
    int64_t size = 0;
    int fd = -1;
    const enum rs_code code = rs_blob_open(&cx, artifacts, rs_str_of(blob->key), &fd, &size);

    rs_cx_clear(&cx);
    if (code == RS_OK) {
        close(fd);
    }
    return code == RS_OK;
}

/* Until the clock has gone on: a blob is old when its time is before now. */
static void await_next_millisecond(void)
{
    const int64_t now_ms = rs_clock_wall_ms();

    while (rs_clock_wall_ms() == now_ms) {}
}

START_TEST(bytes_without_a_name_go_after_the_grace_time)
{
    const struct rs_blob gone = upload("gone");
    const struct rs_blob kept = upload("kept");

    name("d/gone", &gone);
    name("d/kept", &kept);
    delete ("d/gone");
    await_next_millisecond();
    tick();
    ck_assert(!is_stored(&gone));
    ck_assert(is_stored(&kept));
}
END_TEST

START_TEST(bytes_stay_while_the_grace_time_lasts)
{
    const struct rs_blob blob = upload("x");

    janitor.o.grace_ms = 1000000;
    name("d/x", &blob);
    delete ("d/x");
    await_next_millisecond();
    tick();
    ck_assert(is_stored(&blob));
    janitor.o.grace_ms = 0;
    tick();
    ck_assert(!is_stored(&blob));
}
END_TEST

START_TEST(nothing_goes_while_somebody_copies)
{
    const struct rs_blob blob = upload("x");
    struct rs_artifact_store *copier = NULL;
    bool held = false;

    ck_ok(rs_artifact_view(&cx, &rs_artifact_fs, rs_str_of(folder_path(&arena, "artifacts")),
                           &copier));
    name("d/x", &blob);
    delete ("d/x");
    await_next_millisecond();
    ck_ok(rs_artifact_hold(&cx, copier, RS_HOLD_KEEP, &held));
    tick();
    ck_assert(is_stored(&blob));
    rs_artifact_close(copier);
    tick();
    ck_assert(!is_stored(&blob));
}
END_TEST

/* A blob whose bytes are gone already. */
static struct rs_blob lost_blob(void)
{
    const struct rs_str id = rs_id_new(&arena);
    struct rs_blob blob = {.size = 1};

    snprintf(blob.key, sizeof blob.key, "%.2s/" RS_FMT, id.p, RS_ARG(id));
    snprintf(blob.sha256, sizeof blob.sha256, RS_FMT RS_FMT, RS_ARG(id), RS_ARG(id));
    return blob;
}

START_TEST(more_than_one_transaction_takes_is_collected_in_turns)
{
    enum { BLOBS = 300 };

    ck_ok(rs_store_begin_write(&cx, writer));
    for (int i = 0; i < BLOBS; i++) {
        const struct rs_artifact_path path = path_of(rs_arena_fmt(&arena, "d/%d", i).p);
        const struct rs_blob blob = lost_blob();
        bool is_new = false;

        ck_ok(rs_artifact_put(&cx, writer, &path, &blob, &is_new));
        ck_ok(rs_artifact_delete(&cx, writer, &path));
    }
    ck_ok(rs_store_commit(&cx, writer));
    await_next_millisecond();
    tick();
    ck_assert_uint_eq(janitor.blobs.n, 256);
    tick();
    ck_assert_uint_eq(janitor.blobs.n, BLOBS - 256);
    tick();
    ck_assert_uint_eq(janitor.blobs.n, 0);
}
END_TEST

START_TEST(an_upload_whose_row_is_on_its_way_is_left_alone)
{
    const struct rs_blob blob = upload("on its way");

    tick(); /* the first look sweeps */
    ck_assert(is_stored(&blob));
}
END_TEST

START_TEST(a_wall_clock_that_was_set_makes_nothing_old_for_an_hour)
{
    const int64_t hour_ms = 60 * 60 * 1000;
    const struct rs_blob blob = upload("x");

    tick();
    name("d/x", &blob);
    delete ("d/x");
    await_next_millisecond();
    janitor.ahead_ms -= hour_ms; /* as if the wall clock had gone an hour more than time did */
    tick();
    ck_assert(is_stored(&blob));
    ck_assert_int_gt(janitor.next_ns, rs_clock_mono_ns() + RS_MS_AS_NS(hour_ms - 60000));
    tick();
    ck_assert(!is_stored(&blob));
}
END_TEST

START_TEST(stored_blobs_are_counted)
{
    ck_assert_uint_eq(rs_janitor_figures(&janitor).blobs, 0);
    const struct rs_blob one = upload("12345");
    const struct rs_blob two = upload("1234567");
    name("0/r/artifacts/a", &one);
    name("0/r/artifacts/b", &two);
    name("0/r/artifacts/c", &two);
    janitor.next_count_ns = 0;
    tick();
    ck_assert_uint_eq(rs_janitor_figures(&janitor).blobs, 2);
    ck_assert_uint_eq(rs_janitor_figures(&janitor).bytes, 12);
    ck_assert_int_gt(janitor.next_count_ns, 0);
    janitor.next_count_ns = INT64_MAX;
    name("0/r/artifacts/d", &(struct rs_blob){.key = "k", .sha256 = "s", .size = 1});
    tick();
    ck_assert_uint_eq(rs_janitor_figures(&janitor).blobs, 2);
}
END_TEST

START_TEST(before_its_time_a_tick_does_nothing)
{
    const struct rs_blob blob = upload("x");

    tick();
    name("d/x", &blob);
    delete ("d/x");
    await_next_millisecond();
    janitor.next_ns = INT64_MAX;
    rs_janitor_tick(&janitor, writer);
    ck_assert(!atomic_load(&janitor.is_busy));
    ck_assert(is_stored(&blob));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, bytes_without_a_name_go_after_the_grace_time);
    tcase_add_test(t, bytes_stay_while_the_grace_time_lasts);
    tcase_add_test(t, nothing_goes_while_somebody_copies);
    tcase_add_test(t, more_than_one_transaction_takes_is_collected_in_turns);
    tcase_add_test(t, an_upload_whose_row_is_on_its_way_is_left_alone);
    tcase_add_test(t, a_wall_clock_that_was_set_makes_nothing_old_for_an_hour);
    tcase_add_test(t, stored_blobs_are_counted);
    tcase_add_test(t, before_its_time_a_tick_does_nothing);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "service/janitor", .open = open_all, .close = close_all, .add = add});
}
