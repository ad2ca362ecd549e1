/* SPDX-License-Identifier: Apache-2.0 */
/* What artifact.h promises, asked of every backend. A new backend is a row of the table. */
#include "artifact/fault.h"
#include "artifact/fs.h"
#include "artifact/fs_store.h"
#include "artifact/place.h"
#include "base/clock.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct backend {
    const char *name;
    const struct rs_artifact_ops *ops;
    void (*adjust)(struct rs_artifact_store *s); /* after open; may be NULL */
};

/* As on a file system without O_TMPFILE. */
static void name_temps(struct rs_artifact_store *s)
{
    rs_fs_of(s)->named_temps = true;
}

static const struct backend backends[] = {
    {"fs", &rs_artifact_fs, NULL},
    {"fs without unnamed files", &rs_artifact_fs, name_temps},
    {"fs behind the fault wrapper", &fault_ops, NULL},
};

enum { N_BACKENDS = sizeof backends / sizeof backends[0] };

#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_MD5 "900150983cd24fb0d6963f7d28e17f72"
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct rs_upload_options PLAIN;
static struct rs_cx *cx;
static struct rs_artifact_store *store;

static void open_store(int backend)
{
    cx = place_cx();
    ck_ok(cx, rs_artifact_open(cx, backends[backend].ops, rs_str_of(place_new()), &store));
    if (backends[backend].adjust != NULL) {
        backends[backend].adjust(store);
    }
}

static void close_store(void)
{
    rs_artifact_close(store);
    rs_arena_fini(cx->arena);
}

/* The one key that a row names, or NULL. */
static const char *known_key;

static enum rs_code is_that_key(struct rs_cx *c, void *arg, struct rs_str key, bool *known)
{
    (void)c;
    (void)arg;
    *known = known_key != NULL && rs_str_is(key, known_key);
    return RS_OK;
}

/* Sweeps away everything but this key, however young. */
static struct rs_sweep sweep_all_but(const char *key)
{
    struct rs_sweep sweep = {.now_ms = rs_clock_wall_ms(), .is_known = is_that_key};

    known_key = key;
    ck_ok(cx, rs_artifact_sweep(cx, store, &sweep));
    return sweep;
}

