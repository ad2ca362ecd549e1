/* SPDX-License-Identifier: Apache-2.0 */
/* What only the local backend can get wrong: links, modes, full disks, and what a crash leaves
 * behind. */
#include "artifact/fs.h"
#include "artifact/fs_store.h"
#include "artifact/place.h"
#include "base/clock.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct rs_upload_options PLAIN;
static struct rs_cx *cx;
static struct rs_artifact_store *store;
static const char *root;

static void open_store(void)
{
    cx = place_cx();
    root = place_new();
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
}

static void close_store(void)
{
    rs_artifact_close(store);
    rs_arena_fini(cx->arena);
}

/* A path below the root; the arena's. */
static const char *below(const char *name)
{
    return rs_arena_fmt(cx->arena, "%s/%s", root, name).p;
}

static const char *blob_path(const struct rs_blob *blob)
{
    return below(rs_arena_fmt(cx->arena, "blobs/%s", blob->key).p);
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    ck_assert_int_eq(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static void write_file(const char *path)
{
    const int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "canary", 6), 6);
    close(fd);
}

static enum rs_code nobody_knows(struct rs_cx *c, void *arg, struct rs_str key, bool *known)
{
    (void)c;
    (void)arg;
    (void)key;
    *known = false;
    return RS_OK;
}

static struct rs_sweep sweep_all(void)
{
    struct rs_sweep sweep = {.now_ms = rs_clock_wall_ms(), .is_known = nobody_knows};

    ck_ok(cx, rs_artifact_sweep(cx, store, &sweep));
    return sweep;
}

START_TEST(only_the_owner_can_read_what_is_stored)
{
    open_store();
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_assert_uint_eq(mode_of(root), 0700);
    ck_assert_uint_eq(mode_of(below("blobs")), 0700);
    ck_assert_uint_eq(mode_of(below("blobs/00")), 0700);
    ck_assert_uint_eq(mode_of(below("parts")), 0700);
    ck_assert_uint_eq(mode_of(below("temps")), 0700);
    ck_assert_uint_eq(mode_of(blob_path(&blob)), 0600);
    close_store();
}
END_TEST

START_TEST(a_store_keeps_its_blobs_when_it_is_opened_again)
{
    open_store();
    const struct rs_blob blob = place_upload(store, "abc", 3);
    rs_artifact_close(store);
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

/* As when the disk refused to remove it. */
START_TEST(what_an_earlier_start_tried_and_left_is_removed)
{
    open_store();
    rs_artifact_close(store);
    write_file(below("temps/00000000000000000000000000000000"));
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    ck_assert_int_eq(place_count_files(below("temps")), 0);
    close_store();
}
END_TEST

START_TEST(a_folder_that_cannot_be_one_is_named_in_the_message)
{
    struct rs_artifact_store *other = NULL;

    open_store();
    const char *file = below("file");
    write_file(file);
    ck_fails(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(file), &other), RS_UNAVAILABLE,
             "file\": Not a directory");
    ck_fails(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(below("no/parent")), &other),
             RS_UNAVAILABLE, "no/parent\": No such file or directory");
    close_store();
}
END_TEST

START_TEST(a_link_in_the_place_of_a_blob_is_not_followed)
{
    int64_t size = 0;
    int fd = -1;

    open_store();
    const struct rs_blob blob = place_upload(store, "abc", 3);
    write_file(below("canary"));
    ck_assert_int_eq(unlink(blob_path(&blob)), 0);
    ck_assert_int_eq(symlink("../../canary", blob_path(&blob)), 0);
    ck_fails(cx, rs_blob_open(cx, store, rs_str_of(blob.key), &fd, &size), RS_CORRUPT,
             "is not a file");
    ck_ok(cx, rs_blob_remove(cx, store, rs_str_of(blob.key)));
    ck_assert_int_eq(access(below("canary"), F_OK), 0);
    close_store();
}
END_TEST

START_TEST(a_folder_or_a_pipe_in_the_place_of_a_blob_is_corrupt)
{
    int64_t size = 0;
    int fd = -1;

    open_store();
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_assert_int_eq(unlink(blob_path(&blob)), 0);
    ck_assert_int_eq(mkdir(blob_path(&blob), 0700), 0);
    ck_fails(cx, rs_blob_open(cx, store, rs_str_of(blob.key), &fd, &size), RS_CORRUPT,
             "is not a file");
    ck_assert_int_eq(rmdir(blob_path(&blob)), 0);
    ck_assert_int_eq(mkfifo(blob_path(&blob), 0600), 0);
    ck_fails(cx, rs_blob_open(cx, store, rs_str_of(blob.key), &fd, &size), RS_CORRUPT,
             "is not a file");
    close_store();
}
END_TEST

/* Moves the folder of a blob away and puts a link to it there. */
static void link_shard_of(const struct rs_blob *blob)
{
    const char *shard = below(rs_arena_fmt(cx->arena, "blobs/%.2s", blob->key).p);

    ck_assert_int_eq(rename(shard, below("elsewhere")), 0);
    ck_assert_int_eq(symlink("../elsewhere", shard), 0);
}

