/* SPDX-License-Identifier: Apache-2.0 */
/* Promotions: all or none, only as expected, and back again. */
#include "service/promotions.h"

#include "service/model_versions.h"
#include "service/registered_models.h"
#include "store/event.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

/* A model of that name with so many versions. */
static void make(const char *name, int versions)
{
    const struct rs_registered_model_draft draft = {.name = rs_str_of(name)};
    const struct rs_model_version_draft version = {.name = rs_str_of(name),
                                                   .source = RS_STR("s3://bucket/model")};
    struct rs_registered_model model;
    struct rs_model_version out;
    struct rs_str model_id;

    ck_ok(rs_registered_model_create(cx, store, &draft, &model));
    for (int i = 0; i < versions; i++) {
        ck_ok(rs_model_version_create(cx, store, &version, &out, &model_id));
    }
}

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    make("iris", 3);
    make("rose", 2);
}

static struct rs_move to_alias(const char *model, const char *alias, const char *version)
{
    return (struct rs_move){.model = rs_str_of(model),
                            .alias = rs_str_of(alias),
                            .version = version != NULL ? rs_str_of(version) : (struct rs_str){0}};
}

static struct rs_move to_stage(const char *model, const char *stage, const char *version)
{
    return (struct rs_move){.model = rs_str_of(model),
                            .stage = rs_str_of(stage),
                            .version = version != NULL ? rs_str_of(version) : (struct rs_str){0}};
}

/* The move, if its alias or stage has that version; NULL: none. */
static struct rs_move if_version(struct rs_move move, const char *version)
{
    struct rs_move_expect *e = RS_NEW(cx->arena, struct rs_move_expect);

    e->version = version != NULL ? rs_str_of(version) : (struct rs_str){0};
    move.expect = RS_SUB(e);
    return move;
}

static struct rs_move if_stage(struct rs_move move, const char *stage)
{
    struct rs_move_expect *e = RS_NEW(cx->arena, struct rs_move_expect);

    e->stage = rs_str_of(stage);
    move.expect = RS_SUB(e);
    return move;
}

static enum rs_code try_all(struct rs_move *moves, size_t n, struct rs_promotion *out)
{
    const struct rs_promotion_draft draft = {.moves = RS_LIST(moves, n),
                                             .comment = RS_STR("weekly")};

    return rs_promote(cx, store, &draft, out);
}

static enum rs_code try_one(struct rs_move move)
{
    struct rs_promotion out;

    return try_all(&move, 1, &out);
}

static struct rs_promotion promote(struct rs_move move)
{
    struct rs_promotion out;

    ck_ok(try_all(&move, 1, &out));
    return out;
}

static const struct rs_move_seen *seen(const struct rs_promotion *p, size_t i)
{
    ck_assert_uint_gt(p->moves.n, i);
    return (const struct rs_move_seen *)p->moves.p + i;
}

/* "" when the alias is not set. */
static const char *alias(const char *model, const char *name)
{
    struct rs_model_version out;
    const enum rs_code code = rs_alias_get(cx, store, rs_str_of(model), rs_str_of(name), &out);

    rs_cx_clear(cx);
    return code == RS_OK ? rs_arena_str(cx->arena, out.version).p : "";
}

static const char *stage(const char *model, const char *version)
{
    const struct rs_version_name name = {rs_str_of(model), rs_str_of(version)};
    struct rs_version_found found;

    ck_ok(rs_model_version_find(cx, store, &name, &found));
    return rs_model_stage_text(found.row.stage).p;
}

static int64_t last_event(void)
{
    int64_t seq = 0;

    ck_ok(rs_store_event_last(cx, store, &seq));
    return seq;
}

static struct rs_str number(int64_t id)
{
    return rs_arena_fmt(cx->arena, "%lld", (long long)id);
}