START_TEST(an_upload_becomes_a_blob_with_its_size_and_hashes)
{
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store(_i);
    ck_ok(cx, rs_upload_begin(cx, store, &(struct rs_upload_options){.md5 = true}, &up));
    ck_ok(cx, rs_upload_write(cx, up, "ab", 2));
    ck_ok(cx, rs_upload_write(cx, up, "c", 1));
    ck_ok(cx, rs_upload_end(cx, up, &blob));
    ck_assert_int_eq(blob.size, 3);
    ck_assert_str_eq(blob.sha256, ABC_SHA256);
    ck_assert_str_eq(blob.md5, ABC_MD5);
    ck_assert_str_eq(blob.tag, "");
    ck_assert_int_eq(rs_blob_key_check(cx, rs_str_of(blob.key)), RS_OK);
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(md5_is_counted_only_when_asked)
{
    open_store(_i);
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_assert_str_eq(blob.sha256, ABC_SHA256);
    ck_assert_str_eq(blob.md5, "");
    close_store();
}
END_TEST

START_TEST(an_empty_upload_is_a_blob)
{
    open_store(_i);
    const struct rs_blob blob = place_upload(store, "", 0);
    ck_assert_int_eq(blob.size, 0);
    ck_assert_str_eq(blob.sha256, EMPTY_SHA256);
    ck_assert(place_holds(store, &blob, RS_STR("")));
    close_store();
}
END_TEST

START_TEST(a_large_upload_in_odd_pieces_reads_back)
{
    enum { SIZE = (20 << 20) + 3, PIECE = 70001 };
    char *bytes = place_bytes(SIZE);
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store(_i);
    const struct rs_blob whole = place_upload(store, bytes, SIZE);
    ck_ok(cx, rs_upload_begin(cx, store, &PLAIN, &up));
    for (size_t at = 0; at < SIZE; at += PIECE) {
        ck_ok(cx, rs_upload_write(cx, up, bytes + at, SIZE - at < PIECE ? SIZE - at : PIECE));
    }
    ck_ok(cx, rs_upload_end(cx, up, &blob));
    ck_assert(place_holds(store, &blob, (struct rs_str){bytes, SIZE}));
    ck_assert_str_eq(blob.sha256, whole.sha256);
    free(bytes);
    close_store();
}
END_TEST

START_TEST(equal_bytes_are_two_blobs)
{
    open_store(_i);
    const struct rs_blob one = place_upload(store, "abc", 3);
    const struct rs_blob two = place_upload(store, "abc", 3);
    ck_assert_str_ne(one.key, two.key);
    ck_ok(cx, rs_blob_remove(cx, store, rs_str_of(one.key)));
    ck_assert(place_holds(store, &two, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(a_dropped_upload_leaves_nothing)
{
    struct rs_upload *up = NULL;

    open_store(_i);
    ck_ok(cx, rs_upload_begin(cx, store, &PLAIN, &up));
    ck_ok(cx, rs_upload_write(cx, up, "abc", 3));
    rs_upload_drop(up);
    const struct rs_sweep left = sweep_all_but(NULL);
    ck_assert_int_eq(left.blobs + left.temps + left.uploads + left.bytes, 0);
    close_store();
}
END_TEST

START_TEST(a_removed_blob_is_not_found_but_an_open_one_stays_readable)
{
    char byte = 0;
    int64_t size = 0;
    int fd = -1;

    open_store(_i);
    const struct rs_blob blob = place_upload(store, "abc", 3);
    const struct rs_str key = rs_str_of(blob.key);
    ck_ok(cx, rs_blob_open(cx, store, key, &fd, &size));
    ck_ok(cx, rs_blob_remove(cx, store, key));
    ck_assert_int_eq(pread(fd, &byte, 1, 2), 1);
    ck_assert_int_eq(byte, 'c');
    close(fd);
    ck_fails(cx, rs_blob_open(cx, store, key, &fd, &size), RS_NOT_FOUND, "does not exist");
    ck_ok(cx, rs_blob_remove(cx, store, key));
    close_store();
}
END_TEST

START_TEST(a_key_that_we_could_not_have_made_is_refused)
{
    static const char *const keys[] = {
        "",
        "/etc/passwd",
        "../../../../../../../../../etc/passwd",
        "ab/../../../../../../../etc/passwdd",
        "ab/cd0123456789abcdef0123456789abcd",
        "bb/ab0123456789abcdef0123456789abcd",
        "AB/AB0123456789abcdef0123456789abcd",
        "ab/ab0123456789abcdef0123456789abc",
        "ab/ab0123456789abcdef0123456789abcd0",
        "ab/ab0123456789abcdef01234567/9abcd",
        "ab0ab0123456789abcdef0123456789abcd",
    };
    int64_t size = 0;
    int fd = -1;

    open_store(_i);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct rs_str key = rs_str_of(keys[i]);
        ck_fails(cx, rs_blob_open(cx, store, key, &fd, &size), RS_CORRUPT, "is not the key");
        ck_fails(cx, rs_blob_remove(cx, store, key), RS_CORRUPT, "is not the key");
    }
    close_store();
}
END_TEST

START_TEST(what_cannot_fit_is_refused_before_the_first_byte)
{
    const struct rs_upload_options o = {.size_hint = INT64_MAX};
    struct rs_upload *up = NULL;

    open_store(_i);
    ck_fails(cx, rs_upload_begin(cx, store, &o, &up), RS_UNAVAILABLE, "bytes are free");
    close_store();
}
END_TEST

START_TEST(parts_that_came_in_any_order_make_one_blob)
{
    struct rs_blob blob;
    struct rs_str id;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const struct rs_blob c = place_upload_part(store, id, 30, RS_STR("c"));
    const struct rs_blob a = place_upload_part(store, id, 1, RS_STR("a"));
    const struct rs_blob b = place_upload_part(store, id, 2, RS_STR("b"));
    const struct rs_part part[] = {
        {1, rs_str_of(a.tag)}, {2, rs_str_of(b.tag)}, {30, rs_str_of(c.tag)}};
    ck_ok(cx, rs_multipart_compose(cx, store, &(struct rs_parts){id, part, 3}, &blob));
    ck_assert_str_eq(a.key, "");
    ck_assert_int_eq(a.size, 1);
    ck_assert_int_eq(blob.size, 3);
    ck_assert_str_eq(blob.sha256, ABC_SHA256);
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(large_parts_are_joined_without_a_seam)
{
    enum { SIZE = 3 << 20, FIRST = (1 << 20) + 17 };
    char *bytes = place_bytes(SIZE);
    struct rs_blob blob;
    struct rs_str id;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const struct rs_blob a = place_upload_part(store, id, 1, (struct rs_str){bytes, FIRST});
    const struct rs_blob b = place_upload_part(store, id, 2,
                                               (struct rs_str){bytes + FIRST, SIZE - FIRST});
    const struct rs_part part[] = {{1, rs_str_of(a.tag)}, {2, rs_str_of(b.tag)}};
    ck_ok(cx, rs_multipart_compose(cx, store, &(struct rs_parts){id, part, 2}, &blob));
    ck_assert(place_holds(store, &blob, (struct rs_str){bytes, SIZE}));
    free(bytes);
    close_store();
}
END_TEST

START_TEST(composing_may_be_repeated_until_the_parts_are_dropped)
{
    struct rs_blob blob;
    struct rs_blob again;
    struct rs_upload *up = NULL;
    struct rs_str id;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const struct rs_blob a = place_upload_part(store, id, 1, RS_STR("abc"));
    const struct rs_part part[] = {{1, rs_str_of(a.tag)}};
    const struct rs_parts parts = {id, part, 1};
    const struct rs_upload_options more = {.part_of = id, .part_number = 2};
    ck_ok(cx, rs_multipart_compose(cx, store, &parts, &blob));
    ck_ok(cx, rs_multipart_compose(cx, store, &parts, &again));
    ck_assert_str_eq(blob.sha256, again.sha256);
    ck_ok(cx, rs_multipart_drop(cx, store, id));
    ck_ok(cx, rs_multipart_drop(cx, store, id));
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &again), RS_NOT_FOUND, "multipart");
    ck_fails(cx, rs_upload_begin(cx, store, &more, &up), RS_NOT_FOUND, "multipart");
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(of_a_part_sent_twice_the_tag_says_which)
{
    struct rs_blob blob;
    struct rs_str id;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const struct rs_blob first = place_upload_part(store, id, 1, RS_STR("abc"));
    const struct rs_blob other = place_upload_part(store, id, 1, RS_STR("other"));
    const struct rs_blob same = place_upload_part(store, id, 1, RS_STR("abc"));
    ck_assert_str_eq(first.tag, same.tag);
    ck_assert_str_ne(first.tag, other.tag);
    const struct rs_part part[] = {{1, rs_str_of(first.tag)}};
    ck_ok(cx, rs_multipart_compose(cx, store, &(struct rs_parts){id, part, 1}, &blob));
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(parts_that_cannot_be_composed_are_refused)
{
    struct rs_part part[2];
    struct rs_blob blob;
    struct rs_str id;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    const struct rs_blob a = place_upload_part(store, id, 1, RS_STR("a"));
    const struct rs_blob b = place_upload_part(store, id, 2, RS_STR("b"));
    const struct rs_part good[] = {{1, rs_str_of(a.tag)}, {2, rs_str_of(b.tag)}};
    const struct rs_parts parts = {id, part, 2};

    ck_fails(cx, rs_multipart_compose(cx, store, &(struct rs_parts){id, part, 0}, &blob),
             RS_INVALID, "1 to 10000 parts");
    memcpy(part, (struct rs_part[]){good[1], good[0]}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "rise");
    memcpy(part, (struct rs_part[]){good[0], good[0]}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "rise");
    memcpy(part, (struct rs_part[]){{0, good[0].tag}, good[1]}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "rise");
    memcpy(part, (struct rs_part[]){good[0], {10001, good[1].tag}}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "rise");
    memcpy(part, (struct rs_part[]){good[0], {3, good[1].tag}}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "part 3 was not");
    memcpy(part, (struct rs_part[]){good[0], {2, good[0].tag}}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "part 2 was not");
    memcpy(part, (struct rs_part[]){good[0], {2, RS_STR("../../x")}}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "part 2 was not");
    memcpy(part, (struct rs_part[]){good[0], {2, {NULL, 0}}}, sizeof part);
    ck_fails(cx, rs_multipart_compose(cx, store, &parts, &blob), RS_INVALID, "part 2 was not");
    ck_assert_int_eq(sweep_all_but(NULL).blobs, 0);
    close_store();
}
END_TEST

START_TEST(an_id_or_number_of_a_part_that_cannot_be_is_refused)
{
    static const char *const ids[] = {"", "..", "../blobs", "no such upload",
                                      "0123456789abcdef0123456789abcde/"};
    struct rs_upload_options o = {.part_number = 1};
    struct rs_upload *up = NULL;
    struct rs_blob blob;
    struct rs_str id;

    open_store(_i);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        const struct rs_part part = {1, RS_STR(ABC_SHA256)};
        o.part_of = rs_str_of(ids[i]);
        ck_fails(cx, rs_upload_begin(cx, store, &o, &up), RS_INVALID, "not the id");
        ck_fails(cx, rs_multipart_drop(cx, store, o.part_of), RS_INVALID, "not the id");
        ck_fails(cx,
                 rs_multipart_compose(cx, store, &(struct rs_parts){o.part_of, &part, 1}, &blob),
                 RS_INVALID, "not the id");
    }
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    o = (struct rs_upload_options){.part_of = id, .part_number = 0};
    ck_fails(cx, rs_upload_begin(cx, store, &o, &up), RS_INVALID, "part number 0");
    o.part_number = 10001;
    ck_fails(cx, rs_upload_begin(cx, store, &o, &up), RS_INVALID, "part number 10001");
    close_store();
}
END_TEST

START_TEST(a_part_that_ends_after_its_upload_was_dropped_is_nothing)
{
    struct rs_upload_options o = {.part_number = 1};
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store(_i);
    ck_ok(cx, rs_multipart_begin(cx, store, &o.part_of));
    ck_ok(cx, rs_upload_begin(cx, store, &o, &up));
    ck_ok(cx, rs_upload_write(cx, up, "abc", 3));
    ck_ok(cx, rs_multipart_drop(cx, store, o.part_of));
    ck_fails(cx, rs_upload_end(cx, up, &blob), RS_NOT_FOUND, "is over");
    const struct rs_sweep left = sweep_all_but(NULL);
    ck_assert_int_eq(left.blobs + left.temps + left.uploads, 0);
    close_store();
}
END_TEST

START_TEST(a_sweep_takes_what_nobody_knows)
{
    struct rs_str id;

    open_store(_i);
    const struct rs_blob known = place_upload(store, "known", 5);
    const struct rs_blob orphan = place_upload(store, "orphan", 6);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    (void)place_upload_part(store, id, 1, RS_STR("abc"));
    const struct rs_sweep swept = sweep_all_but(known.key);
    ck_assert_int_eq(swept.blobs, 1);
    ck_assert_int_eq(swept.uploads, 1);
    ck_assert_int_eq(swept.bytes, 6 + 3);
    ck_assert_int_eq(swept.foreign, 0);
    ck_assert(place_holds(store, &known, RS_STR("known")));
    int64_t size = 0;
    int fd = -1;
    ck_fails(cx, rs_blob_open(cx, store, rs_str_of(orphan.key), &fd, &size), RS_NOT_FOUND, "");
    close_store();
}
END_TEST

START_TEST(a_sweep_leaves_what_is_young)
{
    enum { HOUR_MS = 3600 * 1000 };
    struct rs_sweep sweep = {.now_ms = rs_clock_wall_ms(),
                             .blob_age_ms = HOUR_MS,
                             .part_age_ms = HOUR_MS,
                             .is_known = is_that_key};
    struct rs_str id;

    open_store(_i);
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_ok(cx, rs_multipart_begin(cx, store, &id));
    ck_ok(cx, rs_artifact_sweep(cx, store, &sweep));
    ck_assert_int_eq(sweep.blobs + sweep.uploads + sweep.temps, 0);
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    (void)place_upload_part(store, id, 1, RS_STR("abc"));
    close_store();
}
END_TEST

static enum rs_code cannot_say(struct rs_cx *c, void *arg, struct rs_str key, bool *known)
{
    (void)arg;
    (void)key;
    *known = false;
    return rs_fail(c, RS_BUSY, "ask me later");
}

START_TEST(a_sweep_that_gets_no_answer_removes_nothing)
{
    struct rs_sweep sweep = {.now_ms = INT64_MAX, .is_known = cannot_say};

    open_store(_i);
    const struct rs_blob blob = place_upload(store, "abc", 3);
    ck_fails(cx, rs_artifact_sweep(cx, store, &sweep), RS_BUSY, "ask me later");
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

START_TEST(a_sweep_does_not_disturb_an_upload_that_is_running)
{
    struct rs_sweep sweep = {
        .now_ms = rs_clock_wall_ms(), .blob_age_ms = 60 * 1000, .is_known = is_that_key};
    struct rs_upload *up = NULL;
    struct rs_blob blob;

    open_store(_i);
    ck_ok(cx, rs_upload_begin(cx, store, &PLAIN, &up));
    ck_ok(cx, rs_upload_write(cx, up, "abc", 3));
    ck_ok(cx, rs_artifact_sweep(cx, store, &sweep));
    ck_ok(cx, rs_upload_end(cx, up, &blob));
    ck_assert(place_holds(store, &blob, RS_STR("abc")));
    close_store();
}
END_TEST

enum { THREADS = 8, EACH = 12 };

/* One thread's uploads; checks what it wrote itself. The answer is the number of blobs that were
 * right. */
static void *upload_some(void *arg)
{
    struct rs_arena arena = {0};
    struct rs_cx own = {.arena = &arena};
    struct rs_upload *up = NULL;
    struct rs_blob blob;
    char text[32];
    uintptr_t right = 0;

    for (int i = 0; i < EACH; i++) {
        const int n = snprintf(text, sizeof text, "%d of %p", i, arg);
        int64_t size = 0;
        int fd = -1;
        if (rs_upload_begin(&own, store, &PLAIN, &up) == RS_OK &&
            rs_upload_write(&own, up, text, (size_t)n) == RS_OK &&
            rs_upload_end(&own, up, &blob) == RS_OK &&
            rs_blob_open(&own, store, rs_str_of(blob.key), &fd, &size) == RS_OK) {
            char found[32] = "";
            right += pread(fd, found, sizeof found - 1, 0) == n && strcmp(found, text) == 0;
            close(fd);
        }
    }
    rs_arena_fini(&arena);
    return (void *)right;
}

START_TEST(threads_may_share_a_store)
{
    pthread_t threads[THREADS];
    void *right = NULL;

    open_store(_i);
    for (uintptr_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, upload_some, (void *)i), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &right), 0);
        ck_assert_uint_eq((uintptr_t)right, EACH);
    }
    ck_assert_int_eq(sweep_all_but(NULL).blobs, THREADS * EACH);
    close_store();
}
END_TEST

/* Adds tests, each once for every backend. */
static void add(Suite *suite, const char *name, const TTest *const *tests, size_t n)
{
    TCase *tc = tcase_create(name);

    for (size_t i = 0; i < n; i++) {
        tcase_add_loop_test(tc, tests[i], 0, N_BACKENDS);
    }
    suite_add_tcase(suite, tc);
}

#define ADD(suite, tests) add(suite, #tests, tests, sizeof tests / sizeof tests[0])

static Suite *contract_suite(void)
{
    const TTest *const blobs[] = {
        an_upload_becomes_a_blob_with_its_size_and_hashes,
        md5_is_counted_only_when_asked,
        an_empty_upload_is_a_blob,
        a_large_upload_in_odd_pieces_reads_back,
        equal_bytes_are_two_blobs,
        a_dropped_upload_leaves_nothing,
        a_removed_blob_is_not_found_but_an_open_one_stays_readable,
        a_key_that_we_could_not_have_made_is_refused,
        what_cannot_fit_is_refused_before_the_first_byte,
        threads_may_share_a_store,
    };
    const TTest *const parts[] = {
        parts_that_came_in_any_order_make_one_blob,
        large_parts_are_joined_without_a_seam,
        composing_may_be_repeated_until_the_parts_are_dropped,
        of_a_part_sent_twice_the_tag_says_which,
        parts_that_cannot_be_composed_are_refused,
        an_id_or_number_of_a_part_that_cannot_be_is_refused,
        a_part_that_ends_after_its_upload_was_dropped_is_nothing,
    };
    const TTest *const sweeps[] = {
        a_sweep_takes_what_nobody_knows,
        a_sweep_leaves_what_is_young,
        a_sweep_that_gets_no_answer_removes_nothing,
        a_sweep_does_not_disturb_an_upload_that_is_running,
    };
    Suite *suite = suite_create("artifact contract");

    ADD(suite, blobs);
    ADD(suite, parts);
    ADD(suite, sweeps);
    return suite;
}

int main(void)
{
    return place_run(contract_suite());
}
