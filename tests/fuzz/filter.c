/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: "runs", "experiments" or "models" in a line, then lines of the order, an empty line,
 * and the filter. Each is compiled and run, in one page and in several, which must say the same. */
#include "api/json_out.h"
#include "messages.h"
#include "model/experiment.h"
#include "service/search.h"
#include "store/store.h"
#include "target.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ORDERS_MAX = 16,
    PAGE = 3,
    PAGES_MAX = 100, /* far beyond what is stored */
    TEXT_MAX = 1 << 26,
};

typedef enum rs_code search_fn(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_search_request *request,
                               struct rs_search_reply *out);

struct kind {
    const char *name;
    search_fn *search;
    const struct rs_fields *fields;
};

static const struct kind kinds[] = {
    {"runs", rs_search_runs, &rs_run_fields},
    {"experiments", rs_search_experiments, &rs_experiment_fields},
    {"models", rs_search_logged_models, &rs_logged_model_fields},
};

static struct rs_store *store;

static void close_store(void)
{
    rs_store_close(store);
}

static void open_store(void)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    world_open();
    const struct rs_store_options options = {.where = world_database(), .read_only = true};
    FUZZ_HOLDS(rs_store_open(&cx, &options, &store) == RS_OK, rs_str_of(cx.error.message));
    rs_arena_fini(&arena);
    atexit(close_store); /* before the world goes */
}

static void put_items(struct rs_buf *out, const struct kind *k, const struct rs_list *items)
{
    for (size_t i = 0; i < items->n; i++) {
        rs_json_encode(out, k->fields, (const char *)items->p + i * k->fields->size);
        rs_buf_putc(out, '\n');
    }
}

/* All that is found, page by page. */
static enum rs_code find_all(struct rs_cx *cx, const struct kind *k, struct rs_search_request *q,
                             struct rs_buf *out)
{
    struct rs_search_reply reply = {0};
    int pages = 0;

    q->page_token = (struct rs_str){0};
    do {
        reply = (struct rs_search_reply){0};
        RS_TRY(k->search(cx, store, q, &reply));
        put_items(out, k, &reply.items);
        q->page_token = reply.next_page_token;
        FUZZ_HOLDS(++pages < PAGES_MAX, q->filter);
        FUZZ_HOLDS(reply.items.n > 0 || reply.next_page_token.n == 0, q->filter);
    } while (reply.next_page_token.n > 0);
    return RS_OK;
}

static enum rs_code compare_pages(struct rs_cx *cx, const struct kind *k,
                                  struct rs_search_request *q)
{
    struct rs_buf whole = {.max = TEXT_MAX};
    struct rs_buf pages = {.max = TEXT_MAX};

    q->max_results = RS_SOME_I64(1000);
    const enum rs_code code = find_all(cx, k, q, &whole);
    if (code == RS_OK) {
        q->max_results = RS_SOME_I64(PAGE);
        FUZZ_HOLDS(find_all(cx, k, q, &pages) == RS_OK, rs_str_of(cx->error.message));
        FUZZ_HOLDS(rs_str_eq(rs_buf_view(&whole), rs_buf_view(&pages)), q->filter);
    }
    rs_buf_fini(&whole);
    rs_buf_fini(&pages);
    return code;
}

/* The orders of a search of models come as messages: "name ASC", of the second word only its first
 * letter counts here. */
static void add_order(struct rs_search_request *q, struct rs_logged_model_order *models,
                      struct rs_str line)
{
    const size_t blank = rs_str_find(line, ' ', 0);
    const char way = blank + 1 < line.n ? line.p[blank + 1] : 'a';

    q->order_by.p[q->order_by.n++] = line;
    models[q->models_by.n++] = (struct rs_logged_model_order){
        .field_name = {line.p, blank}, .ascending = {.v = (way | 0x20) == 'a', .is_set = true}};
}

static void try_search(struct rs_cx *cx, struct rs_str input)
{
    struct rs_str ids[] = {RS_STR("0"), RS_STR("1"), RS_STR("2"), RS_STR("3")};
    struct rs_str orders[ORDERS_MAX];
    struct rs_logged_model_order models[ORDERS_MAX];
    struct rs_search_request q = {.experiment_ids = {ids, 4},
                                  .order_by = {.p = orders},
                                  .models_by = {.p = models},
                                  .view = RS_VIEW_ALL};
    struct rs_str rest = input;
    const struct rs_str name = fuzz_line(&rest);
    const struct kind *k = &kinds[name.n > 0 ? (unsigned char)name.p[0] % 3 : 0];

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        k = rs_str_is(name, kinds[i].name) ? &kinds[i] : k;
    }
    while (rest.n > 0 && q.order_by.n < ORDERS_MAX) {
        const struct rs_str line = fuzz_line(&rest);

        if (line.n == 0) {
            break;
        }
        add_order(&q, models, line);
    }
    q.filter = rest;
    FUZZ_HOLDS(rs_store_begin_read(cx, store) == RS_OK, rs_str_of(cx->error.message));
    const enum rs_code code = compare_pages(cx, k, &q);
    rs_store_end_read(store);
    fuzz_refused(cx, code, input);
}

static void put_words(void (*put)(struct rs_str word))
{
    static const char *const words[] = {"runs\n",
                                        "experiments\n",
                                        "models\n",
                                        "metrics.",
                                        "params.",
                                        "tags.",
                                        "attributes.",
                                        "attribute.",
                                        "datasets.",
                                        "dataset.",
                                        " AND ",
                                        " LIKE ",
                                        " ILIKE ",
                                        " IN (",
                                        " NOT IN (",
                                        " IS NULL",
                                        " IS NOT NULL",
                                        " DESC",
                                        " ASC",
                                        " != ",
                                        " >= ",
                                        " <= ",
                                        "'",
                                        "\"",
                                        "`",
                                        "%",
                                        "status",
                                        "created",
                                        "Run Name",
                                        "start_time",
                                        "end_time",
                                        "user_id",
                                        "artifact_uri",
                                        "creation_time",
                                        "last_update_time",
                                        "model_type",
                                        "source_run_id",
                                        "digest",
                                        "context",
                                        "name",
                                        "1e999",
                                        "-0.0",
                                        "nan",
                                        "9223372036854775808"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put(rs_str_of(words[i]));
    }
}

const struct fuzz_target fuzz_filter = {.name = "filter",
                                        .what = "filters and orders of searches, compiled and run",
                                        .open = open_store,
                                        .one = try_search,
                                        .words = put_words};
