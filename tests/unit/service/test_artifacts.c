/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of artifacts and of multipart uploads. */
#include "service/artifacts.h"

#include "model/file_info.h"
#include "service/model_versions.h"
#include "service/multiparts.h"
#include "service/registered_models.h"
#include "store/logged_model.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static const struct rs_artifact_owner OWN = {0};
static const struct rs_artifact_owner RUN = {.kind = RS_OF_RUN, .id = RS_STR_INIT("r1")};
static const struct rs_artifact_owner MODEL = {.kind = RS_OF_MODEL, .id = RS_STR_INIT("m-1")};

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    scratch_run("r1");
}

static int64_t make_model(void)
{
    const struct rs_logged_model_new m = {.model_id = RS_STR("m-1"),
                                          .experiment = RS_EXPERIMENT_DEFAULT,
                                          .name = RS_STR("model"),
                                          .model_type = RS_STR(""),
                                          .source_run_id = RS_STR("")};
    int64_t id = 0;

    ck_ok(rs_store_logged_model_create(cx, store, &m, &id));
    return id;
}

static struct rs_artifact_path path_of(const char *text)
{
    struct rs_artifact_path path;

    ck_ok(rs_artifact_path_parse(cx, rs_str_of(text), &path));
    return path;
}

static struct rs_blob blob_of(const char *digit)
{
    struct rs_blob blob = {.size = 5};

    memset(blob.sha256, digit[0], RS_SHA256_HEX_LEN);
    memset(blob.key, digit[0], RS_BLOB_KEY_LEN);
    return blob;
}

static void put(const char *path, const char *digit)
{
    const struct rs_artifact_path p = path_of(path);
    const struct rs_blob blob = blob_of(digit);
    bool is_new = false;

    ck_ok(rs_artifact_put(cx, store, &p, &blob, &is_new));
}

static enum rs_code resolve(const struct rs_artifact_owner *owner, const char *below,
                            struct rs_artifact_path *out)
{
    return rs_artifact_resolve(cx, store, owner, rs_str_of(below), out);
}

START_TEST(artifacts_of_a_run_and_of_a_model_are_below_their_experiment)
{
    struct rs_artifact_path path;

    make_model();
    ck_ok(resolve(&RUN, "dir/a.txt", &path));
    ck_text(path.path, "0/r1/artifacts/dir/a.txt");
    ck_text(path.base, "a.txt");
    ck_ok(resolve(&RUN, "", &path));
    ck_text(path.path, "0/r1/artifacts");
    ck_ok(resolve(&MODEL, "MLmodel", &path));
    ck_text(path.path, "0/models/m-1/artifacts/MLmodel");
    ck_ok(resolve(&OWN, "x/y", &path));
    ck_text(path.path, "x/y");
}
END_TEST

START_TEST(no_path_leads_out_of_its_owner)
{
    static const char *const paths[] = {"..",    "../x",  "/etc/passwd", "a/../../b", "%2e%2e/x",
                                        "..\\x", "C:\\x", "file:///etc", "a#b",       "./x"};
    struct rs_artifact_path path;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ck_fails(resolve(&RUN, paths[i], &path), RS_INVALID, "Invalid path");
        ck_fails(resolve(&OWN, paths[i], &path), RS_INVALID, "Invalid path");
    }
}
END_TEST

START_TEST(owners_that_are_not_there_are_not_found)
{
    const struct rs_artifact_owner nobody = {.kind = RS_OF_RUN, .id = RS_STR("nobody")};
    struct rs_artifact_path path;

    ck_fails(resolve(&nobody, "x", &path), RS_NOT_FOUND, "Run with id=nobody not found");
    ck_fails(resolve(&MODEL, "x", &path), RS_NOT_FOUND, "Logged model with ID 'm-1' not found.");
    ck_ok(rs_store_logged_model_delete(cx, store, make_model(), 1));
    ck_fails(resolve(&MODEL, "x", &path), RS_NOT_FOUND, "Logged model with ID 'm-1' not found.");
}
END_TEST

/* A version of "iris" that comes from the run "r1". */
static struct rs_artifact_owner version_from(const char *source)
{
    const struct rs_registered_model_draft iris = {.name = RS_STR("iris")};
    const struct rs_model_version_draft draft = {
        .name = iris.name, .source = rs_str_of(source), .run_id = RS_STR("r1")};
    struct rs_registered_model model;
    struct rs_model_version version;
    struct rs_str model_id;

