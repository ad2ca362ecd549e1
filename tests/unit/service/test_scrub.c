/* SPDX-License-Identifier: Apache-2.0 */
/* The scrub: what it marks, what it leaves alone, and how fast it goes. */
#include "service/scrub.h"

#include "artifact/fs.h"
#include "base/clock.h"
#include "service/artifacts.h"
#include "store/blob.h"
#include "store/store.h"
#include "support/trial.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MB = 1000000,
    LONG_MS = 1000000000,
};

static struct rs_store *writer;
static struct rs_store *reader; /* the scrub's */
static struct rs_artifact_store *artifacts;
static struct rs_scrub *scrub;

static void open_all(void)
{
    struct rs_store_options options = {.where = folder_path(&arena, "test.db")};

    ck_ok(rs_store_open(&cx, &options, &writer));
    options.read_only = true;
    ck_ok(rs_store_open(&cx, &options, &reader));
    ck_ok(rs_artifact_open(&cx, &rs_artifact_fs, rs_str_of(folder_path(&arena, "artifacts")),
                           &artifacts));
}

static void close_all(void)
{
    rs_scrub_stop(scrub);
    scrub = NULL;
    rs_artifact_close(artifacts);
    rs_store_close(reader);
    rs_store_close(writer);
    close_context();
}

static void start(int64_t period_ms, int64_t bytes_a_second)
{
    ck_ok(rs_scrub_start(&cx,
                         &(struct rs_scrub_options){.artifacts = artifacts,
                                                    .reader = reader,
                                                    .period_ms = period_ms,
                                                    .bytes_a_second = bytes_a_second},
                         &scrub));
}

/* Uploads n bytes of 'x' and names them by a path. */
static struct rs_blob put(const char *name, size_t n)
{
    struct rs_artifact_path path;
    struct rs_upload *up = NULL;
    struct rs_blob blob;
    bool is_new = false;
    char *bytes = malloc(n);

    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 'x', n);
    ck_ok(rs_upload_begin(&cx, artifacts, &(struct rs_upload_options){0}, &up));
    ck_ok(rs_upload_write(&cx, up, bytes, n));
    free(bytes);
    ck_ok(rs_upload_end(&cx, up, &blob));
    ck_ok(rs_artifact_path_parse(&cx, rs_str_of(name), &path));
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_artifact_put(&cx, writer, &path, &blob, &is_new));
    ck_ok(rs_artifact_mend(&cx, writer, artifacts, &blob, &is_new));
    ck_ok(rs_store_commit(&cx, writer));
    return blob;
}

static void spoil(const struct rs_blob *blob)
{
    const char
        *path = rs_arena_fmt(&arena, "%s/blobs/%s", folder_path(&arena, "artifacts"), blob->key).p;
    const int fd = open(path, O_WRONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, "X", 1, 0), 1);
    close(fd);
}

static enum rs_code get(const char *name)
{
    struct rs_artifact_path path;
    struct rs_artifact_file file;

    ck_ok(rs_artifact_path_parse(&cx, rs_str_of(name), &path));
    const enum rs_code code = rs_artifact_get(&cx, writer, &path, &file);
    rs_cx_clear(&cx);
    return code;
}

static int64_t corrupt(void)
{
    int64_t n = 0;

    ck_ok(rs_store_blobs_count_corrupt(&cx, writer, &n));
    return n;
}

static void mark(const struct rs_blob *blob)
{
    struct rs_blob_row row;
    bool found = false;

    ck_ok(rs_store_blob_find(&cx, writer, rs_str_of(blob->sha256), &row, &found));
    ck_assert(found);
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_store_blob_judge(
        &cx, writer,
        &(struct rs_blob_verdict){
            .id = row.id, .key = row.key, .is = RS_BLOB_CORRUPT, .checked_ms = rs_clock_wall_ms()},
        &found));
    ck_assert(found);
    ck_ok(rs_store_commit(&cx, writer));
}

