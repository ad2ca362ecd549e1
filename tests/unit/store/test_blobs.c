/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs one by one: their order, their verdicts, and the indexes that find them. */
#include "store/blob.h"

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

/* Names a blob, whose digest is its key, from a moment on. */
static void put(const char *key, int64_t at_ms)
{
    struct rs_artifact_path path;
    const struct rs_artifact_entry file = {
        .last_update_time = at_ms,
        .blob = {.key = rs_str_of(key), .sha256 = rs_str_of(key), .size = 5}};
    bool is_new = false;

    ck_ok(rs_artifact_path_parse(cx, rs_arena_fmt(cx->arena, "d/%s", key), &path));
    ck_ok(rs_store_artifact_put(cx, store, &path, &file, &is_new));
    ck_assert(is_new);
}

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    put("a", 3000);
    put("b", 1000);
    put("c", 2000);
}

/* The keys of a list, one after the other. */
static const char *keys_of(const struct rs_blob_rows *rows)
{
    struct rs_str text = RS_STR("");

    for (size_t i = 0; i < rows->n; i++) {
        text = rs_arena_fmt(cx->arena, RS_FMT RS_FMT, RS_ARG(text), RS_ARG(rows->p[i].key));
    }
    return text.p;
}

static struct rs_blob_row row_of(const char *key)
{
    struct rs_blob_row row = {0};
    bool found = false;

    ck_ok(rs_store_blob_find(cx, store, rs_str_of(key), &row, &found));
    ck_assert(found);
    return row;
}

static bool judge(int64_t id, const char *key, enum rs_blob_is is, int64_t at_ms)
{
    struct rs_blob_verdict v = {.id = id, .key = rs_str_of(key), .checked_ms = at_ms};
    bool changed = false;

    v.is = is;
    ck_ok(rs_store_blob_judge(cx, store, &v, &changed));
    return changed;
}

START_TEST(a_page_begins_behind_the_one_before)
{
    struct rs_blob_rows rows;
    int64_t n = 0;
    int64_t bytes = 0;

    ck_ok(rs_store_blobs_list(cx, store, 0, 2, &rows));
    ck_assert_str_eq(keys_of(&rows), "ab");
    ck_ok(rs_store_blobs_list(cx, store, rows.p[1].id, 2, &rows));
    ck_assert_str_eq(keys_of(&rows), "c");
    ck_ok(rs_store_blobs_sum(cx, store, &n, &bytes));
    ck_assert_int_eq(n, 3);
    ck_assert_int_eq(bytes, 15);
}
END_TEST

START_TEST(what_was_compared_longest_ago_is_due_first)
{
    struct rs_blob_rows rows;

    ck_ok(rs_store_blobs_due(cx, store, 2000, 9, &rows));
    ck_assert_str_eq(keys_of(&rows), "bc");
    ck_assert(judge(row_of("b").id, "b", RS_BLOB_GOOD, 2500));
    ck_ok(rs_store_blobs_due(cx, store, 9000, 9, &rows));
    ck_assert_str_eq(keys_of(&rows), "cba");
    ck_ok(rs_store_blobs_due(cx, store, 9000, 1, &rows));
    ck_assert_str_eq(keys_of(&rows), "c");
}
END_TEST

START_TEST(what_could_not_be_read_keeps_its_state)
{
    struct rs_blob_rows rows;
    const int64_t id = row_of("a").id;

    ck_assert(judge(id, "a", RS_BLOB_CORRUPT, 1));
    ck_assert(row_of("a").is_corrupt);
    ck_assert(judge(id, "a", RS_BLOB_UNREAD, 2));
    ck_assert(row_of("a").is_corrupt);
    ck_ok(rs_store_blobs_corrupt(cx, store, 0, 9, &rows));
    ck_assert_str_eq(keys_of(&rows), "a");
    ck_ok(rs_store_blobs_corrupt(cx, store, id, 9, &rows));
    ck_assert_uint_eq(rows.n, 0);
    ck_assert(judge(id, "a", RS_BLOB_GOOD, 3));
    ck_assert(!row_of("a").is_corrupt);
}
END_TEST

START_TEST(other_bytes_in_its_place_are_good_until_they_are_compared)
{
    const int64_t id = row_of("a").id;

    ck_assert(judge(id, "a", RS_BLOB_CORRUPT, 1));
    ck_ok(rs_store_blob_replace(cx, store, id, RS_STR("new"), 4000));
    ck_text(row_of("a").key, "new");
    ck_assert(!row_of("a").is_corrupt);
    ck_assert(!judge(id, "a", RS_BLOB_CORRUPT, 5000));
    ck_assert(!row_of("a").is_corrupt);
}
END_TEST

START_TEST(paths_of_a_blob_are_told_up_to_a_number)
{
    struct rs_strs paths;

    ck_ok(rs_store_blob_paths(cx, store, row_of("b").id, 3, &paths));
    ck_assert_uint_eq(paths.n, 1);
    ck_text(paths.p[0], "d/b");
}
END_TEST

START_TEST(looking_for_work_scans_no_table)
{
    struct rs_blob_rows rows;
    int64_t n = 0;

    ck_ok(rs_store_blobs_due(cx, store, 2000, 9, &rows));
    ck_ok(rs_store_blobs_corrupt(cx, store, 0, 9, &rows));
    ck_ok(rs_store_blobs_count_corrupt(cx, store, &n));
    ck_assert_ptr_nonnull(strstr(scratch_plan("checked_at <= "), "blob_by_check"));
    ck_assert_ptr_nonnull(strstr(scratch_plan("state <> 0 AND id > "), "blob_corrupt"));
    ck_assert_ptr_nonnull(strstr(scratch_plan("count(*) FROM blob WHERE state"), "blob_corrupt"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_page_begins_behind_the_one_before);
    tcase_add_test(t, what_was_compared_longest_ago_is_due_first);
    tcase_add_test(t, what_could_not_be_read_keeps_its_state);
    tcase_add_test(t, other_bytes_in_its_place_are_good_until_they_are_compared);
    tcase_add_test(t, paths_of_a_blob_are_told_up_to_a_number);
    tcase_add_test(t, looking_for_work_scans_no_table);
}

int main(void)
{
    return scratch_main("store/blobs", open_all, add);
}
