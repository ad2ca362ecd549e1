/* SPDX-License-Identifier: Apache-2.0 */
/* How SQLite runs the statements of searches: which index each starts from, and that none reads or
 * sorts more than it must. */
#include <sqlite3.h>
#include <stdio.h>

#include "store/db/sqlite.h"
#include "store/model_version.h"
#include "store/sql/sql.h"
#include "support/scratch.h"
#include "support/zoo.h"

enum { STATEMENTS_MAX = 32, PLAN_MAX = 8192 };

static struct zoo zoo;
static struct rs_clause clauses[4];
static struct rs_order orders[4];
static struct rs_filter filter;
static struct rs_orders order_by;
static struct rs_runs_query query;
static struct rs_found page;

/* The texts of the statements that ran since `forget`. */
static const char *statements[STATEMENTS_MAX];
static size_t n_statements;

static sqlite3 *handle(void)
{
    return ((struct rs_sqlite *)scratch_store()->db)->handle;
}

static int on_statement(unsigned type, void *user, void *statement, void *text)
{
    (void)type;
    (void)user;
    (void)statement;
    if (n_statements < STATEMENTS_MAX) {
        statements[n_statements++] = rs_arena_str(scratch_cx()->arena, rs_str_of(text)).p;
    }
    return 0;
}

/* 2,000 runs, 9 in 10 of them active, in three experiments; a search of the first one without a
 * filter. */
static void open_zoo(void)
{
    scratch_open();
    zoo_open(&zoo, 7);
    zoo_add(&zoo, 2000);
    ck_assert_int_eq(sqlite3_trace_v2(handle(), SQLITE_TRACE_STMT, on_statement, NULL), SQLITE_OK);
    filter.clauses = clauses;
    order_by.p = orders;
    query = (struct rs_runs_query){.experiments = zoo.experiment,
                                   .n_experiments = 1,
                                   .view = RS_VIEW_ACTIVE_ONLY,
                                   .filter = &filter,
                                   .orders = &order_by,
                                   .page.limit = 10};
}

static void filter_by(enum rs_entity entity, const char *key, enum rs_cmp cmp, struct rs_val value)
{
    clauses[filter.n++] = (struct rs_clause){
        .entity = entity, .key = rs_str_of(key), .cmp = cmp, .value = value};
}

static void order(enum rs_entity entity, const char *key, bool descending)
{
    orders[order_by.n++] = (struct rs_order){
        .entity = entity, .key = rs_str_of(key), .descending = descending};
}

static void search(void)
{
    n_statements = 0;
    ck_ok(rs_store_runs_search(scratch_cx(), scratch_store(), &query, &page));
}

static void search_next(void)
{
    search();
    ck_assert_uint_gt(page.n_last, 0);
    query.page.after = page.last;
    query.page.n_after = page.n_last;
    search();
}