START_TEST(a_link_in_the_place_of_a_folder_of_blobs_is_not_followed)
{
    int64_t size = 0;
    int fd = -1;

    open_store();
    const struct rs_blob blob = place_upload(store, "abc", 3);
    link_shard_of(&blob);
    ck_fails(cx, rs_blob_open(cx, store, rs_str_of(blob.key), &fd, &size), RS_CORRUPT,
             "is not a folder");
    ck_fails(cx, rs_blob_remove(cx, store, rs_str_of(blob.key)), RS_CORRUPT, "is not a folder");
    struct rs_sweep sweep = {.now_ms = rs_clock_wall_ms(), .is_known = nobody_knows};
    ck_fails(cx, rs_artifact_sweep(cx, store, &sweep), RS_UNAVAILABLE, "folder of artifacts");
    ck_assert_int_eq(place_count_files(below("elsewhere")), 1);
    close_store();
}
END_TEST

START_TEST(a_link_among_the_multipart_uploads_is_not_followed)
{
    struct rs_upload_options o = {.part_number = 1};
    struct rs_upload *up = NULL;
    struct rs_str id;

    open_store();
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const char *folder = below(rs_arena_fmt(cx->arena, "parts/" RS_FMT, RS_ARG(id)).p);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(mkdir(below("elsewhere"), 0700), 0);
    write_file(below("elsewhere/canary"));
    ck_assert_int_eq(symlink("../elsewhere", folder), 0);
    o.part_of = id;
    ck_fails(cx, rs_upload_begin(cx, store, &o, &up), RS_UNAVAILABLE, "multipart upload");
    ck_fails(cx, rs_multipart_drop(cx, store, id), RS_UNAVAILABLE, "multipart upload");
    ck_assert_int_eq(sweep_all().uploads, 0);
    ck_assert_int_eq(place_count_files(below("elsewhere")), 1);
    close_store();
}
END_TEST

START_TEST(a_sweep_leaves_alone_what_is_not_ours)
{
    open_store();
    write_file(below("blobs/00/README"));
    write_file(below("blobs/00/ffff456789abcdef0123456789abcdef"));
    write_file(below("parts/README"));
    write_file(below("temps/README"));
    const struct rs_sweep swept = sweep_all();
    ck_assert_int_eq(swept.foreign, 4);
    ck_assert_int_eq(swept.blobs + swept.uploads + swept.temps, 0);
    ck_assert_int_eq(place_count_files(root), 4);
    close_store();
}
END_TEST

/* Runs `crash` in a child process that kills itself where it ends (F03). */
static void in_a_child_that_dies(void (*crash)(void))
{
    const pid_t child = fork();
    int status = 0;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        crash();
        (void)raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void crash_while_writing(void)
{
    struct rs_upload *up = NULL;

    ck_ok(cx, rs_upload_begin(cx, store, &PLAIN, &up));
    ck_ok(cx, rs_upload_write(cx, up, "half", 4));
}

static void crash_before_the_row(void)
{
    (void)place_upload(store, "whole", 5);
}

START_TEST(a_crash_while_writing_leaves_no_blob)
{
    open_store();
    in_a_child_that_dies(crash_while_writing);
    ck_assert_int_eq(place_count_files(below("blobs")), 0);
    ck_assert_int_eq(place_count_files(below("temps")), rs_fs_of(store)->named_temps);
    close_store();
}
END_TEST

START_TEST(a_crash_while_writing_a_named_file_leaves_what_a_sweep_takes)
{
    open_store();
    rs_fs_of(store)->named_temps = true;
    in_a_child_that_dies(crash_while_writing);
    ck_assert_int_eq(place_count_files(below("temps")), 1);
    const struct rs_sweep swept = sweep_all();
    ck_assert_int_eq(swept.temps, 1);
    ck_assert_int_eq(swept.bytes, 4);
    ck_assert_int_eq(place_count_files(root), 0);
    close_store();
}
END_TEST

START_TEST(a_crash_before_the_row_leaves_a_blob_that_a_sweep_takes)
{
    open_store();
    in_a_child_that_dies(crash_before_the_row);
    ck_assert_int_eq(place_count_files(below("blobs")), 1);
    ck_assert_int_eq(sweep_all().blobs, 1);
    ck_assert_int_eq(place_count_files(root), 0);
    close_store();
}
END_TEST

/* Writes until it fails; the code that it failed with. */
static enum rs_code fill_up(size_t most)
{
    enum { PIECE = 64 * 1024 };
    struct rs_upload *up = NULL;
    char *bytes = place_bytes(PIECE);
    enum rs_code code = rs_upload_begin(cx, store, &PLAIN, &up);

    for (size_t n = 0; code == RS_OK && n < most; n += PIECE) {
        code = rs_upload_write(cx, up, bytes, PIECE);
    }
    rs_upload_drop(up);
    free(bytes);
    return code;
}

START_TEST(a_file_beyond_the_limit_of_the_process_is_unavailable)
{
    enum { LIMIT = 1 << 20 };

    open_store();
    ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){LIMIT, LIMIT}), 0);
    ck_fails(cx, fill_up(2 * LIMIT), RS_UNAVAILABLE,
             "could not write artifact bytes to the artifact folder");
    ck_assert_int_eq(place_count_files(root), 0);
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

