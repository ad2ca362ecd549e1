/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader remembers of runs: as long as nobody changes them, and not a moment longer. */
#include "store/sql/memory.h"

#include <math.h>

#include "model/dataset.h"
#include "store/dataset.h"
#include "store/load.h"
#include "store/model_version.h"
#include "store/sql/registry_tags.h"
#include "store/sql/sql.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;
static struct rs_store *reader;
static struct rs_run_ref run;
static struct rs_run_ref other;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    run = scratch_run("r1");
    other = scratch_run("r2");
    reader = scratch_reader();
}

/* Loads the run in a snapshot of its own. Whoever encodes it does what this does: gives its text
 * back to be kept. True when the reader had the text already. */
static bool load(const char *text)
{
    struct rs_run out;

    ck_ok(rs_store_begin_read(cx, reader));
    ck_ok(rs_store_runs_load(cx, reader, &run.id, 1, &out));
    ck_assert_ptr_nonnull(out.inputs.p);
    const bool remembered = out.kept != NULL && out.kept->text.p != NULL;
    if (remembered) {
        ck_text(out.kept->text, text);
    } else {
        ck_assert_ptr_nonnull(out.info.p);
        if (out.kept != NULL) {
            out.kept->keep(out.kept, rs_str_of(text));
        }
    }
    rs_store_end_read(reader);
    return remembered;
}

/* Reads the run until the reader remembers it. */
static void remember(const char *text)
{
    load(text);
    load(text);
    ck_assert(load(text));
}

START_TEST(a_run_that_nobody_changes_is_remembered_from_the_second_time_on)
{
    ck_assert(!load("first"));
    ck_assert(!load("second"));
    ck_assert(load("second"));
    scratch_point(&other, "loss", 1, 1, 0.5);
    scratch_commit();
    ck_assert(load("second"));
}
END_TEST

static void update(void)
{
    const struct rs_run_change change = {.status = RS_SOME_ENUM(RS_RUN_FINISHED)};

    ck_ok(rs_store_run_update(cx, store, &run, &change));
}

static void delete (void)
{
    ck_ok(rs_store_run_set_stage(cx, store, &run, RS_STAGE_DELETED, 1));
}

static void delete_experiment(void)
{
    ck_ok(rs_store_experiment_set_stage(cx, store, RS_EXPERIMENT_DEFAULT, RS_STAGE_DELETED, 1));
}

static void log_metric(void)
{
    scratch_point(&run, "loss", 1, 1, 0.5);
}

static void log_param(void)
{
    struct rs_param p = {RS_STR("depth"), RS_STR("3")};
    const struct rs_list list = RS_LIST(&p, 1);
    struct rs_list clashes;

    ck_ok(rs_store_params_put(cx, store, &run, &list, &clashes));
}

static const struct rs_tag TAG = {RS_STR_INIT("team"), RS_STR_INIT("red")};

static void set_tag(void)
{
    ck_ok(rs_store_tags_put(cx, store, &run, &TAG, 1));
}

static void add_tag(void)
{
    ck_ok(rs_store_tags_add(cx, store, &run, &TAG, 1));
}

static void delete_tag(void)
{
    bool was_there = false;

    ck_ok(rs_store_tag_delete(cx, store, &run, TAG.key, &was_there));
}

static void log_input(void)
{
    struct rs_dataset d = {.name = RS_STR("d"), .digest = RS_STR("1")};
    const struct rs_dataset_input input = {.dataset = RS_SUB(&d)};

    ck_ok(rs_store_dataset_input_put(cx, store, &run, &input));
}

static void log_model_input(void)
{
    ck_ok(rs_store_model_input_put(cx, store, &run, RS_STR("m-1")));
}

static void log_model_output(void)
{
    const struct rs_model_output output = {.model_id = RS_STR("m-1"), .step = 1};

    ck_ok(rs_store_model_output_put(cx, store, &run, &output));
}

/* All that changes what a run shows. */
static void (*const writes[])(void) = {update,    delete,          delete_experiment, log_metric,
                                       log_param, set_tag,         add_tag,           delete_tag,
                                       log_input, log_model_input, log_model_output};
enum { WRITES = sizeof writes / sizeof writes[0] };

START_TEST(every_write_to_a_run_makes_it_forgotten)
{
    remember("before");
    writes[_i]();
    scratch_commit();
    ck_assert(!load("after"));
    ck_assert(load("after"));
}
END_TEST

