/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: the request is read and checked, in MLflow's order; the store finds the ids of a page;
 * they are loaded; and the place of the last one becomes the token of the next page. */
#include "service/search.h"

#include <stdlib.h>

#include "model/experiment.h"
#include "model/limits.h"
#include "model/page.h"
#include "store/load.h"
#include "store/logged_model.h"
#include "store/model_version.h"
#include "store/registered_model.h"
#include "store/search.h"

/* A page's size: what is asked for, or `absent`. */
static enum rs_code read_size(struct rs_cx *cx, const struct rs_search_request *r, int64_t absent,
                              size_t *size)
{
    const int64_t n = r->max_results.is_set ? r->max_results.v : absent;

    if (n <= 0) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value %lld for parameter 'max_results' supplied. It must be a "
                       "positive integer",
                       (long long)n);
    }
    *size = (size_t)n;
    return RS_OK;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* The experiments, ascending and each once. */
static enum rs_code read_ids(struct rs_cx *cx, const struct rs_strs *texts, int64_t **ids,
                             size_t *n)
{
    int64_t *p = RS_NEW_N(cx->arena, int64_t, texts->n);
    size_t kept = 0;

    for (size_t i = 0; i < texts->n; i++) {
        RS_TRY(rs_experiment_id_parse(cx, texts->p[i], &p[i]));
    }
    if (texts->n > 1) {
        qsort(p, texts->n, sizeof *p, by_number);
    }
    for (size_t i = 0; i < texts->n; i++) {
        if (kept == 0 || p[kept - 1] != p[i]) {
            p[kept++] = p[i];
        }
    }
    *ids = p;
    *n = kept;
    return RS_OK;
}

/* The parts of a request that a page token belongs to: all but the page's size. */
struct parts {
    struct rs_str *p;
    size_t n;
};

static struct parts start_parts(struct rs_arena *a, const struct rs_search_request *r,
                                const char *name)
{
    const size_t most = 6 + r->order_by.n + 4 * r->models_by.n + 2 * r->datasets.n;
    struct parts parts = {RS_NEW_N(a, struct rs_str, most), 0};

    parts.p[parts.n++] = rs_str_of(name);
    parts.p[parts.n++] = r->filter;
    parts.p[parts.n++] = rs_arena_fmt(a, "%d", (int)r->view);
    parts.p[parts.n++] = rs_arena_fmt(a, "%zu %zu", r->order_by.n, r->datasets.n);
    for (size_t i = 0; i < r->order_by.n; i++) {
        parts.p[parts.n++] = r->order_by.p[i];
    }
    return parts;
}

static void add_ids(struct parts *parts, const int64_t *ids, size_t n)
{
    parts->p[parts->n++] = (struct rs_str){(const char *)ids, n * sizeof *ids};
}

/* Reads the token, if there is one. */
static enum rs_code read_page(struct rs_cx *cx, const struct rs_search_request *r,
                              const struct parts *parts, struct rs_search_page *page)
{
    struct rs_page token;

    if (r->page_token.n == 0) {
        return RS_OK;
    }
    RS_TRY(rs_page_parse(cx, r->page_token, rs_page_query(parts->p, parts->n), &token));
    page->after = token.values;
    page->n_after = token.n;
    return RS_OK;
}

static struct rs_str next_token(struct rs_cx *cx, const struct parts *parts,
                                const struct rs_found *found)
{
    if (found->n_last == 0) {
        return (struct rs_str){0};
    }
    return rs_page_text(cx->arena, &(struct rs_page){rs_page_query(parts->p, parts->n), found->last,
                                                     found->n_last});
}

/* MLflow does not tell, in searches, which models a run read. */
static void leave_out_model_inputs(struct rs_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rs_run_inputs *inputs = runs[i].inputs.p;

        inputs->model_inputs = RS_LIST(NULL, 0);
    }
}

static enum rs_code load_runs(struct rs_cx *cx, struct rs_store *s, const struct rs_found *found,
                              bool unfolded, struct rs_list *out)
{
    struct rs_run *runs = RS_NEW_N(cx->arena, struct rs_run, found->n);

    RS_TRY((unfolded ? rs_store_runs_read : rs_store_runs_load)(cx, s, found->ids, found->n, runs));
    leave_out_model_inputs(runs, found->n);
    *out = RS_LIST(runs, found->n);
    return RS_OK;
}

static enum rs_code check_size(struct rs_cx *cx, size_t size, size_t most)
{
    if (size > most) {
        return rs_fail(
            cx, RS_INVALID,
            "Invalid value %zu for parameter 'max_results' supplied:  Hint: Value was of "
            "type 'int'. See the API docs for more information about request parameters.",
            size);
    }
    return RS_OK;
}

