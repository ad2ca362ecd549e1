/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models, their tags and aliases, and the events of all that. */
#include "service/registered_models.h"

#include "service/model_versions.h"
#include "store/event.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static enum rs_code try_create(const char *name, const char *description, struct rs_list tags,
                               struct rs_registered_model *out)
{
    const struct rs_registered_model_draft draft = {rs_str_of(name), rs_str_of(description), tags};

    return rs_registered_model_create(cx, store, &draft, out);
}

static const struct rs_list no_tags = {NULL, 0};

static void create(const char *name)
{
    struct rs_registered_model out;

    ck_ok(try_create(name, "", no_tags, &out));
}

static struct rs_registered_model get(const char *name)
{
    struct rs_registered_model out;

    ck_ok(rs_registered_model_get(cx, store, rs_str_of(name), &out));
    return out;
}

/* The next version, of bytes that are nobody's of ours. */
static struct rs_model_version add_version(const char *name)
{
    const struct rs_model_version_draft draft = {.name = rs_str_of(name),
                                                 .source = RS_STR("s3://bucket/model")};
    struct rs_model_version out;
    struct rs_str model_id;

    ck_ok(rs_model_version_create(cx, store, &draft, &out, &model_id));
    ck_assert_ptr_null(model_id.p);
    return out;
}

static void set_alias(const char *name, const char *alias, const char *version)
{
    ck_ok(rs_alias_set(cx, store, rs_str_of(name), rs_str_of(alias), rs_str_of(version)));
}

static const char *version_at(const char *name, const char *alias)
{
    struct rs_model_version out;

    ck_ok(rs_alias_get(cx, store, rs_str_of(name), rs_str_of(alias), &out));
    return rs_arena_str(cx->arena, out.version).p;
}

static struct rs_event last_event(void)
{
    const struct rs_event_range range = {.newest_first = true, .limit = 1};
    struct rs_list events;

    ck_ok(rs_store_events_read(cx, store, &range, &events));
    ck_assert_uint_eq(events.n, 1);
    return *(const struct rs_event *)events.p;
}

START_TEST(a_model_comes_back_as_it_was_made)
{
    struct rs_tag tags[] = {
        {RS_STR("b"), RS_STR("1")}, {RS_STR("a"), RS_STR("2")}, {RS_STR("b"), RS_STR("3")}};
    struct rs_registered_model made;

    ck_ok(try_create("iris", "flowers", RS_LIST(tags, 3), &made));
    const struct rs_registered_model out = get("iris");
    const struct rs_tag *tag = out.tags.p;
    ck_text(out.name, "iris");
    ck_text(out.description, "flowers");
    ck_assert_int_eq(out.creation_timestamp, made.creation_timestamp);
    ck_assert_uint_eq(out.tags.n, 2);
    ck_text(tag[0].key, "a");
    ck_text(tag[1].value, "3");
    ck_text(last_event().kind, "registered_model.created");
    ck_text(last_event().subject, "models/iris");
}
END_TEST

START_TEST(a_name_is_taken_once_and_by_one_kind)
{
    struct rs_tag tag = {RS_STR("mlflow.prompt.is_prompt"), RS_STR("true")};
    const struct rs_list prompt = RS_LIST(&tag, 1);
    struct rs_registered_model out;

    create("iris");
    ck_fails(try_create("iris", "", no_tags, &out), RS_EXISTS,
             "Registered Model (name=iris) already exists.");
    ck_fails(try_create("iris", "", prompt, &out), RS_EXISTS,
             "Tried to create a prompt with name 'iris', but the name is already taken "
             "by a registered model.");
    ck_ok(try_create("p", "", prompt, &out));
    ck_fails(try_create("p", "", prompt, &out), RS_EXISTS, "Prompt (name=p) already exists.");
}
END_TEST

START_TEST(a_name_that_is_none_is_refused)
{
    struct rs_registered_model out;

    ck_fails(try_create("  ", "", no_tags, &out), RS_INVALID,
             "Missing value for required parameter 'name'.");
    ck_fails(try_create("a/b", "", no_tags, &out), RS_INVALID,
             "Invalid model name 'a/b'. Names cannot contain '/' or ':'.");
    ck_fails(try_create("..", "", no_tags, &out), RS_INVALID, "This name would resolve to '..'");
    ck_fails(rs_registered_model_get(cx, store, RS_STR("x"), &out), RS_NOT_FOUND,
             "Registered Model with name=x not found");
}
END_TEST