START_TEST(a_run_that_a_transaction_is_about_to_change_is_read_as_it_was)
{
    remember("before");
    log_metric();
    ck_assert(!load("before")); /* the commit may be the next thing that happens */
    ck_assert(!load("before")); /* and so what was read is not kept */
    scratch_commit();
    ck_assert(!load("after"));
    ck_assert(load("after"));
}
END_TEST

START_TEST(what_was_undone_is_not_remembered)
{
    remember("before");
    log_metric();
    rs_store_rollback(store);
    ck_ok(rs_store_begin_write(cx, store));
    load("before");
    scratch_commit();
    remember("again");
}
END_TEST

START_TEST(a_commit_after_the_beginning_of_a_read_is_not_taken_for_a_part_of_it)
{
    struct rs_run out;

    load("before");
    ck_ok(rs_store_begin_read(cx, reader));
    log_metric();
    scratch_commit();
    /* The snapshot has the point, or has it not: nobody can tell, so nothing is kept. */
    ck_ok(rs_store_runs_load(cx, reader, &run.id, 1, &out));
    ck_assert_ptr_null(out.kept);
    rs_store_end_read(reader);
}
END_TEST

START_TEST(edges_are_read_anew_also_of_a_run_that_is_remembered)
{
    struct rs_run out;

    log_model_input();
    scratch_commit();
    remember("with edges");
    ck_ok(rs_store_begin_read(cx, reader));
    ck_ok(rs_store_runs_load(cx, reader, &run.id, 1, &out));
    ck_text(out.kept->text, "with edges");
    ck_assert_uint_eq(((const struct rs_run_inputs *)out.inputs.p)->model_inputs.n, 1);
    rs_store_end_read(reader);
}
END_TEST

START_TEST(a_page_may_have_runs_that_are_remembered_and_others_and_some_twice)
{
    const int64_t ids[] = {other.id, run.id, other.id, run.id};
    struct rs_run out[4];

    remember("one");
    for (int i = 0; i < 2; i++) {
        ck_ok(rs_store_begin_read(cx, reader));
        ck_ok(rs_store_runs_load(cx, reader, ids, 4, out));
        rs_store_end_read(reader);
    }
    for (size_t i = 0; i < 4; i += 2) {
        ck_text(((const struct rs_run_info *)out[i].info.p)->run_id, "r2");
        ck_text(out[i + 1].kept->text, "one");
    }
    ck_assert_ptr_nonnull(out[0].kept);
    ck_assert_ptr_null(out[2].kept); /* one text is enough */
}
END_TEST

/* Where a run's text is kept when it is read for the second time. */
static struct rs_kept *seen(struct rs_memory *m, int64_t id)
{
    rs_memory_begin(m, 0);
    (void)rs_memory_put(m, id, false);
    rs_memory_begin(m, 0);
    return rs_memory_put(m, id, false);
}

/* A run that would stand in the same set as run 7. */
static int64_t beside(int64_t i)
{
    return 7 + i * RS_MEMORY_SETS;
}

START_TEST(a_set_holds_several_runs_and_gives_up_the_one_that_was_not_used_for_longest)
{
    struct rs_memory *m = reader->memory;

    for (int64_t i = 0; i < RS_MEMORY_WAYS; i++) {
        struct rs_kept *kept = seen(m, beside(i));

        kept->keep(kept, RS_STR("text"));
    }
    rs_memory_begin(m, 0);
    for (int64_t i = 1; i < RS_MEMORY_WAYS; i++) {
        ck_assert_ptr_nonnull(rs_memory_find(m, beside(i)));
    }
    ck_assert_ptr_nonnull(seen(m, beside(RS_MEMORY_WAYS)));
    ck_assert_ptr_null(rs_memory_find(m, beside(0)));
    for (int64_t i = 1; i < RS_MEMORY_WAYS; i++) {
        ck_text(rs_memory_find(m, beside(i))->kept.text, "text");
    }
}
END_TEST

START_TEST(a_run_in_the_set_of_others_does_not_take_their_text_within_a_call)
{
    struct rs_memory *m = reader->memory;

    for (int64_t i = 0; i < RS_MEMORY_WAYS; i++) {
        struct rs_kept *kept = seen(m, beside(i));

        kept->keep(kept, RS_STR("text"));
    }
    rs_memory_begin(m, 0);
    for (int64_t i = 0; i < RS_MEMORY_WAYS; i++) {
        ck_assert_ptr_nonnull(rs_memory_find(m, beside(i)));
    }
    ck_assert_ptr_null(rs_memory_put(m, beside(RS_MEMORY_WAYS), false));
    ck_assert_ptr_null(rs_memory_put(m, beside(RS_MEMORY_WAYS), false));
    for (int64_t i = 0; i < RS_MEMORY_WAYS; i++) {
        ck_text(rs_memory_find(m, beside(i))->kept.text, "text");
    }
}
END_TEST

