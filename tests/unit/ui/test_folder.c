/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a folder's files. */
#include "ui/folder.h"

#include <errno.h>
#include <stdio.h>

#include "ui/files.h"

static const char *top;
static struct rs_ui_folder folder = {.fd = -1};

static void put(const char *name, const char *text)
{
    close(put_file(top, name, rs_str_of(text)));
}

static void open_all(void)
{
    top = folder_path(&arena, "build");
    put("index.html", "<p>");
    put("static/js/main.js", "1;");
}

static void close_all(void)
{
    rs_ui_folder_close(&folder);
    close_context();
}

static const struct rs_ui_file *find(const char *path)
{
    return rs_ui_folder_find(&folder, rs_str_of(path));
}

START_TEST(only_regular_files_below_the_folder_are_listed)
{
    const char *outside = folder_path(&arena, "outside");

    close(put_file(outside, "secret", RS_STR("s")));
    put("static/.hidden", "h");
    put(".git/config", "g");
    ck_assert_int_eq(symlink(outside, rs_arena_fmt(&arena, "%s/out", top).p), 0);
    ck_assert_int_eq(symlink("index.html", rs_arena_fmt(&arena, "%s/in.html", top).p), 0);
    ck_assert_int_eq(mkfifo(rs_arena_fmt(&arena, "%s/pipe", top).p, 0600), 0);
    ck_ok(rs_ui_folder_open(&cx, top, &folder));
    ck_assert_uint_eq(folder.n, 2);
    ck_assert_uint_eq(folder.bytes, 5);
    ck_assert_ptr_nonnull(find("index.html"));
    ck_assert_ptr_nonnull(find("static/js/main.js"));
}
END_TEST

START_TEST(another_spelling_of_a_name_is_none)
{
    static const char *const names[] = {"",
                                        "/index.html",
                                        "./index.html",
                                        "static/../index.html",
                                        "static",
                                        "static/",
                                        "static//js/main.js",
                                        "static/js/main.js/",
                                        "INDEX.HTML",
                                        "index.htm",
                                        "index.html/",
                                        "../build/index.html",
                                        "static/js/main.js\n",
                                        "/"};

    ck_ok(rs_ui_folder_open(&cx, top, &folder));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_msg(find(names[i]) == NULL, "%s", names[i]);
    }
}
END_TEST

START_TEST(a_file_has_its_type_and_text_of_a_kilobyte_is_packed)
{
    static const struct {
        const char *name;
        const char *type;
        bool is_text;
    } cases[] = {{"a.js", "text/javascript; charset=utf-8", true},
                 {"a.mjs", "text/javascript; charset=utf-8", true},
                 {"a.chunk.css", "text/css; charset=utf-8", true},
                 {"x/a.HTML", "text/html; charset=utf-8", true},
                 {"a.svg", "image/svg+xml", true},
                 {"a.json", "application/json", true},
                 {"a.js.map", "application/json", true},
                 {"a.LICENSE.txt", "text/plain; charset=utf-8", true},
                 {"a.wasm", "application/wasm", true},
                 {"a.ttf", "font/ttf", true},
                 {"a.woff2", "font/woff2", false},
                 {"a.png", "image/png", false},
                 {"a.bin", "application/octet-stream", false},
                 {"js", "application/octet-stream", false},
                 {"x.js/none", "application/octet-stream", false}};
    char kilobyte[1024] = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        close(put_file(top, cases[i].name, (struct rs_str){kilobyte, sizeof kilobyte}));
    }
    close(put_file(top, "small.js", (struct rs_str){kilobyte, sizeof kilobyte - 1}));
    ck_ok(rs_ui_folder_open(&cx, top, &folder));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_ui_file *file = find(cases[i].name);

        ck_assert_msg(file != NULL, "%s", cases[i].name);
        ck_assert_str_eq(file->media_type, cases[i].type);
        ck_assert_msg(file->is_worth_packing == cases[i].is_text, "%s", cases[i].name);
    }
    ck_assert(!find("small.js")->is_worth_packing);
}
END_TEST

