/* SPDX-License-Identifier: Apache-2.0 */
/* The searches of the registry against the slow way: random models, versions, filters, orders and
 * pages; enough rows that every way to start is taken. */
#include <stdlib.h>

#include "model/prompt.h"
#include "store/model_version.h"
#include "store/search.h"
#include "store/sql/sql.h"
#include "support/chance.h"
#include "support/scratch.h"

enum { MODELS = 900, VERSIONS_MAX = 4 * MODELS, KEYS = 4, ROUNDS = 80 };

/* A model or a version, as the slow way knows it. */
struct row {
    int64_t id;
    struct rs_str name;
    int64_t version;
    int64_t created;
    int64_t updated;
    bool is_prompt;
    struct rs_str run_id;
    struct rs_str source;
    int64_t tag[KEYS]; /* the value is "v" and the number; 0: it has not the tag */
};

static struct row *models;
static struct row *versions;
static size_t n_versions;
static struct rs_store *searched;

static int64_t below(int64_t n)
{
    return (int64_t)chance((unsigned)n);
}

static struct rs_str number_text(const char *before, int64_t i)
{
    return rs_arena_fmt(scratch_cx()->arena, "%s%lld", before, (long long)i);
}

static struct rs_str key_text(int64_t key)
{
    return number_text("k", key);
}

/* Few values of the first key, many of the last. */
static int64_t random_value(int64_t key)
{
    static const int64_t kinds[KEYS] = {2, 4, 30, 2000};

    return below(8) == 0 ? 0 : 1 + below(kinds[key]);
}

typedef enum rs_code put_tag(struct rs_cx *cx, struct rs_store *s, int64_t id,
                             const struct rs_tag *tag, struct rs_str *before);

static void put_tags(struct row *row, put_tag *put)
{
    struct rs_str before;

    for (int64_t k = 0; k < KEYS; k++) {
        row->tag[k] = random_value(k);
        if (row->tag[k] > 0) {
            const struct rs_tag tag = {key_text(k), number_text("v", row->tag[k])};

            ck_ok(put(scratch_cx(), scratch_store(), row->id, &tag, &before));
        }
    }
    if (row->is_prompt) {
        const struct rs_tag tag = {RS_PROMPT_TAG, RS_STR("true")};

        ck_ok(put(scratch_cx(), scratch_store(), row->id, &tag, &before));
    }
}

static void make_version(struct row *model)
{
    struct row *row = &versions[n_versions++];
    struct rs_model_version_row v = {.model = model->id,
                                     .source = number_text("s3://b/", below(40)),
                                     .run_id = number_text("run", below(60)),
                                     .storage_location = RS_STR(""),
                                     .creation_time = below(50)};

    ck_ok(rs_store_model_version_create(scratch_cx(), scratch_store(), &v));
    *row = (struct row){.id = v.id,
                        .name = model->name,
                        .version = v.version,
                        .created = v.creation_time,
                        .updated = v.creation_time,
                        .is_prompt = model->is_prompt,
                        .run_id = v.run_id,
                        .source = v.source};
    model->updated = v.creation_time;
    put_tags(row, rs_store_model_version_tag_put);
}

static void make_model(struct row *row)
{
    struct rs_registered_model_ref m = {.name = number_text("m", below(1000000)),
                                        .creation_time = below(50)};
    struct rs_registered_model_ref other;

    ck_ok(rs_store_registered_model_look(scratch_cx(), scratch_store(), m.name, &other));
    if (other.id != 0) {
        m.name = number_text("twin", row - models);
    }
    ck_ok(rs_store_registered_model_create(scratch_cx(), scratch_store(), &m));
    *row = (struct row){
        .id = m.id, .name = m.name, .updated = m.creation_time, .is_prompt = below(5) == 0};
    put_tags(row, rs_store_registered_model_tag_put);
    for (int64_t n = below(5); n > 0; n--) {
        make_version(row);
    }
}

