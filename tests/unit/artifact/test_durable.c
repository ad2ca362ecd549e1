/* SPDX-License-Identifier: Apache-2.0 */
/* P1 and P3 as the kernel sees them: what is synced and named, in which order, and what is left
 * when that fails. The calls of the local backend are overheard: this program has its own fsync and
 * linkat. */
#include "artifact/fs.h"
#include "artifact/fs_store.h"
#include "artifact/place.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char heard[256]; /* a letter for each call: f a file synced, d a folder synced, n a name
                           given */
static int fail_nth;    /* the fsync or linkat that fails from here on; 0: none */
static int fail_errno;

static bool hear(char letter)
{
    const size_t n = strlen(heard);

    ck_assert_uint_lt(n + 1, sizeof heard);
    heard[n] = letter;
    heard[n + 1] = '\0';
    errno = fail_errno;
    return fail_nth > 0 && --fail_nth == 0;
}

int fsync(int fd)
{
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    return hear(S_ISDIR(st.st_mode) ? 'd' : 'f') ? -1 : (int)syscall(SYS_fsync, fd);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    return hear('n') ? -1 : (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return hear('n') ? -1 : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

static struct rs_cx *cx;
static struct rs_artifact_store *store;
static const char *root;

static void open_store(void)
{
    cx = place_cx();
    root = place_new();
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    heard[0] = '\0';
}

static void close_store(void)
{
    rs_artifact_close(store);
    rs_arena_fini(cx->arena);
}

START_TEST(the_folders_are_durable_before_the_store_is_open)
{
    cx = place_cx();
    root = place_new();
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    ck_assert_int_eq(strncmp(heard, "ddd", 3), 0); /* where the root is, in the root, in blobs */
    close_store();
}
END_TEST

START_TEST(bytes_are_synced_then_named_then_the_folder_is_synced)
{
    open_store();
    for (int named = 0; named < 2; named++) {
        rs_fs_of(store)->named_temps = rs_fs_of(store)->named_temps || named == 1;
        heard[0] = '\0';
        (void)place_upload(store, "abc", 3);
        ck_assert_str_eq(heard, "fnd");
    }
    close_store();
}
END_TEST

START_TEST(a_part_is_as_durable_as_a_blob_and_so_is_its_upload)
{
    struct rs_blob blob;
    struct rs_str id;

    open_store();
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    ck_assert_str_eq(heard, "d");
    const struct rs_blob part = place_upload_part(store, id, 1, RS_STR("abc"));
    ck_assert_str_eq(heard, "dfnd");
    const struct rs_part parts = {1, rs_str_of(part.tag)};
    ck_ok(cx, rs_multipart_compose(cx, store, &(struct rs_parts){id, &parts, 1}, &blob));
    ck_assert_str_eq(heard, "dfndfnd");
    close_store();
}
END_TEST

START_TEST(a_failure_of_any_of_them_leaves_nothing_and_is_not_tried_again)
{
    static const char *const until[] = {"f", "fn", "fnd"};
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store();
    rs_fs_of(store)->named_temps = rs_fs_of(store)->named_temps || _i == 1;
    for (int nth = 1; nth <= 3; nth++) {
        ck_ok(cx, rs_upload_begin(cx, store, &(struct rs_upload_options){0}, &up));
        ck_ok(cx, rs_upload_write(cx, up, "abc", 3));
        heard[0] = '\0';
        fail_nth = nth;
        fail_errno = nth == 2 ? ENOSPC : EIO;
        ck_fails(cx, rs_upload_end(cx, up, &blob), RS_UNAVAILABLE,
                 nth == 2 ? "No space left on device" : "Input/output error");
        ck_assert_str_eq(heard, until[nth - 1]);
        ck_assert_int_eq(place_count_files(root), 0);
    }
    close_store();
}
END_TEST

START_TEST(a_part_that_is_there_stays_when_sending_it_again_fails)
{
    struct rs_upload_options o = {.part_number = 1};
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store();
    rs_fs_of(store)->named_temps = rs_fs_of(store)->named_temps || _i == 1;
    ck_ok(cx, rs_multipart_begin(cx, store, &o.part_of));
    (void)place_upload_part(store, o.part_of, 1, RS_STR("abc"));
    ck_ok(cx, rs_upload_begin(cx, store, &o, &up));
    ck_ok(cx, rs_upload_write(cx, up, "abc", 3));
    fail_nth = 3;
    fail_errno = EIO;
    ck_fails(cx, rs_upload_end(cx, up, &blob), RS_UNAVAILABLE, "could not sync");
    ck_assert_int_eq(place_count_files(root), 1);
    close_store();
}
END_TEST

static Suite *durable_suite(void)
{
    Suite *suite = suite_create("artifact durability");
    TCase *tc = tcase_create("order");

    tcase_add_test(tc, the_folders_are_durable_before_the_store_is_open);
    tcase_add_test(tc, bytes_are_synced_then_named_then_the_folder_is_synced);
    tcase_add_test(tc, a_part_is_as_durable_as_a_blob_and_so_is_its_upload);
    tcase_add_loop_test(tc, a_failure_of_any_of_them_leaves_nothing_and_is_not_tried_again, 0, 2);
    tcase_add_loop_test(tc, a_part_that_is_there_stays_when_sending_it_again_fails, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return place_run(durable_suite());
}
