/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest: what is written comes back, and nothing else passes for it. */
#include "upkeep/manifest.h"

#include "support/trial.h"
#include "upkeep/folder.h"

#include <stdio.h>
#include <stdlib.h>

static const char *folder;
static const struct rs_manifest sample = {.format = 1,
                                          .program = RS_STR_INIT("1.2"),
                                          .created = RS_STR_INIT("2026-01-02T03:04:05Z"),
                                          .schema = RS_STR_INIT("0001-tracking"),
                                          .database = RS_STR_INIT("runestone-ab.db"),
                                          .database_bytes = INT64_MAX,
                                          .database_sha256 = RS_STR_INIT("00ff"),
                                          .blobs = 3,
                                          .blob_bytes = 12,
                                          .missing = 1};

static void open_all(void)
{
    folder = folder_path(&arena, "backup");
    ck_ok(rs_folder_make(&cx, folder));
}

static const char *manifest_path(void)
{
    return rs_folder_path(&arena, folder, "manifest");
}

/* The text of the manifest, with a NUL behind it. */
static char *read_text(size_t *n)
{
    char *text = rs_arena_alloc(&arena, 1, 8192);
    FILE *f = fopen(manifest_path(), "re");

    ck_assert_ptr_nonnull(f);
    *n = fread(text, 1, 8191, f);
    fclose(f);
    return text;
}

START_TEST(what_was_put_comes_back)
{
    struct rs_manifest m;
    bool empty = true;

    ck_fails(rs_manifest_get(&cx, folder, &m), RS_NOT_FOUND, "no finished backup");
    ck_ok(rs_manifest_put(&cx, folder, &sample));
    ck_ok(rs_manifest_get(&cx, folder, &m));
    ck_assert(rs_str_eq(m.program, sample.program) && rs_str_eq(m.created, sample.created) &&
              rs_str_eq(m.schema, sample.schema) && rs_str_eq(m.database, sample.database) &&
              rs_str_eq(m.database_sha256, sample.database_sha256));
    ck_assert_int_eq(m.database_bytes, INT64_MAX);
    ck_assert_int_eq(m.blobs, 3);
    ck_assert_int_eq(m.blob_bytes, 12);
    ck_assert_int_eq(m.missing, 1);
    ck_assert(!rs_path_exists(rs_folder_path(&arena, folder, "manifest.new")));
    ck_ok(rs_folder_is_empty(&cx, folder, &empty));
    ck_assert(!empty);
}
END_TEST

START_TEST(no_byte_of_it_can_be_changed_or_left_out)
{
    struct rs_manifest m;
    size_t n = 0;

    ck_ok(rs_manifest_put(&cx, folder, &sample));
    char *text = read_text(&n);
    for (size_t i = 0; i < n; i++) {
        text[i] ^= 1;
        ck_ok(rs_file_write(&cx, manifest_path(), (struct rs_str){text, n}));
        const enum rs_code code = rs_manifest_get(&cx, folder, &m);
        ck_assert_msg(code == RS_CORRUPT || code == RS_INVALID, "byte %zu: %s", i,
                      rs_code_name(code));
        rs_cx_clear(&cx);
        text[i] ^= 1;
        ck_ok(rs_file_write(&cx, manifest_path(), (struct rs_str){text, i}));
        ck_fails(rs_manifest_get(&cx, folder, &m), RS_CORRUPT, "damaged");
    }
}
END_TEST

START_TEST(one_of_a_newer_program_and_one_that_leads_out_are_refused)
{
    struct rs_manifest m = sample;

    m.format = 2;
    ck_ok(rs_manifest_put(&cx, folder, &m));
    ck_fails(rs_manifest_get(&cx, folder, &m), RS_INVALID, "newer version");
    m = sample;
    m.database = RS_STR("../other.db");
    ck_ok(rs_manifest_put(&cx, folder, &m));
    ck_fails(rs_manifest_get(&cx, folder, &m), RS_CORRUPT, "damaged");
}
END_TEST

START_TEST(a_folder_that_is_not_there_cannot_take_one)
{
    ck_fails(rs_manifest_put(&cx, "/nonexistent", &sample), RS_NOT_FOUND,
             "could not make the file");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, what_was_put_comes_back);
    tcase_add_test(t, no_byte_of_it_can_be_changed_or_left_out);
    tcase_add_test(t, one_of_a_newer_program_and_one_that_leads_out_are_refused);
    tcase_add_test(t, a_folder_that_is_not_there_cannot_take_one);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "upkeep/manifest", .open = open_all, .close = close_context, .add = add});
}
