/* SPDX-License-Identifier: Apache-2.0 */
/* The search of runs against the slow way: random runs, filters, orders and pages. */
#include <stdlib.h>

#include "store/sql/sql.h"
#include "support/scratch.h"
#include "support/zoo.h"

static struct zoo zoo;
static int64_t *expected;
static int64_t *found;

static void open_zoo(void)
{
    scratch_open();
    expected = calloc(ZOO_RUNS_MAX, sizeof *expected);
    found = calloc(ZOO_RUNS_MAX, sizeof *found);
    ck_assert(expected != NULL && found != NULL);
}

/* One page; false when it is the last. The key goes on in the query. */
static bool read_page(struct rs_runs_query *query, size_t *n)
{
    struct rs_found page;

    ck_ok(rs_store_runs_search(scratch_cx(), scratch_store(), query, &page));
    ck_assert_msg(page.n <= query->page.limit && *n + page.n <= ZOO_RUNS_MAX, "too many: %s",
                  zoo_text(query));
    ck_assert_msg(page.n_last == 0 || page.n == query->page.limit, "a short page goes on: %s",
                  zoo_text(query));
    memcpy(found + *n, page.ids, page.n * sizeof *found);
    *n += page.n;
    query->page.after = page.last;
    query->page.n_after = page.n_last;
    return page.n_last > 0;
}

static void check_found(const struct rs_runs_query *query, size_t n, size_t n_expected)
{
    ck_assert_msg(n == n_expected, "found %zu, not %zu: %s", n, n_expected, zoo_text(query));
    for (size_t i = 0; i < n; i++) {
        if (found[i] != expected[i]) {
            ck_abort_msg("row %zu is %lld, not %lld: %s", i, (long long)found[i],
                         (long long)expected[i], zoo_text(query));
        }
    }
}

static enum rs_view random_view(void)
{
    const size_t n = zoo_random(&zoo, 6);

    return n == 0 ? RS_VIEW_ALL : n == 1 ? RS_VIEW_DELETED_ONLY : RS_VIEW_ACTIVE_ONLY;
}

static size_t random_experiments(void)
{
    return zoo_random(&zoo, 5) == 0 ? ZOO_EXPERIMENTS_ALL : 1 + zoo_random(&zoo, ZOO_EXPERIMENTS);
}

/* Asks one random search, page by page. */
static void ask_one(size_t limit_max)
{
    const struct rs_filter filter = zoo_filter(&zoo);
    const struct rs_orders orders = zoo_orders(&zoo);
    struct rs_runs_query query = {.experiments = zoo.experiment,
                                  .n_experiments = random_experiments(),
                                  .view = random_view(),
                                  .filter = &filter,
                                  .orders = &orders,
                                  .page.limit = 1 + zoo_random(&zoo, limit_max)};
    const size_t n_expected = zoo_search(&zoo, &query, zoo.n, expected);
    size_t n = 0;

    if (n_expected / query.page.limit > 20) {
        query.page.limit = n_expected / 7 + 1;
    }
    while (read_page(&query, &n)) {}
    check_found(&query, n, n_expected);
}

START_TEST(the_pages_of_a_search_are_its_whole_result_in_order)
{
    zoo_open(&zoo, (uint64_t)_i + 1);
    zoo_add(&zoo, 150);
    for (int i = 0; i < 200; i++) {
        ask_one(40);
        rs_arena_reset(scratch_cx()->arena);
    }
    zoo_close(&zoo);
}
END_TEST

/* With this many runs a search starts from the filter where that is selective, and from the order
 * where it is not. */
START_TEST(many_runs_are_found_no_differently)
{
    zoo_open(&zoo, (uint64_t)_i + 100);
    zoo_add(&zoo, 3500);
    rs_arena_reset(scratch_cx()->arena);
    for (int i = 0; i < 120; i++) {
        ask_one(1000);
        rs_arena_reset(scratch_cx()->arena);
    }
    zoo_close(&zoo);
}
END_TEST

/* The runs that were there before: each once, and in order. New ones may come or not. */
static void check_with_new_ones(const struct rs_runs_query *query, size_t n_before, size_t n,
                                size_t n_expected)
{
    const int64_t last_before = zoo.runs[n_before - 1].id;
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (found[i] == found[j]) {
                ck_abort_msg("%lld comes twice: %s", (long long)found[i], zoo_text(query));
            }
        }
        if (found[i] <= last_before) {
            ck_assert_msg(at < n_expected && found[i] == expected[at], "%lld is out of place: %s",
                          (long long)found[i], zoo_text(query));
            at++;
        }
    }
    ck_assert_msg(at == n_expected, "%zu were skipped: %s", n_expected - at, zoo_text(query));
}

