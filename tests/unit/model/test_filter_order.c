/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of searches, as texts and as messages. */
#include "model/filter.h"

#include "model/clause_text.h"
#include "model/limits.h"

#define UNPARSED(text) "Invalid order_by clause '" text "'. Could not be parsed."
#define BAD_WORD(text) "Invalid ordering key in order_by clause '" text "'."

static struct rs_str order_text(const struct rs_order *o)
{
    const struct rs_str name = name_text(o->entity, o->attr, o->key);

    return rs_arena_fmt(&arena, RS_FMT " %s", RS_ARG(name), o->descending ? "down" : "up");
}

static enum rs_code parse(enum rs_search search, const char *text, struct rs_orders *out)
{
    const struct rs_str s = rs_str_of(text);

    return rs_orders_parse(&cx, search, &s, 1, out);
}

START_TEST(a_name_is_followed_by_a_direction_or_nothing)
{
    static const struct example examples[] = {
        {"start_time", "attr start_time up"},
        {"start_time ASC", "attr start_time up"},
        {"start_time\tdesc", "attr start_time down"},
        {"attributes.start_time  ASC", "attr start_time up"},
        {"Created DESC", "attr start_time down"},
        {"`start_time`", "attr start_time up"},
        {"\"start_time\" DESC", "attr start_time down"},
        {"metrics.m DESC", "metric m down"},
        {"metric.`a b` DESC", "metric a b down"},
        {"params.\"x y\"", "param x y up"},
        {"tags.mlflow.runName asc", "tag mlflow.runName up"},
    };

    for (size_t i = 0; i < COUNT(examples); i++) {
        struct rs_orders orders;

        ck_assert_accepts(parse(RS_SEARCH_RUNS, examples[i].text, &orders));
        ck_assert_uint_eq(orders.n, 1);
        ck_assert_text(order_text(&orders.p[0]), examples[i].want);
    }
}
END_TEST

START_TEST(what_is_no_order_is_refused)
{
    static const struct example examples[] = {
        {"", UNPARSED("")},
        {"  ", UNPARSED("  ")},
        {"1", UNPARSED("1")},
        {"'start_time'", UNPARSED("'start_time'")},
        {"metrics.m ASC DESC", UNPARSED("metrics.m ASC DESC")},
        {"metrics.m, start_time", UNPARSED("metrics.m, start_time")},
        {"metrics.m DESC NULLS LAST", UNPARSED("metrics.m DESC NULLS LAST")},
        {"metrics.m FOO", BAD_WORD("metrics.m FOO")},
        {"run name", BAD_WORD("run name")},
        {"foo.bar", "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', "
                    "'attribute', 'dataset']"},
        {"`run name`", "Invalid attribute key 'run name' specified. Valid keys are '{'run_id', "
                       "'run_name', 'user_id', 'status', 'artifact_uri', 'start_time', 'end_time', "
                       "'created', 'Created'}'"},
        {"datasets.name", "Invalid identifier type 'dataset'"},
    };
    struct rs_orders orders;

    for (size_t i = 0; i < COUNT(examples); i++) {
        ck_assert_refuses(parse(RS_SEARCH_RUNS, examples[i].text, &orders), examples[i].want);
    }
}
END_TEST

START_TEST(runs_refuse_a_key_that_comes_twice)
{
    const struct rs_str twice[] = {RS_STR("metrics.m"), RS_STR("start_time"),
                                   RS_STR("created DESC")};
    const struct rs_str other[] = {RS_STR("run_name"), RS_STR("tags.mlflow.runName"),
                                   RS_STR("params.m"), RS_STR("metrics.m")};
    struct rs_orders orders;

    ck_assert_refuses(
        rs_orders_parse(&cx, RS_SEARCH_RUNS, twice, 3, &orders),
        "`order_by` contains duplicate fields: ['metrics.m', 'start_time', 'created DESC']");
    ck_assert_accepts(rs_orders_parse(&cx, RS_SEARCH_RUNS, other, 4, &orders));
    ck_assert_uint_eq(orders.n, 4);
}
END_TEST