enum rs_code rs_search_runs(struct rs_cx *cx, struct rs_store *s,
                            const struct rs_search_request *request, struct rs_search_reply *out)
{
    struct rs_filter filter;
    struct rs_orders orders;
    struct rs_runs_query query = {.view = request->view, .filter = &filter, .orders = &orders};
    struct parts parts = start_parts(cx->arena, request, "runs");
    struct rs_found found = {0};
    int64_t *ids = NULL;

    RS_TRY(read_size(cx, request, RS_RUNS_PAGE_DEFAULT, &query.page.limit));
    RS_TRY(check_size(cx, query.page.limit, RS_RUNS_PAGE_MAX));
    RS_TRY(rs_filter_parse(cx, RS_SEARCH_RUNS, request->filter, &filter));
    RS_TRY(rs_orders_parse(cx, RS_SEARCH_RUNS, request->order_by.p, request->order_by.n, &orders));
    RS_TRY(read_ids(cx, &request->experiment_ids, &ids, &query.n_experiments));
    query.experiments = ids;
    add_ids(&parts, ids, query.n_experiments);
    RS_TRY(read_page(cx, request, &parts, &query.page));
    if (query.n_experiments == 0) {
        return RS_OK;
    }
    RS_TRY(rs_store_runs_search(cx, s, &query, &found));
    out->next_page_token = next_token(cx, &parts, &found);
    return load_runs(cx, s, &found, request->unfolded, &out->items);
}

enum rs_code rs_search_experiments(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_search_request *request,
                                   struct rs_search_reply *out)
{
    struct rs_filter filter;
    struct rs_orders orders;
    struct rs_experiments_query query = {
        .view = request->view, .filter = &filter, .orders = &orders};
    const struct parts parts = start_parts(cx->arena, request, "experiments");
    struct rs_found found = {0};

    RS_TRY(read_size(cx, request, 0, &query.page.limit));
    if (query.page.limit > RS_EXPERIMENTS_PAGE_MAX) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid value %zu for parameter 'max_results' supplied. It must be at most "
                       "%d",
                       query.page.limit, RS_EXPERIMENTS_PAGE_MAX);
    }
    RS_TRY(rs_filter_parse(cx, RS_SEARCH_EXPERIMENTS, request->filter, &filter));
    RS_TRY(rs_orders_parse(cx, RS_SEARCH_EXPERIMENTS, request->order_by.p, request->order_by.n,
                           &orders));
    RS_TRY(read_page(cx, request, &parts, &query.page));
    RS_TRY(rs_store_experiments_search(cx, s, &query, &found));
    out->next_page_token = next_token(cx, &parts, &found);
    out->items = RS_LIST(RS_NEW_N(cx->arena, struct rs_experiment, found.n), found.n);
    return rs_store_experiments_load(cx, s, found.ids, found.n, out->items.p);
}

static void add_model_parts(struct rs_arena *a, struct parts *parts,
                            const struct rs_search_request *r)
{
    const struct rs_logged_model_order *orders = r->models_by.p;
    const struct rs_logged_model_dataset *datasets = r->datasets.p;

    for (size_t i = 0; i < r->models_by.n; i++) {
        const bool descending = orders[i].ascending.is_set && !orders[i].ascending.v;

        parts->p[parts->n++] = orders[i].field_name;
        parts->p[parts->n++] = rs_arena_fmt(a, "%d", descending);
        parts->p[parts->n++] = orders[i].dataset_name;
        parts->p[parts->n++] = orders[i].dataset_digest;
    }
    for (size_t i = 0; i < r->datasets.n; i++) {
        parts->p[parts->n++] = datasets[i].dataset_name;
        parts->p[parts->n++] = datasets[i].dataset_digest;
    }
}

static enum rs_code check_datasets(struct rs_cx *cx, const struct rs_list *list)
{
    const struct rs_logged_model_dataset *datasets = list->p;

    for (size_t i = 0; i < list->n; i++) {
        if (datasets[i].dataset_name.n == 0) {
            return rs_fail(cx, RS_INVALID,
                           "`dataset_name` in the `datasets` clause must be specified.");
        }
    }
    return RS_OK;
}

/* MLflow has no upper limit here: more than a page is given as pages. 0 is as if absent. */
static enum rs_code read_models_size(struct rs_cx *cx, const struct rs_search_request *request,
                                     size_t *size)
{
    struct rs_search_request r = *request;

    r.max_results.is_set = r.max_results.is_set && r.max_results.v != 0;
    RS_TRY(read_size(cx, &r, RS_LOGGED_MODELS_PAGE_DEFAULT, size));
    *size = *size < RS_LOGGED_MODELS_PAGE_MAX ? *size : RS_LOGGED_MODELS_PAGE_MAX;
    return RS_OK;
}