/* Mounts a disk of 2 MiB on a folder of this test's own, seen by its process only. False where that
 * is forbidden. */
static bool mount_tiny_disk(const char *path)
{
    const bool root_of_all = geteuid() == 0;

    return unshare(CLONE_NEWNS | (root_of_all ? 0 : CLONE_NEWUSER)) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tiny", path, "tmpfs", 0, "size=2m,mode=0777") == 0;
}

START_TEST(a_full_disk_is_unavailable_and_gets_its_space_back)
{
    enum { SIZE = 1 << 20 };

    cx = place_cx();
    root = place_new();
    ck_assert_int_eq(mkdir(root, 0700), 0);
    if (!mount_tiny_disk(root)) {
        rs_arena_fini(cx->arena);
        return; /* the limit of the process, above, takes the same way through the code */
    }
    ck_ok(cx, rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(root), &store));
    ck_fails(cx, fill_up(4 * SIZE), RS_UNAVAILABLE, "No space left on device");
    const struct rs_upload_options much = {.size_hint = 4 * SIZE};
    struct rs_upload *up = NULL;
    ck_fails(cx, rs_upload_begin(cx, store, &much, &up), RS_UNAVAILABLE, "bytes are free");
    char *bytes = place_bytes(SIZE);
    const struct rs_blob blob = place_upload(store, bytes, SIZE);
    ck_assert(place_holds(store, &blob, (struct rs_str){bytes, SIZE}));
    free(bytes);
    close_store();
}
END_TEST

/* Whether the kernel says that the first page of a file is in memory. */
static bool is_resident(int fd)
{
    unsigned char page = 0;
    void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

    ck_assert(map != MAP_FAILED);
    ck_assert_int_eq(mincore(map, 4096, &page), 0);
    ck_assert_int_eq(munmap(map, 4096), 0);
    return (page & 1) != 0;
}

/* Whether this file system tells: a byte that was just read is in memory, and a read that must not
 * wait is understood. */
static bool can_tell(int fd)
{
    char byte;
    const struct iovec v = {&byte, 1};

    return pread(fd, &byte, 1, 0) == 1 && is_resident(fd) && preadv2(fd, &v, 1, 0, RWF_NOWAIT) == 1;
}

/* Whether a cold file is called cold, or was read by the look itself: a look may start the reading,
 * which on a fast disk is over before it answers. */
static bool is_told_truly(int fd)
{
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return !rs_blob_is_warm(fd, 0, 1) || is_resident(fd) || !can_tell(fd);
}

START_TEST(a_cold_blob_is_not_called_warm_and_can_be_warmed)
{
    enum { SIZE = 1 << 20 };
    char *bytes = place_bytes(SIZE);
    int64_t size = 0;
    int fd = -1;

    open_store();
    const struct rs_blob blob = place_upload(store, bytes, SIZE);
    ck_ok(cx, rs_blob_open(cx, store, rs_str_of(blob.key), &fd, &size));
    ck_assert(is_told_truly(fd));
    rs_blob_warm(fd, 0, size);
    ck_assert(is_resident(fd) || !can_tell(fd));
    ck_assert(rs_blob_is_warm(fd, 0, size));
    ck_assert(rs_blob_is_warm(fd, size, 0));
    close(fd);
    free(bytes);
    close_store();
}
END_TEST

static Suite *fs_suite(void)
{
    Suite *suite = suite_create("artifact fs");
    TCase *tc = tcase_create("folder");

    tcase_add_test(tc, only_the_owner_can_read_what_is_stored);
    tcase_add_test(tc, a_store_keeps_its_blobs_when_it_is_opened_again);
    tcase_add_test(tc, what_an_earlier_start_tried_and_left_is_removed);
    tcase_add_test(tc, a_folder_that_cannot_be_one_is_named_in_the_message);
    tcase_add_test(tc, a_link_in_the_place_of_a_blob_is_not_followed);
    tcase_add_test(tc, a_folder_or_a_pipe_in_the_place_of_a_blob_is_corrupt);
    tcase_add_test(tc, a_link_in_the_place_of_a_folder_of_blobs_is_not_followed);
    tcase_add_test(tc, a_link_among_the_multipart_uploads_is_not_followed);
    tcase_add_test(tc, a_sweep_leaves_alone_what_is_not_ours);
    tcase_add_test(tc, a_crash_while_writing_leaves_no_blob);
    tcase_add_test(tc, a_crash_while_writing_a_named_file_leaves_what_a_sweep_takes);
    tcase_add_test(tc, a_crash_before_the_row_leaves_a_blob_that_a_sweep_takes);
    tcase_add_test(tc, a_file_beyond_the_limit_of_the_process_is_unavailable);
    tcase_add_test(tc, a_full_disk_is_unavailable_and_gets_its_space_back);
    tcase_add_test(tc, a_cold_blob_is_not_called_warm_and_can_be_warmed);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return place_run(fs_suite());
}
