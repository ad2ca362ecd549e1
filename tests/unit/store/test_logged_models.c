/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models in the store: what repeats, what clashes, and what comes back. */
#include "store/logged_model.h"

#include <math.h>

#include "support/scratch.h"

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static int64_t make(const char *model_id)
{
    int64_t id = 0;

    ck_ok(rs_store_logged_model_create(
        cx, store,
        &(struct rs_logged_model_new){
            .model_id = rs_str_of(model_id), .name = RS_STR("net"), .now = 1000},
        &id));
    return id;
}

static struct rs_logged_model load(int64_t id)
{
    struct rs_logged_model out;

    ck_ok(rs_store_logged_models_load(cx, store, &id, 1, &out));
    return out;
}

static const struct rs_logged_model_info *info_of(int64_t id)
{
    return load(id).info.p;
}

static const struct rs_logged_model_data *data_of(int64_t id)
{
    return load(id).data.p;
}

static enum rs_code put_param(int64_t id, const char *key, const char *value)
{
    struct rs_param p = {rs_str_of(key), rs_str_of(value)};
    const struct rs_list list = RS_LIST(&p, 1);

    return rs_store_logged_model_params_put(cx, store, id, &list);
}

static enum rs_code put_metric(const char *run_id, struct rs_metric m)
{
    return rs_store_logged_model_metrics_put(cx, store, rs_str_of(run_id), &m, 1);
}

/* What tells -0.0 from 0.0, and one NaN from another. */
static uint64_t bits(double v)
{
    uint64_t b = 0;

    memcpy(&b, &v, sizeof b);
    return b;
}

START_TEST(a_new_model_is_pending_and_knows_where_its_files_lie)
{
    const struct rs_logged_model_info *info = info_of(make("m-1"));

    ck_text(info->model_id, "m-1");
    ck_text(info->experiment_id, "0");
    ck_text(info->name, "net");
    ck_text(info->model_type, "");
    ck_text(info->source_run_id, "");
    ck_assert_ptr_null(info->status_message.p);
    ck_text(info->artifact_uri, "mlflow-artifacts:/0/models/m-1/artifacts");
    ck_assert_int_eq(info->creation_timestamp_ms, 1000);
    ck_assert_int_eq(info->last_updated_timestamp_ms, 1000);
    ck_assert(info->status.is_set);
    ck_assert_int_eq(info->status.v, RS_LOGGED_MODEL_PENDING);
}
END_TEST

START_TEST(a_model_is_found_by_its_public_id_also_when_it_is_deleted)
{
    const int64_t id = make("m-1");
    struct rs_logged_model_ref ref;

    ck_ok(rs_store_logged_model_find(cx, store, RS_STR("m-1"), &ref));
    ck_assert_int_eq(ref.id, id);
    ck_assert_int_eq(ref.stage, RS_STAGE_ACTIVE);
    ck_ok(rs_store_logged_model_delete(cx, store, id, 2000));
    ck_ok(rs_store_logged_model_find(cx, store, RS_STR("m-1"), &ref));
    ck_assert_int_eq(ref.stage, RS_STAGE_DELETED);
    ck_assert_int_eq(info_of(id)->last_updated_timestamp_ms, 2000);
    /* Deleting again is no new change. */
    ck_ok(rs_store_logged_model_delete(cx, store, id, 3000));
    ck_assert_int_eq(info_of(id)->last_updated_timestamp_ms, 2000);
    ck_fails(rs_store_logged_model_find(cx, store, RS_STR("m-2"), &ref), RS_NOT_FOUND,
             "Logged model with ID 'm-2' not found.");
    ck_fails(rs_store_logged_model_find(cx, store, (struct rs_str){0}, &ref), RS_NOT_FOUND, "''");
}
END_TEST

START_TEST(a_status_is_set_with_its_time)
{
    const int64_t id = make("m-1");

    ck_ok(rs_store_logged_model_set_status(cx, store, id, RS_LOGGED_MODEL_READY, 5000));
    ck_assert_int_eq(info_of(id)->status.v, RS_LOGGED_MODEL_READY);
    ck_assert_int_eq(info_of(id)->last_updated_timestamp_ms, 5000);
    ck_assert_int_eq(info_of(id)->creation_timestamp_ms, 1000);
}
END_TEST