static void open_registry(void)
{
    scratch_open();
    chance_begin(42);
    n_versions = 0;
    searched = scratch_store();
    models = RS_NEW_N(scratch_cx()->arena, struct row, MODELS);
    versions = RS_NEW_N(scratch_cx()->arena, struct row, VERSIONS_MAX);
    for (size_t i = 0; i < MODELS; i++) {
        make_model(&models[i]);
    }
}

/* One search, and what the slow way says to it. */
struct question {
    bool is_version;
    struct rs_clause clause[4];
    struct rs_filter filter;
    struct rs_order order[2];
    struct rs_orders orders;
};

static struct rs_clause random_tag(void)
{
    static const enum rs_cmp cmps[] = {RS_CMP_EQ, RS_CMP_EQ, RS_CMP_EQ, RS_CMP_NE, RS_CMP_LIKE};
    const int64_t key = below(KEYS);
    const enum rs_cmp cmp = cmps[below(5)];
    const int64_t value = 1 + below(5);

    return (struct rs_clause){
        .entity = RS_ENTITY_TAG,
        .key = key_text(key),
        .cmp = cmp,
        .value = rs_text(cmp == RS_CMP_LIKE
                             ? rs_arena_fmt(scratch_cx()->arena, "v%lld%%", (long long)value)
                             : number_text("v", value))};
}

static struct rs_clause random_clause(bool is_version)
{
    const struct row *some = is_version ? &versions[below((int64_t)n_versions)]
                                        : &models[below(MODELS)];
    struct rs_clause c = {.entity = RS_ENTITY_ATTRIBUTE, .attr = RS_ATTR_NAME};

    switch (below(is_version ? 9 : 6)) {
    case 0:
        c.value = rs_text(some->name);
        return c;
    case 1:
        c.cmp = RS_CMP_LIKE;
        c.value = rs_text(rs_arena_fmt(scratch_cx()->arena, "m%lld%%", (long long)below(20)));
        return c;
    case 6:
        c.attr = RS_ATTR_RUN_ID;
        c.value = rs_text(some->run_id);
        return c;
    case 7:
        c.attr = RS_ATTR_SOURCE;
        c.value = rs_text(some->source);
        return c;
    case 8:
        c.attr = RS_ATTR_VERSION;
        c.cmp = below(2) == 0 ? RS_CMP_GT : RS_CMP_LE;
        c.value = rs_i64(below(4));
        return c;
    default:
        return random_tag();
    }
}

/* For prompts, or, which is what a question without it does, for none. */
static void ask_for_prompts(struct question *q, bool wanted)
{
    q->clause[q->filter.n++] = (struct rs_clause){
        .entity = RS_ENTITY_TAG,
        .key = RS_PROMPT_TAG,
        .cmp = RS_CMP_EQ,
        .value = rs_text(wanted ? RS_STR("true") : RS_STR("false"))};
}

static void make_question(struct question *q)
{
    static const enum rs_attr attrs[] = {RS_ATTR_NAME, RS_ATTR_LAST_UPDATE_TIME, RS_ATTR_VERSION,
                                         RS_ATTR_CREATION_TIME};

    *q = (struct question){.is_version = below(2) == 0};
    q->filter.clauses = q->clause;
    q->orders.p = q->order;
    for (int64_t n = below(4); n > 0; n--) {
        q->clause[q->filter.n++] = random_clause(q->is_version);
    }
    if (below(5) == 0) {
        ask_for_prompts(q, below(2) == 0);
    }
    if (below(3) > 0) {
        q->order[q->orders.n++] = (struct rs_order){.attr = attrs[below(q->is_version ? 4 : 2)],
                                                    .descending = below(2) == 0};
    }
}

static bool is_met_by_text(const struct rs_clause *c, struct rs_str s)
{
    const struct rs_str prefix = {c->value.s.p, c->value.s.n - 1};

    return c->cmp == RS_CMP_LIKE ? rs_str_starts(s, prefix)
                                 : rs_str_eq(s, c->value.s) == (c->cmp == RS_CMP_EQ);
}