START_TEST(other_bytes_have_another_tag_even_with_the_old_date_and_size)
{
    const struct timespec old[] = {{1000, 0}, {1000, 0}};
    const char *path = rs_arena_fmt(&arena, "%s/index.html", top).p;
    const char *tag[2];

    for (size_t i = 0; i < 2; i++) {
        put("new", i == 0 ? "<a>" : "<b>");
        ck_assert_int_eq(rename(rs_arena_fmt(&arena, "%s/new", top).p, path), 0);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
        ck_ok(rs_ui_folder_open(&cx, top, &folder));
        tag[i] = find("index.html")->tag.p;
        rs_ui_folder_close(&folder);
        usleep(20000); /* longer than the clock of the file system ticks */
    }
    ck_assert_str_ne(tag[0], tag[1]);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_not_read)
{
    char byte = 0;

    ck_ok(rs_ui_folder_open(&cx, top, &folder));
    const struct rs_ui_file *file = find("index.html");
    const int fd = rs_ui_folder_read(&folder, file);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, &byte, 1), 1);
    ck_assert_int_eq(byte, '<');
    close(fd);
    put("other", "<p>");
    ck_assert_int_eq(rename(rs_arena_fmt(&arena, "%s/other", top).p,
                            rs_arena_fmt(&arena, "%s/index.html", top).p),
                     0);
    ck_assert_int_eq(rs_ui_folder_read(&folder, file), -1);
    ck_assert_int_eq(errno, ESTALE);
}
END_TEST

START_TEST(a_folder_that_became_a_link_leads_nowhere)
{
    const char *outside = folder_path(&arena, "outside");

    close(put_file(outside, "js/main.js", RS_STR("2;")));
    ck_ok(rs_ui_folder_open(&cx, top, &folder));
    const struct rs_ui_file *file = find("static/js/main.js");
    ck_assert_int_eq(
        rename(rs_arena_fmt(&arena, "%s/static", top).p, rs_arena_fmt(&arena, "%s/aside", top).p),
        0);
    ck_assert_int_eq(symlink(outside, rs_arena_fmt(&arena, "%s/static", top).p), 0);
    ck_assert_int_eq(rs_ui_folder_read(&folder, file), -1);
}
END_TEST

START_TEST(what_is_no_build_of_the_ui_is_refused_in_words)
{
    const char *empty = folder_path(&arena, "empty");
    const char *linked = folder_path(&arena, "linked");

    ck_assert_int_eq(mkdir(empty, 0700), 0);
    ck_fails(rs_ui_folder_open(&cx, empty, &folder), RS_INVALID, "index.html");
    rs_ui_folder_close(&folder);
    ck_fails(rs_ui_folder_open(&cx, "/nonexistent", &folder), RS_INVALID, "No such file");
    ck_fails(rs_ui_folder_open(&cx, "/dev/null", &folder), RS_INVALID, "Not a directory");
    ck_assert_int_eq(mkdir(linked, 0700), 0);
    ck_assert_int_eq(symlink("/etc/passwd", rs_arena_fmt(&arena, "%s/index.html", linked).p), 0);
    ck_fails(rs_ui_folder_open(&cx, linked, &folder), RS_INVALID, "index.html");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, only_regular_files_below_the_folder_are_listed);
    tcase_add_test(t, another_spelling_of_a_name_is_none);
    tcase_add_test(t, a_file_has_its_type_and_text_of_a_kilobyte_is_packed);
    tcase_add_test(t, other_bytes_have_another_tag_even_with_the_old_date_and_size);
    tcase_add_test(t, a_file_that_was_replaced_is_not_read);
    tcase_add_test(t, a_folder_that_became_a_link_leads_nowhere);
    tcase_add_test(t, what_is_no_build_of_the_ui_is_refused_in_words);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "ui/folder", .open = open_all, .close = close_all, .add = add});
}