static const char *plan_of(const char *sql)
{
    char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
    char *plan = RS_NEW_N(scratch_cx()->arena, char, PLAN_MAX);
    sqlite3_stmt *s = NULL;
    size_t n = 0;

    ck_assert_int_eq(sqlite3_prepare_v2(handle(), explain, -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW && n < PLAN_MAX) {
        n += (size_t)snprintf(plan + n, PLAN_MAX - n, "%s\n",
                              (const char *)sqlite3_column_text(s, 3));
    }
    sqlite3_finalize(s);
    sqlite3_free(explain);
    return plan;
}

/* Of the first statement with this text. */
static const char *plan_with(const char *part)
{
    for (size_t i = 0; i < n_statements; i++) {
        if (strstr(statements[i], part) != NULL) {
            return plan_of(statements[i]);
        }
    }
    ck_abort_msg("no statement has \"%s\"", part);
    return NULL;
}

/* The plan of the last statement, which is the one that finds the runs. */
static const char *plan(void)
{
    ck_assert_uint_gt(n_statements, 0);
    return plan_of(statements[n_statements - 1]);
}

#define ck_has(text, part)                                                                         \
    ck_assert_msg(strstr((text), (part)) != NULL, "no \"%s\" in:\n%s", (part), (text))
#define ck_lacks(text, part)                                                                       \
    ck_assert_msg(strstr((text), (part)) == NULL, "\"%s\" in:\n%s", (part), (text))

START_TEST(the_newest_runs_are_read_from_their_index_without_sorting)
{
    search();
    ck_assert_uint_eq(n_statements, 1);
    ck_has(plan(), "SEARCH r USING COVERING INDEX run_by_start (experiment=? AND stage=?)");
    ck_lacks(plan(), "TEMP B-TREE");
}
END_TEST

START_TEST(the_next_page_starts_at_its_place)
{
    search_next();
    ck_has(plan(), "run_by_start (experiment=? AND stage=? AND start_time<?)");
    ck_lacks(plan(), "TEMP B-TREE");
}
END_TEST

START_TEST(a_bound_of_the_filter_does_not_hide_the_place_of_the_next_page)
{
    clauses[0] = (struct rs_clause){
        .attr = RS_ATTR_START_TIME, .cmp = RS_CMP_LT, .value = rs_i64(390)};
    filter.n = 1;
    search_next();
    ck_has(statements[n_statements - 1], "+r.start_time < ");
    ck_has(plan(), "run_by_start (experiment=? AND stage=? AND start_time<?)");
}
END_TEST

START_TEST(the_runs_of_several_experiments_and_both_stages_are_merged)
{
    query.n_experiments = ZOO_EXPERIMENTS;
    query.view = RS_VIEW_ALL;
    search();
    ck_has(plan(), "MERGE (UNION ALL)");
    ck_lacks(plan(), "TEMP B-TREE");
    ck_lacks(plan(), "SCAN");
}
END_TEST

START_TEST(an_order_by_a_metric_reads_the_index_of_its_values)
{
    order(RS_ENTITY_METRIC, "m1", true);
    search();
    ck_assert_uint_eq(n_statements, 1);
    ck_has(
        plan(),
        "SEARCH d USING COVERING INDEX latest_metric_by_value (experiment=? AND item_key=? AND is_nan=?)");
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), "USE TEMP B-TREE FOR ORDER BY");
}
END_TEST

START_TEST(the_next_page_by_a_metric_starts_at_its_place)
{
    order(RS_ENTITY_METRIC, "m1", true);
    search_next();
    ck_has(plan(), "latest_metric_by_value (experiment=? AND item_key=? AND is_nan=? AND value<?)");
    ck_lacks(plan(), "USE TEMP B-TREE FOR ORDER BY");
}
END_TEST

START_TEST(a_filter_on_the_metric_of_the_order_bounds_its_index)
{
    filter_by(RS_ENTITY_METRIC, "m1", RS_CMP_GT, rs_f64(0.25));
    order(RS_ENTITY_METRIC, "m1", false);
    search();
    ck_has(plan(), "latest_metric_by_value (experiment=? AND item_key=? AND is_nan=? AND value>?)");
    ck_lacks(plan(), "SCAN");
}
END_TEST

START_TEST(the_metrics_of_several_experiments_are_merged)
{
    query.n_experiments = ZOO_EXPERIMENTS;
    order(RS_ENTITY_METRIC, "m1", true);
    search();
    ck_has(plan(), "MERGE (UNION ALL)");
    ck_lacks(plan(), "USE TEMP B-TREE FOR ORDER BY");
}
END_TEST

START_TEST(an_order_by_a_param_reads_the_index_of_its_values)
{
    order(RS_ENTITY_PARAM, "p0", true);
    search();
    ck_has(plan(), "SEARCH d USING INDEX param_by_value (experiment=? AND item_key=?)");
    ck_lacks(plan(), "USE TEMP B-TREE FOR ORDER BY");
    search_next();
    ck_has(plan(), "param_by_value (experiment=? AND item_key=? AND <expr><?)");
}
END_TEST

