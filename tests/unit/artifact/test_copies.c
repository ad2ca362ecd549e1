/* SPDX-License-Identifier: Apache-2.0 */
/* What backups need of the local backend: views, copies under their own keys, lists, holds, and
 * reading a blob whole. */
#include "artifact/fs.h"
#include "artifact/place.h"
#include "artifact/reading.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct rs_cx *cx;
static const char *root;
static struct rs_artifact_store *store;
static struct rs_artifact_store *view;

static void open_both(void)
{
    cx = place_cx();
    root = place_new();
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    ck_ok(cx, rs_artifact_view(cx, &rs_artifact_fs, rs_str_of(root), &view));
}

static void close_both(void)
{
    rs_artifact_close(view);
    rs_artifact_close(store);
    rs_arena_fini(cx->arena);
}

/* Uploads bytes with a key and a hash of the caller's. */
static enum rs_code copy(struct rs_artifact_store *to, const char *key, const char *sha256,
                         const char *bytes)
{
    const struct rs_upload_options o = {.key = rs_str_of(key), .sha256 = rs_str_of(sha256)};
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    RS_TRY(rs_upload_begin(cx, to, &o, &up));
    ck_ok(cx, rs_upload_write(cx, up, bytes, strlen(bytes)));
    return rs_upload_end(cx, up, &blob);
}

static enum rs_code verify(const struct rs_blob *blob)
{
    return rs_blob_verify(cx, view, rs_str_of(blob->key), blob->size, rs_str_of(blob->sha256));
}

static void spoil(const struct rs_blob *blob, off_t size, const char *bytes)
{
    const char *path = rs_arena_fmt(cx->arena, "%s/blobs/%s", root, blob->key).p;
    const int fd = open(path, O_WRONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, strlen(bytes), 0), (ssize_t)strlen(bytes));
    ck_assert_int_eq(ftruncate(fd, size), 0);
    close(fd);
}

START_TEST(a_view_reads_and_changes_nothing)
{
    const struct rs_blob blob = place_upload(store, "bytes", 5);
    struct rs_upload *up = NULL;
    struct rs_str id;

    ck_assert(place_holds(view, &blob, RS_STR("bytes")));
    ck_fails(cx, rs_upload_begin(cx, view, &(struct rs_upload_options){0}, &up), RS_UNSUPPORTED,
             "for reading only");
    ck_fails(cx, rs_blob_remove(cx, view, rs_str_of(blob.key)), RS_UNSUPPORTED, "reading only");
    ck_fails(cx, rs_multipart_begin(cx, view, &id), RS_UNSUPPORTED, "reading only");
    ck_assert(place_holds(store, &blob, RS_STR("bytes")));
}
END_TEST

START_TEST(a_view_of_nothing_makes_nothing)
{
    struct rs_artifact_store *none = NULL;
    const char *path = place_new();

    ck_fails(cx, rs_artifact_view(cx, &rs_artifact_fs, rs_str_of(path), &none), RS_NOT_FOUND,
             "not there");
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_copy_has_the_key_of_its_original_and_replaces_what_stands_there)
{
    const struct rs_blob blob = place_upload(store, "bytes", 5);

    spoil(&blob, 2, "xx");
    ck_assert(!place_holds(store, &blob, RS_STR("bytes")));
    ck_ok(cx, copy(store, blob.key, blob.sha256, "bytes"));
    ck_assert(place_holds(store, &blob, RS_STR("bytes")));
    ck_fails(cx, copy(store, "../../etc/passwd", blob.sha256, "bytes"), RS_CORRUPT, "not the key");
}
END_TEST

START_TEST(bytes_that_are_not_what_they_should_be_leave_what_was_there)
{
    const struct rs_blob blob = place_upload(store, "bytes", 5);
    const struct rs_blob other = place_upload(store, "other", 5);

    ck_fails(cx, copy(store, blob.key, other.sha256, "bytes"), RS_CORRUPT, "SHA-256");
    ck_assert(place_holds(store, &blob, RS_STR("bytes")));
}
END_TEST

/* Counts what a walk shows. */
struct seen {
    int n;
    int64_t bytes;
    const char *key;
};

static enum rs_code see(struct rs_cx *c, void *arg, struct rs_str key, int64_t size,
                        int64_t named_ms)
{
    struct seen *seen = arg;

    (void)c;
    ck_assert_int_gt(named_ms, 0);
    seen->n++;
    seen->bytes += size;
    seen->key = rs_arena_str(cx->arena, key).p;
    return RS_OK;
}

static enum rs_code refuse(struct rs_cx *c, void *arg, struct rs_str key, int64_t size,
                           int64_t named_ms)
{
    (void)arg;
    (void)key;
    (void)size;
    (void)named_ms;
    return rs_fail(c, RS_BUSY, "no more");
}

