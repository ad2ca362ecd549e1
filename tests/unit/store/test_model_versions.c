/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models as rows: numbers, stages, tags, and what is read of them. */
#include "store/model_version.h"

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;
static struct rs_registered_model_ref iris;

static struct rs_registered_model_ref make(const char *name)
{
    struct rs_registered_model_ref m = {.name = rs_str_of(name), .creation_time = 1};

    ck_ok(rs_store_registered_model_create(cx, store, &m));
    return m;
}

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    iris = make("iris");
}

static struct rs_model_version_row add_to(int64_t model)
{
    struct rs_model_version_row v = {.model = model,
                                     .description = RS_STR("about"),
                                     .source = RS_STR("s3://b/m"),
                                     .storage_location = RS_STR("s3://b/n"),
                                     .run_id = RS_STR("r"),
                                     .run_link = RS_STR("link"),
                                     .model_id = RS_STR("m-1"),
                                     .creation_time = 50};

    ck_ok(rs_store_model_version_create(cx, store, &v));
    return v;
}

static struct rs_model_version_row find(int64_t version)
{
    struct rs_model_version_row out;

    ck_ok(rs_store_model_version_find(cx, store, &iris, version, &out));
    return out;
}

static void set_stage(int64_t version, enum rs_model_stage stage)
{
    ck_ok(rs_store_model_version_set_stage(cx, store, find(version).id, stage, 60));
}

static struct rs_version_numbers in_stage(int64_t model, enum rs_model_stage stage)
{
    struct rs_version_numbers out;

    ck_ok(rs_store_model_versions_in_stage(cx, store, model, stage, &out));
    return out;
}

static struct rs_str put_tag(int64_t id, const char *key, const char *value)
{
    const struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};
    struct rs_str before;

    ck_ok(rs_store_model_version_tag_put(cx, store, id, &tag, &before));
    return before;
}

static struct rs_list tags_of(int64_t id)
{
    struct rs_list tags;

    ck_ok(rs_store_model_version_tags(cx, store, id, &tags));
    return tags;
}

START_TEST(a_version_comes_back_as_it_was_made)
{
    const struct rs_model_version_row made = add_to(iris.id);
    const struct rs_model_version_row v = find(1);

    ck_assert_int_eq(made.version, 1);
    ck_assert_int_eq(v.id, made.id);
    ck_assert_int_eq(v.model, iris.id);
    ck_assert_int_eq(v.stage, RS_MODEL_STAGE_NONE);
    ck_assert(!v.is_prompt);
    ck_text(v.description, "about");
    ck_text(v.source, "s3://b/m");
    ck_text(v.storage_location, "s3://b/n");
    ck_text(v.run_id, "r");
    ck_text(v.run_link, "link");
    ck_text(v.model_id, "m-1");
    ck_assert_int_eq(v.creation_time, 50);
    ck_assert_int_eq(v.last_update_time, 50);
    ck_assert_int_eq(
        scratch_number("SELECT last_update_time FROM registered_model WHERE name = 'iris'"), 50);
}
END_TEST

START_TEST(what_is_absent_is_empty)
{
    struct rs_model_version_row v = {.model = iris.id, .creation_time = 1};

    ck_ok(rs_store_model_version_create(cx, store, &v));
    const struct rs_model_version_row got = find(1);
    const struct rs_str texts[] = {got.description, got.source,   got.storage_location,
                                   got.run_id,      got.run_link, got.model_id};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ck_assert_uint_eq(texts[i].n, 0);
    }
}
END_TEST

START_TEST(a_version_that_is_not_there_is_named)
{
    struct rs_model_version_row out;

    (void)add_to(make("rose").id);
    ck_fails(rs_store_model_version_find(cx, store, &iris, 1, &out), RS_NOT_FOUND,
             "Model Version (name=iris, version=1) not found");
    ck_fails(rs_store_model_version_find(cx, store, &iris, -1, &out), RS_NOT_FOUND, "version=-1");
}
END_TEST

START_TEST(a_number_is_never_given_out_again)
{
    ck_assert_int_eq(add_to(iris.id).version, 1);
    ck_assert_int_eq(add_to(iris.id).version, 2);
    ck_ok(rs_store_model_version_delete(cx, store, find(2).id));
    ck_ok(rs_store_model_version_delete(cx, store, find(1).id));
    ck_assert_int_eq(add_to(iris.id).version, 3);
    ck_assert_int_eq(add_to(make("rose").id).version, 1);
}
END_TEST

START_TEST(a_change_is_of_one_version)
{
    (void)add_to(iris.id);
    (void)add_to(iris.id);
    ck_ok(rs_store_model_version_describe(cx, store, find(2).id, RS_STR("new"), 70));
    ck_text(find(2).description, "new");
    ck_assert_int_eq(find(2).last_update_time, 70);
    ck_text(find(1).description, "about");
    ck_ok(rs_store_model_version_describe(cx, store, find(2).id, (struct rs_str){0}, 71));
    ck_text(find(2).description, "");
    set_stage(2, RS_MODEL_STAGE_STAGING);
    ck_assert_int_eq(find(2).stage, RS_MODEL_STAGE_STAGING);
    ck_assert_int_eq(find(2).last_update_time, 60);
    ck_assert_int_eq(find(1).stage, RS_MODEL_STAGE_NONE);
    ck_assert_int_eq(find(1).last_update_time, 50);
}
END_TEST