START_TEST(the_memory_is_bounded_and_starts_anew_between_calls)
{
    enum { MIB = 1 << 20 };
    struct rs_memory *m = reader->memory;
    char *text = rs_arena_alloc(cx->arena, 1, MIB);
    int64_t n = 0;

    memset(text, 'x', MIB);
    while (!m->is_full) {
        struct rs_kept *kept = seen(m, ++n);

        kept->keep(kept, (struct rs_str){text, MIB});
        ck_assert_int_le(n, RS_MEMORY_BYTES / MIB);
    }
    ck_assert_uint_le(m->texts.used, RS_MEMORY_BYTES);
    ck_assert_ptr_nonnull(rs_memory_find(m, 1)); /* a reply may have its text */
    rs_memory_begin(m, 0);
    ck_assert_ptr_null(rs_memory_find(m, 1));
    ck_assert_uint_eq(m->texts.used, 0);
}
END_TEST

START_TEST(a_snapshot_is_left_to_the_next_read_until_something_is_committed_or_the_reader_rests)
{
    load("one");
    ck_assert(reader->lingers);
    log_metric();
    load("one");
    const uint64_t before = reader->as_of;
    scratch_commit();
    load("two");
    ck_assert_uint_eq(reader->as_of, before + 1);
    rs_store_rest(reader);
    ck_assert(!reader->lingers);
    rs_store_rest(reader);
    load("two");
}
END_TEST

START_TEST(a_read_sees_what_was_committed_after_a_snapshot_that_was_left_to_it)
{
    for (int64_t step = 1; step < 5; step++) {
        struct rs_run out;

        scratch_point(&run, "loss", step, step, 0.5);
        scratch_commit();
        ck_ok(rs_store_begin_read(cx, reader));
        ck_ok(rs_store_runs_load(cx, reader, &run.id, 1, &out));
        const struct rs_run_data *data = out.data.p;
        ck_assert_int_eq(((const struct rs_metric *)data->metrics.p)->step, step);
        rs_store_end_read(reader);
    }
}
END_TEST

START_TEST(a_store_that_is_not_told_of_changes_remembers_nothing)
{
    struct rs_run out;

    ck_ok(rs_store_runs_load(cx, store, &run.id, 1, &out));
    ck_assert_ptr_null(out.kept);
}
END_TEST

static const char TABLE[] = "tags";

/* Whether the reader still knows the owners of team=red when it begins to read. */
static bool knows_owners(void)
{
    const int64_t pair = rs_tag_pair(0, TAG.key, TAG.value);

    ck_ok(rs_store_begin_read(cx, reader));
    ck_ok(rs_store_check(cx, reader));
    const struct rs_tag_owners *found = rs_memory_find_tag(reader->memory, TABLE, pair);
    ck_assert_ptr_null(rs_memory_find_tag(reader->memory, "others", pair));
    rs_store_end_read(reader);
    return found != NULL && found->n == 2 && found->id[0] == 3 && found->id[1] == 9;
}

static void keep_owners(void)
{
    static const int64_t owners[] = {3, 9};

    ck_ok(rs_store_begin_read(cx, reader));
    rs_memory_put_tag(reader->memory, TABLE, rs_tag_pair(0, TAG.key, TAG.value), owners, 2);
    rs_store_end_read(reader);
}

static void tag_version(struct rs_str value)
{
    const struct rs_tag tag = {TAG.key, value};
    struct rs_str before;

    ck_ok(rs_store_model_version_tag_put(cx, store, 77, &tag, &before));
}

START_TEST(the_owners_of_a_tag_are_remembered_until_somebody_gets_it)
{
    struct rs_str before;

    ck_assert(!knows_owners());
    keep_owners();
    ck_assert(knows_owners());
    tag_version(RS_STR("blue"));
    scratch_commit();
    ck_assert(knows_owners());
    ck_ok(rs_store_model_version_tag_delete(cx, store, 77, TAG.key, &before));
    scratch_commit();
    ck_assert(knows_owners());
    tag_version(TAG.value);
    ck_assert(!knows_owners()); /* it may be committed while the owners are looked at */
    keep_owners();
    ck_assert(!knows_owners());
    scratch_commit();
    ck_assert(!knows_owners());
    keep_owners();
    ck_assert(knows_owners());
}
END_TEST