START_TEST(a_list_shows_every_blob_and_counts_what_is_not_ours)
{
    const struct rs_blob blob = place_upload(store, "bytes", 5);
    struct seen seen = {0};
    struct rs_blob_walk walk = {.found = see, .arg = &seen};
    const int fd = creat(rs_arena_fmt(cx->arena, "%s/blobs/00/notes", root).p, 0600);

    close(fd);
    ck_ok(cx, rs_blob_list(cx, view, &walk));
    ck_assert_int_eq(seen.n, 1);
    ck_assert_int_eq(seen.bytes, 5);
    ck_assert_str_eq(seen.key, blob.key);
    ck_assert_int_eq(walk.foreign, 1);
    walk.found = refuse;
    ck_fails(cx, rs_blob_list(cx, view, &walk), RS_BUSY, "no more");
}
END_TEST

START_TEST(who_removes_waits_for_nobody_and_copies_keep_it_out)
{
    struct rs_artifact_store *second = NULL;
    bool held = false;

    ck_ok(cx, rs_artifact_view(cx, &rs_artifact_fs, rs_str_of(root), &second));
    ck_ok(cx, rs_artifact_hold(cx, view, RS_HOLD_KEEP, &held));
    ck_assert(held);
    ck_ok(cx, rs_artifact_hold(cx, second, RS_HOLD_KEEP, &held));
    ck_assert(held);
    ck_ok(cx, rs_artifact_hold(cx, store, RS_HOLD_REMOVE, &held));
    ck_assert(!held);
    ck_ok(cx, rs_artifact_hold(cx, view, RS_HOLD_OFF, &held));
    ck_ok(cx, rs_artifact_hold(cx, store, RS_HOLD_REMOVE, &held));
    ck_assert(!held);
    rs_artifact_close(second); /* as the end of its process does */
    ck_ok(cx, rs_artifact_hold(cx, store, RS_HOLD_REMOVE, &held));
    ck_assert(held);
    ck_ok(cx, rs_artifact_hold(cx, store, RS_HOLD_OFF, &held));
    ck_assert(!held);
}
END_TEST

START_TEST(a_blob_that_is_what_was_stored_is_verified)
{
    enum { SIZE = 1000000 };
    char *bytes = place_bytes(SIZE);
    const struct rs_blob large = place_upload(store, bytes, SIZE);
    const struct rs_blob empty = place_upload(store, "", 0);

    ck_ok(cx, verify(&large));
    ck_ok(cx, verify(&empty));
    free(bytes);
}
END_TEST

START_TEST(a_blob_that_is_damaged_cut_or_missing_is_not)
{
    struct rs_blob blob = place_upload(store, "damaged", 7);

    spoil(&blob, 7, "X");
    ck_fails(cx, verify(&blob), RS_CORRUPT, "SHA-256");
    spoil(&blob, 3, "d");
    ck_fails(cx, verify(&blob), RS_CORRUPT, "has 3 bytes, but 7");
    ck_ok(cx, rs_blob_remove(cx, store, rs_str_of(blob.key)));
    ck_fails(cx, verify(&blob), RS_NOT_FOUND, "does not exist");
}
END_TEST

START_TEST(a_blob_that_becomes_shorter_while_it_is_read_is_damaged)
{
    struct rs_blob blob = place_upload(store, "damaged", 7);
    struct rs_blob_reading r = {0};
    char piece[4];
    size_t n = 0;

    ck_ok(cx, rs_blob_reading_begin(cx, view, rs_str_of(blob.key), 7, &r));
    ck_ok(cx, rs_blob_reading_next(cx, &r, piece, sizeof piece, &n));
    ck_assert_uint_eq(n, 4);
    spoil(&blob, 4, "d");
    ck_fails(cx, rs_blob_reading_next(cx, &r, piece, sizeof piece, &n), RS_CORRUPT, "shorter");
    rs_blob_reading_end(&r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("artifact/copies");
    TCase *t = tcase_create("copies");

    tcase_add_checked_fixture(t, open_both, close_both);
    tcase_add_test(t, a_view_reads_and_changes_nothing);
    tcase_add_test(t, a_view_of_nothing_makes_nothing);
    tcase_add_test(t, a_copy_has_the_key_of_its_original_and_replaces_what_stands_there);
    tcase_add_test(t, bytes_that_are_not_what_they_should_be_leave_what_was_there);
    tcase_add_test(t, a_list_shows_every_blob_and_counts_what_is_not_ours);
    tcase_add_test(t, who_removes_waits_for_nobody_and_copies_keep_it_out);
    tcase_add_test(t, a_blob_that_is_what_was_stored_is_verified);
    tcase_add_test(t, a_blob_that_is_damaged_cut_or_missing_is_not);
    tcase_add_test(t, a_blob_that_becomes_shorter_while_it_is_read_is_damaged);
    suite_add_tcase(suite, t);
    return place_run(suite);
}
