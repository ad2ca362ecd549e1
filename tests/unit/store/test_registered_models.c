/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models as rows: names, tags, aliases, and what goes with a model. */
#include "store/model_version.h"

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static int64_t make(const char *name)
{
    struct rs_registered_model_ref m = {
        .name = rs_str_of(name), .description = RS_STR("about"), .creation_time = 1000};

    ck_ok(rs_store_registered_model_create(cx, store, &m));
    ck_assert_int_gt(m.id, 0);
    return m.id;
}

static struct rs_registered_model_ref find(const char *name)
{
    struct rs_registered_model_ref out;

    ck_ok(rs_store_registered_model_find(cx, store, rs_str_of(name), &out));
    return out;
}

static struct rs_model_version_row add_version(int64_t model)
{
    struct rs_model_version_row v = {.model = model, .creation_time = 2000};

    ck_ok(rs_store_model_version_create(cx, store, &v));
    return v;
}

/* What a tag was before it was put. */
static struct rs_str put_tag(int64_t id, const char *key, const char *value)
{
    const struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};
    struct rs_str before;

    ck_ok(rs_store_registered_model_tag_put(cx, store, id, &tag, &before));
    return before;
}

static struct rs_str drop_tag(int64_t id, const char *key)
{
    struct rs_str before;

    ck_ok(rs_store_registered_model_tag_delete(cx, store, id, rs_str_of(key), &before));
    return before;
}

static struct rs_list tags_of(int64_t id)
{
    struct rs_list tags;

    ck_ok(rs_store_registered_model_tags(cx, store, id, &tags));
    return tags;
}

static struct rs_list aliases_of(int64_t id)
{
    struct rs_registered_model model = {0};

    ck_ok(rs_store_registered_models_load(cx, store, &id, 1, &model));
    return model.aliases;
}

static int64_t alias_of(int64_t id, const char *alias)
{
    int64_t version = -1;

    ck_ok(rs_store_alias_get(cx, store, id, rs_str_of(alias), &version));
    return version;
}

START_TEST(a_model_is_found_by_its_whole_name)
{
    const int64_t id = make("iris");
    struct rs_registered_model_ref out;

    const struct rs_registered_model_ref m = find("iris");
    ck_assert_int_eq(m.id, id);
    ck_text(m.name, "iris");
    ck_text(m.description, "about");
    ck_assert(!m.is_prompt);
    ck_assert_int_eq(m.last_version, 0);
    ck_assert_int_eq(m.creation_time, 1000);
    static const char *const others[] = {"Iris", "iris ", "iri", "iris%", ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        ck_ok(rs_store_registered_model_look(cx, store, rs_str_of(others[i]), &out));
        ck_assert_int_eq(out.id, 0);
    }
    ck_fails(rs_store_registered_model_find(cx, store, RS_STR("rose"), &out), RS_NOT_FOUND,
             "Registered Model with name=rose not found");
    ck_ok(rs_store_registered_model_look(cx, store, (struct rs_str){0}, &out));
    ck_assert_int_eq(out.id, 0);
}
END_TEST

START_TEST(a_description_may_be_absent)
{
    struct rs_registered_model_ref m = {.name = RS_STR("iris"), .creation_time = 1};

    ck_ok(rs_store_registered_model_create(cx, store, &m));
    ck_text(find("iris").description, "");
    ck_ok(rs_store_registered_model_describe(cx, store, m.id, RS_STR("new"), 7));
    ck_text(find("iris").description, "new");
    ck_ok(rs_store_registered_model_describe(cx, store, m.id, (struct rs_str){0}, 8));
    ck_text(find("iris").description, "");
    ck_assert_int_eq(scratch_number("SELECT last_update_time FROM registered_model"), 8);
    ck_ok(rs_store_registered_model_touch(cx, store, m.id, 9));
    ck_assert_int_eq(scratch_number("SELECT last_update_time FROM registered_model"), 9);
    ck_assert_int_eq(scratch_number("SELECT creation_time FROM registered_model"), 1);
}
END_TEST

START_TEST(a_rename_updates_the_versions_too_and_nobody_elses)
{
    const int64_t id = make("iris");

    (void)add_version(id);
    (void)add_version(make("rose"));
    ck_ok(rs_store_registered_model_rename(cx, store, id, RS_STR("lily"), 5000));
    ck_assert_int_eq(find("lily").id, id);
    ck_assert_int_eq(
        scratch_number("SELECT count(*) FROM model_version WHERE last_update_time = 5000"), 1);
    ck_assert_int_eq(
        scratch_number("SELECT count(*) FROM registered_model WHERE last_update_time = 5000"), 1);
    ck_ok(rs_store_registered_model_rename(cx, store, id, RS_STR("lily"), 6000)); /* to itself */
    ck_assert_int_eq(find("lily").id, id);
}
END_TEST

START_TEST(a_tag_says_what_it_was_before)
{
    const int64_t id = make("iris");

    ck_assert_ptr_null(put_tag(id, "b", "1").p);
    ck_text(put_tag(id, "b", "2"), "1");
    ck_assert_ptr_null(put_tag(id, "a", NULL).p); /* no value is the empty one */
    ck_text(put_tag(id, "a", "x"), "");
    const struct rs_list tags = tags_of(id);
    const struct rs_tag *tag = tags.p;
    ck_assert_uint_eq(tags.n, 2);
    ck_text(tag[0].key, "a");
    ck_text(tag[1].value, "2");
    ck_text(drop_tag(id, "a"), "x");
    ck_assert_ptr_null(drop_tag(id, "a").p);
    ck_assert_ptr_null(drop_tag(id, "nothing").p);
    ck_assert_uint_eq(tags_of(id).n, 1);
    ck_assert_uint_eq(tags_of(make("rose")).n, 0);
}
END_TEST

