/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of logged models: names, what a deleted one still allows, what may be repeated. */
#include "service/logged_models.h"

#include "base/clock.h"
#include "model/limits.h"
#include "service/experiments.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static enum rs_code create(struct rs_logged_model_draft draft, struct rs_logged_model *out)
{
    return rs_logged_model_create(cx, store, &draft, out);
}

/* A model in experiment 0; its id. */
static struct rs_str make(void)
{
    struct rs_logged_model m;

    ck_ok(create((struct rs_logged_model_draft){.experiment_id = RS_STR("0")}, &m));
    return ((const struct rs_logged_model_info *)m.info.p)->model_id;
}

static const struct rs_logged_model_info *get(struct rs_str id, bool allow_deleted)
{
    struct rs_logged_model m;

    ck_ok(rs_logged_model_get(cx, store, id, allow_deleted, &m));
    return m.info.p;
}

static enum rs_code set_tag(struct rs_str id, const char *key, const char *value)
{
    struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};
    const struct rs_list list = RS_LIST(&tag, 1);

    return rs_logged_model_set_tags(cx, store, id, &list);
}

static enum rs_code log_param(struct rs_str id, const char *key, const char *value)
{
    struct rs_param param = {rs_str_of(key), rs_str_of(value)};
    const struct rs_list list = RS_LIST(&param, 1);

    return rs_logged_model_log_params(cx, store, id, &list);
}

START_TEST(a_new_model_comes_back_whole)
{
    const int64_t before = rs_clock_wall_ms();
    struct rs_param params[] = {{RS_STR("lr"), RS_STR("0.1")}};
    struct rs_tag tags[] = {{RS_STR("team"), RS_STR("a")}};
    struct rs_logged_model m;

    ck_ok(create((struct rs_logged_model_draft){.experiment_id = RS_STR("0"),
                                                .name = RS_STR("net"),
                                                .model_type = RS_STR("Agent"),
                                                .source_run_id = RS_STR("r1"),
                                                .params = RS_LIST(params, 1),
                                                .tags = RS_LIST(tags, 1)},
                 &m));
    const struct rs_logged_model_info *info = m.info.p;
    const struct rs_logged_model_data *data = m.data.p;
    ck_text(info->name, "net");
    ck_text(info->model_type, "Agent");
    ck_text(info->source_run_id, "r1");
    ck_assert_int_eq(info->status.v, RS_LOGGED_MODEL_PENDING);
    ck_assert_uint_eq(info->tags.n, 1);
    ck_assert_uint_eq(data->params.n, 1);
    ck_assert_uint_eq(info->model_id.n, 34);
    ck_assert(rs_str_starts(info->model_id, RS_STR("m-")));
    ck_assert_int_ge(info->creation_timestamp_ms, before);
    ck_assert_int_le(info->creation_timestamp_ms, rs_clock_wall_ms());
}
END_TEST

START_TEST(a_model_without_a_name_gets_one_that_is_allowed)
{
    const struct rs_logged_model_info *a = get(make(), false);
    const struct rs_logged_model_info *b = get(make(), false);

    ck_ok(rs_logged_model_name_check(cx, a->name));
    ck_assert(!rs_str_eq(a->model_id, b->model_id));
}
END_TEST

START_TEST(a_name_with_a_mark_of_uris_is_refused)
{
    static const char *const names[] = {"a/b", "a:b", "a.b", "a%b", "a\"b", "a'b"};
    struct rs_logged_model m;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_fails(create((struct rs_logged_model_draft){.experiment_id = RS_STR("0"),
                                                       .name = rs_str_of(names[i])},
                        &m),
                 RS_INVALID, "Invalid model name");
    }
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM logged_model"), 0);
}
END_TEST

START_TEST(two_models_may_have_one_name)
{
    struct rs_logged_model m;

    for (int i = 0; i < 2; i++) {
        ck_ok(create(
            (struct rs_logged_model_draft){.experiment_id = RS_STR("0"), .name = RS_STR("net")},
            &m));
    }
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM logged_model WHERE name = 'net'"), 2);
}
END_TEST

START_TEST(a_model_belongs_to_an_experiment_that_is_there_and_active)
{
    struct rs_logged_model m;
    const int64_t id = scratch_experiment("gone");
    const struct rs_str text = rs_arena_fmt(cx->arena, "%lld", (long long)id);

    ck_fails(create((struct rs_logged_model_draft){.experiment_id = RS_STR("777")}, &m),
             RS_NOT_FOUND, "777");
    ck_fails(create((struct rs_logged_model_draft){.experiment_id = RS_STR("x")}, &m), RS_INVALID,
             "'x'");
    ck_ok(rs_experiment_delete(cx, store, text));
    ck_fails(create((struct rs_logged_model_draft){.experiment_id = text}, &m), RS_INVALID,
             "active");
}
END_TEST

