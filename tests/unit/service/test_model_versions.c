/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models: numbers, stages, tags, and where they may say to come from. */
#include "service/model_versions.h"

#include "service/logged_models.h"
#include "service/registered_models.h"
#include "service/runs.h"
#include "store/event.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    const struct rs_registered_model_draft iris = {.name = RS_STR("iris")};
    struct rs_registered_model out;

    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    ck_ok(rs_registered_model_create(cx, store, &iris, &out));
}

/* What a version of "iris" comes to; NULL is absent. */
static enum rs_code create(const char *source, const char *run_id, const char *model_id,
                           struct rs_model_version *out)
{
    const struct rs_model_version_draft draft = {.name = RS_STR("iris"),
                                                 .source = rs_str_of(source),
                                                 .run_id = rs_str_of(run_id),
                                                 .model_id = rs_str_of(model_id)};
    struct rs_str of;

    return rs_model_version_create(cx, store, &draft, out, &of);
}

static struct rs_model_version add_version(void)
{
    struct rs_model_version out;

    ck_ok(create("s3://bucket/model", NULL, NULL, &out));
    return out;
}

static const char *uri_of(const char *version)
{
    struct rs_str uri;

    ck_ok(rs_model_version_uri(
        cx, store, &(struct rs_version_name){RS_STR("iris"), rs_str_of(version)}, &uri));
    return rs_arena_str(cx->arena, uri).p;
}

static const char *stage_of(const char *version)
{
    struct rs_model_version out;

    ck_ok(rs_model_version_get(
        cx, store, &(struct rs_version_name){RS_STR("iris"), rs_str_of(version)}, &out));
    return rs_arena_str(cx->arena, out.current_stage).p;
}

static enum rs_code move(const char *version, const char *stage, bool archive)
{
    const struct rs_transition t = {
        {RS_STR("iris"), rs_str_of(version)}, rs_str_of(stage), archive};
    struct rs_model_version out;

    return rs_model_version_transition(cx, store, &t, &out);
}

static struct rs_run_info new_run(void)
{
    const struct rs_run_draft draft = {.start_time = 1};
    struct rs_run run;

    ck_ok(rs_run_create(cx, store, &draft, &run));
    return *(const struct rs_run_info *)run.info.p;
}

static struct rs_logged_model_info new_logged_model(const char *run_id)
{
    const struct rs_logged_model_draft draft = {.experiment_id = RS_STR("0"),
                                                .source_run_id = rs_str_of(run_id)};
    struct rs_logged_model model;

    ck_ok(rs_logged_model_create(cx, store, &draft, &model));
    return *(const struct rs_logged_model_info *)model.info.p;
}

static const char *text(struct rs_str s)
{
    return rs_arena_str(cx->arena, s).p;
}

static const char *join(const char *a, const char *b)
{
    return rs_arena_fmt(cx->arena, "%s%s", a, b).p;
}

START_TEST(numbers_rise_and_are_never_used_again)
{
    ck_text(add_version().version, "1");
    ck_text(add_version().version, "2");
    ck_ok(
        rs_model_version_delete(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("2")}));
    const struct rs_model_version third = add_version();
    ck_text(third.version, "3");
    ck_text(third.name, "iris");
    ck_text(third.current_stage, "None");
    ck_text(third.source, "s3://bucket/model");
    ck_text(third.run_id, "");
    ck_assert_int_eq(third.status.v, RS_MODEL_VERSION_READY);
    ck_assert_str_eq(uri_of("3"), "s3://bucket/model");
}
END_TEST

START_TEST(a_version_that_is_not_there_is_named)
{
    struct rs_model_version out;

    ck_fails(rs_model_version_get(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("7")},
                                  &out),
             RS_NOT_FOUND, "Model Version (name=iris, version=7) not found");
    ck_fails(
        rs_model_version_get(cx, store, &(struct rs_version_name){RS_STR("x"), RS_STR("1")}, &out),
        RS_NOT_FOUND, "Model Version (name=x, version=1) not found");
    ck_fails(rs_model_version_get(cx, store,
                                  &(struct rs_version_name){RS_STR("iris"), RS_STR("one")}, &out),
             RS_INVALID, "Parameter 'version' must be an integer, got 'one'.");
}
END_TEST

