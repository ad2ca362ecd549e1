/* SPDX-License-Identifier: Apache-2.0 */
/* Facts and subjects of events. */
#include "model/event.h"

#include "model/expect.h"

/* What "name" is after an event, as text; "-" when it is no fact. */
static const char *after(const struct rs_list *state, const char *before, const char *now,
                         const char *name)
{
    const struct rs_event event = {.before = rs_str_of(before), .after = rs_str_of(now)};
    struct rs_list out;

    ck_assert_accepts(rs_facts_after(&cx, state, &event, &out));
    const struct rs_str value = rs_fact_of(&out, rs_str_of(name));
    return value.p != NULL ? rs_arena_str(&arena, value).p : "-";
}

START_TEST(facts_come_back_from_their_text)
{
    const struct rs_list facts = RS_FACTS({RS_STR("tag.a&b"), RS_STR("x=1&y=%41\n")},
                                          {RS_STR("description"), RS_STR("")},
                                          {RS_STR("名"), RS_STR("前 + 後")});
    const struct rs_str text = rs_facts_text(&arena, &facts);
    struct rs_list out;

    ck_assert_accepts(rs_facts_read(&cx, text, &out));
    ck_assert_uint_eq(out.n, 3);
    ck_assert(rs_str_is(rs_fact_of(&out, RS_STR("tag.a&b")), "x=1&y=%41\n"));
    ck_assert(rs_str_is(rs_fact_of(&out, RS_STR("description")), ""));
    ck_assert(rs_str_is(rs_fact_of(&out, RS_STR("名")), "前 + 後"));
    ck_assert(rs_fact_of(&out, RS_STR("tag")).p == NULL);
}
END_TEST

START_TEST(no_facts_are_an_empty_text)
{
    struct rs_list none = RS_NO_FACTS;

    ck_assert_uint_eq(rs_facts_text(&arena, &none).n, 0);
    ck_assert_accepts(rs_facts_read(&cx, RS_STR(""), &none));
    ck_assert_uint_eq(none.n, 0);
}
END_TEST

START_TEST(a_text_that_is_no_form_is_corrupt)
{
    static const char *const wrong[] = {"a", "a=%zz", "a=1&b", "&", "a=%00"};
    struct rs_list out;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rs_cx_clear(&cx);
        ck_assert_msg(rs_facts_read(&cx, rs_str_of(wrong[i]), &out) == RS_CORRUPT, "%s", wrong[i]);
    }
}
END_TEST

START_TEST(an_event_takes_what_was_and_brings_what_is)
{
    const struct rs_list state = RS_FACTS({RS_STR("stage"), RS_STR("None")},
                                          {RS_STR("tag.team"), RS_STR("red")});

    ck_assert_str_eq(after(&state, "stage=None", "stage=Production", "stage"), "Production");
    ck_assert_str_eq(after(&state, "stage=None", "stage=Production", "tag.team"), "red");
    ck_assert_str_eq(after(&state, "tag.team=red", "", "tag.team"), "-");
    ck_assert_str_eq(after(&state, "", "tag.new=1", "tag.new"), "1");
    ck_assert_str_eq(after(&state, "stage=None&tag.team=red", "", "stage"), "-");
}
END_TEST

START_TEST(two_states_differ_in_what_went_changed_or_came)
{
    const struct rs_list from = RS_FACTS({RS_STR("name"), RS_STR("a")},
                                         {RS_STR("status"), RS_STR("RUNNING")},
                                         {RS_STR("gone"), RS_STR("")});
    const struct rs_list to = RS_FACTS({RS_STR("status"), RS_STR("FAILED")},
                                       {RS_STR("end_time"), RS_STR("1")},
                                       {RS_STR("name"), RS_STR("a")});
    struct rs_list before;
    struct rs_list now;

    rs_facts_differ(&arena, &from, &to, &before, &now);
    ck_assert(rs_str_is(rs_facts_text(&arena, &before), "status=RUNNING&gone="));
    ck_assert(rs_str_is(rs_facts_text(&arena, &now), "status=FAILED&end_time=1"));
    rs_facts_differ(&arena, &to, &to, &before, &now);
    ck_assert_uint_eq(before.n + now.n, 0);
}
END_TEST