static enum rs_code try_back(int64_t id, struct rs_promotion *out)
{
    return rs_promotion_rollback(cx, store, number(id), &(struct rs_promotion_draft){0}, out);
}

START_TEST(moves_of_several_models_are_one_group)
{
    struct rs_move moves[] = {to_alias("iris", "champion", "2"), to_stage("rose", "staging", "1"),
                              to_alias("rose", "gone", NULL)};
    struct rs_promotion out;
    struct rs_list events;

    ck_ok(try_all(moves, 3, &out));
    ck_assert(!out.is_refused);
    ck_assert_str_eq(alias("iris", "champion"), "2");
    ck_assert_str_eq(stage("rose", "1"), "Staging");
    ck_ok(rs_promotion_get(cx, store, number(out.id), &events));
    const struct rs_event *e = events.p;
    ck_assert_uint_eq(events.n, 3); /* the alias that was not set is no event */
    ck_text(e[0].kind, "promotion.made");
    ck_text(e[0].after, "moves=3&comment=weekly");
    ck_text(e[1].subject, "models/iris/aliases/champion");
    ck_text(e[2].after, "stage=Staging");
    for (size_t i = 0; i < events.n; i++) {
        ck_assert_int_eq(e[i].group, out.id);
    }
    ck_assert_ptr_null(seen(&out, 0)->current_version.p);
    ck_text(seen(&out, 1)->current_stage, "None");
    ck_text(seen(&out, 1)->stage, "Staging"); /* as it is written, not as it was asked for */
}
END_TEST

START_TEST(one_move_that_is_not_as_expected_refuses_all)
{
    (void)promote(to_alias("iris", "champion", "1"));
    const int64_t before = last_event();
    struct rs_move moves[] = {to_alias("rose", "best", "1"),
                              if_version(to_alias("iris", "champion", "3"), "2"),
                              if_version(to_alias("iris", "other", "3"), NULL)};
    struct rs_promotion out;

    ck_ok(try_all(moves, 3, &out));
    ck_assert(out.is_refused);
    ck_assert_int_eq(out.id, 0);
    ck_assert(!seen(&out, 0)->is_refused);
    ck_assert(seen(&out, 1)->is_refused);
    ck_text(seen(&out, 1)->current_version, "1");
    ck_assert(!seen(&out, 2)->is_refused);
    ck_assert_str_eq(alias("rose", "best"), "");
    ck_assert_str_eq(alias("iris", "champion"), "1");
    ck_assert_int_eq(last_event(), before);
}
END_TEST

START_TEST(what_is_expected_of_an_alias)
{
    (void)promote(if_version(to_alias("iris", "champion", "1"), NULL));
    ck_assert_str_eq(alias("iris", "champion"), "1");
    ck_assert(promote(if_version(to_alias("iris", "champion", "2"), NULL)).is_refused);
    ck_assert(promote(if_version(to_alias("iris", "champion", "2"), "11")).is_refused);
    ck_assert(!promote(if_version(to_alias("iris", "champion", "2"), "1")).is_refused);
    ck_assert(promote(if_version(to_alias("iris", "champion", NULL), "1")).is_refused);
    ck_assert(!promote(if_version(to_alias("iris", "champion", NULL), "2")).is_refused);
    ck_assert_str_eq(alias("iris", "champion"), "");
}
END_TEST

START_TEST(what_is_expected_of_a_stage)
{
    ck_assert(promote(if_stage(to_stage("iris", "Staging", "1"), "Production")).is_refused);
    ck_assert(!promote(if_stage(to_stage("iris", "Staging", "1"), "none")).is_refused);
    ck_assert_str_eq(stage("iris", "1"), "Staging");
    ck_assert(promote(if_version(to_stage("iris", "staging", "2"), NULL)).is_refused);
    ck_assert(!promote(if_version(to_stage("iris", "staging", "2"), "1")).is_refused);
    struct rs_move both = if_stage(to_stage("iris", "Production", "3"), "None");
    ((struct rs_move_expect *)both.expect.p)->version = RS_STR("2");
    const struct rs_promotion refused = promote(both); /* nobody is in Production */
    ck_assert(refused.is_refused);
    ck_assert_ptr_null(seen(&refused, 0)->current_version.p);
    const struct rs_promotion greatest = promote(if_version(to_stage("iris", "Staging", "3"), "1"));
    ck_assert(greatest.is_refused); /* the greatest one counts, which is 2 */
    ck_text(seen(&greatest, 0)->current_version, "2");
}
END_TEST