START_TEST(the_memory_of_tags_is_bounded_and_starts_anew_between_calls)
{
    enum { MANY = 100000 };
    const int64_t *owners = rs_arena_alloc(cx->arena, MANY, sizeof *owners);
    struct rs_memory *m = reader->memory;
    int64_t n = 0;

    while (m->owners.used <= RS_MEMORY_TAG_BYTES) {
        rs_memory_put_tag(m, TABLE, ++n << 32, owners, MANY);
    }
    ck_assert_ptr_nonnull(rs_memory_find_tag(m, TABLE, n << 32));
    rs_memory_begin(m, 0);
    ck_assert_ptr_null(rs_memory_find_tag(m, TABLE, n << 32));
    ck_assert_uint_eq(m->owners.used, 0);
}
END_TEST

/* `metric > 0.25` in an experiment. */
static struct rs_metric_bound above(int64_t experiment, const char *metric)
{
    struct rs_metric_bound b = {.experiment = experiment, .cmp = RS_CMP_GT, .value = 0.25};

    ck_ok(rs_key_make(cx, store, rs_str_of(metric), &b.key));
    return b;
}

static const struct rs_bits *find_list(const struct rs_metric_bound *bound)
{
    ck_ok(rs_store_begin_read(cx, reader));
    ck_ok(rs_store_check(cx, reader));
    const struct rs_bits *found = rs_memory_find_list(reader->memory, bound);
    rs_store_end_read(reader);
    return found;
}

static void keep_list(const struct rs_metric_bound *bound)
{
    static const int64_t runs[] = {3, 9};
    const struct rs_bits list = rs_bits_of(cx->arena, runs, 2);

    ck_ok(rs_store_begin_read(cx, reader));
    rs_memory_put_list(reader->memory, bound, &list);
    rs_store_end_read(reader);
}

START_TEST(a_list_is_remembered_until_a_point_of_its_metric_comes_in_its_experiment)
{
    const struct rs_metric_bound bound = above(run.experiment, "loss");
    const struct rs_metric_bound elsewhere = above(run.experiment + 1, "loss");

    ck_assert_ptr_null(find_list(&bound));
    keep_list(&bound);
    keep_list(&elsewhere);
    ck_assert_uint_eq(find_list(&bound)->n, 2);
    ck_assert(rs_bits_has(find_list(&bound), 3));
    scratch_point(&run, "accuracy", 1, 1, 0.5);
    scratch_commit();
    ck_assert_ptr_nonnull(find_list(&bound));
    scratch_point(&run, "loss", 1, 1, 0.5);
    ck_assert_ptr_null(find_list(&bound)); /* it may be committed at any moment */
    keep_list(&bound);
    ck_assert_ptr_null(find_list(&bound));
    scratch_commit();
    ck_assert_ptr_null(find_list(&bound));
    ck_assert_ptr_nonnull(find_list(&elsewhere));
    keep_list(&bound);
    ck_assert_ptr_nonnull(find_list(&bound));
}
END_TEST

START_TEST(a_list_is_found_by_its_own_comparison_only)
{
    const struct rs_metric_bound bound = above(run.experiment, "loss");

    keep_list(&bound);
    for (int i = 0; i < 4; i++) {
        struct rs_metric_bound another = bound;

        another.experiment += i == 0;
        another.key += i == 1;
        another.cmp = i == 2 ? RS_CMP_GE : another.cmp;
        another.value = i == 3 ? nextafter(another.value, 1) : another.value;
        ck_assert_ptr_null(find_list(&another));
    }
    ck_assert_ptr_nonnull(find_list(&bound));
}
END_TEST

START_TEST(the_memory_of_lists_is_bounded_and_starts_anew_between_calls)
{
    static const int64_t far[] = {8, 8 * RS_MEMORY_LIST_MAX};
    const struct rs_bits largest = rs_bits_of(cx->arena, far, 2);
    struct rs_memory *m = reader->memory;
    struct rs_metric_bound bound = above(run.experiment, "loss");
    struct rs_bits too_large = rs_bits_of(cx->arena, (const int64_t[]){0, far[1]}, 2);

    rs_memory_put_list(m, &bound, &too_large);
    ck_assert_ptr_null(m->list);
    while (m->listed.used <= RS_MEMORY_LIST_BYTES) {
        bound.key++;
        rs_memory_put_list(m, &bound, &largest);
    }
    ck_assert_ptr_nonnull(rs_memory_find_list(m, &bound));
    rs_memory_begin(m, 0);
    ck_assert_ptr_null(rs_memory_find_list(m, &bound));
    ck_assert_uint_eq(m->listed.used, 0);
}
END_TEST

static const struct rs_comparison QUESTION = {{1, 2}};