START_TEST(the_last_value_of_a_tag_counts_and_a_tag_can_be_deleted)
{
    const int64_t id = make("m-1");
    struct rs_tag tags[] = {
        {RS_STR("b"), RS_STR("1")}, {RS_STR("a"), {0}}, {RS_STR("b"), RS_STR("2")}};
    const struct rs_list list = RS_LIST(tags, 3);
    bool was_there = false;

    ck_ok(rs_store_logged_model_tags_put(cx, store, id, &list));
    const struct rs_logged_model_info *info = info_of(id);
    const struct rs_tag *got = info->tags.p;
    ck_assert_uint_eq(info->tags.n, 2);
    ck_text(got[0].key, "a");
    ck_text(got[0].value, "");
    ck_text(got[1].key, "b");
    ck_text(got[1].value, "2");
    ck_ok(rs_store_logged_model_tag_delete(cx, store, id, RS_STR("b"), &was_there));
    ck_assert(was_there);
    ck_ok(rs_store_logged_model_tag_delete(cx, store, id, RS_STR("b"), &was_there));
    ck_assert(!was_there);
    ck_assert_uint_eq(info_of(id)->tags.n, 1);
}
END_TEST

START_TEST(a_new_model_has_no_tag_twice)
{
    const int64_t id = make("m-1");
    struct rs_tag tags[] = {{RS_STR("b"), RS_STR("1")}, {RS_STR("b"), RS_STR("1")}};
    const struct rs_list list = RS_LIST(tags, 2);

    ck_fails(rs_store_logged_model_tags_add(cx, store, id, &list), RS_INVALID, "'b'");
}
END_TEST

START_TEST(a_param_may_be_said_again_but_not_otherwise)
{
    const int64_t id = make("m-1");

    ck_ok(put_param(id, "lr", "0.1"));
    ck_ok(put_param(id, "lr", "0.1"));
    ck_fails(put_param(id, "lr", "0.2"), RS_INVALID, "'lr'");
    ck_ok(put_param(id, "LR", "0.2"));
    ck_ok(put_param(id, "empty", NULL));
    ck_ok(put_param(id, "empty", ""));
    const struct rs_logged_model_data *data = data_of(id);
    const struct rs_param *got = data->params.p;
    ck_assert_uint_eq(data->params.n, 3);
    ck_text(got[0].key, "LR");
    ck_text(got[1].key, "empty");
    ck_text(got[1].value, "");
    ck_text(got[2].value, "0.1");
}
END_TEST

START_TEST(a_point_is_kept_with_all_that_it_says)
{
    const int64_t id = make("m-1");

    ck_ok(put_metric("r1", (struct rs_metric){.key = RS_STR("acc"),
                                              .value = 0.5,
                                              .timestamp = 7,
                                              .step = -3,
                                              .dataset_name = RS_STR("train"),
                                              .dataset_digest = RS_STR("d"),
                                              .model_id = RS_STR("m-1")}));
    const struct rs_logged_model_data *data = data_of(id);
    const struct rs_metric *m = data->metrics.p;
    ck_assert_uint_eq(data->metrics.n, 1);
    ck_text(m->key, "acc");
    ck_assert_double_eq(m->value, 0.5);
    ck_assert_int_eq(m->timestamp, 7);
    ck_assert_int_eq(m->step, -3);
    ck_text(m->dataset_name, "train");
    ck_text(m->dataset_digest, "d");
    ck_text(m->model_id, "m-1");
    ck_text(m->run_id, "r1");
}
END_TEST