    if (rs_registered_model_create(cx, store, &iris, &model) != RS_OK) {
        rs_cx_clear(cx); /* it is there */
    }
    ck_ok(rs_model_version_create(cx, store, &draft, &version, &model_id));
    return (struct rs_artifact_owner){
        .kind = RS_OF_VERSION, .id = iris.name, .version = version.version};
}

START_TEST(artifacts_of_a_version_are_where_its_source_says)
{
    static const struct {
        const char *source;
        const char *path;
    } cases[] = {
        {"runs:/r1/model", "0/r1/artifacts/model/MLmodel"},
        {"runs:/r1/a//b/", "0/r1/artifacts/a/b/MLmodel"},
        {"runs:/r1/", "0/r1/artifacts/MLmodel"},
        {"runs:/r1", "0/r1/artifacts/MLmodel"},
        {"mlflow-artifacts:/0/r1/artifacts/model", "0/r1/artifacts/model/MLmodel"},
        {"mlflow-artifacts:/0/r1/artifacts/model/", "0/r1/artifacts/model/MLmodel"},
    };
    struct rs_artifact_path path;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_artifact_owner owner = version_from(cases[i].source);

        ck_ok(resolve(&owner, "MLmodel", &path));
        ck_text(path.path, cases[i].path);
        ck_fails(resolve(&owner, "../x", &path), RS_INVALID, "Invalid path");
    }
}
END_TEST

START_TEST(a_version_that_is_not_there_is_not_found)
{
    struct rs_artifact_owner owner = version_from("s3://b/model");
    struct rs_artifact_path path;

    ck_fails(resolve(&owner, "x", &path), RS_INVALID, "not stored by this server");
    owner.version = RS_STR("2");
    ck_fails(resolve(&owner, "x", &path), RS_NOT_FOUND, "version=2");
    owner.version = RS_STR("x");
    ck_fails(resolve(&owner, "x", &path), RS_INVALID, "must be an integer");
    owner = (struct rs_artifact_owner){
        .kind = RS_OF_VERSION, .id = RS_STR("nobody"), .version = RS_STR("1")};
    ck_fails(resolve(&owner, "x", &path), RS_NOT_FOUND, "nobody");
}
END_TEST

/* A run of an experiment whose artifacts are somewhere. */
static struct rs_artifact_owner run_at(const char *location)
{
    static int count;
    const struct rs_str name = rs_arena_fmt(cx->arena, "e%d", count++);
    const struct rs_experiment_new e = {.name = name, .artifact_location = rs_str_of(location)};
    struct rs_run_ref ref;
    int64_t id = 0;

    ck_ok(rs_store_experiment_create(cx, store, &e, &id));
    const struct rs_run_new r = {.run_id = name, .experiment = id, .name = name};
    ck_ok(rs_store_run_create(cx, store, &r, &ref));
    return (struct rs_artifact_owner){.kind = RS_OF_RUN, .id = name};
}

START_TEST(artifacts_elsewhere_are_never_opened_here)
{
    static const char *const locations[] = {"/etc",     "file:///etc",
                                            "s3://b/x", "mlflow-artifacts://host/x",
                                            "relative", "http://127.0.0.1:9/"};

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        const struct rs_artifact_owner owner = run_at(locations[i]);
        struct rs_artifact_path path;

        ck_fails(resolve(&owner, "passwd", &path), RS_INVALID, "not stored by this server");
    }
}
END_TEST

START_TEST(a_location_of_ones_own_below_our_root_is_ours)
{
    const struct rs_artifact_owner owner = run_at("mlflow-artifacts:/team/a/");
    struct rs_artifact_path path;

    ck_ok(resolve(&owner, "x", &path));
    ck_assert(rs_str_starts(path.path, RS_STR("team/a/")));
    ck_assert(!rs_str_starts(path.path, RS_STR("team/a//")));
}
END_TEST

