/* SPDX-License-Identifier: Apache-2.0 */
/* Paths, blobs and multipart uploads as rows. */
#include "store/artifact.h"

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static struct rs_artifact_path path_of(const char *text)
{
    struct rs_artifact_path path;

    ck_ok(rs_artifact_path_parse(cx, rs_str_of(text), &path));
    return path;
}

/* A blob whose digest is its content's name. */
static enum rs_code put(const char *path, const char *key, const char *content, bool *is_new)
{
    const struct rs_artifact_path p = path_of(path);
    const struct rs_artifact_entry file = {
        .last_update_time = 1000,
        .blob = {.key = rs_str_of(key), .sha256 = rs_str_of(content), .size = 5}};

    return rs_store_artifact_put(cx, store, &p, &file, is_new);
}

static void must_put(const char *path, const char *key, const char *content)
{
    bool is_new = false;

    ck_ok(put(path, key, content, &is_new));
}

static bool find(const char *path, struct rs_artifact_entry *out)
{
    const struct rs_artifact_path p = path_of(path);
    bool found = false;

    ck_ok(rs_store_artifact_find(cx, store, &p, out, &found));
    return found;
}

static bool is_there(const char *path)
{
    struct rs_artifact_entry entry;

    return find(path, &entry);
}

static void delete (const char *path, int64_t now_ms)
{
    const struct rs_artifact_path p = path_of(path);

    ck_ok(rs_store_artifact_delete(cx, store, &p, now_ms));
}

/* The names of a folder, folders with a slash, joined by blanks. */
static const char *listed(const char *folder)
{
    struct rs_artifact_entry *entries = NULL;
    struct rs_str text = RS_STR("");
    size_t n = 0;

    ck_ok(rs_store_artifact_list(cx, store, rs_str_of(folder), &entries, &n));
    for (size_t i = 0; i < n; i++) {
        text = rs_arena_fmt(cx->arena, RS_FMT "%s" RS_FMT "%s", RS_ARG(text), i > 0 ? " " : "",
                            RS_ARG(entries[i].name), entries[i].is_dir ? "/" : "");
    }
    return text.p;
}

/* How many blobs that have been unused since before a moment are forgotten. */
static size_t collected(int64_t before_ms)
{
    struct rs_strs keys;

    ck_ok(rs_store_blobs_collect(cx, store, before_ms, 10, &keys));
    return keys.n;
}

START_TEST(a_file_comes_back_as_it_was_named)
{
    struct rs_artifact_entry e;

    must_put("1/r/artifacts/a.txt", "k1", "hello");
    ck_assert(find("1/r/artifacts/a.txt", &e));
    ck_text(e.name, "a.txt");
    ck_assert(!e.is_dir);
    ck_text(e.blob.key, "k1");
    ck_text(e.blob.sha256, "hello");
    ck_assert_int_eq(e.blob.size, 5);
    ck_assert_int_eq(e.last_update_time, 1000);
}
END_TEST

START_TEST(folders_above_a_file_are_made)
{
    struct rs_artifact_entry e;

    must_put("1/r/artifacts/a.txt", "k1", "hello");
    ck_assert_str_eq(listed(""), "1/");
    ck_assert_str_eq(listed("1"), "r/");
    ck_assert_str_eq(listed("1/r"), "artifacts/");
    ck_assert(find("1/r", &e) && e.is_dir);
    ck_assert(find("", &e) && e.is_dir);
    ck_assert(!is_there("1/q"));
    ck_assert_str_eq(listed("1/r/artifacts/a.txt"), "");
}
END_TEST

START_TEST(a_folder_is_listed_one_level_deep_by_name)
{
    must_put("d/b", "k1", "1");
    must_put("d/a/x", "k2", "2");
    must_put("d/c/y/z", "k3", "3");
    must_put("d2/other", "k4", "4");
    must_put("d-", "k5", "5");
    ck_assert_str_eq(listed("d"), "a/ b c/");
}
END_TEST

START_TEST(equal_bytes_are_kept_once)
{
    struct rs_artifact_entry e;
    bool is_new = false;

    ck_ok(put("a", "k1", "same", &is_new));
    ck_assert(is_new);
    ck_ok(put("b", "k2", "same", &is_new));
    ck_assert(!is_new);
    ck_assert(find("b", &e));
    ck_text(e.blob.key, "k1");
    delete ("a", 2000);
    ck_assert_uint_eq(collected(3000), 0);
    ck_assert(find("b", &e));
    delete ("b", 2000);
    ck_assert_uint_eq(collected(3000), 1);
}
END_TEST

START_TEST(a_replaced_file_lets_go_of_its_old_bytes)
{
    bool known = true;

    must_put("a", "k1", "old");
    must_put("a", "k2", "new");
    ck_assert_uint_eq(collected(999), 0);
    ck_assert_uint_eq(collected(1001), 1);
    ck_ok(rs_store_blob_is_known(cx, store, RS_STR("k1"), &known));
    ck_assert(!known);
    ck_ok(rs_store_blob_is_known(cx, store, RS_STR("k2"), &known));
    ck_assert(known);
}
END_TEST

START_TEST(a_file_that_is_put_again_keeps_its_bytes)
{
    bool is_new = true;

    must_put("a", "k1", "same");
    ck_ok(put("a", "k2", "same", &is_new));
    ck_assert(!is_new);
    ck_assert_uint_eq(collected(9000), 0);
}
END_TEST

START_TEST(bytes_that_are_used_again_are_not_collected)
{
    must_put("a", "k1", "same");
    delete ("a", 2000);
    must_put("b", "k2", "same");
    ck_assert_uint_eq(collected(9000), 0);
}
END_TEST

