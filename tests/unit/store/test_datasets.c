/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets, and the edges from runs to what they read and made. */
#include "store/dataset.h"

#include "store/load.h"
#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;
static struct rs_run_ref run;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
    run = scratch_run("r1");
}

/* Logs a dataset with up to two tags; a NULL key is no tag. */
static void put(const struct rs_run_ref *r, struct rs_dataset d, const char *key, const char *value)
{
    struct rs_tag tag = {rs_str_of(key), rs_str_of(value)};
    const struct rs_dataset_input input = {.tags = RS_LIST(&tag, key != NULL ? 1 : 0),
                                           .dataset = RS_SUB(&d)};

    ck_ok(rs_store_dataset_input_put(cx, store, r, &input));
}

static struct rs_dataset dataset(const char *name, const char *digest)
{
    return (struct rs_dataset){.name = rs_str_of(name),
                               .digest = rs_str_of(digest),
                               .source_type = RS_STR("local"),
                               .source = RS_STR("{}")};
}

static const struct rs_run_inputs *inputs_of(const struct rs_run_ref *r)
{
    struct rs_run *out = RS_NEW(cx->arena, struct rs_run);

    ck_ok(rs_store_runs_load(cx, store, &r->id, 1, out));
    return out->inputs.p;
}

static const struct rs_dataset_input *input_of(const struct rs_run_ref *r, size_t i)
{
    const struct rs_run_inputs *inputs = inputs_of(r);

    ck_assert_uint_gt(inputs->dataset_inputs.n, i);
    return &((const struct rs_dataset_input *)inputs->dataset_inputs.p)[i];
}

START_TEST(a_dataset_comes_back_as_it_was_logged)
{
    struct rs_dataset d = dataset("train", "d1");

    d.schema = RS_STR("{\"a\": 1}");
    d.profile = RS_STR("");
    put(&run, d, "mlflow.data.context", "training");
    const struct rs_dataset_input *input = input_of(&run, 0);
    const struct rs_dataset *got = input->dataset.p;
    const struct rs_tag *tag = input->tags.p;
    ck_text(got->name, "train");
    ck_text(got->digest, "d1");
    ck_text(got->source_type, "local");
    ck_text(got->source, "{}");
    ck_text(got->schema, "{\"a\": 1}");
    ck_assert_ptr_null(got->profile.p); /* an empty one is none, as in MLflow */
    ck_assert_uint_eq(input->tags.n, 1);
    ck_text(tag->key, "mlflow.data.context");
    ck_text(tag->value, "training");
}
END_TEST

START_TEST(what_was_not_said_of_a_dataset_stays_absent)
{
    put(&run, dataset("train", "d1"), NULL, NULL);
    const struct rs_dataset *got = input_of(&run, 0)->dataset.p;

    ck_assert_ptr_null(got->schema.p);
    ck_assert_ptr_null(got->profile.p);
    ck_assert_uint_eq(input_of(&run, 0)->tags.n, 0);
}
END_TEST

START_TEST(a_repeated_input_changes_nothing)
{
    struct rs_dataset other = dataset("train", "d1");

    other.source = RS_STR("another");
    put(&run, dataset("train", "d1"), "k", "first");
    put(&run, other, "k", "second");
    put(&run, other, "k2", "third");
    ck_assert_uint_eq(inputs_of(&run)->dataset_inputs.n, 1);
    const struct rs_dataset_input *input = input_of(&run, 0);
    ck_text(((const struct rs_dataset *)input->dataset.p)->source, "{}");
    ck_assert_uint_eq(input->tags.n, 1);
    ck_text(((const struct rs_tag *)input->tags.p)->value, "first");
}
END_TEST

START_TEST(a_dataset_is_known_by_name_and_digest_within_its_experiment)
{
    const int64_t other = scratch_experiment("other");
    struct rs_run_ref elsewhere;

    ck_ok(rs_store_run_create(
        cx, store,
        &(struct rs_run_new){.run_id = RS_STR("r2"), .experiment = other, .name = RS_STR("r2")},
        &elsewhere));
    put(&run, dataset("train", "d1"), NULL, NULL);
    put(&run, dataset("train", "d2"), NULL, NULL);
    put(&run, dataset("eval", "d1"), NULL, NULL);
    put(&elsewhere, dataset("train", "d1"), NULL, NULL);
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM dataset"), 4);
    ck_assert_uint_eq(inputs_of(&run)->dataset_inputs.n, 3);
    ck_assert_uint_eq(inputs_of(&elsewhere)->dataset_inputs.n, 1);
}
END_TEST

START_TEST(inputs_come_in_the_order_in_which_they_were_logged)
{
    put(&run, dataset("z", "1"), "place", "0");
    put(&run, dataset("a", "1"), "place", "1");
    put(&run, dataset("m", "1"), "place", "2");
    for (size_t i = 0; i < 3; i++) {
        const struct rs_tag *tag = input_of(&run, i)->tags.p;

        ck_assert_int_eq(tag->value.p[0], (char)('0' + i));
    }
}
END_TEST

START_TEST(an_input_without_a_dataset_is_one_without_a_name)
{
    const struct rs_dataset_input nothing = {0};

    ck_ok(rs_store_dataset_input_put(cx, store, &run, &nothing));
    ck_ok(rs_store_dataset_input_put(cx, store, &run, &nothing));
    ck_assert_uint_eq(inputs_of(&run)->dataset_inputs.n, 1);
    ck_text(((const struct rs_dataset *)input_of(&run, 0)->dataset.p)->name, "");
}
END_TEST