START_TEST(weak_conditions_are_asked_by_primary_key_in_the_order_of_the_page)
{
    filter_by(RS_ENTITY_METRIC, "m1", RS_CMP_GT, rs_f64(0.2));
    filter_by(RS_ENTITY_PARAM, "p1", RS_CMP_NE, rs_text(RS_STR("50%")));
    search();
    ck_assert_uint_eq(n_statements, 2); /* the trial, and the search */
    ck_has(plan(), "SEARCH r USING COVERING INDEX run_by_start (experiment=? AND stage=?)");
    ck_has(plan(), "SEARCH x USING PRIMARY KEY (run=? AND item_key=?)");
    ck_lacks(plan(), "TEMP B-TREE");
}
END_TEST

START_TEST(a_selective_metric_is_where_a_search_starts)
{
    query.page.limit = 100;
    filter_by(RS_ENTITY_PARAM, "p1", RS_CMP_NE, rs_text(RS_STR("50%")));
    filter_by(RS_ENTITY_METRIC, "m1", RS_CMP_GT, rs_f64(0.999));
    order(RS_ENTITY_METRIC, "m0", true);
    search();
    ck_has(plan_with("SELECT d.run FROM latest_metric"),
           "SEARCH d USING COVERING INDEX latest_metric_by_value"
           " (experiment=? AND item_key=? AND is_nan=? AND value>?)");
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_has(plan(), "SEARCH x USING PRIMARY KEY (run=? AND item_key=?)");
    ck_lacks(plan(), "SCAN");
}
END_TEST

START_TEST(a_selective_param_is_where_a_search_starts)
{
    query.page.limit = 300;
    filter_by(RS_ENTITY_METRIC, "m1", RS_CMP_NE, rs_f64(0.5));
    filter_by(RS_ENTITY_PARAM, "p0", RS_CMP_EQ, rs_text(RS_STR("v3")));
    search();
    ck_has(plan_with("SELECT d.run FROM param"),
           "SEARCH d USING INDEX param_by_value (experiment=? AND item_key=? AND <expr>=?)");
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), "SCAN");
}
END_TEST

START_TEST(of_two_conditions_the_selective_one_is_read_once_and_the_other_asked_by_key)
{
    query.page.limit = 100;
    filter_by(RS_ENTITY_METRIC, "m1", RS_CMP_GT, rs_f64(0.5));
    filter_by(RS_ENTITY_PARAM, "p0", RS_CMP_EQ, rs_text(RS_STR("v3")));
    search();
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), "SCAN");
}
END_TEST

/* 6,000 runs of an experiment: metric x is 1 of every third, y of every second. The later a run,
 * the greater its number. */
static void open_thousands(void)
{
    static const char fill[] =
        "INSERT INTO item_key VALUES (9001, 'x'), (9002, 'y');"
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
        " INSERT INTO run SELECT 900000 + i, 'many' || i, 77, 0, 1, '', '', i, NULL, NULL, 0 FROM n;"
        "INSERT INTO latest_metric SELECT id, 9001, 77, id % 3 = 0, 0, 1, 1, 1, 1 FROM run"
        " WHERE experiment = 77;"
        "INSERT INTO latest_metric SELECT id, 9002, 77, id % 2 = 0, 0, 1, 1, 1, 1 FROM run"
        " WHERE experiment = 77;";
    static const int64_t experiment = 77;

    ck_assert_int_eq(sqlite3_exec(handle(), fill, NULL, NULL, NULL), SQLITE_OK);
    query.experiments = &experiment;
    filter_by(RS_ENTITY_METRIC, "x", RS_CMP_GT, rs_f64(0.5));
    filter_by(RS_ENTITY_METRIC, "y", RS_CMP_GT, rs_f64(0.5));
    query.page.limit = 900; /* so many that to read the runs in order is far */
}