START_TEST(a_description_can_be_changed_and_cleared)
{
    struct rs_registered_model out;

    create("iris");
    ck_ok(rs_registered_model_update(cx, store, RS_STR("iris"), RS_STR("new"), &out));
    ck_text(out.description, "new");
    ck_text(last_event().after, "description=new");
    ck_ok(rs_registered_model_update(cx, store, RS_STR("iris"), (struct rs_str){0}, &out));
    ck_assert_ptr_null(out.description.p);
    ck_text(last_event().before, "description=new");
    const int64_t seq = last_event().seq;
    ck_ok(rs_registered_model_update(cx, store, RS_STR("iris"), RS_STR(""), &out));
    ck_assert_int_eq(last_event().seq, seq);
}
END_TEST

START_TEST(a_renamed_model_keeps_versions_aliases_and_row)
{
    struct rs_registered_model out;

    create("iris");
    add_version("iris");
    set_alias("iris", "champion", "1");
    const int64_t row = last_event().model;
    ck_ok(rs_registered_model_rename(cx, store, RS_STR("iris"), RS_STR("flower"), &out));
    ck_text(out.name, "flower");
    ck_assert_str_eq(version_at("flower", "champion"), "1");
    ck_assert_int_eq(last_event().model, row);
    ck_fails(rs_registered_model_get(cx, store, RS_STR("iris"), &out), RS_NOT_FOUND, "iris");
    create("iris");
    ck_fails(rs_registered_model_rename(cx, store, RS_STR("flower"), RS_STR("iris"), &out),
             RS_EXISTS, "Registered Model (name=iris) already exists.");
    ck_ok(rs_registered_model_rename(cx, store, RS_STR("flower"), RS_STR("flower"), &out));
}
END_TEST

START_TEST(a_deleted_model_takes_all_with_it_in_one_group)
{
    const struct rs_event_range all = {.limit = 100};
    struct rs_list events;

    create("iris");
    add_version("iris");
    set_alias("iris", "champion", "1");
    const int64_t seq = last_event().seq;
    ck_ok(rs_registered_model_delete(cx, store, RS_STR("iris")));
    ck_ok(rs_store_events_read(cx, store, &all, &events));
    const struct rs_event *e = events.p;
    ck_assert_uint_eq(events.n, (size_t)seq + 3);
    ck_text(e[seq].kind, "model_alias.deleted");
    ck_text(e[seq + 1].kind, "model_version.deleted");
    ck_text(e[seq + 2].kind, "registered_model.deleted");
    ck_assert_int_eq(e[seq + 2].group, seq + 1);
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM model_version"), 0);
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM model_alias"), 0);
}
END_TEST

START_TEST(tags_are_set_and_deleted_and_told)
{
    const struct rs_tag red = {RS_STR("team"), RS_STR("red")};
    const struct rs_tag wrong = {RS_STR("a//b"), RS_STR("")};

    create("iris");
    ck_ok(rs_registered_model_set_tag(cx, store, RS_STR("iris"), &red));
    ck_text(last_event().after, "tag.team=red");
    const int64_t seq = last_event().seq;
    ck_ok(rs_registered_model_set_tag(cx, store, RS_STR("iris"), &red));
    ck_assert_int_eq(last_event().seq, seq);
    ck_ok(rs_registered_model_delete_tag(cx, store, RS_STR("iris"), RS_STR("team")));
    ck_text(last_event().before, "tag.team=red");
    ck_text(last_event().after, "");
    ck_ok(rs_registered_model_delete_tag(cx, store, RS_STR("iris"), RS_STR("team")));
    ck_assert_int_eq(last_event().seq, seq + 1);
    ck_fails(rs_registered_model_set_tag(cx, store, RS_STR("iris"), &wrong), RS_INVALID, "'key'");
    ck_fails(rs_registered_model_set_tag(cx, store, RS_STR("x"), &red), RS_NOT_FOUND, "name=x");
}
END_TEST

