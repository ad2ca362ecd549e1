/* SPDX-License-Identifier: Apache-2.0 */
/* The search of logged models: points on datasets, the latest point in an order, attributes as
 * text. */
#include <math.h>

#include "store/logged_model.h"
#include "store/search.h"
#include "support/scratch.h"

static int64_t experiment;
static struct rs_clause clauses[4];
static struct rs_order orders[4];
static struct rs_filter filter;
static struct rs_orders order_by;
static struct rs_models_query query;

static void put_point(const char *model, double value, int64_t step, const char *dataset)
{
    const struct rs_metric m = {.key = RS_STR("acc"),
                                .value = value,
                                .timestamp = step,
                                .step = step,
                                .dataset_name = rs_str_of(dataset),
                                .dataset_digest = rs_str_of(dataset != NULL ? "d1" : NULL),
                                .model_id = rs_str_of(model)};

    ck_ok(rs_store_logged_model_metrics_put(scratch_cx(), scratch_store(), RS_STR("r"), &m, 1));
}

static void make(const char *name, int64_t now)
{
    const struct rs_logged_model_new m = {
        .model_id = rs_arena_fmt(scratch_cx()->arena, "m-%s", name),
        .experiment = experiment,
        .name = rs_str_of(name),
        .now = now};
    int64_t id = 0;

    ck_ok(rs_store_logged_model_create(scratch_cx(), scratch_store(), &m, &id));
}

/* Models a to e, made one after the other but for c and d; a is ready. acc: a had 0.9 and has 0.1,
 * b has 0.5 on ds1, c is NaN, d and e have none. */
static void open_five(void)
{
    scratch_open();
    experiment = scratch_experiment("models");
    make("a", 1);
    make("b", 2);
    make("d", 3);
    make("c", 3);
    make("e", 4);
    put_point("m-a", 0.9, 1, NULL);
    put_point("m-a", 0.1, 2, NULL);
    put_point("m-b", 0.5, 1, "ds1");
    put_point("m-c", NAN, 1, NULL);
    ck_ok(rs_store_logged_model_set_status(scratch_cx(), scratch_store(), 1, RS_LOGGED_MODEL_READY,
                                           9));
    filter = (struct rs_filter){clauses, 0};
    order_by = (struct rs_orders){orders, 0};
    query = (struct rs_models_query){.experiments = &experiment,
                                     .n_experiments = 1,
                                     .filter = &filter,
                                     .orders = &order_by,
                                     .page.limit = 100};
}

static void filter_by(struct rs_clause c)
{
    clauses[filter.n++] = c;
}

/* The names that are found, page by page: "ecdba". */
static const char *found(void)
{
    char *text = RS_NEW_N(scratch_cx()->arena, char, 64);
    struct rs_logged_model models[8];
    struct rs_found page;
    size_t n = 0;

    do {
        ck_ok(rs_store_models_search(scratch_cx(), scratch_store(), &query, &page));
        ck_ok(rs_store_logged_models_load(scratch_cx(), scratch_store(), page.ids, page.n, models));
        for (size_t i = 0; i < page.n; i++) {
            text[n++] = ((const struct rs_logged_model_info *)models[i].info.p)->name.p[0];
        }
        query.page.after = page.last;
        query.page.n_after = page.n_last;
    } while (page.n_last > 0);
    return text;
}

static void check_all_pages(const char *expected)
{
    for (size_t limit = 1; limit < 7; limit++) {
        query.page.limit = limit;
        ck_assert_str_eq(found(), expected);
    }
}

START_TEST(the_newest_come_first_and_the_lower_id_of_equals)
{
    check_all_pages("ecdba");
}
END_TEST

START_TEST(any_point_of_a_model_may_meet_a_condition)
{
    filter_by((struct rs_clause){
        .entity = RS_ENTITY_METRIC, .key = RS_STR("acc"), .cmp = RS_CMP_GT, .value = rs_f64(0.4)});
    check_all_pages("ba");
    clauses[0].cmp = RS_CMP_LT;
    check_all_pages("a");
}
END_TEST