/* What x and y have in common is every sixth run, the latest first. */
static void must_be_every_sixth(int64_t first, size_t n)
{
    ck_assert_uint_eq(page.n, n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(page.ids[i], first - 6 * (int64_t)i);
    }
}

START_TEST(the_lists_of_conditions_that_thousands_meet_are_met_before_any_run_is_read)
{
    open_thousands();
    query.page.limit = 1200;
    search(); /* asks for the numbers of the keys */
    search();
    must_be_every_sixth(906000, 1000);
    ck_assert_uint_eq(n_statements, 6); /* a trial, a try for each list, each list, the search */
    for (size_t i = 3; i < 5; i++) {
        ck_has(plan_of(statements[i]), "SEARCH d USING COVERING INDEX latest_metric_by_value"
                                       " (experiment=? AND item_key=? AND is_nan=? AND value>?)");
        ck_lacks(plan_of(statements[i]), "TEMP B-TREE");
    }
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), " x USING"); /* nothing is left to ask of the runs */
}
END_TEST

/* 900 of 6,000 runs in order do for the page, and 1,000 are in both lists: to name and sort these
 * would take longer. */
START_TEST(runs_in_order_are_looked_for_in_what_the_lists_have_in_common)
{
    open_thousands();
    search();
    must_be_every_sixth(906000, 900);
    ck_has(plan(), "SEARCH r USING COVERING INDEX run_by_start (experiment=? AND stage=?)");
    ck_lacks(plan(), " x USING");
    ck_lacks(plan(), "TEMP B-TREE");
}
END_TEST

START_TEST(a_list_that_is_too_long_to_be_named_bounds_the_index_that_a_search_starts_from)
{
    open_thousands();
    clauses[0].value = rs_f64(-1); /* all runs */
    clauses[1].cmp = RS_CMP_NE;    /* of which there is no list: asked by key */
    clauses[1].value = rs_f64(0);
    orders[order_by.n++] = (struct rs_order){.attr = RS_ATTR_END_TIME};
    search();
    ck_assert_uint_eq(page.n, 900);
    for (size_t i = 0; i < page.n; i++) {
        ck_assert_int_eq(page.ids[i], 906000 - 2 * (int64_t)i);
    }
    ck_has(plan(), "SEARCH d USING COVERING INDEX latest_metric_by_value"
                   " (experiment=? AND item_key=? AND is_nan=? AND value>?)");
}
END_TEST

START_TEST(pages_of_what_lists_have_in_common_follow_upon_each_other)
{
    open_thousands();
    search();
    query.page.after = page.last;
    query.page.n_after = page.n_last;
    query.page.limit = 60;
    search();
    must_be_every_sixth(906000 - 5400, 60);
    query.page.after = page.last;
    query.page.n_after = page.n_last;
    search();
    must_be_every_sixth(906000 - 5760, 40);
    ck_assert_uint_eq(page.n_last, 0);
}
END_TEST