/* Of a comparison of the tag: `= 'true'` and `!= 'false'` do. */
static bool wants_prompts(const struct rs_clause *c)
{
    return rs_str_is(c->value.s, "true") == (c->cmp == RS_CMP_EQ);
}

static bool is_met(const struct rs_clause *c, const struct row *row)
{
    if (c->entity == RS_ENTITY_TAG && rs_str_eq(c->key, RS_PROMPT_TAG)) {
        return row->is_prompt == wants_prompts(c);
    }
    if (c->entity == RS_ENTITY_TAG) {
        const int64_t value = row->tag[c->key.p[1] - '0'];

        return value > 0 && is_met_by_text(c, number_text("v", value));
    }
    if (c->attr == RS_ATTR_VERSION) {
        return c->cmp == RS_CMP_GT ? row->version > c->value.i : row->version <= c->value.i;
    }
    return is_met_by_text(c, c->attr == RS_ATTR_NAME     ? row->name
                             : c->attr == RS_ATTR_RUN_ID ? row->run_id
                                                         : row->source);
}

static bool is_found(const struct question *q, const struct row *row)
{
    bool wanted = false;

    for (size_t i = 0; i < q->filter.n; i++) {
        const struct rs_clause *c = &q->clause[i];

        wanted = wanted || (rs_str_eq(c->key, RS_PROMPT_TAG) && wants_prompts(c));
        if (!is_met(c, row)) {
            return false;
        }
    }
    return row->is_prompt == wanted;
}