START_TEST(nan_is_unequal_to_everything_and_nothing_else)
{
    filter_by((struct rs_clause){
        .entity = RS_ENTITY_METRIC, .key = RS_STR("acc"), .cmp = RS_CMP_NE, .value = rs_f64(0.5)});
    check_all_pages("ca");
    clauses[0].cmp = RS_CMP_LE;
    check_all_pages("ba");
}
END_TEST

START_TEST(an_order_goes_by_the_latest_point_then_nan_then_none)
{
    orders[0] = (struct rs_order){.entity = RS_ENTITY_METRIC, .key = RS_STR("acc")};
    order_by.n = 1;
    check_all_pages("abced");
    orders[0].descending = true;
    check_all_pages("baced");
}
END_TEST

START_TEST(an_order_may_go_by_the_points_on_one_dataset)
{
    orders[0] = (struct rs_order){
        .entity = RS_ENTITY_METRIC, .key = RS_STR("acc"), .dataset_name = RS_STR("ds1")};
    order_by.n = 1;
    check_all_pages("becda");
    orders[0].dataset_digest = RS_STR("other");
    check_all_pages("ecdba");
}
END_TEST

START_TEST(datasets_choose_the_points_that_count)
{
    const struct rs_logged_model_dataset datasets[] = {{RS_STR("ds0"), RS_STR("d1")},
                                                       {RS_STR("ds1"), {0}}};

    query.datasets = datasets;
    query.n_datasets = 2;
    check_all_pages("b");
    filter_by((struct rs_clause){
        .entity = RS_ENTITY_METRIC, .key = RS_STR("acc"), .cmp = RS_CMP_LT, .value = rs_f64(1)});
    check_all_pages("b");
    query.n_datasets = 1;
    check_all_pages("");
}
END_TEST

START_TEST(numbers_among_the_attributes_are_compared_as_text)
{
    struct rs_val ids[] = {rs_text(RS_STR("1")), rs_text(RS_STR("x"))};

    filter_by((struct rs_clause){
        .attr = RS_ATTR_STATUS, .cmp = RS_CMP_EQ, .value = rs_text(RS_STR("2"))});
    check_all_pages("a");
    clauses[0] = (struct rs_clause){
        .attr = RS_ATTR_EXPERIMENT_ID, .cmp = RS_CMP_IN, .values = ids, .n_values = 2};
    check_all_pages("ecdba");
}
END_TEST

START_TEST(a_deleted_model_is_not_found)
{
    ck_ok(rs_store_logged_model_delete(scratch_cx(), scratch_store(), 2, 9));
    check_all_pages("ecda");
}
END_TEST

START_TEST(models_of_an_order_by_attributes_have_their_places)
{
    orders[0] = (struct rs_order){.attr = RS_ATTR_STATUS, .descending = true};
    orders[1] = (struct rs_order){.attr = RS_ATTR_NAME};
    order_by.n = 2;
    check_all_pages("abcde");
    orders[0] = (struct rs_order){.attr = RS_ATTR_STATUS_MESSAGE};
    check_all_pages("abcde");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, the_newest_come_first_and_the_lower_id_of_equals);
    tcase_add_test(tests, any_point_of_a_model_may_meet_a_condition);
    tcase_add_test(tests, nan_is_unequal_to_everything_and_nothing_else);
    tcase_add_test(tests, an_order_goes_by_the_latest_point_then_nan_then_none);
    tcase_add_test(tests, an_order_may_go_by_the_points_on_one_dataset);
    tcase_add_test(tests, datasets_choose_the_points_that_count);
    tcase_add_test(tests, numbers_among_the_attributes_are_compared_as_text);
    tcase_add_test(tests, a_deleted_model_is_not_found);
    tcase_add_test(tests, models_of_an_order_by_attributes_have_their_places);
}

int main(void)
{
    return scratch_main("search_models", open_five, add);
}