START_TEST(subjects_are_paths)
{
    ck_assert(rs_str_is(rs_subject_model(&arena, RS_STR("iris")), "models/iris"));
    ck_assert(rs_str_is(rs_subject_version(&arena, RS_STR("iris"), 3), "models/iris/versions/3"));
    ck_assert(rs_str_is(rs_subject_alias(&arena, RS_STR("iris"), RS_STR("champion")),
                        "models/iris/aliases/champion"));
    ck_assert(rs_str_is(rs_subject_experiment(&arena, 7), "experiments/7"));
    ck_assert(rs_str_is(rs_subject_run(&arena, RS_STR("ab12")), "runs/ab12"));
    ck_assert(rs_str_is(rs_subject_logged_model(&arena, RS_STR("m-1")), "logged_models/m-1"));
}
END_TEST

START_TEST(a_subject_tells_its_noun)
{
    const struct rs_noun model = rs_noun_of(RS_STR("models/iris 2"));
    const struct rs_noun alias = rs_noun_of(RS_STR("models/iris/aliases/a-b"));

    ck_assert(rs_str_is(model.model, "iris 2") && model.kind.n == 0 && model.id.n == 0);
    ck_assert(rs_str_is(alias.model, "iris") && rs_str_is(alias.kind, "aliases") &&
              rs_str_is(alias.id, "a-b"));
    ck_assert_uint_eq(rs_noun_of(RS_STR("")).model.n, 0);
}
END_TEST

START_TEST(what_is_hashed_tells_where_each_member_ends)
{
    const struct rs_event a = {.actor = RS_STR("ab"),
                               .kind = RS_STR("c"),
                               .subject = RS_STR(""),
                               .before = RS_STR(""),
                               .after = RS_STR("")};
    const struct rs_event b = {.actor = RS_STR("a"),
                               .kind = RS_STR("bc"),
                               .subject = RS_STR(""),
                               .before = RS_STR(""),
                               .after = RS_STR("")};

    ck_assert(!rs_str_eq(rs_event_digest_text(&arena, RS_STR("x"), &a),
                         rs_event_digest_text(&arena, RS_STR("x"), &b)));
    ck_assert(!rs_str_eq(rs_event_digest_text(&arena, RS_STR("x"), &a),
                         rs_event_digest_text(&arena, RS_STR("y"), &a)));
}
END_TEST

START_TEST(the_text_that_is_hashed_is_that_of_old_logs)
{
    const struct rs_event e = {.seq = 12,
                               .at = -3,
                               .actor = RS_STR("ada"),
                               .kind = RS_STR("k"),
                               .subject = RS_STR("models/a"),
                               .model = INT64_MIN,
                               .before = RS_STR(""),
                               .after = RS_STR("a=1"),
                               .group = INT64_MAX,
                               .hash = RS_STR("not in it")};

    ck_assert(rs_str_is(rs_event_digest_text(&arena, RS_STR("00ff"), &e),
                        "00ff 12 -3 -9223372036854775808 9223372036854775807 3:ada 1:k 8:models/a "
                        "0: 3:a=1"));
}
END_TEST

START_TEST(every_kind_has_a_name_of_its_own)
{
    for (int kind = RS_EVENT_MODEL_CREATED; kind <= RS_EVENT_LOGGED_MODEL_DELETED; kind++) {
        const char *name = rs_enum_name(rs_event_kind_names, kind);
        int back = 0;

        ck_assert_ptr_nonnull(name);
        ck_assert(rs_enum_value(rs_event_kind_names, rs_str_of(name), &back));
        ck_assert_int_eq(back, kind);
        const struct rs_event event = {.kind = rs_str_of(name)};
        ck_assert(rs_event_is(&event, (enum rs_event_kind)kind));
        ck_assert_int_eq(rs_event_is(&event, RS_EVENT_RUN_CREATED), kind == RS_EVENT_RUN_CREATED);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, facts_come_back_from_their_text);
    tcase_add_test(t, no_facts_are_an_empty_text);
    tcase_add_test(t, a_text_that_is_no_form_is_corrupt);
    tcase_add_test(t, an_event_takes_what_was_and_brings_what_is);
    tcase_add_test(t, two_states_differ_in_what_went_changed_or_came);
    tcase_add_test(t, subjects_are_paths);
    tcase_add_test(t, a_subject_tells_its_noun);
    tcase_add_test(t, what_is_hashed_tells_where_each_member_ends);
    tcase_add_test(t, the_text_that_is_hashed_is_that_of_old_logs);
    tcase_add_test(t, every_kind_has_a_name_of_its_own);
}

int main(void)
{
    return run_model_tests("model/event", add);
}