START_TEST(edges_to_models_are_kept_once_with_the_first_step)
{
    struct rs_run out;

    ck_ok(rs_store_model_input_put(cx, store, &run, RS_STR("m-b")));
    ck_ok(rs_store_model_input_put(cx, store, &run, RS_STR("m-a")));
    ck_ok(rs_store_model_input_put(cx, store, &run, RS_STR("m-b")));
    for (int64_t step = 7; step < 9; step++) {
        ck_ok(rs_store_model_output_put(
            cx, store, &run, &(struct rs_model_output){.model_id = RS_STR("m-c"), .step = step}));
    }
    ck_ok(rs_store_runs_load(cx, store, &run.id, 1, &out));
    const struct rs_run_inputs *inputs = out.inputs.p;
    const struct rs_run_outputs *outputs = out.outputs.p;
    const struct rs_model_input *read = inputs->model_inputs.p;
    const struct rs_model_output *made = outputs->model_outputs.p;
    ck_assert_uint_eq(inputs->model_inputs.n, 2);
    ck_text(read[0].model_id, "m-b");
    ck_text(read[1].model_id, "m-a");
    ck_assert_uint_eq(outputs->model_outputs.n, 1);
    ck_text(made[0].model_id, "m-c");
    ck_assert_int_eq(made[0].step, 7);
}
END_TEST

/* Three statements' worth of ids, in an order that is not that of the store; one comes twice, at
 * the border of two. */
START_TEST(a_page_of_many_runs_gives_each_its_own_inputs)
{
    enum { N = 130, TWICE = 63 };
    struct rs_run_ref runs[N];
    int64_t ids[N];
    static struct rs_run out[N];

    for (int i = 0; i < N; i++) {
        const struct rs_str name = rs_arena_fmt(cx->arena, "run-%03d", i);

        runs[i] = scratch_run(name.p);
        for (int k = 0; k < (i + 1) % 3; k++) {
            const struct rs_str digest = rs_arena_fmt(cx->arena, "%d", k);

            put(&runs[i], dataset(name.p, digest.p), "tag", name.p);
        }
        ids[N - 1 - i] = runs[i].id;
    }
    ids[0] = runs[TWICE].id;
    ck_ok(rs_store_runs_load(cx, store, ids, N, out));
    for (int i = 0; i < N; i++) {
        const int number = i == 0 ? TWICE : N - 1 - i;
        const struct rs_str name = rs_arena_fmt(cx->arena, "run-%03d", number);
        const struct rs_run_inputs *inputs = out[i].inputs.p;
        const struct rs_dataset_input *items = inputs->dataset_inputs.p;

        ck_assert_uint_eq(inputs->dataset_inputs.n, (size_t)(number + 1) % 3);
        for (size_t k = 0; k < inputs->dataset_inputs.n; k++) {
            ck_text(((const struct rs_dataset *)items[k].dataset.p)->name, name.p);
            ck_assert_uint_eq(items[k].tags.n, 1);
            ck_text(((const struct rs_tag *)items[k].tags.p)->value, name.p);
        }
    }
}
END_TEST

static struct rs_list summaries(int64_t experiment, size_t most)
{
    struct rs_list out = {0};

    ck_ok(rs_store_dataset_summaries(cx, store, experiment, most, &out));
    return out;
}

START_TEST(a_summary_names_each_dataset_once_for_each_context)
{
    const struct rs_run_ref second = scratch_run("r2");

    put(&run, dataset("train", "d1"), "mlflow.data.context", "training");
    put(&second, dataset("train", "d1"), "mlflow.data.context", "training");
    put(&second, dataset("eval", "d1"), "other", "tag");
    const struct rs_list list = summaries(0, 100);
    const struct rs_dataset_summary *s = list.p;
    ck_assert_uint_eq(list.n, 2);
    ck_text(s[0].name, "eval");
    ck_assert_ptr_null(s[0].context.p);
    ck_text(s[1].name, "train");
    ck_text(s[1].digest, "d1");
    ck_text(s[1].context, "training");
    ck_text(s[1].experiment_id, "0");
    ck_assert_uint_eq(summaries(12345, 100).n, 0);
    ck_assert_uint_eq(summaries(0, 1).n, 1);
    ck_assert_uint_eq(summaries(0, 0).n, 0);
}
END_TEST

START_TEST(summaries_of_several_experiments_are_one_list)
{
    struct rs_list list = {0};

    put(&run, dataset("a", "1"), NULL, NULL);
    put(&run, dataset("b", "1"), NULL, NULL);
    ck_ok(rs_store_dataset_summaries(cx, store, 0, 10, &list));
    ck_ok(rs_store_dataset_summaries(cx, store, 0, 10, &list));
    ck_ok(rs_store_dataset_summaries(cx, store, 99, 10, &list));
    const struct rs_dataset_summary *s = list.p;
    ck_assert_uint_eq(list.n, 4);
    ck_text(s[0].name, "a");
    ck_text(s[3].name, "b");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_dataset_comes_back_as_it_was_logged);
    tcase_add_test(t, what_was_not_said_of_a_dataset_stays_absent);
    tcase_add_test(t, a_repeated_input_changes_nothing);
    tcase_add_test(t, a_dataset_is_known_by_name_and_digest_within_its_experiment);
    tcase_add_test(t, inputs_come_in_the_order_in_which_they_were_logged);
    tcase_add_test(t, an_input_without_a_dataset_is_one_without_a_name);
    tcase_add_test(t, edges_to_models_are_kept_once_with_the_first_step);
    tcase_add_test(t, a_page_of_many_runs_gives_each_its_own_inputs);
    tcase_add_test(t, a_summary_names_each_dataset_once_for_each_context);
    tcase_add_test(t, summaries_of_several_experiments_are_one_list);
}

int main(void)
{
    return scratch_main("store/datasets", open_all, add);
}