START_TEST(a_run_that_is_named_is_where_a_search_starts)
{
    clauses[0] = (struct rs_clause){
        .attr = RS_ATTR_RUN_ID, .cmp = RS_CMP_EQ, .value = rs_text(rs_str_of(zoo.runs[0].run_id))};
    filter.n = 1;
    query.n_experiments = ZOO_EXPERIMENTS;
    order(RS_ENTITY_METRIC, "m1", true);
    search();
    ck_has(plan(), "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), "SCAN");
}
END_TEST

START_TEST(a_key_that_nobody_has_costs_no_statement)
{
    filter_by(RS_ENTITY_PARAM, "nobody's", RS_CMP_EQ, rs_text(RS_STR("x")));
    search(); /* asks for the key's number */
    search();
    ck_assert_uint_le(n_statements, 1);
    ck_assert_uint_eq(page.n, 0);
}
END_TEST

/* A line that reads a whole table or index. A subquery that yields the start or the count is read
 * whole, as it must. */
static bool is_full_scan(const char *line)
{
    return strncmp(line, "SCAN ", 5) == 0 && strncmp(line, "SCAN d\n", 7) != 0 &&
           strncmp(line, "SCAN n\n", 7) != 0 && strncmp(line, "SCAN CONSTANT ROW", 17) != 0;
}

static void must_use_indexes(const char *statement)
{
    for (const char *line = plan_of(statement); line != NULL && *line != '\0';
         line = strchr(line, '\n') + 1) {
        if (is_full_scan(line)) {
            ck_abort_msg("%s\nis run as\n%s", statement, plan_of(statement));
        }
    }
}

START_TEST(no_search_reads_a_whole_table)
{
    for (int i = 0; i < 200; i++) {
        filter = zoo_filter(&zoo);
        order_by = zoo_orders(&zoo);
        query.page = (struct rs_search_page){.limit = 1 + zoo_random(&zoo, 200)};
        query.n_experiments = 1 + zoo_random(&zoo, ZOO_EXPERIMENTS);
        search();
        for (size_t k = 0; k < n_statements; k++) {
            must_use_indexes(statements[k]);
        }
        rs_arena_reset(scratch_cx()->arena);
    }
}
END_TEST

/* 600 models of two versions each, all with the tag k=v; those of model 7 have rare=yes. */
static void open_registry(void)
{
    static const char *const fill[] = {
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
        " INSERT INTO registered_model SELECT i, 'm' || i, '', 0, 2, i, i FROM n",
        "INSERT INTO model_version SELECT id, (id + 1) / 2, 1 + id % 2, 0, 0, '', 's' || id, '',"
        " 'r' || (id % 300), '', '', id, id FROM (SELECT id FROM registered_model"
        " UNION ALL SELECT id + 600 FROM registered_model)",
    };

    for (size_t i = 0; i < sizeof fill / sizeof fill[0]; i++) {
        ck_assert_int_eq(sqlite3_exec(handle(), fill[i], NULL, NULL, NULL), SQLITE_OK);
    }
    for (int64_t id = 1; id <= 1200; id++) {
        const struct rs_tag tags[] = {{RS_STR("k"), RS_STR("v")}, {RS_STR("rare"), RS_STR("yes")}};
        struct rs_str before;

        for (size_t i = 0; i < ((id + 1) / 2 == 7 ? 2 : 1); i++) {
            ck_ok(rs_store_model_version_tag_put(scratch_cx(), scratch_store(), id, &tags[i],
                                                 &before));
        }
    }
}

static size_t search_versions(void)
{
    const struct rs_registry_query versions = {
        .filter = &filter, .orders = &order_by, .page = query.page};

    n_statements = 0;
    ck_ok(rs_store_model_versions_search(scratch_cx(), scratch_store(), &versions, &page));
    return page.n;
}

START_TEST(models_and_versions_are_read_in_the_order_of_an_index)
{
    const struct rs_registry_query models = {
        .filter = &filter, .orders = &order_by, .page.limit = 10};

    open_registry();
    n_statements = 0;
    ck_ok(rs_store_registered_models_search(scratch_cx(), scratch_store(), &models, &page));
    ck_assert_uint_eq(n_statements, 1);
    ck_has(plan(), "registered_model_by_name (is_prompt=?)");
    ck_lacks(plan(), "TEMP B-TREE");
    ck_assert_uint_eq(search_versions(), 10);
    ck_assert_uint_eq(n_statements, 1);
    ck_has(plan(), "model_version_by_update (is_prompt=?)");
    query.page = (struct rs_search_page){.limit = 10, .after = page.last, .n_after = page.n_last};
    ck_assert_uint_eq(search_versions(), 10);
    ck_has(plan(), "model_version_by_update (is_prompt=? AND last_update_time<?)");
}
END_TEST

START_TEST(versions_of_a_model_a_run_or_a_source_are_read_alone)
{
    open_registry();
    clauses[0] = (struct rs_clause){.attr = RS_ATTR_NAME, .value = rs_text(RS_STR("m7"))};
    filter.n = 1;
    ck_assert_uint_eq(search_versions(), 2);
    ck_has(plan(), "sqlite_autoindex_registered_model_1 (name=?)");
    ck_has(plan(), "SEARCH v USING INDEX model_version_by_stage (model=?)");
    clauses[0] = (struct rs_clause){.attr = RS_ATTR_RUN_ID, .value = rs_text(RS_STR("r7"))};
    ck_assert_uint_eq(search_versions(), 4);
    ck_has(plan(), "model_version_by_run (run_id=?)");
    clauses[0] = (struct rs_clause){.attr = RS_ATTR_SOURCE, .value = rs_text(RS_STR("s7"))};
    ck_assert_uint_eq(search_versions(), 1);
    ck_has(plan(), "model_version_by_source (source=?)");
}
END_TEST

START_TEST(a_rare_tag_is_read_from_the_index_of_pairs_beside_the_others)
{
    open_registry();
    filter_by(RS_ENTITY_TAG, "k", RS_CMP_EQ, rs_text(RS_STR("v")));
    filter_by(RS_ENTITY_TAG, "rare", RS_CMP_EQ, rs_text(RS_STR("yes")));
    ck_assert_uint_eq(search_versions(), 2);
    ck_has(plan(), "SEARCH t USING COVERING INDEX model_version_tag_by_pair (pair>? AND pair<?)");
    ck_has(plan(), "SEARCH y0 USING COVERING INDEX model_version_tag_by_pair (pair=?)");
    ck_has(plan(), "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)");
}
END_TEST

/* 600 versions have one=1, as many have two=2, and number 1 alone has both; it is the last in
 * order. */
static void add_tags_that_hardly_meet(void)
{
    for (int64_t id = 1; id <= 1200; id++) {
        const bool is_one = id % 2 != 0;
        const struct rs_tag tags[] = {{RS_STR("one"), RS_STR("1")}, {RS_STR("two"), RS_STR("2")}};
        struct rs_str before;

        for (size_t i = 0; i < 2; i++) {
            if (id == 1 || (i == 0) == is_one) {
                ck_ok(rs_store_model_version_tag_put(scratch_cx(), scratch_store(), id, &tags[i],
                                                     &before));
            }
        }
    }
}

START_TEST(common_tags_that_few_rows_share_are_met_before_a_row_is_read)
{
    open_registry();
    add_tags_that_hardly_meet();
    filter_by(RS_ENTITY_TAG, "one", RS_CMP_EQ, rs_text(RS_STR("1")));
    filter_by(RS_ENTITY_TAG, "two", RS_CMP_EQ, rs_text(RS_STR("2")));
    ck_assert_uint_eq(search_versions(), 1);
    ck_assert_int_eq(page.ids[0], 1);
    ck_has(plan(), "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), "model_version_tag_by_pair");
    filter_by(RS_ENTITY_TAG, "k", RS_CMP_EQ, rs_text(RS_STR("v")));
    ck_assert_uint_eq(search_versions(), 1);
}
END_TEST

/* 10 of 200 rows in order do for the page; what they have met is not asked again. */
START_TEST(rows_are_asked_for_common_tags_in_the_order_of_the_page)
{
    open_registry();
    filter_by(RS_ENTITY_TAG, "k", RS_CMP_EQ, rs_text(RS_STR("v")));
    ck_assert_uint_eq(search_versions(), 10);
    ck_has(plan_with("AS k0 FROM model_version v WHERE"),
           "SEARCH v USING COVERING INDEX model_version_by_update (is_prompt=?)");
    ck_lacks(plan_with("AS k0 FROM model_version v WHERE"), "TEMP B-TREE");
    ck_has(plan_with("SELECT x.version"),
           "SEARCH v USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
    ck_has(plan_with("SELECT x.version"), "SEARCH x USING PRIMARY KEY (version=? AND name=?)");
    ck_has(plan(), "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)");
    ck_lacks(plan(), " x USING");
}
END_TEST

/* 1 in 50 has met the first comparison: their numbers are far apart. */
START_TEST(few_of_many_rows_are_asked_by_their_numbers)
{
    struct rs_str before;

    open_registry();
    for (int64_t id = 1; id <= 1200; id += 50) {
        ck_ok(rs_store_model_version_tag_put(scratch_cx(), scratch_store(), id,
                                             &(struct rs_tag){RS_STR("fiftieth"), RS_STR("yes")},
                                             &before));
    }
    filter_by(RS_ENTITY_TAG, "fiftieth", RS_CMP_LIKE, rs_text(RS_STR("y%")));
    filter_by(RS_ENTITY_TAG, "k", RS_CMP_EQ, rs_text(RS_STR("v")));
    ck_assert_uint_eq(search_versions(), 10);
    ck_has(plan_with("x WHERE x.version IN ("),
           "SEARCH x USING PRIMARY KEY (version=? AND name=?)");
    ck_lacks(plan_with("x WHERE x.version IN ("), "SCAN");
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_test(tests, the_newest_runs_are_read_from_their_index_without_sorting);
    tcase_add_test(tests, the_next_page_starts_at_its_place);
    tcase_add_test(tests, a_bound_of_the_filter_does_not_hide_the_place_of_the_next_page);
    tcase_add_test(tests, the_runs_of_several_experiments_and_both_stages_are_merged);
    tcase_add_test(tests, an_order_by_a_metric_reads_the_index_of_its_values);
    tcase_add_test(tests, the_next_page_by_a_metric_starts_at_its_place);
    tcase_add_test(tests, a_filter_on_the_metric_of_the_order_bounds_its_index);
    tcase_add_test(tests, the_metrics_of_several_experiments_are_merged);
    tcase_add_test(tests, an_order_by_a_param_reads_the_index_of_its_values);
    tcase_add_test(tests, weak_conditions_are_asked_by_primary_key_in_the_order_of_the_page);
    tcase_add_test(tests, a_selective_metric_is_where_a_search_starts);
    tcase_add_test(tests, a_selective_param_is_where_a_search_starts);
    tcase_add_test(tests,
                   of_two_conditions_the_selective_one_is_read_once_and_the_other_asked_by_key);
    tcase_add_test(tests,
                   the_lists_of_conditions_that_thousands_meet_are_met_before_any_run_is_read);
    tcase_add_test(tests, runs_in_order_are_looked_for_in_what_the_lists_have_in_common);
    tcase_add_test(tests,
                   a_list_that_is_too_long_to_be_named_bounds_the_index_that_a_search_starts_from);
    tcase_add_test(tests, pages_of_what_lists_have_in_common_follow_upon_each_other);
    tcase_add_test(tests, a_run_that_is_named_is_where_a_search_starts);
    tcase_add_test(tests, a_key_that_nobody_has_costs_no_statement);
    tcase_add_test(tests, no_search_reads_a_whole_table);
    tcase_add_test(tests, models_and_versions_are_read_in_the_order_of_an_index);
    tcase_add_test(tests, versions_of_a_model_a_run_or_a_source_are_read_alone);
    tcase_add_test(tests, a_rare_tag_is_read_from_the_index_of_pairs_beside_the_others);
    tcase_add_test(tests, common_tags_that_few_rows_share_are_met_before_a_row_is_read);
    tcase_add_test(tests, rows_are_asked_for_common_tags_in_the_order_of_the_page);
    tcase_add_test(tests, few_of_many_rows_are_asked_by_their_numbers);
}

int main(void)
{
    return scratch_main("search_plans", open_zoo, add);
}