START_TEST(others_of_a_stage_are_archived_on_demand)
{
    struct rs_move move = to_stage("iris", "Production", "1");

    (void)promote(move);
    move.version = RS_STR("2");
    (void)promote(move);
    ck_assert_str_eq(stage("iris", "1"), "Production");
    move.version = RS_STR("3");
    move.archive_existing = true;
    (void)promote(move);
    ck_assert_str_eq(stage("iris", "1"), "Archived");
    ck_assert_str_eq(stage("iris", "2"), "Archived");
    ck_assert_str_eq(stage("iris", "3"), "Production");
}
END_TEST

/* The second move is of a version that the first one has archived. */
START_TEST(a_move_sees_what_the_one_before_it_did)
{
    struct rs_move moves[] = {to_stage("iris", "Production", "2"),
                              to_stage("iris", "Staging", "1")};
    struct rs_promotion out;
    struct rs_list events;

    (void)promote(to_stage("iris", "Production", "1"));
    moves[0].archive_existing = true;
    ck_ok(try_all(moves, 2, &out));
    ck_assert_str_eq(stage("iris", "1"), "Staging");
    ck_ok(rs_promotion_get(cx, store, number(out.id), &events));
    ck_text(((const struct rs_event *)events.p)[3].before, "stage=Archived");
}
END_TEST

START_TEST(a_dry_run_changes_nothing)
{
    struct rs_move move = if_version(to_alias("iris", "champion", "2"), "1");
    struct rs_promotion_draft draft = {.moves = RS_LIST(&move, 1), .dry_run = true};
    const int64_t before = last_event();
    struct rs_promotion out;

    ck_ok(rs_promote(cx, store, &draft, &out));
    ck_assert(out.is_refused);
    move.expect = RS_SUB(NULL);
    ck_ok(rs_promote(cx, store, &draft, &out));
    ck_assert(!out.is_refused);
    ck_assert_int_eq(out.id, 0);
    ck_assert_int_eq(last_event(), before);
    ck_assert_str_eq(alias("iris", "champion"), "");
}
END_TEST

START_TEST(a_move_that_is_none_is_refused)
{
    struct rs_move both = to_alias("iris", "a", "1");
    struct rs_move twice[] = {to_alias("iris", "a", "1"), to_alias("rose", "a", "1"),
                              to_alias("iris", "a", "2")};
    struct rs_move stages[] = {to_stage("iris", "Staging", "1"),
                               to_stage("iris", "Production", "1")};
    struct rs_move fine[] = {to_alias("iris", "a", "1"), to_alias("iris", "b", "1"),
                             to_stage("iris", "Staging", "1"), to_stage("rose", "Staging", "1")};
    struct rs_promotion out;

    both.stage = RS_STR("Staging");
    ck_fails(try_one(both), RS_INVALID, "each move names an alias or a stage");
    ck_fails(try_one((struct rs_move){.model = RS_STR("iris"), .version = RS_STR("1")}), RS_INVALID,
             "each move names an alias or a stage");
    ck_fails(try_one(to_stage("iris", "Staging", NULL)), RS_INVALID,
             "a move to a stage names a version");
    ck_fails(try_one(to_stage("iris", "Best", "1")), RS_INVALID, "Best");
    ck_fails(try_one(to_alias("iris", "a b", "1")), RS_INVALID, "Invalid alias name");
    ck_fails(try_one(to_alias("iris", "latest", "1")), RS_INVALID, "reserved");
    ck_ok(try_one(to_alias("iris", "latest", NULL))); /* one that cannot be there may be removed */
    ck_fails(try_one(to_alias("iris", "a", "x")), RS_INVALID, "version");
    ck_fails(try_one(to_alias("iris", "a", "4")), RS_NOT_FOUND, "version=4");
    ck_fails(try_one(to_alias("nobody", "a", "1")), RS_NOT_FOUND, "nobody");
    ck_fails(try_one(to_alias("nobody", "a", NULL)), RS_NOT_FOUND, "nobody");
    ck_fails(try_all(twice, 3, &out), RS_INVALID, "two moves of model \"iris\"");
    ck_fails(try_all(stages, 2, &out), RS_INVALID, "of the same alias or version");
    ck_ok(try_all(fine, 4, &out));
}
END_TEST