START_TEST(a_model_is_finalized_also_more_than_once)
{
    const struct rs_str id = make();
    struct rs_logged_model m;

    for (int i = 0; i < 2; i++) {
        ck_ok(rs_logged_model_finalize(cx, store, id, RS_LOGGED_MODEL_READY, &m));
        ck_assert_int_eq(((const struct rs_logged_model_info *)m.info.p)->status.v,
                         RS_LOGGED_MODEL_READY);
    }
    ck_ok(rs_logged_model_finalize(cx, store, id, RS_LOGGED_MODEL_UPLOAD_FAILED, &m));
    ck_assert_int_eq(get(id, false)->status.v, RS_LOGGED_MODEL_UPLOAD_FAILED);
}
END_TEST

START_TEST(a_deleted_model_is_found_only_by_who_asks_for_deleted_ones)
{
    const struct rs_str id = make();
    const char *words = rs_arena_fmt(cx->arena, "Logged model with ID '" RS_FMT "' not found.",
                                     RS_ARG(id))
                            .p;
    struct rs_logged_model m;
    struct rs_str uri;

    ck_ok(rs_logged_model_delete(cx, store, id));
    ck_ok(rs_logged_model_delete(cx, store, id)); /* may be repeated */
    ck_fails(rs_logged_model_get(cx, store, id, false, &m), RS_NOT_FOUND, words);
    ck_text(get(id, true)->model_id, id.p);
    ck_fails(rs_logged_model_finalize(cx, store, id, RS_LOGGED_MODEL_READY, &m), RS_NOT_FOUND,
             words);
    ck_fails(set_tag(id, "a", "b"), RS_NOT_FOUND, words);
    ck_fails(rs_logged_model_delete_tag(cx, store, id, RS_STR("a")), RS_NOT_FOUND, words);
    ck_fails(log_param(id, "a", "b"), RS_NOT_FOUND, words);
    ck_fails(rs_logged_model_artifact_uri(cx, store, id, &uri), RS_NOT_FOUND, words);
}
END_TEST

START_TEST(a_model_that_never_was_is_not_found)
{
    struct rs_logged_model m;

    ck_fails(rs_logged_model_get(cx, store, RS_STR("m-0"), true, &m), RS_NOT_FOUND, "'m-0'");
    ck_fails(rs_logged_model_delete(cx, store, RS_STR("m-0")), RS_NOT_FOUND, "'m-0'");
    ck_fails(log_param(RS_STR(""), "a", "b"), RS_NOT_FOUND, "''");
}
END_TEST

START_TEST(tags_change_and_params_do_not)
{
    const struct rs_str id = make();

    ck_ok(set_tag(id, "team", "a"));
    ck_ok(set_tag(id, "team", "b"));
    ck_text(((const struct rs_tag *)get(id, false)->tags.p)->value, "b");
    ck_ok(rs_logged_model_delete_tag(cx, store, id, RS_STR("team")));
    ck_fails(rs_logged_model_delete_tag(cx, store, id, RS_STR("team")), RS_NOT_FOUND,
             "No tag with key 'team'");
    ck_ok(log_param(id, "lr", "1"));
    ck_ok(log_param(id, "lr", "1"));
    ck_fails(log_param(id, "lr", "2"), RS_INVALID, "'lr'");
}
END_TEST

START_TEST(the_files_of_a_model_lie_below_its_experiment)
{
    const struct rs_str id = make();
    struct rs_str uri;

    ck_ok(rs_logged_model_artifact_uri(cx, store, id, &uri));
    ck_text(
        uri,
        rs_arena_fmt(cx->arena, "mlflow-artifacts:/0/models/" RS_FMT "/artifacts", RS_ARG(id)).p);
    ck_text(uri, get(id, false)->artifact_uri.p);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_new_model_comes_back_whole);
    tcase_add_test(t, a_model_without_a_name_gets_one_that_is_allowed);
    tcase_add_test(t, a_name_with_a_mark_of_uris_is_refused);
    tcase_add_test(t, two_models_may_have_one_name);
    tcase_add_test(t, a_model_belongs_to_an_experiment_that_is_there_and_active);
    tcase_add_test(t, a_model_is_finalized_also_more_than_once);
    tcase_add_test(t, a_deleted_model_is_found_only_by_who_asks_for_deleted_ones);
    tcase_add_test(t, a_model_that_never_was_is_not_found);
    tcase_add_test(t, tags_change_and_params_do_not);
    tcase_add_test(t, the_files_of_a_model_lie_below_its_experiment);
}

int main(void)
{
    return scratch_main("service/logged_models", open_all, add);
}