START_TEST(an_alias_is_set_moved_and_removed)
{
    create("iris");
    add_version("iris");
    add_version("iris");
    set_alias("iris", "champion", "1");
    ck_text(last_event().subject, "models/iris/aliases/champion");
    ck_text(last_event().before, "");
    set_alias("iris", "champion", "2");
    ck_text(last_event().before, "version=1");
    ck_text(last_event().after, "version=2");
    ck_assert_str_eq(version_at("iris", "champion"), "2");
    const int64_t seq = last_event().seq;
    set_alias("iris", "champion", "2");
    ck_assert_int_eq(last_event().seq, seq);
    ck_ok(rs_alias_delete(cx, store, RS_STR("iris"), RS_STR("champion")));
    ck_text(last_event().kind, "model_alias.deleted");
    ck_ok(rs_alias_delete(cx, store, RS_STR("iris"), RS_STR("champion")));
    ck_assert_int_eq(last_event().seq, seq + 1);
}
END_TEST

START_TEST(an_alias_that_cannot_be_is_refused)
{
    struct rs_model_version out;

    create("iris");
    add_version("iris");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("Latest"), RS_STR("1")), RS_INVALID,
             "'latest' alias name (case insensitive) is reserved.");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("v12"), RS_STR("1")), RS_INVALID,
             "Version alias name 'v12' is reserved.");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("a b"), RS_STR("1")), RS_INVALID,
             "Invalid alias name: 'a b'.");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR(""), RS_STR("1")), RS_INVALID,
             "Registered model alias name cannot be empty.");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("a"), RS_STR("9")), RS_NOT_FOUND,
             "Model Version (name=iris, version=9) not found");
    ck_fails(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("a"), RS_STR("x")), RS_INVALID,
             "Parameter 'version' must be an integer, got 'x'.");
    ck_fails(rs_alias_get(cx, store, RS_STR("iris"), RS_STR("nobody"), &out), RS_INVALID,
             "Registered model alias nobody not found.");
}
END_TEST

START_TEST(latest_is_the_greatest_number_and_the_newest_of_each_stage)
{
    const struct rs_strs none = {NULL, 0};
    struct rs_str production = RS_STR("PRODUCTION");
    const struct rs_strs one = {&production, 1};
    struct rs_model_version out;
    struct rs_list latest;

    create("iris");
    ck_fails(rs_alias_get(cx, store, RS_STR("iris"), RS_STR("latest"), &out), RS_NOT_FOUND,
             "Latest version not found for model iris.");
    for (int i = 0; i < 4; i++) {
        add_version("iris");
    }
    struct rs_transition t = {{RS_STR("iris"), RS_STR("1")}, RS_STR("production"), false};
    ck_ok(rs_model_version_transition(cx, store, &t, &out));
    t.version.version = RS_STR("2");
    ck_ok(rs_model_version_transition(cx, store, &t, &out));
    ck_assert_str_eq(version_at("iris", "latest"), "4");
    ck_ok(rs_registered_model_latest(cx, store, RS_STR("iris"), &none, &latest));
    ck_assert_uint_eq(latest.n, 2);
    ck_text(((struct rs_model_version *)latest.p)[0].version, "4");
    ck_text(((struct rs_model_version *)latest.p)[1].version, "2");
    ck_ok(rs_registered_model_latest(cx, store, RS_STR("iris"), &one, &latest));
    ck_assert_uint_eq(latest.n, 1);
    ck_text(((struct rs_model_version *)latest.p)[0].current_stage, "Production");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_model_comes_back_as_it_was_made);
    tcase_add_test(t, a_name_is_taken_once_and_by_one_kind);
    tcase_add_test(t, a_name_that_is_none_is_refused);
    tcase_add_test(t, a_description_can_be_changed_and_cleared);
    tcase_add_test(t, a_renamed_model_keeps_versions_aliases_and_row);
    tcase_add_test(t, a_deleted_model_takes_all_with_it_in_one_group);
    tcase_add_test(t, tags_are_set_and_deleted_and_told);
    tcase_add_test(t, an_alias_is_set_moved_and_removed);
    tcase_add_test(t, an_alias_that_cannot_be_is_refused);
    tcase_add_test(t, latest_is_the_greatest_number_and_the_newest_of_each_stage);
}

int main(void)
{
    return scratch_main("service/registered_models", open_all, add);
}