START_TEST(a_repeated_point_stays_the_first_one_also_when_it_is_nan)
{
    const int64_t id = make("m-1");
    struct rs_metric m = {.key = RS_STR("loss"), .value = (double)NAN, .model_id = RS_STR("m-1")};

    ck_ok(put_metric("r1", m));
    ck_ok(put_metric("r1", m));
    m.value = 2;
    ck_ok(put_metric("r1", m));
    ck_assert_uint_eq(data_of(id)->metrics.n, 1);
    ck_assert(isnan(((const struct rs_metric *)data_of(id)->metrics.p)->value));
    /* Another run says it for itself. */
    ck_ok(put_metric("r2", m));
    m.step = 1;
    ck_ok(put_metric("r1", m));
    m.timestamp = 1;
    ck_ok(put_metric("r1", m));
    ck_assert_uint_eq(data_of(id)->metrics.n, 4);
}
END_TEST

START_TEST(any_double_comes_back)
{
    static const double values[] = {-0.0, INFINITY, -INFINITY, 4.9e-324, 1.7976931348623157e308};
    const int64_t id = make("m-1");

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ck_ok(put_metric("r1", (struct rs_metric){.key = RS_STR("v"),
                                                  .value = values[i],
                                                  .step = (int64_t)i,
                                                  .model_id = RS_STR("m-1")}));
    }
    const struct rs_logged_model_data *data = data_of(id);
    const struct rs_metric *m = data->metrics.p;
    ck_assert_uint_eq(data->metrics.n, sizeof values / sizeof values[0]);
    for (size_t i = 0; i < data->metrics.n; i++) {
        ck_assert_uint_eq(bits(m[i].value), bits(values[i]));
    }
}
END_TEST

START_TEST(a_point_of_a_model_that_is_not_there_is_refused)
{
    struct rs_metric points[] = {{.key = RS_STR("a")},
                                 {.key = RS_STR("b"), .model_id = RS_STR("m-9")}};

    ck_ok(rs_store_logged_model_metrics_put(cx, store, RS_STR("r1"), points, 1));
    ck_fails(rs_store_logged_model_metrics_put(cx, store, RS_STR("r1"), points, 2), RS_INVALID,
             "'m-9'");
    ck_assert_int_eq(scratch_number("SELECT count(*) FROM logged_model_metric"), 0);
}
END_TEST

START_TEST(a_page_of_many_models_gives_each_its_own)
{
    enum { N = 70 };
    int64_t ids[N];
    static struct rs_logged_model out[N];

    for (int i = 0; i < N; i++) {
        const struct rs_str name = rs_arena_fmt(cx->arena, "m-%d", i);

        ids[N - 1 - i] = make(name.p);
        ck_ok(put_param(ids[N - 1 - i], "name", name.p));
    }
    ck_ok(rs_store_logged_models_load(cx, store, ids, N, out));
    for (int i = 0; i < N; i++) {
        const struct rs_logged_model_info *info = out[i].info.p;
        const struct rs_logged_model_data *data = out[i].data.p;
        const struct rs_str name = rs_arena_fmt(cx->arena, "m-%d", N - 1 - i);

        ck_text(info->model_id, name.p);
        ck_assert_uint_eq(data->params.n, 1);
        ck_text(((const struct rs_param *)data->params.p)->value, name.p);
        ck_assert_uint_eq(data->metrics.n, 0);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_new_model_is_pending_and_knows_where_its_files_lie);
    tcase_add_test(t, a_model_is_found_by_its_public_id_also_when_it_is_deleted);
    tcase_add_test(t, a_status_is_set_with_its_time);
    tcase_add_test(t, the_last_value_of_a_tag_counts_and_a_tag_can_be_deleted);
    tcase_add_test(t, a_new_model_has_no_tag_twice);
    tcase_add_test(t, a_param_may_be_said_again_but_not_otherwise);
    tcase_add_test(t, a_point_is_kept_with_all_that_it_says);
    tcase_add_test(t, a_repeated_point_stays_the_first_one_also_when_it_is_nan);
    tcase_add_test(t, any_double_comes_back);
    tcase_add_test(t, a_point_of_a_model_that_is_not_there_is_refused);
    tcase_add_test(t, a_page_of_many_models_gives_each_its_own);
}

int main(void)
{
    return scratch_main("store/logged_models", open_all, add);
}