START_TEST(stages_are_moved_in_any_case_and_archive_only_when_asked)
{
    add_version();
    add_version();
    add_version();
    ck_ok(move("1", "production", false));
    ck_ok(move("2", "PRODUCTION", false));
    ck_assert_str_eq(stage_of("1"), "Production");
    ck_ok(move("3", "Production", true));
    ck_assert_str_eq(stage_of("1"), "Archived");
    ck_assert_str_eq(stage_of("2"), "Archived");
    ck_assert_str_eq(stage_of("3"), "Production");
    ck_ok(move("3", "Production", true));
    ck_assert_str_eq(stage_of("3"), "Production");
}
END_TEST

START_TEST(a_stage_that_cannot_be_is_refused)
{
    add_version();
    ck_fails(move("1", "Foo", false), RS_INVALID,
             "Invalid Model Version stage: Foo. Value must be one of None, Staging, Production, "
             "Archived.");
    ck_fails(move("1", "archived", true), RS_INVALID, "'archived' is not an Active stage");
    ck_fails(move("9", "Staging", false), RS_NOT_FOUND, "version=9");
}
END_TEST

START_TEST(a_deleted_version_loses_its_aliases)
{
    struct rs_model_version out;

    add_version();
    ck_ok(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("a"), RS_STR("1")));
    ck_ok(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("b"), RS_STR("1")));
    ck_ok(rs_model_version_get(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")},
                               &out));
    ck_assert_uint_eq(out.aliases.n, 2);
    ck_text(out.aliases.p[1], "b");
    ck_ok(
        rs_model_version_delete(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")}));
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM model_alias"), 0);
    ck_fails(
        rs_model_version_delete(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")}),
        RS_NOT_FOUND, "");
}
END_TEST

START_TEST(descriptions_and_tags_are_kept)
{
    const struct rs_tag tag = {RS_STR("k"), RS_STR("v")};
    struct rs_model_version out;

    add_version();
    ck_ok(rs_model_version_update(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")},
                                  RS_STR("d"), &out));
    ck_text(out.description, "d");
    ck_ok(rs_model_version_set_tag(cx, store,
                                   &(struct rs_version_name){RS_STR("iris"), RS_STR("1")}, &tag));
    ck_ok(rs_model_version_get(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR(" 01 ")},
                               &out));
    ck_assert_uint_eq(out.tags.n, 1);
    ck_ok(rs_model_version_delete_tag(
        cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")}, RS_STR("k")));
    ck_ok(rs_model_version_delete_tag(
        cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")}, RS_STR("k")));
    ck_ok(rs_model_version_update(cx, store, &(struct rs_version_name){RS_STR("iris"), RS_STR("1")},
                                  (struct rs_str){0}, &out));
    ck_text(out.description, "");
    ck_assert_uint_eq(out.tags.n, 0);
}
END_TEST

START_TEST(a_source_in_a_run_must_be_that_run_s)
{
    const struct rs_run_info run = new_run();
    const struct rs_run_info other = new_run();
    const char *own = text(run.artifact_uri);
    const char *id = text(run.run_id);
    struct rs_model_version out;

    ck_ok(create(own, id, NULL, &out));
    ck_ok(create(join(own, "/model"), id, NULL, &out));
    ck_ok(create(join(join("runs:/", id), "/model"), id, NULL, &out));
    ck_text(out.run_id, id);
    ck_fails(create(join(own, "/model"), text(other.run_id), NULL, &out), RS_INVALID,
             "The run_id request parameter must identify the resource that contains the source.");
    ck_fails(create(join(own, "/model"), NULL, NULL, &out), RS_INVALID, "run_id");
    ck_fails(create(join(own, "/model"), "nobody", NULL, &out), RS_INVALID, "run_id");
    ck_fails(create(join(join("runs:/", id), "/m"), NULL, NULL, &out), RS_INVALID, "run_id");
    ck_fails(create(join(own, "/../x"), id, NULL, &out), RS_INVALID, "absolute path");
}
END_TEST

START_TEST(a_source_in_a_logged_model_must_be_that_one_s)
{
    const struct rs_run_info run = new_run();
    const struct rs_logged_model_info model = new_logged_model(text(run.run_id));
    const char *id = text(model.model_id);
    const char *uri = join("models:/", id);
    struct rs_model_version out;

    ck_ok(create(uri, NULL, id, &out));
    ck_text(out.run_id, text(run.run_id));
    ck_text(out.source, uri);
    ck_assert_str_eq(uri_of("1"), text(model.artifact_uri));
    ck_ok(create(text(model.artifact_uri), NULL, id, &out));
    ck_fails(create(uri, text(run.run_id), NULL, &out), RS_INVALID, "The model_id request");
    ck_fails(create(uri, NULL, "m-other", &out), RS_INVALID, "The model_id request");
    ck_fails(create(join(join("runs:/", text(run.run_id)), "/m"), text(run.run_id), id, &out),
             RS_INVALID, "The model_id request");
    ck_fails(create("s3://b/k", NULL, "m-none", &out), RS_NOT_FOUND, "m-none");
}
END_TEST

START_TEST(a_copy_is_kept_by_the_number_that_it_was)
{
    struct rs_model_version out;

    add_version();
    add_version();
    ck_ok(move("1", "Staging", false));
    ck_ok(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("a"), RS_STR("1")));
    ck_ok(create("models:/iris@a", NULL, NULL, &out));
    ck_text(out.source, "models:/iris/1");
    ck_assert_str_eq(uri_of("3"), "s3://bucket/model");
    ck_ok(create("models:/iris/staging", NULL, NULL, &out));
    ck_text(out.source, "models:/iris/1");
    ck_ok(create("models:/iris/latest", NULL, NULL, &out));
    ck_text(out.source, "models:/iris/4");
    ck_fails(create("models:/iris/99", NULL, NULL, &out), RS_NOT_FOUND, "version=99");
    ck_fails(create("models:/nobody/1", NULL, NULL, &out), RS_NOT_FOUND, "name=nobody");
    ck_fails(create("models:/iris@nobody", NULL, NULL, &out), RS_INVALID, "nobody not found");
    ck_fails(create("models:/iris/1", "another", NULL, &out), RS_INVALID,
             "must match the referenced model version.");
}
END_TEST

static const char *const local_sources[] = {"/etc",        "file:///etc", "//proc/self/root",
                                            "FILE:///etc", "file:/etc",   " file:///etc",
                                            "dummy-source"};

START_TEST(a_local_path_is_refused_whoever_asks)
{
    const struct rs_run_info run = new_run();
    struct rs_model_version out;

    ck_fails(create(local_sources[_i], NULL, NULL, &out), RS_INVALID,
             "To use a local path as a model version source");
    ck_fails(create(local_sources[_i], text(run.run_id), NULL, &out), RS_INVALID,
             "To use a local path as a model version source");
}
END_TEST

START_TEST(a_host_is_not_asked)
{
    struct rs_model_version out;

    ck_fails(create("http://169.254.169.254/latest", NULL, NULL, &out), RS_INVALID,
             "'source' cannot use the 'http' scheme");
    ck_fails(create("mlflow-artifacts://other/x", NULL, NULL, &out), RS_INVALID,
             "'source' cannot use the 'mlflow-artifacts' scheme");
}
END_TEST

START_TEST(a_prompt_s_version_has_a_placeholder_for_a_source)
{
    struct rs_tag tags[] = {{RS_STR("mlflow.prompt.is_prompt"), RS_STR("True")},
                            {RS_STR("mlflow.prompt.text"), RS_STR("Hello {{name}}")}};
    struct rs_model_version_draft draft = {
        .name = RS_STR("iris"), .source = RS_STR("dummy-source"), .tags = RS_LIST(tags, 2)};
    struct rs_model_version out;
    struct rs_str model_id;

    ck_ok(rs_model_version_create(cx, store, &draft, &out, &model_id));
    ck_assert_int_eq(scratch_number("SELECT is_prompt FROM model_version"), 1);
    draft.source = RS_STR("/etc");
    ck_fails(rs_model_version_create(cx, store, &draft, &out, &model_id), RS_INVALID,
             "Invalid prompt source: '/etc'.");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, numbers_rise_and_are_never_used_again);
    tcase_add_test(t, a_version_that_is_not_there_is_named);
    tcase_add_test(t, stages_are_moved_in_any_case_and_archive_only_when_asked);
    tcase_add_test(t, a_stage_that_cannot_be_is_refused);
    tcase_add_test(t, a_deleted_version_loses_its_aliases);
    tcase_add_test(t, descriptions_and_tags_are_kept);
    tcase_add_test(t, a_source_in_a_run_must_be_that_run_s);
    tcase_add_test(t, a_source_in_a_logged_model_must_be_that_one_s);
    tcase_add_test(t, a_copy_is_kept_by_the_number_that_it_was);
    tcase_add_loop_test(t, a_local_path_is_refused_whoever_asks, 0,
                        sizeof local_sources / sizeof local_sources[0]);
    tcase_add_test(t, a_host_is_not_asked);
    tcase_add_test(t, a_prompt_s_version_has_a_placeholder_for_a_source);
}

int main(void)
{
    return scratch_main("service/model_versions", open_all, add);
}