START_TEST(a_promotion_has_one_to_a_thousand_moves)
{
    struct rs_move *moves = RS_NEW_N(cx->arena, struct rs_move, RS_PROMOTION_MOVES_MAX + 1);
    struct rs_promotion out;

    for (size_t i = 0; i <= RS_PROMOTION_MOVES_MAX; i++) {
        moves[i] = to_alias("iris", rs_arena_fmt(cx->arena, "a%zu", i).p, "1");
    }
    ck_fails(try_all(moves, 0, &out), RS_INVALID, "1 to 1000 moves, not 0");
    ck_fails(try_all(moves, RS_PROMOTION_MOVES_MAX + 1, &out), RS_INVALID, "not 1001");
    ck_ok(try_all(moves, RS_PROMOTION_MOVES_MAX, &out));
    ck_assert_str_eq(alias("iris", "a999"), "1");
}
END_TEST

START_TEST(a_promotion_that_changes_nothing_is_one_all_the_same)
{
    struct rs_promotion out;
    struct rs_list events;

    (void)promote(to_alias("iris", "champion", "1"));
    const struct rs_promotion again = promote(to_alias("iris", "champion", "1"));
    ck_ok(rs_promotion_get(cx, store, number(again.id), &events));
    ck_assert_uint_eq(events.n, 1);
    ck_fails(try_back(again.id, &out), RS_INVALID, "has changed nothing");
}
END_TEST

START_TEST(a_promotion_that_never_was_is_not_found)
{
    static const char *const ids[] = {"", "x", "-1", "0", "99999", "9223372036854775808", "1"};
    struct rs_list events;

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) { /* 1 is the making of a model */
        ck_fails(rs_promotion_get(cx, store, rs_str_of(ids[i]), &events), RS_NOT_FOUND,
                 "there is no promotion");
    }
}
END_TEST

START_TEST(a_rollback_brings_all_back)
{
    struct rs_move moves[] = {to_alias("iris", "champion", "3"), to_alias("iris", "new", "2"),
                              to_alias("rose", "old", NULL), to_stage("iris", "Production", "2")};
    struct rs_promotion made;
    struct rs_promotion back;
    struct rs_list events;

    (void)promote(to_alias("iris", "champion", "1"));
    (void)promote(to_alias("rose", "old", "2"));
    (void)promote(to_stage("iris", "Production", "1"));
    moves[3].archive_existing = true;
    ck_ok(try_all(moves, 4, &made));
    ck_assert_str_eq(stage("iris", "1"), "Archived");
    ck_ok(try_back(made.id, &back));
    ck_assert(!back.is_refused);
    ck_assert_int_gt(back.id, made.id);
    ck_assert_str_eq(alias("iris", "champion"), "1");
    ck_assert_str_eq(alias("iris", "new"), "");
    ck_assert_str_eq(alias("rose", "old"), "2");
    ck_assert_str_eq(stage("iris", "1"), "Production");
    ck_assert_str_eq(stage("iris", "2"), "None");
    ck_ok(rs_promotion_get(cx, store, number(back.id), &events));
    ck_text(((const struct rs_event *)events.p)->after,
            rs_arena_fmt(cx->arena, "moves=5&rollback_of=%lld", (long long)made.id).p);
    ck_ok(try_back(back.id, &back)); /* and forth again */
    ck_assert_str_eq(alias("iris", "champion"), "3");
    ck_assert_str_eq(stage("iris", "2"), "Production");
}
END_TEST