enum rs_code rs_search_logged_models(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_search_request *request,
                                     struct rs_search_reply *out)
{
    struct rs_filter filter;
    struct rs_orders orders;
    struct rs_models_query query = {.filter = &filter,
                                    .orders = &orders,
                                    .datasets = request->datasets.p,
                                    .n_datasets = request->datasets.n};
    struct parts parts = start_parts(cx->arena, request, "logged models");
    struct rs_found found = {0};
    int64_t *ids = NULL;

    RS_TRY(check_datasets(cx, &request->datasets));
    RS_TRY(read_models_size(cx, request, &query.page.limit));
    RS_TRY(rs_filter_parse(cx, RS_SEARCH_LOGGED_MODELS, request->filter, &filter));
    RS_TRY(rs_logged_model_orders_parse(cx, request->models_by.p, request->models_by.n, &orders));
    RS_TRY(read_ids(cx, &request->experiment_ids, &ids, &query.n_experiments));
    query.experiments = ids;
    add_ids(&parts, ids, query.n_experiments);
    add_model_parts(cx->arena, &parts, request);
    RS_TRY(read_page(cx, request, &parts, &query.page));
    if (query.n_experiments == 0) {
        return RS_OK;
    }
    RS_TRY(rs_store_models_search(cx, s, &query, &found));
    out->next_page_token = next_token(cx, &parts, &found);
    out->items = RS_LIST(RS_NEW_N(cx->arena, struct rs_logged_model, found.n), found.n);
    return rs_store_logged_models_load(cx, s, found.ids, found.n, out->items.p);
}

/* What differs between the searches of the registry. */
struct registry_page {
    enum rs_search search;
    const char *name;
    int64_t size; /* when none is asked for */
    int64_t most;
    enum rs_code (*find)(struct rs_cx *cx, struct rs_store *s,
                         const struct rs_registry_query *query, struct rs_found *out);
};

struct registry_found {
    struct rs_found rows;
    struct rs_str next; /* the token of the next page */
};

static enum rs_code find_page(struct rs_cx *cx, struct rs_store *s,
                              const struct registry_page *page,
                              const struct rs_search_request *request, struct registry_found *out)
{
    struct rs_filter filter;
    struct rs_orders orders;
    struct rs_registry_query query = {.filter = &filter, .orders = &orders};
    const struct parts parts = start_parts(cx->arena, request, page->name);

    RS_TRY(read_size(cx, request, page->size, &query.page.limit));
    RS_TRY(check_size(cx, query.page.limit, (size_t)page->most));
    RS_TRY(rs_filter_parse(cx, page->search, request->filter, &filter));
    RS_TRY(rs_orders_parse(cx, page->search, request->order_by.p, request->order_by.n, &orders));
    RS_TRY(read_page(cx, request, &parts, &query.page));
    RS_TRY(page->find(cx, s, &query, &out->rows));
    out->next = next_token(cx, &parts, &out->rows);
    return RS_OK;
}

enum rs_code rs_search_registered_models(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_search_request *request,
                                         struct rs_search_reply *out)
{
    static const struct registry_page page = {RS_SEARCH_REGISTERED_MODELS, "registered models",
                                              RS_MODELS_PAGE_DEFAULT, RS_MODELS_PAGE_MAX,
                                              rs_store_registered_models_search};
    struct registry_found found = {0};

    RS_TRY(find_page(cx, s, &page, request, &found));
    out->next_page_token = found.next;
    out->items = RS_LIST(RS_NEW_N(cx->arena, struct rs_registered_model, found.rows.n),
                         found.rows.n);
    return rs_store_registered_models_load(cx, s, found.rows.ids, found.rows.n, out->items.p);
}

enum rs_code rs_search_model_versions(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_search_request *request,
                                      struct rs_search_reply *out)
{
    static const struct registry_page page = {RS_SEARCH_MODEL_VERSIONS, "model versions",
                                              RS_VERSIONS_PAGE_DEFAULT, RS_VERSIONS_PAGE_MAX,
                                              rs_store_model_versions_search};
    struct registry_found found = {0};

    RS_TRY(find_page(cx, s, &page, request, &found));
    out->next_page_token = found.next;
    out->items = RS_LIST(RS_NEW_N(cx->arena, struct rs_model_version, found.rows.n), found.rows.n);
    return rs_store_model_versions_load(cx, s, found.rows.ids, found.rows.n, out->items.p);
}