START_TEST(experiments_order_by_attributes_and_the_first_of_a_key_counts)
{
    const struct rs_str texts[] = {RS_STR("name DESC"), RS_STR("creation_time"), RS_STR("name")};
    struct rs_orders orders;

    ck_assert_accepts(rs_orders_parse(&cx, RS_SEARCH_EXPERIMENTS, texts, 3, &orders));
    ck_assert_uint_eq(orders.n, 2);
    ck_assert_text(order_text(&orders.p[0]), "attr name down");
    ck_assert_text(order_text(&orders.p[1]), "attr creation_time up");
    ck_assert_refuses(parse(RS_SEARCH_EXPERIMENTS, "tags.a", &orders),
                      "Invalid order_by entity: tag");
}
END_TEST

START_TEST(logged_models_order_by_messages)
{
    const struct rs_logged_model_order items[] = {
        {.field_name = RS_STR("metrics.m"),
         .dataset_name = RS_STR("d"),
         .dataset_digest = RS_STR("")},
        {.field_name = RS_STR("metrics.m"), .ascending = RS_SOME_BOOL(false)},
        {.field_name = RS_STR("creation_timestamp"), .ascending = RS_SOME_BOOL(true)},
        {.field_name = RS_STR("creation_time")},
        {.field_name = RS_STR("name"), .dataset_name = RS_STR("d")},
    };
    struct rs_orders orders;

    ck_assert_accepts(rs_logged_model_orders_parse(&cx, items, COUNT(items), &orders));
    ck_assert_uint_eq(orders.n, 4);
    ck_assert_text(order_text(&orders.p[0]), "metric m up");
    ck_assert_text(orders.p[0].dataset_name, "d");
    ck_assert_ptr_null(orders.p[0].dataset_digest.p);
    ck_assert_text(order_text(&orders.p[1]), "metric m down");
    ck_assert_text(order_text(&orders.p[2]), "attr creation_time up");
    ck_assert_text(order_text(&orders.p[3]), "attr name up");
}
END_TEST

START_TEST(logged_models_refuse_other_fields)
{
    static const struct example examples[] = {
        {"params.a", "Invalid order by field name: params.a. Only metrics are supported."},
        {"attributes.name",
         "Invalid order by field name: attributes.name. Only metrics are supported."},
        {"foo", "Invalid order by field name: foo"},
        {"name DESC", "Invalid order by field name: name DESC"},
        {"", "Invalid order by field name: "},
    };
    struct rs_orders orders;

    for (size_t i = 0; i < COUNT(examples); i++) {
        const struct rs_logged_model_order item = {.field_name = rs_str_of(examples[i].text)};

        ck_assert_refuses(rs_logged_model_orders_parse(&cx, &item, 1, &orders), examples[i].want);
    }
}
END_TEST

START_TEST(an_order_has_a_limit_and_may_be_empty)
{
    struct rs_str texts[RS_ORDERS_MAX + 1];
    struct rs_orders orders;

    for (int i = 0; i <= RS_ORDERS_MAX; i++) {
        texts[i] = rs_arena_fmt(&arena, "metrics.m%d", i);
    }
    ck_assert_accepts(rs_orders_parse(&cx, RS_SEARCH_RUNS, texts, RS_ORDERS_MAX, &orders));
    ck_assert_uint_eq(orders.n, RS_ORDERS_MAX);
    ck_assert_refuses(rs_orders_parse(&cx, RS_SEARCH_RUNS, texts, RS_ORDERS_MAX + 1, &orders),
                      "order_by has more than 30 keys");
    ck_assert_accepts(rs_orders_parse(&cx, RS_SEARCH_RUNS, NULL, 0, &orders));
    ck_assert_uint_eq(orders.n, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_name_is_followed_by_a_direction_or_nothing);
    tcase_add_test(t, what_is_no_order_is_refused);
    tcase_add_test(t, runs_refuse_a_key_that_comes_twice);
    tcase_add_test(t, experiments_order_by_attributes_and_the_first_of_a_key_counts);
    tcase_add_test(t, logged_models_order_by_messages);
    tcase_add_test(t, logged_models_refuse_other_fields);
    tcase_add_test(t, an_order_has_a_limit_and_may_be_empty);
}

int main(void)
{
    return run_model_tests("model/filter_order", add);
}
