/* SPDX-License-Identifier: Apache-2.0 */
/* The compressed files, and what becomes of them when their folder is damaged. */
#include "ui/cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "ui/files.h"

enum { SIZE = 60000 };

static const char *place;
static struct rs_ui_cache cache = {.fd = -1};
static struct rs_str bytes;

static void open_all(void)
{
    char *p = rs_arena_alloc(&arena, 1, SIZE);

    for (size_t i = 0; i < SIZE; i++) {
        p[i] = (char)(i % 251 + i / 977);
    }
    bytes = (struct rs_str){p, SIZE};
    place = rs_arena_fmt(&arena, "%s/ui", folder_path(&arena, "cache")).p;
    ck_ok(rs_ui_cache_open(&cx, place, &cache));
}

static void close_all(void)
{
    rs_ui_cache_close(&cache);
    close_context();
}

static void make(const char *tag)
{
    const int plain = put_file(folder_path(&arena, "plain"), "p", bytes);

    ck_ok(rs_ui_cache_make(&cx, &cache, rs_str_of(tag), plain));
    close(plain);
}

/* What is in the cache under a name. */
static struct rs_str packed(const char *tag)
{
    uint64_t size = 0;
    const int fd = rs_ui_cache_read(&cache, rs_str_of(tag), &size);
    char *p = rs_arena_alloc(&arena, 1, SIZE);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, p, SIZE), (ssize_t)size);
    close(fd);
    return (struct rs_str){p, (size_t)size};
}

static bool is_there(const char *name)
{
    return access(rs_arena_fmt(&arena, "%s/%s", place, name).p, F_OK) == 0;
}

START_TEST(what_was_made_is_found_whole)
{
    ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("a"), SIZE), RS_NOT_FOUND, "");
    make("a");
    ck_ok(rs_ui_cache_check(&cx, &cache, RS_STR("a"), SIZE));
    ck_assert_uint_lt(packed("a").n, SIZE);
    ck_assert(!is_there("unfinished"));
    ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("a"), SIZE - 1), RS_CORRUPT, "damaged");
}
END_TEST

START_TEST(an_empty_file_has_a_form_too)
{
    bytes.n = 0;
    make("a");
    ck_ok(rs_ui_cache_check(&cx, &cache, RS_STR("a"), 0));
}
END_TEST

START_TEST(no_cut_and_no_changed_byte_goes_unseen)
{
    make("a");
    const struct rs_str whole = packed("a");
    char *p = (char *)(uintptr_t)whole.p;

    for (size_t i = 0; i < whole.n; i += i < 100 ? 1 : 397) {
        close(put_file(place, "cut.gz", (struct rs_str){p, i}));
        ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("cut"), SIZE), RS_CORRUPT, "damaged");
    }
    for (size_t i = 10; i < whole.n; i += i < 100 ? 1 : 397) { /* behind the head of the file */
        p[i] ^= 0x10;
        close(put_file(place, "bent.gz", whole));
        ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("bent"), SIZE), RS_CORRUPT, "damaged");
        p[i] ^= 0x10;
    }
    close(put_file(place, "long.gz", RS_JOIN(&arena, whole, RS_STR("x"))));
    ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("long"), SIZE), RS_CORRUPT, "damaged");
}
END_TEST

START_TEST(a_link_or_a_folder_is_no_compressed_file)
{
    ck_assert_int_eq(symlink("/dev/zero", rs_arena_fmt(&arena, "%s/l.gz", place).p), 0);
    ck_assert_int_eq(mkdir(rs_arena_fmt(&arena, "%s/d.gz", place).p, 0700), 0);
    ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("l"), SIZE), RS_CORRUPT, "could not open");
    ck_fails(rs_ui_cache_check(&cx, &cache, RS_STR("d"), SIZE), RS_CORRUPT, "could not open");
}
END_TEST

static bool is_kept(const void *user, struct rs_str tag)
{
    return rs_str_is(tag, user);
}

START_TEST(what_nobody_needs_is_swept_out)
{
    make("kept");
    make("old");
    close(put_file(place, "unfinished", RS_STR("x")));
    close(put_file(place, "kept", RS_STR("x")));
    rs_ui_cache_sweep(&cache, is_kept, "kept");
    ck_assert(is_there("kept.gz"));
    ck_assert(!is_there("old.gz") && !is_there("unfinished") && !is_there("kept"));
}
END_TEST

START_TEST(a_cache_that_cannot_be_is_refused_in_words)
{
    struct rs_ui_cache none = {.fd = -1};
    const int plain = put_file(folder_path(&arena, "plain"), "p", bytes);

    ck_fails(rs_ui_cache_open(&cx, "/nonexistent/cache/ui", &none), RS_UNAVAILABLE,
             "could not make the folder");
    ck_fails(rs_ui_cache_open(&cx, "/dev/null/ui", &none), RS_UNAVAILABLE,
             "could not make the folder");
    ck_assert_int_eq(none.fd, -1);
    ck_fails(rs_ui_cache_make(&cx, &none, RS_STR("a"), plain), RS_UNAVAILABLE,
             "could not make a file");
    rs_ui_cache_sweep(&none, is_kept, "a");
    close(plain);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, what_was_made_is_found_whole);
    tcase_add_test(t, an_empty_file_has_a_form_too);
    tcase_add_test(t, no_cut_and_no_changed_byte_goes_unseen);
    tcase_add_test(t, a_link_or_a_folder_is_no_compressed_file);
    tcase_add_test(t, what_nobody_needs_is_swept_out);
    tcase_add_test(t, a_cache_that_cannot_be_is_refused_in_words);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "ui/cache", .open = open_all, .close = close_all, .add = add});
}