START_TEST(collecting_takes_a_few_at_a_time)
{
    struct rs_strs keys;

    must_put("a", "k1", "1");
    must_put("b", "k2", "2");
    delete ("b", 100);
    delete ("a", 200);
    ck_ok(rs_store_blobs_collect(cx, store, 300, 1, &keys));
    ck_assert_uint_eq(keys.n, 1);
    ck_text(keys.p[0], "k2");
    ck_assert_uint_eq(collected(300), 1);
    ck_assert_uint_eq(collected(300), 0);
}
END_TEST

START_TEST(a_file_and_a_folder_never_take_each_others_place)
{
    bool is_new = false;

    must_put("d/x", "k1", "1");
    ck_fails(put("d", "k2", "2", &is_new), RS_INVALID, "\"d\" is a folder");
    ck_fails(put("d/x/y", "k2", "2", &is_new), RS_INVALID, "is a file");
    ck_fails(put("d/x/y/z", "k2", "2", &is_new), RS_INVALID, "is a file");
}
END_TEST

START_TEST(a_folder_is_deleted_with_all_below_it_and_nothing_else)
{
    must_put("d/a/x", "k1", "1");
    must_put("d/y", "k2", "2");
    must_put("d0", "k3", "3");
    must_put("d/a0/z", "k4", "4");
    must_put("d-/w", "k5", "5");
    must_put("keep", "k6", "1");
    delete ("d/a", 100);
    ck_assert_str_eq(listed("d"), "a0/ y");
    ck_assert_uint_eq(collected(200), 0); /* "keep" has the same bytes */
    delete ("d", 100);
    ck_assert_str_eq(listed(""), "d-/ d0 keep");
    ck_assert(!is_there("d/a0/z"));
    ck_assert_uint_eq(collected(200), 2);
}
END_TEST

START_TEST(deleting_nothing_is_fine)
{
    must_put("d/a", "k1", "1");
    delete ("nobody", 100);
    delete ("d/nobody", 100);
    delete ("d/a/below", 100);
    ck_assert(is_there("d/a"));
}
END_TEST

START_TEST(a_multipart_upload_is_found_until_it_is_forgotten)
{
    struct rs_multipart_row row;
    bool found = false;

    ck_ok(rs_store_multipart_put(cx, store, RS_STR("u1"), RS_STR("1/r/f"), 100));
    ck_ok(rs_store_multipart_find(cx, store, RS_STR("u1"), &row, &found));
    ck_assert(found && !row.is_complete);
    ck_text(row.path, "1/r/f");
    ck_ok(rs_store_multipart_complete(cx, store, RS_STR("u1"), 200));
    ck_ok(rs_store_multipart_find(cx, store, RS_STR("u1"), &row, &found));
    ck_assert(found && row.is_complete);
    ck_ok(rs_store_multipart_delete(cx, store, RS_STR("u1")));
    ck_ok(rs_store_multipart_delete(cx, store, RS_STR("u1")));
    ck_ok(rs_store_multipart_find(cx, store, RS_STR("u1"), &row, &found));
    ck_assert(!found);
}
END_TEST

START_TEST(old_multipart_uploads_are_collected)
{
    struct rs_strs ids;

    ck_ok(rs_store_multipart_put(cx, store, RS_STR("old"), RS_STR("f"), 100));
    ck_ok(rs_store_multipart_put(cx, store, RS_STR("new"), RS_STR("f"), 300));
    ck_ok(rs_store_multiparts_collect(cx, store, 200, &ids));
    ck_assert_uint_eq(ids.n, 1);
    ck_text(ids.p[0], "old");
    ck_ok(rs_store_multiparts_collect(cx, store, 200, &ids));
    ck_assert_uint_eq(ids.n, 0);
}
END_TEST

START_TEST(listing_and_deleting_a_folder_read_a_range_of_the_key)
{
    must_put("d/a", "k1", "1");
    delete ("d", 1);
    ck_assert_str_eq(listed("d"), "");
    ck_assert_ptr_null(strstr(scratch_plan("ORDER BY a.name"), "SCAN"));
    ck_assert_ptr_null(strstr(scratch_plan("ORDER BY a.name"), "TEMP B-TREE"));
    ck_assert_ptr_null(strstr(scratch_plan("DELETE FROM artifact WHERE (folder"), "SCAN"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_file_comes_back_as_it_was_named);
    tcase_add_test(t, folders_above_a_file_are_made);
    tcase_add_test(t, a_folder_is_listed_one_level_deep_by_name);
    tcase_add_test(t, equal_bytes_are_kept_once);
    tcase_add_test(t, a_replaced_file_lets_go_of_its_old_bytes);
    tcase_add_test(t, a_file_that_is_put_again_keeps_its_bytes);
    tcase_add_test(t, bytes_that_are_used_again_are_not_collected);
    tcase_add_test(t, collecting_takes_a_few_at_a_time);
    tcase_add_test(t, a_file_and_a_folder_never_take_each_others_place);
    tcase_add_test(t, a_folder_is_deleted_with_all_below_it_and_nothing_else);
    tcase_add_test(t, deleting_nothing_is_fine);
    tcase_add_test(t, a_multipart_upload_is_found_until_it_is_forgotten);
    tcase_add_test(t, old_multipart_uploads_are_collected);
    tcase_add_test(t, listing_and_deleting_a_folder_read_a_range_of_the_key);
}

int main(void)
{
    return scratch_main("store/artifacts", open_all, add);
}