START_TEST(one_tag_makes_a_prompt_of_a_model_and_its_end_a_model_again)
{
    static const struct {
        const char *value;
        bool is_prompt;
    } cases[] = {{"true", true}, {"false", false}, {"TRUE", true}, {"", false}};
    const int64_t id = make("p");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)put_tag(id, "mlflow.prompt.is_prompt", cases[i].value);
        ck_assert_msg(find("p").is_prompt == cases[i].is_prompt, "%s", cases[i].value);
    }
    (void)put_tag(id, "mlflow.prompt.is_prompt", "true");
    (void)drop_tag(id, "mlflow.prompt.is_prompt");
    ck_assert(!find("p").is_prompt);
}
END_TEST

START_TEST(an_alias_points_at_one_version)
{
    const int64_t iris = make("iris");
    const int64_t rose = make("rose");

    ck_assert_int_eq(alias_of(iris, "champion"), 0);
    ck_ok(rs_store_alias_put(cx, store, iris, RS_STR("champion"), 1));
    ck_ok(rs_store_alias_put(cx, store, iris, RS_STR("champion"), 12));
    ck_ok(rs_store_alias_put(cx, store, iris, RS_STR("b"), 12));
    ck_ok(rs_store_alias_put(cx, store, rose, RS_STR("champion"), 3));
    ck_assert_int_eq(alias_of(iris, "champion"), 12);
    ck_assert_int_eq(alias_of(rose, "champion"), 3);
    ck_assert_int_eq(alias_of(iris, "Champion"), 0);
    const struct rs_list aliases = aliases_of(iris);
    const struct rs_model_alias *alias = aliases.p;
    ck_assert_uint_eq(aliases.n, 2);
    ck_text(alias[0].alias, "b");
    ck_text(alias[1].alias, "champion");
    ck_text(alias[1].version, "12");
    ck_ok(rs_store_alias_delete(cx, store, iris, RS_STR("champion")));
    ck_ok(rs_store_alias_delete(cx, store, iris, RS_STR("champion"))); /* it is gone already */
    ck_assert_int_eq(alias_of(iris, "champion"), 0);
    ck_assert_int_eq(alias_of(rose, "champion"), 3);
    ck_assert_uint_eq(aliases_of(make("tulip")).n, 0);
}
END_TEST

START_TEST(all_that_hangs_on_a_model_goes_with_it)
{
    static const char *const counts[] = {
        "SELECT count(*) FROM registered_model", "SELECT count(*) FROM registered_model_tag",
        "SELECT count(*) FROM model_version", "SELECT count(*) FROM model_version_tag",
        "SELECT count(*) FROM model_alias"};
    const char *const names[] = {"iris", "rose"};
    struct rs_str before;

    for (size_t i = 0; i < 2; i++) {
        const struct rs_tag tag = {RS_STR("k"), RS_STR("v")};
        const int64_t id = make(names[i]);
        const struct rs_model_version_row v = add_version(id);

        (void)put_tag(id, "k", "v");
        ck_ok(rs_store_model_version_tag_put(cx, store, v.id, &tag, &before));
        ck_ok(rs_store_alias_put(cx, store, id, RS_STR("a"), 1));
    }
    ck_ok(rs_store_registered_model_delete(cx, store, find("iris").id));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        ck_assert_msg(scratch_number(counts[i]) == 1, "%s", counts[i]);
    }
    ck_assert_int_eq(alias_of(find("rose").id, "a"), 1);
}
END_TEST

START_TEST(the_row_of_a_model_is_never_given_out_again)
{
    const int64_t id = make("iris");

    ck_ok(rs_store_registered_model_delete(cx, store, id));
    ck_assert_int_gt(make("iris"), id);
}
END_TEST

START_TEST(models_are_loaded_in_the_order_asked_for)
{
    const int64_t ids[] = {make("b"), make("a")};
    const int64_t asked[] = {ids[1], ids[0]};
    struct rs_registered_model out[2];

    (void)add_version(ids[0]);
    (void)put_tag(ids[1], "k", "v");
    ck_ok(rs_store_alias_put(cx, store, ids[0], RS_STR("x"), 1));
    ck_ok(rs_store_registered_models_load(cx, store, asked, 2, out));
    ck_text(out[0].name, "a");
    ck_text(out[1].name, "b");
    ck_assert_uint_eq(out[0].tags.n, 1);
    ck_assert_uint_eq(out[0].latest_versions.n, 0);
    ck_assert_uint_eq(out[1].latest_versions.n, 1);
    ck_assert_uint_eq(out[1].aliases.n, 1);
    ck_assert_uint_eq(((const struct rs_model_version *)out[1].latest_versions.p)->aliases.n, 0);
    ck_ok(rs_store_registered_models_load(cx, store, NULL, 0, NULL));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_model_is_found_by_its_whole_name);
    tcase_add_test(t, a_description_may_be_absent);
    tcase_add_test(t, a_rename_updates_the_versions_too_and_nobody_elses);
    tcase_add_test(t, a_tag_says_what_it_was_before);
    tcase_add_test(t, one_tag_makes_a_prompt_of_a_model_and_its_end_a_model_again);
    tcase_add_test(t, an_alias_points_at_one_version);
    tcase_add_test(t, all_that_hangs_on_a_model_goes_with_it);
    tcase_add_test(t, the_row_of_a_model_is_never_given_out_again);
    tcase_add_test(t, models_are_loaded_in_the_order_asked_for);
}

int main(void)
{
    return scratch_main("store/registered_models", open_all, add);
}
