/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact/place.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/folder.h"
#include "support/suite.h"

static const char *top;
static int n_places;
static int n_files;

int place_run(Suite *suite)
{
    top = folder_make();
    const int code = run_suite(suite);
    folder_remove();
    return code;
}

const char *place_new(void)
{
    return rs_arena_fmt(place_cx()->arena, "%s/%d-%d", top, (int)getpid(), n_places++).p;
}

struct rs_cx *place_cx(void)
{
    static struct rs_arena arena;
    static struct rs_cx cx = {.arena = &arena};

    return &cx;
}

struct rs_blob place_upload(struct rs_artifact_store *s, const void *bytes, size_t n)
{
    struct rs_cx *cx = place_cx();
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    ck_ok(cx, rs_upload_begin(cx, s, &(struct rs_upload_options){0}, &up));
    ck_ok(cx, rs_upload_write(cx, up, bytes, n));
    ck_ok(cx, rs_upload_end(cx, up, &blob));
    return blob;
}

struct rs_blob place_upload_part(struct rs_artifact_store *s, struct rs_str id, int number,
                                 struct rs_str bytes)
{
    const struct rs_upload_options o = {.part_of = id, .part_number = number};
    struct rs_cx *cx = place_cx();
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    ck_ok(cx, rs_upload_begin(cx, s, &o, &up));
    ck_ok(cx, rs_upload_write(cx, up, bytes.p, bytes.n));
    ck_ok(cx, rs_upload_end(cx, up, &blob));
    return blob;
}

bool place_holds(struct rs_artifact_store *s, const struct rs_blob *blob, struct rs_str bytes)
{
    struct rs_cx *cx = place_cx();
    char *found = malloc(bytes.n + 1);
    int64_t size = -1;
    int fd = -1;

    ck_ok(cx, rs_blob_open(cx, s, rs_str_of(blob->key), &fd, &size));
    const ssize_t n = pread(fd, found, bytes.n + 1, 0);
    close(fd);
    const bool same = size == (int64_t)bytes.n && n == (ssize_t)bytes.n &&
                      (bytes.n == 0 || memcmp(found, bytes.p, bytes.n) == 0);
    free(found);
    return same;
}

static int count_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)path;
    (void)st;
    (void)ftw;
    n_files += kind != FTW_D;
    return 0;
}

int place_count_files(const char *path)
{
    n_files = 0;
    (void)nftw(path, count_one, 16, FTW_PHYS);
    return n_files;
}

char *place_bytes(size_t n)
{
    char *bytes = malloc(n + 1);
    uint32_t x = 1;

    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (char)(x >> 24);
    }
    return bytes;
}