START_TEST(a_listing_names_entries_from_the_prefix_on)
{
    struct rs_list list;

    put("d/a", "a");
    put("d/s/b", "b");
    ck_ok(rs_artifact_list(cx, store, RS_STR("d"), RS_STR("x/y"), &list));
    const struct rs_file_info *f = list.p;
    ck_assert_uint_eq(list.n, 2);
    ck_text(f[0].path, "x/y/a");
    ck_assert(!f[0].is_dir && f[0].file_size.is_set);
    ck_assert_int_eq(f[0].file_size.v, 5);
    ck_text(f[1].path, "x/y/s");
    ck_assert(f[1].is_dir && !f[1].file_size.is_set);
    ck_ok(rs_artifact_list(cx, store, RS_STR("d/s"), RS_STR(""), &list));
    ck_text(((const struct rs_file_info *)list.p)->path, "b");
    ck_ok(rs_artifact_list(cx, store, RS_STR("d/a"), RS_STR(""), &list));
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(a_file_is_got_and_a_folder_is_not)
{
    const struct rs_artifact_path file = path_of("d/a");
    const struct rs_artifact_path folder = path_of("d");
    const struct rs_artifact_path nobody = path_of("d/b");
    struct rs_artifact_file got;

    put("d/a", "a");
    ck_ok(rs_artifact_get(cx, store, &file, &got));
    ck_text(got.name, "a");
    ck_assert_int_eq(got.size, 5);
    ck_fails(rs_artifact_get(cx, store, &folder, &got), RS_INVALID,
             "Artifact path refers to a directory, not a file: 'd'");
    ck_fails(rs_artifact_get(cx, store, &nobody, &got), RS_NOT_FOUND, "No such artifact: 'd/b'");
}
END_TEST

START_TEST(a_whole_experiment_is_not_deleted_as_a_folder)
{
    const struct rs_artifact_path root = path_of("");
    const struct rs_artifact_path experiment = path_of("0");
    const struct rs_artifact_path top = path_of("top.txt");
    struct rs_artifact_file got;

    put("0/r1/artifacts/a", "a");
    put("top.txt", "b");
    ck_fails(rs_artifact_delete(cx, store, &root), RS_INVALID, "could not delete");
    ck_fails(rs_artifact_delete(cx, store, &experiment), RS_INVALID, "could not delete");
    ck_ok(rs_artifact_delete(cx, store, &top));
    ck_fails(rs_artifact_get(cx, store, &top, &got), RS_NOT_FOUND, "top.txt");
}
END_TEST

static struct rs_multipart begin_multipart(const char *path)
{
    const struct rs_multipart m = {RS_STR("u1"), path_of(path)};

    ck_ok(rs_multipart_record(cx, store, &m));
    return m;
}

START_TEST(completing_a_multipart_upload_may_be_repeated)
{
    const struct rs_multipart m = begin_multipart("1/r/f");
    const struct rs_blob blob = blob_of("a");
    const struct rs_blob again = blob_of("b");
    struct rs_artifact_file got;
    bool is_new = false;

    ck_ok(rs_multipart_complete(cx, store, &m, &blob, &is_new));
    ck_assert(is_new);
    ck_ok(rs_multipart_complete(cx, store, &m, &again, &is_new));
    ck_assert(!is_new);
    ck_ok(rs_artifact_get(cx, store, &m.path, &got));
    ck_text(got.key, blob.key);
}
END_TEST

START_TEST(a_multipart_upload_becomes_no_other_path)
{
    const struct rs_multipart other = {begin_multipart("1/r/f").id, path_of("1/r/g")};
    const struct rs_blob blob = blob_of("a");
    bool is_new = false;

    ck_fails(rs_multipart_complete(cx, store, &other, &blob, &is_new), RS_NOT_FOUND, "1/r/g");
    ck_fails(rs_multipart_forget(cx, store, &other), RS_NOT_FOUND, "1/r/g");
}
END_TEST

START_TEST(an_aborted_upload_cannot_be_completed)
{
    const struct rs_multipart m = begin_multipart("1/r/f");
    const struct rs_blob blob = blob_of("a");
    bool is_new = false;

    ck_ok(rs_multipart_forget(cx, store, &m));
    ck_ok(rs_multipart_forget(cx, store, &m));
    ck_fails(rs_multipart_complete(cx, store, &m, &blob, &is_new), RS_NOT_FOUND, "u1");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, artifacts_of_a_run_and_of_a_model_are_below_their_experiment);
    tcase_add_test(t, no_path_leads_out_of_its_owner);
    tcase_add_test(t, owners_that_are_not_there_are_not_found);
    tcase_add_test(t, artifacts_of_a_version_are_where_its_source_says);
    tcase_add_test(t, a_version_that_is_not_there_is_not_found);
    tcase_add_test(t, artifacts_elsewhere_are_never_opened_here);
    tcase_add_test(t, a_location_of_ones_own_below_our_root_is_ours);
    tcase_add_test(t, a_listing_names_entries_from_the_prefix_on);
    tcase_add_test(t, a_file_is_got_and_a_folder_is_not);
    tcase_add_test(t, a_whole_experiment_is_not_deleted_as_a_folder);
    tcase_add_test(t, completing_a_multipart_upload_may_be_repeated);
    tcase_add_test(t, a_multipart_upload_becomes_no_other_path);
    tcase_add_test(t, an_aborted_upload_cannot_be_completed);
}

int main(void)
{
    return scratch_main("service/artifacts", open_all, add);
}