START_TEST(a_rollback_is_refused_when_somebody_moved_on)
{
    const struct rs_promotion made = promote(to_alias("iris", "champion", "1"));
    struct rs_promotion back;

    (void)promote(to_alias("iris", "champion", "2"));
    ck_ok(try_back(made.id, &back));
    ck_assert(back.is_refused);
    ck_assert_int_eq(back.id, 0);
    ck_text(seen(&back, 0)->current_version, "2");
    ck_assert_str_eq(alias("iris", "champion"), "2");
}
END_TEST

START_TEST(a_rollback_follows_a_rename_and_not_another_model)
{
    const struct rs_promotion made = promote(to_alias("iris", "champion", "1"));
    struct rs_registered_model out;
    struct rs_promotion back;

    ck_ok(rs_registered_model_rename(cx, store, RS_STR("iris"), RS_STR("lily"), &out));
    ck_ok(try_back(made.id, &back));
    ck_assert(!back.is_refused);
    ck_assert_str_eq(alias("lily", "champion"), "");
    const struct rs_promotion again = promote(to_alias("lily", "champion", "1"));
    ck_ok(rs_registered_model_delete(cx, store, RS_STR("lily")));
    ck_fails(try_back(again.id, &back), RS_NOT_FOUND, "lily");
    make("lily", 1);
    ck_fails(try_back(again.id, &back), RS_NOT_FOUND, "of that promotion was deleted");
}
END_TEST

START_TEST(of_what_a_promotion_moved_twice_the_first_place_counts)
{
    struct rs_move moves[] = {to_stage("iris", "Production", "2"),
                              to_stage("iris", "Staging", "1")};
    struct rs_promotion made;
    struct rs_promotion back;

    (void)promote(to_stage("iris", "Production", "1"));
    moves[0].archive_existing = true;
    ck_ok(try_all(moves, 2, &made));
    ck_ok(try_back(made.id, &back));
    ck_assert(!back.is_refused);
    ck_assert_uint_eq(back.moves.n, 2);
    ck_assert_str_eq(stage("iris", "1"), "Production");
    ck_assert_str_eq(stage("iris", "2"), "None");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, moves_of_several_models_are_one_group);
    tcase_add_test(tests, one_move_that_is_not_as_expected_refuses_all);
    tcase_add_test(tests, what_is_expected_of_an_alias);
    tcase_add_test(tests, what_is_expected_of_a_stage);
    tcase_add_test(tests, others_of_a_stage_are_archived_on_demand);
    tcase_add_test(tests, a_move_sees_what_the_one_before_it_did);
    tcase_add_test(tests, a_dry_run_changes_nothing);
    tcase_add_test(tests, a_move_that_is_none_is_refused);
    tcase_add_test(tests, a_promotion_has_one_to_a_thousand_moves);
    tcase_add_test(tests, a_promotion_that_changes_nothing_is_one_all_the_same);
    tcase_add_test(tests, a_promotion_that_never_was_is_not_found);
    tcase_add_test(tests, a_rollback_brings_all_back);
    tcase_add_test(tests, a_rollback_is_refused_when_somebody_moved_on);
    tcase_add_test(tests, a_rollback_follows_a_rename_and_not_another_model);
    tcase_add_test(tests, of_what_a_promotion_moved_twice_the_first_place_counts);
}

int main(void)
{
    return scratch_main("promotions", open_all, add);
}
