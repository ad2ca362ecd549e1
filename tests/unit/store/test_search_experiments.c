/* SPDX-License-Identifier: Apache-2.0 */
/* The search of experiments: what is found, in which order, on which page. Ids are written as text.
 */
#include "support/scratch.h"

#include "store/search.h"

static struct rs_clause clauses[4];
static struct rs_order orders[4];
static struct rs_filter filter;
static struct rs_orders order_by;
static struct rs_experiments_query query;

/* Experiments 1 to 5, named as they come; two were made at the same time. 4 is deleted. */
static void open_five(void)
{
    static const char *const names[] = {"alpha", "Beta", "be_ta", "gone", "delta%"};
    static const int64_t times[] = {100, 300, 200, 200, 200};

    scratch_open();
    for (size_t i = 0; i < 5; i++) {
        const struct rs_experiment_new e = {.name = rs_str_of(names[i]),
                                            .artifact_root = RS_STR("mlflow-artifacts:"),
                                            .now = times[i]};
        const struct rs_tag tag = {RS_STR("team"), rs_str_of(i == 0 ? "red" : "Blue")};
        int64_t id = 0;

        ck_ok(rs_store_experiment_create(scratch_cx(), scratch_store(), &e, &id));
        ck_assert_int_eq(id, (int64_t)i + 1);
        if (i < 3) {
            ck_ok(rs_store_experiment_tag_put(scratch_cx(), scratch_store(), id, &tag));
        }
    }
    ck_ok(rs_store_experiment_set_stage(scratch_cx(), scratch_store(), 4, RS_STAGE_DELETED, 400));
    filter = (struct rs_filter){clauses, 0};
    order_by = (struct rs_orders){orders, 0};
    query = (struct rs_experiments_query){
        .view = RS_VIEW_ACTIVE_ONLY, .filter = &filter, .orders = &order_by, .page.limit = 100};
}

static void filter_by(struct rs_clause c)
{
    clauses[filter.n++] = c;
}

static void order(enum rs_attr attr, bool descending)
{
    orders[order_by.n++] = (struct rs_order){.attr = attr, .descending = descending};
}

/* The ids that are found, page by page: "2 5 3 1 0". */
static const char *found(void)
{
    struct rs_str text = {"", 0};
    struct rs_found page;

    do {
        ck_ok(rs_store_experiments_search(scratch_cx(), scratch_store(), &query, &page));
        for (size_t i = 0; i < page.n; i++) {
            text = rs_arena_fmt(scratch_cx()->arena, RS_FMT "%s%lld", RS_ARG(text),
                                text.n > 0 ? " " : "", (long long)page.ids[i]);
        }
        query.page.after = page.last;
        query.page.n_after = page.n_last;
    } while (page.n_last > 0);
    return text.p;
}

START_TEST(the_newest_come_first_and_the_lower_id_of_equals)
{
    ck_assert_str_eq(found(), "2 3 5 1 0");
}
END_TEST

START_TEST(a_view_shows_its_stages)
{
    query.view = RS_VIEW_DELETED_ONLY;
    ck_assert_str_eq(found(), "4");
    query.view = RS_VIEW_ALL;
    ck_assert_str_eq(found(), "2 3 4 5 1 0");
}
END_TEST

START_TEST(pages_of_any_size_are_the_same_result)
{
    for (size_t limit = 1; limit < 7; limit++) {
        query.page.limit = limit;
        ck_assert_str_eq(found(), "2 3 5 1 0");
    }
    order(RS_ATTR_NAME, true);
    for (size_t limit = 1; limit < 7; limit++) {
        query.page.limit = limit;
        ck_assert_str_eq(found(), "5 3 1 0 2");
    }
}
END_TEST

START_TEST(of_equals_in_an_order_the_higher_id_comes_first)
{
    order(RS_ATTR_CREATION_TIME, true);
    ck_assert_str_eq(found(), "2 5 3 1 0");
}
END_TEST

START_TEST(names_are_compared_byte_by_byte_and_patterns_by_case)
{
    filter_by((struct rs_clause){
        .attr = RS_ATTR_NAME, .cmp = RS_CMP_LIKE, .value = rs_text(RS_STR("be%"))});
    ck_assert_str_eq(found(), "3");
    clauses[0].cmp = RS_CMP_ILIKE;
    ck_assert_str_eq(found(), "2 3");
    clauses[0] = (struct rs_clause){
        .attr = RS_ATTR_NAME, .cmp = RS_CMP_NE, .value = rs_text(RS_STR("alpha"))};
    ck_assert_str_eq(found(), "2 3 5 0");
}
END_TEST

START_TEST(ids_are_compared_as_numbers)
{
    struct rs_val ids[] = {rs_i64(1), rs_i64(5)};

    filter_by((struct rs_clause){
        .attr = RS_ATTR_EXPERIMENT_ID, .cmp = RS_CMP_IN, .values = ids, .n_values = 2});
    ck_assert_str_eq(found(), "5 1");
    clauses[0].cmp = RS_CMP_NOT_IN;
    ck_assert_str_eq(found(), "2 3 0");
}
END_TEST

START_TEST(a_tag_that_is_unequal_is_there)
{
    filter_by((struct rs_clause){.entity = RS_ENTITY_TAG,
                                 .key = RS_STR("team"),
                                 .cmp = RS_CMP_NE,
                                 .value = rs_text(RS_STR("red"))});
    ck_assert_str_eq(found(), "2 3");
    clauses[0].cmp = RS_CMP_IS_NULL;
    ck_assert_str_eq(found(), "5 0");
    clauses[0].cmp = RS_CMP_NOT_NULL;
    ck_assert_str_eq(found(), "2 3 1");
}
END_TEST

START_TEST(all_clauses_must_hold)
{
    filter_by(
        (struct rs_clause){.attr = RS_ATTR_CREATION_TIME, .cmp = RS_CMP_GE, .value = rs_i64(200)});
    filter_by((struct rs_clause){.entity = RS_ENTITY_TAG,
                                 .key = RS_STR("team"),
                                 .cmp = RS_CMP_EQ,
                                 .value = rs_text(RS_STR("Blue"))});
    ck_assert_str_eq(found(), "2 3");
}
END_TEST

START_TEST(a_key_of_another_order_is_refused)
{
    const struct rs_val key[] = {rs_text(RS_STR("alpha")), rs_i64(1)};
    struct rs_found page;

    query.page.after = key;
    query.page.n_after = 2;
    ck_fails(rs_store_experiments_search(scratch_cx(), scratch_store(), &query, &page), RS_INVALID,
             "Invalid page token");
    query.page.n_after = 1;
    order(RS_ATTR_NAME, false);
    ck_fails(rs_store_experiments_search(scratch_cx(), scratch_store(), &query, &page), RS_INVALID,
             "Invalid page token");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, the_newest_come_first_and_the_lower_id_of_equals);
    tcase_add_test(tests, a_view_shows_its_stages);
    tcase_add_test(tests, pages_of_any_size_are_the_same_result);
    tcase_add_test(tests, of_equals_in_an_order_the_higher_id_comes_first);
    tcase_add_test(tests, names_are_compared_byte_by_byte_and_patterns_by_case);
    tcase_add_test(tests, ids_are_compared_as_numbers);
    tcase_add_test(tests, a_tag_that_is_unequal_is_there);
    tcase_add_test(tests, all_clauses_must_hold);
    tcase_add_test(tests, a_key_of_another_order_is_refused);
}

int main(void)
{
    return scratch_main("search_experiments", open_five, add);
}