START_TEST(stages_have_their_versions)
{
    const struct rs_registered_model_ref rose = make("rose");
    int64_t ids[RS_N_MODEL_STAGES];
    struct rs_version_numbers all;

    for (int i = 0; i < 12; i++) {
        (void)add_to(iris.id);
    }
    (void)add_to(rose.id);
    set_stage(2, RS_MODEL_STAGE_PRODUCTION);
    set_stage(10, RS_MODEL_STAGE_PRODUCTION);
    set_stage(12, RS_MODEL_STAGE_ARCHIVED);
    const struct rs_version_numbers in = in_stage(iris.id, RS_MODEL_STAGE_PRODUCTION);
    ck_assert_uint_eq(in.n, 2);
    ck_assert_int_eq(in.p[0], 2);
    ck_assert_int_eq(in.p[1], 10); /* by number, not by text */
    ck_assert_uint_eq(in_stage(iris.id, RS_MODEL_STAGE_STAGING).n, 0);
    ck_assert_uint_eq(in_stage(rose.id, RS_MODEL_STAGE_PRODUCTION).n, 0);
    ck_ok(rs_store_model_versions_of(cx, store, iris.id, &all));
    ck_assert_uint_eq(all.n, 12);
    ck_assert_int_eq(all.p[11], 12);
    ck_ok(rs_store_model_versions_newest(cx, store, iris.id, ids));
    ck_assert_int_eq(ids[RS_MODEL_STAGE_NONE], find(11).id);
    ck_assert_int_eq(ids[RS_MODEL_STAGE_STAGING], 0);
    ck_assert_int_eq(ids[RS_MODEL_STAGE_PRODUCTION], find(10).id);
    ck_assert_int_eq(ids[RS_MODEL_STAGE_ARCHIVED], find(12).id);
    ck_ok(rs_store_model_versions_of(cx, store, iris.id + 100, &all));
    ck_assert_uint_eq(all.n, 0);
}
END_TEST

START_TEST(a_tag_says_what_it_was_before)
{
    const int64_t first = add_to(iris.id).id;
    const int64_t second = add_to(iris.id).id;
    struct rs_str before;

    ck_assert_ptr_null(put_tag(first, "k", "1").p);
    ck_text(put_tag(first, "k", ""), "1");
    ck_text(put_tag(first, "k", "2"), "");
    ck_assert_ptr_null(put_tag(second, "k", "3").p);
    ck_assert_uint_eq(tags_of(first).n, 1);
    ck_text(((const struct rs_tag *)tags_of(first).p)->value, "2");
    ck_ok(rs_store_model_version_tag_delete(cx, store, first, RS_STR("k"), &before));
    ck_text(before, "2");
    ck_ok(rs_store_model_version_tag_delete(cx, store, first, RS_STR("k"), &before));
    ck_assert_ptr_null(before.p);
    ck_assert_uint_eq(tags_of(first).n, 0);
    ck_assert_uint_eq(tags_of(second).n, 1);
    ck_ok(rs_store_model_version_delete(cx, store, second));
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM model_version_tag"), 0);
}
END_TEST

START_TEST(one_tag_makes_a_prompt_of_a_version)
{
    const int64_t id = add_to(iris.id).id;
    struct rs_str before;

    (void)put_tag(id, "mlflow.prompt.is_prompt", "True");
    ck_assert(find(1).is_prompt);
    ck_ok(rs_store_model_version_tag_delete(cx, store, id, RS_STR("mlflow.prompt.is_prompt"),
                                            &before));
    ck_text(before, "True");
    ck_assert(!find(1).is_prompt);
}
END_TEST

START_TEST(a_version_is_loaded_with_its_own_aliases_only_when_whole)
{
    int64_t ids[2];
    struct rs_model_version out[2];

    ids[1] = add_to(iris.id).id;
    ids[0] = add_to(iris.id).id;
    (void)put_tag(ids[0], "k", "v");
    ck_ok(rs_store_alias_put(cx, store, iris.id, RS_STR("b"), 2));
    ck_ok(rs_store_alias_put(cx, store, iris.id, RS_STR("a"), 2));
    ck_ok(rs_store_alias_put(cx, store, make("rose").id, RS_STR("c"), 2));
    ck_ok(rs_store_model_versions_load(cx, store, ids, 2, out));
    ck_text(out[0].version, "2");
    ck_text(out[1].version, "1");
    ck_text(out[0].name, "iris");
    ck_text(out[0].current_stage, "None");
    ck_assert_uint_eq(out[0].tags.n, 1);
    ck_assert_uint_eq(out[1].tags.n, 0);
    ck_assert_uint_eq(out[0].aliases.n, 0);
    ck_ok(rs_store_model_versions_load_whole(cx, store, ids, 2, out));
    ck_assert_uint_eq(out[0].aliases.n, 2);
    ck_text(out[0].aliases.p[0], "a");
    ck_assert_uint_eq(out[1].aliases.n, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_version_comes_back_as_it_was_made);
    tcase_add_test(t, what_is_absent_is_empty);
    tcase_add_test(t, a_version_that_is_not_there_is_named);
    tcase_add_test(t, a_number_is_never_given_out_again);
    tcase_add_test(t, a_change_is_of_one_version);
    tcase_add_test(t, stages_have_their_versions);
    tcase_add_test(t, a_tag_says_what_it_was_before);
    tcase_add_test(t, one_tag_makes_a_prompt_of_a_version);
    tcase_add_test(t, a_version_is_loaded_with_its_own_aliases_only_when_whole);
}

int main(void)
{
    return scratch_main("store/model_versions", open_all, add);
}