START_TEST(no_run_comes_twice_or_is_skipped_while_runs_are_inserted)
{
    zoo_open(&zoo, (uint64_t)_i + 200);
    zoo_add(&zoo, 100);
    for (int round = 0; round < 60; round++) {
        const struct rs_filter filter = zoo_filter(&zoo);
        const struct rs_orders orders = zoo_orders(&zoo);
        struct rs_runs_query query = {.experiments = zoo.experiment,
                                      .n_experiments = ZOO_EXPERIMENTS,
                                      .view = RS_VIEW_ACTIVE_ONLY,
                                      .filter = &filter,
                                      .orders = &orders};
        const size_t n_before = zoo.n;
        const size_t n_expected = zoo_search(&zoo, &query, zoo.n, expected);
        size_t n = 0;

        query.page.limit = n_expected / 6 + 1;
        while (read_page(&query, &n)) {
            zoo_add(&zoo, 5);
        }
        check_with_new_ones(&query, n_before, n, n_expected);
        rs_arena_reset(scratch_cx()->arena);
    }
    zoo_close(&zoo);
}
END_TEST

/* Asks the reader for the first page of those that end last, and compares it. */
static void ask_reader(struct rs_store *reader, const struct rs_filter *filter)
{
    static struct rs_order by_end = {.attr = RS_ATTR_END_TIME, .descending = true};
    const struct rs_orders orders = {&by_end, 1};
    const struct rs_runs_query query = {.experiments = zoo.experiment,
                                        .n_experiments = 1,
                                        .view = RS_VIEW_ACTIVE_ONLY,
                                        .filter = filter,
                                        .orders = &orders,
                                        .page.limit = ZOO_RUNS_MAX};
    const size_t n_expected = zoo_search(&zoo, &query, zoo.n, expected);
    struct rs_found page;

    ck_ok(rs_store_begin_read(scratch_cx(), reader));
    ck_ok(rs_store_runs_search(scratch_cx(), reader, &query, &page));
    rs_store_end_read(reader);
    memcpy(found, page.ids, page.n * sizeof *found);
    check_found(&query, page.n, n_expected);
}

START_TEST(a_list_that_a_reader_remembers_is_that_of_its_snapshot)
{
    static const double limits[] = {0.1, 0.5, 0.9, 0.97};
    size_t n_remembered = 0;

    zoo_open(&zoo, (uint64_t)_i + 300);
    zoo_add(&zoo, 1500);
    struct rs_store *reader = scratch_reader();
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
            struct rs_clause clauses[] = {
                {RS_ENTITY_METRIC, 0, RS_STR("m1"), RS_CMP_GT, rs_f64(limits[i]), NULL, 0},
                {RS_ENTITY_METRIC, 0, RS_STR("m0"), RS_CMP_LE, rs_f64(0.5), NULL, 0},
            };
            const struct rs_filter filter = {clauses, 1 + (size_t)round % 2};

            ask_reader(reader, &filter);
        }
        n_remembered += reader->memory->list != NULL;
        if (zoo_random(&zoo, 3) == 0) {
            zoo_add(&zoo, 1 + zoo_random(&zoo, 4));
            scratch_commit();
        }
        rs_arena_reset(scratch_cx()->arena);
    }
    ck_assert_uint_eq(n_remembered, 100);
    zoo_close(&zoo);
}
END_TEST

static void add(TCase *tests)
{
    tcase_set_timeout(tests, 300); /* seconds of work, on whatever machine this is */
    tcase_add_loop_test(tests, the_pages_of_a_search_are_its_whole_result_in_order, 0, 4);
    tcase_add_loop_test(tests, many_runs_are_found_no_differently, 0, 2);
    tcase_add_loop_test(tests, a_list_that_a_reader_remembers_is_that_of_its_snapshot, 0, 3);
    tcase_add_loop_test(tests, no_run_comes_twice_or_is_skipped_while_runs_are_inserted, 0, 3);
}

int main(void)
{
    return scratch_main("search_runs", open_zoo, add);
}