/* What the committer does in its idle moments, until the condition holds. */
#define await(condition)                                                                           \
    do {                                                                                           \
        const int64_t give_up_ns = rs_clock_mono_ns() + RS_S_AS_NS(30);                            \
        while (!(condition)) {                                                                     \
            ck_assert_msg(rs_clock_mono_ns() < give_up_ns, "never: %s", #condition);               \
            rs_scrub_tick(scrub, writer);                                                          \
        }                                                                                          \
    } while (0)

START_TEST(damaged_bytes_are_marked_and_others_are_not)
{
    const struct rs_blob bad = put("d/bad", 1000);

    put("d/good", 1001);
    spoil(&bad);
    start(1, 100 * MB);
    await(corrupt() == 1 && rs_scrub_figures(scrub).blobs >= 2);
    ck_assert_int_eq(get("d/bad"), RS_CORRUPT);
    ck_assert_int_eq(get("d/good"), RS_OK);
}
END_TEST

START_TEST(bytes_that_are_gone_are_marked)
{
    const struct rs_blob gone = put("d/gone", 1000);

    ck_ok(rs_blob_remove(&cx, artifacts, rs_str_of(gone.key)));
    start(1, 100 * MB);
    await(corrupt() == 1);
    ck_assert_int_eq(get("d/gone"), RS_CORRUPT);
}
END_TEST

START_TEST(the_same_bytes_once_more_mend_what_is_marked)
{
    const struct rs_blob bad = put("d/bad", 1000);

    mark(&bad);
    ck_assert_int_eq(get("d/bad"), RS_CORRUPT);
    const struct rs_blob again = put("e/other", 1000);
    ck_assert_str_ne(again.key, bad.key);
    ck_assert_int_eq(get("d/bad"), RS_OK);
    ck_assert_int_eq(corrupt(), 0);
}
END_TEST

START_TEST(what_is_marked_and_good_again_is_found_good_after_a_start)
{
    const struct rs_blob blob = put("d/x", 1000);

    mark(&blob);
    start(LONG_MS, 100 * MB); /* nothing is due */
    await(corrupt() == 0);
    ck_assert_int_eq(get("d/x"), RS_OK);
}
END_TEST

START_TEST(without_a_period_nothing_is_read)
{
    const struct rs_blob blob = put("d/x", 1000);

    spoil(&blob);
    mark(&blob);
    start(0, 100 * MB);
    await(rs_scrub_figures(scrub).corrupt == 1); /* it has looked */
    ck_assert_uint_eq(rs_scrub_figures(scrub).blobs, 0);
    ck_assert_uint_eq(rs_scrub_figures(scrub).bytes, 0);
}
END_TEST

START_TEST(a_verdict_on_bytes_that_were_mended_meanwhile_changes_nothing)
{
    const struct rs_blob bad = put("d/bad", 1000);
    struct rs_blob_row row;
    bool found = false;

    ck_ok(rs_store_blob_find(&cx, writer, rs_str_of(bad.sha256), &row, &found));
    mark(&bad);
    put("d/bad", 1000);
    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_store_blob_judge(
        &cx, writer, &(struct rs_blob_verdict){.id = row.id, .key = row.key, .is = RS_BLOB_CORRUPT},
        &found));
    ck_ok(rs_store_commit(&cx, writer));
    ck_assert(!found);
    ck_assert_int_eq(get("d/bad"), RS_OK);
}
END_TEST

START_TEST(it_reads_no_faster_than_it_may)
{
    enum { SIZE = 2 * MB };
    const int64_t before_ns = rs_clock_mono_ns();

    put("d/x", SIZE);
    start(1, 4 * MB);
    await(rs_scrub_figures(scrub).blobs >= 1);
    /* Half a second, less what may come late. */
    ck_assert_int_ge(rs_clock_mono_ns() - before_ns, RS_MS_AS_NS(350));
}
END_TEST

START_TEST(it_ends_in_the_middle_of_a_blob_and_says_nothing_of_it)
{
    const struct rs_blob blob = put("d/x", 4 * MB);

    spoil(&blob);
    start(1, 100000);
    await(rs_scrub_figures(scrub).bytes > 0);
    const int64_t before_ns = rs_clock_mono_ns();
    rs_scrub_stop(scrub);
    scrub = NULL;
    ck_assert_int_lt(rs_clock_mono_ns() - before_ns, RS_S_AS_NS(10));
    ck_assert_int_eq(corrupt(), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, damaged_bytes_are_marked_and_others_are_not);
    tcase_add_test(t, bytes_that_are_gone_are_marked);
    tcase_add_test(t, the_same_bytes_once_more_mend_what_is_marked);
    tcase_add_test(t, what_is_marked_and_good_again_is_found_good_after_a_start);
    tcase_add_test(t, without_a_period_nothing_is_read);
    tcase_add_test(t, a_verdict_on_bytes_that_were_mended_meanwhile_changes_nothing);
    tcase_add_test(t, it_reads_no_faster_than_it_may);
    tcase_add_test(t, it_ends_in_the_middle_of_a_blob_and_says_nothing_of_it);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "service/scrub", .open = open_all, .close = close_all, .add = add});
}