static int by_text(struct rs_str a, struct rs_str b)
{
    const int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int by_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static const struct question *asked; /* of the sort that runs */

static int by_order(const void *x, const void *y)
{
    const struct row *a = *(const struct row *const *)x;
    const struct row *b = *(const struct row *const *)y;
    const struct rs_order *o = &asked->order[0];
    int order = asked->orders.n == 0 && asked->is_version ? by_number(b->updated, a->updated) : 0;

    if (asked->orders.n > 0) {
        order = o->attr == RS_ATTR_NAME            ? by_text(a->name, b->name)
                : o->attr == RS_ATTR_VERSION       ? by_number(a->version, b->version)
                : o->attr == RS_ATTR_CREATION_TIME ? by_number(a->created, b->created)
                                                   : by_number(a->updated, b->updated);
        order = o->descending ? -order : order;
    }
    order = order != 0 ? order : by_text(a->name, b->name);
    return order != 0 ? order : by_number(b->version, a->version);
}

static const struct row *expected[VERSIONS_MAX];

static size_t expect(const struct question *q)
{
    const struct row *rows = q->is_version ? versions : models;
    const size_t n_rows = q->is_version ? n_versions : MODELS;
    size_t n = 0;

    for (size_t i = 0; i < n_rows; i++) {
        if (is_found(q, &rows[i])) {
            expected[n++] = &rows[i];
        }
    }
    asked = q;
    qsort(expected, n, sizeof expected[0], by_order);
    return n;
}

static void search(bool is_version, const struct rs_registry_query *query, struct rs_found *page)
{
    const bool reads = searched != scratch_store();

    if (reads) {
        ck_ok(rs_store_begin_read(scratch_cx(), searched));
    }
    ck_ok(is_version ? rs_store_model_versions_search(scratch_cx(), searched, query, page)
                     : rs_store_registered_models_search(scratch_cx(), searched, query, page));
    if (reads) {
        rs_store_end_read(searched);
    }
}

static void check_question(const struct question *q, size_t limit, int round)
{
    const size_t n = expect(q);
    struct rs_registry_query query = {
        .filter = &q->filter, .orders = &q->orders, .page.limit = limit};
    struct rs_found page;
    size_t at = 0;

    do {
        search(q->is_version, &query, &page);
        for (size_t i = 0; i < page.n; i++, at++) {
            ck_assert_msg(at < n && page.ids[i] == expected[at]->id,
                          "search %d: row %zu of %zu is another one", round, at, n);
        }
        query.page.after = page.last;
        query.page.n_after = page.n_last;
    } while (page.n_last > 0);
    ck_assert_msg(at == n, "search %d: found %zu, not %zu", round, at, n);
}

START_TEST(random_searches_find_what_the_slow_way_finds)
{
    static const size_t limits[] = {40, 100, 5000};
    struct question q;

    for (int round = 0; round < ROUNDS; round++) {
        make_question(&q);
        check_question(&q, limits[below(3)], round);
    }
}
END_TEST

/* Gives a tag to some row, or takes it away. */
static void change_tag(bool is_version)
{
    struct row *row = is_version ? &versions[below((int64_t)n_versions)] : &models[below(MODELS)];
    const int64_t key = below(KEYS);
    struct rs_str before = {0};

    row->tag[key] = random_value(key);
    const struct rs_tag tag = {key_text(key), number_text("v", row->tag[key])};
    if (row->tag[key] > 0) {
        ck_ok((is_version ? rs_store_model_version_tag_put : rs_store_registered_model_tag_put)(
            scratch_cx(), scratch_store(), row->id, &tag, &before));
    } else {
        ck_ok((is_version ? rs_store_model_version_tag_delete
                          : rs_store_registered_model_tag_delete)(scratch_cx(), scratch_store(),
                                                                  row->id, tag.key, &before));
    }
}

START_TEST(a_reader_that_remembers_answers_finds_what_the_slow_way_finds_while_tags_change)
{
    struct question q;

    searched = scratch_reader();
    for (int round = 0; round < ROUNDS; round++) {
        make_question(&q);
        q.clause[0] = random_tag();
        q.filter.n += q.filter.n == 0;
        check_question(&q, 40, round);
        for (int i = 0; i < 10; i++) {
            change_tag(i % 2 == 0);
        }
        scratch_commit();
        check_question(&q, 40, round);
    }
}
END_TEST

START_TEST(a_common_tag_with_rare_company_is_found)
{
    struct question q = {.is_version = true};

    q.filter = (struct rs_filter){q.clause, 2};
    q.orders.p = q.order;
    q.clause[0] = (struct rs_clause){
        .entity = RS_ENTITY_TAG, .key = key_text(0), .value = rs_text(RS_STR("v1"))};
    q.clause[1] = (struct rs_clause){
        .entity = RS_ENTITY_TAG, .key = key_text(1), .value = rs_text(RS_STR("v2"))};
    check_question(&q, 5000, 0);
    q.clause[2] = (struct rs_clause){.entity = RS_ENTITY_ATTRIBUTE,
                                     .attr = RS_ATTR_NAME,
                                     .cmp = RS_CMP_LIKE,
                                     .value = rs_text(RS_STR("m9%"))};
    q.filter.n = 3;
    check_question(&q, 50, 1);
}
END_TEST

START_TEST(the_first_comparison_of_the_prompt_tag_decides)
{
    struct question q = {0};
    struct rs_clause *c = &q.clause[0];

    q.filter = (struct rs_filter){q.clause, 0};
    q.orders.p = q.order;
    ask_for_prompts(&q, true);
    check_question(&q, 100, 0);
    c->cmp = RS_CMP_NE;
    c->value = rs_text(RS_STR("false"));
    check_question(&q, 100, 1);
    /* What asks for models says nothing: no model has this tag. */
    c->value = rs_text(RS_STR("true"));
    struct rs_registry_query query = {
        .filter = &q.filter, .orders = &q.orders, .page.limit = MODELS};
    struct rs_found page;

    ck_ok(rs_store_registered_models_search(scratch_cx(), scratch_store(), &query, &page));
    q.filter.n = 0;
    ck_assert_uint_eq(page.n, expect(&q));
}
END_TEST

START_TEST(a_foreign_key_is_no_place)
{
    const struct rs_val key[] = {rs_i64(1), rs_i64(2)};
    const struct rs_filter filter = {0};
    const struct rs_orders orders = {0};
    const struct rs_registry_query query = {
        .filter = &filter, .orders = &orders, .page = {.limit = 5, .after = key, .n_after = 2}};
    struct rs_found page;

    ck_fails(rs_store_registered_models_search(scratch_cx(), scratch_store(), &query, &page),
             RS_INVALID, "page token");
}
END_TEST

static void give(int64_t version, const char *key)
{
    const struct rs_tag tag = {rs_str_of(key), RS_STR("yes")};
    struct rs_str before;

    ck_ok(rs_store_model_version_tag_put(scratch_cx(), scratch_store(), version, &tag, &before));
}

/* A new version of a model, with the tags of its number. */
static int64_t make_numbered(int64_t model, int64_t i)
{
    struct rs_model_version_row v = {.model = model,
                                     .source = RS_STR("s3://b/1"),
                                     .storage_location = RS_STR(""),
                                     .creation_time = i};

    ck_ok(rs_store_model_version_create(scratch_cx(), scratch_store(), &v));
    if (i % 4 == 0) {
        give(v.id, "fourth");
    }
    if (i % 5 == 0) {
        give(v.id, "fifth");
    }
    return v.id;
}

/* How many versions a reader finds that have both tags. */
static size_t find_both(struct rs_store *reader)
{
    struct rs_clause both[] = {
        {.entity = RS_ENTITY_TAG, .key = RS_STR("fourth"), .value = rs_text(RS_STR("yes"))},
        {.entity = RS_ENTITY_TAG, .key = RS_STR("fifth"), .value = rs_text(RS_STR("yes"))}};
    const struct rs_filter filter = {both, 2};
    const struct rs_orders orders = {0};
    const struct rs_registry_query query = {
        .filter = &filter, .orders = &orders, .page.limit = 450};
    struct rs_found found;

    both[0].cmp = RS_CMP_EQ;
    both[1].cmp = RS_CMP_EQ;
    ck_ok(rs_store_begin_read(scratch_cx(), reader));
    ck_ok(rs_store_model_versions_search(scratch_cx(), reader, &query, &found));
    rs_store_end_read(reader);
    return found.n;
}

START_TEST(a_reader_that_remembers_who_has_a_tag_finds_who_got_it_and_not_who_lost_it)
{
    enum { MANY = 8000 };
    struct rs_registered_model_ref m = {.name = RS_STR("numbered"), .creation_time = 1};
    struct rs_str before;
    int64_t last = 0;

    ck_ok(rs_store_registered_model_create(scratch_cx(), scratch_store(), &m));
    for (int64_t i = 1; i <= MANY; i++) {
        last = make_numbered(m.id, i);
    }
    struct rs_store *reader = scratch_reader();
    ck_assert_uint_eq(find_both(reader), MANY / 20);
    ck_assert_uint_gt(reader->memory->owners.used, 0);
    ck_assert_uint_eq(find_both(reader), MANY / 20);
    ck_ok(rs_store_model_version_tag_delete(scratch_cx(), scratch_store(), last, RS_STR("fifth"),
                                            &before));
    scratch_commit();
    ck_assert_uint_eq(find_both(reader), MANY / 20 - 1);
    give(last, "fifth");
    ck_assert_uint_eq(find_both(reader), MANY / 20 - 1);
    scratch_commit();
    ck_assert_uint_eq(find_both(reader), MANY / 20);
    make_numbered(m.id, MANY + 20);
    scratch_commit();
    ck_assert_uint_eq(find_both(reader), MANY / 20 + 1);
}
END_TEST

static void add(TCase *t)
{
    tcase_set_timeout(t, 300);
    tcase_add_test(t, a_reader_that_remembers_who_has_a_tag_finds_who_got_it_and_not_who_lost_it);
    tcase_add_test(t, random_searches_find_what_the_slow_way_finds);
    tcase_add_test(t,
                   a_reader_that_remembers_answers_finds_what_the_slow_way_finds_while_tags_change);
    tcase_add_test(t, a_common_tag_with_rare_company_is_found);
    tcase_add_test(t, the_first_comparison_of_the_prompt_tag_decides);
    tcase_add_test(t, a_foreign_key_is_no_place);
}

int main(void)
{
    return scratch_main("store/search_registry", open_registry, add);
}