/* What the reader knows of an owner's answer to the question, once a snapshot is there. */
static enum rs_answer answer_of(int64_t owner)
{
    ck_ok(rs_store_begin_read(cx, reader));
    ck_ok(rs_store_check(cx, reader));
    const enum rs_answer answer = rs_memory_answer(reader->memory, &QUESTION, owner);
    rs_store_end_read(reader);
    return answer;
}

static void keep_answer(int64_t owner, bool is_met)
{
    ck_ok(rs_store_begin_read(cx, reader));
    rs_memory_put_answer(reader->memory, &QUESTION, owner, is_met);
    rs_store_end_read(reader);
}

START_TEST(an_answer_is_remembered_until_a_tag_of_its_owner_or_of_his_neighbours_changes)
{
    struct rs_str before;

    tag_version(TAG.value);
    scratch_commit();
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN);
    keep_answer(77, true);
    keep_answer(78, false);
    keep_answer(77 + 64, true);
    ck_assert_int_eq(answer_of(77), RS_ANSWER_YES);
    ck_assert_int_eq(answer_of(78), RS_ANSWER_NO);
    ck_assert_int_eq(answer_of(79), RS_ANSWER_UNKNOWN);
    ck_ok(rs_store_model_version_tag_delete(cx, store, 77, TAG.key, &before));
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN); /* it may be committed at any moment */
    keep_answer(77, true);
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN);
    scratch_commit();
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN);
    keep_answer(77, false);
    ck_assert_int_eq(answer_of(77), RS_ANSWER_NO);
    ck_assert_int_eq(answer_of(78), RS_ANSWER_UNKNOWN);
    tag_version(RS_STR("blue"));
    scratch_commit();
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN);
    ck_assert_int_eq(answer_of(77 + 64), RS_ANSWER_YES);
}
END_TEST

START_TEST(answers_to_another_question_take_the_place_of_those_that_share_it)
{
    static const struct rs_comparison another = {{1 + RS_MEMORY_ANSWERS, 2}};

    keep_answer(77, true);
    ck_assert_int_eq(rs_memory_answer(reader->memory, &another, 77), RS_ANSWER_UNKNOWN);
    rs_memory_put_answer(reader->memory, &another, 77, false);
    ck_assert_int_eq(rs_memory_answer(reader->memory, &another, 77), RS_ANSWER_NO);
    ck_assert_int_eq(answer_of(77), RS_ANSWER_UNKNOWN);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t,
                   an_answer_is_remembered_until_a_tag_of_its_owner_or_of_his_neighbours_changes);
    tcase_add_test(t, answers_to_another_question_take_the_place_of_those_that_share_it);
    tcase_add_test(t, a_list_is_remembered_until_a_point_of_its_metric_comes_in_its_experiment);
    tcase_add_test(t, a_list_is_found_by_its_own_comparison_only);
    tcase_add_test(t, the_memory_of_lists_is_bounded_and_starts_anew_between_calls);
    tcase_add_test(t, the_owners_of_a_tag_are_remembered_until_somebody_gets_it);
    tcase_add_test(t, the_memory_of_tags_is_bounded_and_starts_anew_between_calls);
    tcase_add_test(t, a_run_that_nobody_changes_is_remembered_from_the_second_time_on);
    tcase_add_loop_test(t, every_write_to_a_run_makes_it_forgotten, 0, WRITES);
    tcase_add_test(t, a_run_that_a_transaction_is_about_to_change_is_read_as_it_was);
    tcase_add_test(t, what_was_undone_is_not_remembered);
    tcase_add_test(t, a_commit_after_the_beginning_of_a_read_is_not_taken_for_a_part_of_it);
    tcase_add_test(t, edges_are_read_anew_also_of_a_run_that_is_remembered);
    tcase_add_test(t, a_page_may_have_runs_that_are_remembered_and_others_and_some_twice);
    tcase_add_test(t, a_set_holds_several_runs_and_gives_up_the_one_that_was_not_used_for_longest);
    tcase_add_test(t, a_run_in_the_set_of_others_does_not_take_their_text_within_a_call);
    tcase_add_test(t, the_memory_is_bounded_and_starts_anew_between_calls);
    tcase_add_test(
        t, a_snapshot_is_left_to_the_next_read_until_something_is_committed_or_the_reader_rests);
    tcase_add_test(t, a_read_sees_what_was_committed_after_a_snapshot_that_was_left_to_it);
    tcase_add_test(t, a_store_that_is_not_told_of_changes_remembers_nothing);
}

int main(void)
{
    return scratch_main("store/memory", open_all, add);
}
