/* SPDX-License-Identifier: Apache-2.0 */
/* Random runs, and the slow way to search them. */
#include "support/zoo.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/dataset.h"
#include "support/scratch.h"

#define LONG "a value of which the first sixty-four characters are not yet enough: "

static const double few[] = {-INFINITY, -2.5, -1, 0, 0.5, 1, 7, INFINITY, NAN, NAN};
static const char *const names[] = {"alpha", "Alpha", "beta_1", "beta%1", "gamma", ""};
static const char *const users[] = {"", "ada", "bob", "Bob"};
static const char *const p1_values[] = {"50%", "a\\b", "x_y"};
static const char long_1[] = LONG "1";
static const char long_2[] = LONG "2";
static const char long_any[] = LONG "%";
static const char *const t0_values[] = {"red", "RED", "blue", "", long_1, long_2};
static const char *const patterns[] = {"%",      "",     "a%",   "%A%",   "_",   "%1",
                                       "v1_",    "a\\b", "%\\%", "50\\%", "re_", "%\xC3\xA9%",
                                       long_any, "x_y",  "RUN%", "%N_NG"};

/* As ck_ok, without its cost: Check writes down where each assertion stands, and there are many
 * here. */
#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != RS_OK) {                                                                     \
            ck_abort_msg("%s: %s", #call, scratch_cx()->error.message);                            \
        }                                                                                          \
    } while (0)

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

size_t zoo_random(struct zoo *z, size_t n)
{
    z->random ^= z->random << 13;
    z->random ^= z->random >> 7;
    z->random ^= z->random << 17;
    return (size_t)((z->random * 0x2545F4914F6CDD1Du) >> 33) % n;
}

#define PICK(z, array) ((array)[zoo_random((z), COUNT(array))])

static struct zoo_run random_run(struct zoo *z)
{
    struct zoo_run r = {
        .experiment = (int)zoo_random(z, ZOO_EXPERIMENTS),
        .stage = zoo_random(z, 10) == 0 ? RS_STAGE_DELETED : RS_STAGE_ACTIVE,
        .status = (enum rs_run_status)(1 + zoo_random(z, 5)),
        .name = PICK(z, names),
        .user_id = PICK(z, users),
        .start_time = (int64_t)zoo_random(z, 400),
        .end_time = (int64_t)(zoo_random(z, 2) * zoo_random(z, 300)),
        .metric = {{zoo_random(z, 10) > 0, PICK(z, few)},
                   {true, (double)zoo_random(z, 1 << 20) / (1 << 20)},
                   {zoo_random(z, 40) == 0, (double)zoo_random(z, 5)}},
        .param = {zoo_random(z, 10) > 0 ? z->p0[zoo_random(z, ZOO_P0_VALUES - 1)] : NULL,
                  zoo_random(z, 3) > 0 ? PICK(z, p1_values) : NULL},
        .tag = {zoo_random(z, 4) > 0 ? PICK(z, t0_values) : NULL,
                zoo_random(z, 20) > 0 ? PICK(z, names) : NULL},
        .dataset = (int)zoo_random(z, 3),
    };

    snprintf(r.run_id, sizeof r.run_id, "%08zx%08zx%016zx", zoo_random(z, 1 << 30),
             zoo_random(z, 1 << 30), z->n);
    return r;
}

static const char *tag_key(size_t i)
{
    return i == 0 ? "t0" : "mlflow.runName";
}

static struct rs_str key_of(char letter, size_t i)
{
    return rs_arena_fmt(scratch_cx()->arena, "%c%zu", letter, i);
}

static void put_items(const struct zoo_run *r, const struct rs_run_ref *ref)
{
    struct rs_metric metrics[ZOO_METRICS];
    struct rs_param params[ZOO_PARAMS];
    struct rs_tag tags[ZOO_TAGS];
    struct rs_list list = {params, 0};
    struct rs_list clashes;
    size_t n_metrics = 0;
    size_t n_tags = 0;

    for (size_t i = 0; i < ZOO_METRICS; i++) {
        if (r->metric[i].is_there) {
            metrics[n_metrics++] = (struct rs_metric){
                .key = key_of('m', i), .value = r->metric[i].value, .step = 1};
        }
    }
    for (size_t i = 0; i < ZOO_PARAMS; i++) {
        if (r->param[i] != NULL) {
            params[list.n++] = (struct rs_param){key_of('p', i), rs_str_of(r->param[i])};
        }
    }
    for (size_t i = 0; i < ZOO_TAGS; i++) {
        if (r->tag[i] != NULL) {
            tags[n_tags++] = (struct rs_tag){rs_str_of(tag_key(i)), rs_str_of(r->tag[i])};
        }
    }
    MUST(rs_store_metrics_put(scratch_cx(), scratch_store(), ref, metrics, n_metrics));
    MUST(rs_store_params_put(scratch_cx(), scratch_store(), ref, &list, &clashes));
    MUST(rs_store_tags_put(scratch_cx(), scratch_store(), ref, tags, n_tags));
}

/* Datasets 1 and 2 have the names ds1 and ds2, and so on. A run with dataset 2 also read dataset 1,
 * without a context.
 */
static void put_datasets(const struct zoo_run *r, const struct rs_run_ref *ref)
{
    for (int i = 1; i <= r->dataset; i++) {
        struct rs_tag context = {RS_STR("mlflow.data.context"),
                                 rs_arena_fmt(scratch_cx()->arena, "context%d", i)};
        struct rs_dataset dataset = {.name = rs_arena_fmt(scratch_cx()->arena, "ds%d", i),
                                     .digest = rs_arena_fmt(scratch_cx()->arena, "digest%d", i)};
        const struct rs_dataset_input input = {.tags = RS_LIST(&context, i == r->dataset),
                                               .dataset = RS_SUB(&dataset)};

        MUST(rs_store_dataset_input_put(scratch_cx(), scratch_store(), ref, &input));
    }
}

static void add_run(struct zoo *z)
{
    struct zoo_run *r = &z->runs[z->n];
    struct rs_run_ref ref;

    *r = random_run(z);
    const struct rs_run_new run = {.run_id = rs_str_of(r->run_id),
                                   .experiment = z->experiment[r->experiment],
                                   .name = rs_str_of(r->name),
                                   .user_id = rs_str_of(r->user_id),
                                   .start_time = r->start_time};
    const struct rs_run_change change = {
        .status = RS_SOME_ENUM(r->status), .end_time = {r->end_time, true}, .name = run.name};
    MUST(rs_store_run_create(scratch_cx(), scratch_store(), &run, &ref));
    MUST(rs_store_run_update(scratch_cx(), scratch_store(), &ref, &change));
    put_items(r, &ref);
    put_datasets(r, &ref);
    if (r->stage == RS_STAGE_DELETED) {
        MUST(rs_store_run_set_stage(scratch_cx(), scratch_store(), &ref, r->stage, 1));
    }
    r->id = ref.id;
    z->n++;
}

void zoo_open(struct zoo *z, uint64_t seed)
{
    *z = (struct zoo){.random = seed * 0x9E3779B97F4A7C15u + 1};
    z->runs = calloc(ZOO_RUNS_MAX, sizeof *z->runs);
    ck_assert_ptr_nonnull(z->runs);
    for (size_t i = 0; i < ZOO_P0_VALUES; i++) {
        snprintf(z->p0[i], sizeof z->p0[i], "%s%zu",
                 i % 8 == 7   ? LONG
                 : i % 8 == 6 ? "\xC3\xA9t\xC3\xA9 "
                              : "v",
                 i);
    }
    for (size_t i = 0; i < ZOO_EXPERIMENTS_ALL; i++) {
        z->experiment[i] = scratch_experiment(rs_arena_fmt(scratch_cx()->arena, "zoo %zu", i).p);
    }
}

void zoo_close(struct zoo *z)
{
    free(z->runs);
}

void zoo_add(struct zoo *z, size_t n)
{
    ck_assert_uint_le(z->n + n, ZOO_RUNS_MAX);
    for (size_t i = 0; i < n; i++) {
        add_run(z);
    }
}

/* --- random searches --- */

static enum rs_cmp text_cmp(struct zoo *z)
{
    return PICK(z, ((const enum rs_cmp[]){RS_CMP_EQ, RS_CMP_EQ, RS_CMP_EQ, RS_CMP_NE, RS_CMP_LIKE,
                                          RS_CMP_ILIKE}));
}

static void set_text(struct zoo *z, struct rs_clause *c, const char *value)
{
    c->cmp = text_cmp(z);
    c->value = rs_text(
        rs_str_of(c->cmp >= RS_CMP_LIKE && zoo_random(z, 4) > 0 ? PICK(z, patterns) : value));
}

static void set_list(struct zoo *z, struct rs_clause *c, const char *const *values, size_t n)
{
    c->cmp = zoo_random(z, 2) ? RS_CMP_IN : RS_CMP_NOT_IN;
    c->n_values = 1 + zoo_random(z, 3);
    c->values = RS_NEW_N(scratch_cx()->arena, struct rs_val, c->n_values);
    for (size_t i = 0; i < c->n_values; i++) {
        c->values[i] = rs_text(rs_str_of(values[zoo_random(z, n)]));
    }
}

static struct rs_clause metric_clause(struct zoo *z)
{
    const size_t i = zoo_random(z, 20) == 0 ? 3 : zoo_random(z, 3);
    static const double limits[] = {0.001, 0.3, 0.5, 0.9, 0.999};
    double value = i == 1 ? PICK(z, limits) : PICK(z, few);

    return (struct rs_clause){.entity = RS_ENTITY_METRIC,
                              .key = key_of('m', i),
                              .cmp = (enum rs_cmp)zoo_random(z, RS_CMP_GE + 1),
                              .value = rs_f64(isnan(value) ? 0 : value)};
}

static struct rs_clause text_clause(struct zoo *z)
{
    const bool is_param = zoo_random(z, 2);
    struct rs_clause c = {.entity = is_param ? RS_ENTITY_PARAM : RS_ENTITY_TAG};
    const size_t i = is_param ? (zoo_random(z, 20) == 0 ? 2 : zoo_random(z, 2)) : zoo_random(z, 2);

    c.key = is_param ? key_of('p', i) : rs_str_of(tag_key(i));
    if (zoo_random(z, 6) == 0) {
        c.cmp = zoo_random(z, 2) ? RS_CMP_IS_NULL : RS_CMP_NOT_NULL;
        return c;
    }
    set_text(z, &c,
             is_param ? (i == 0 ? z->p0[zoo_random(z, ZOO_P0_VALUES)] : PICK(z, p1_values))
                      : (i == 0 ? PICK(z, t0_values) : PICK(z, names)));
    return c;
}

static struct rs_clause run_id_clause(struct zoo *z, struct rs_clause c)
{
    const char *ids[3] = {"nobody", "nobody", "nobody"};

    for (size_t i = 0; i < 3 && z->n > 0; i++) {
        ids[i] = z->runs[zoo_random(z, z->n)].run_id;
    }
    if (zoo_random(z, 2)) {
        set_list(z, &c, ids, 3);
    } else {
        set_text(z, &c, ids[0]);
    }
    return c;
}

static struct rs_clause attr_clause(struct zoo *z)
{
    static const enum rs_attr attrs[] = {RS_ATTR_RUN_ID,  RS_ATTR_RUN_NAME,     RS_ATTR_USER_ID,
                                         RS_ATTR_STATUS,  RS_ATTR_ARTIFACT_URI, RS_ATTR_START_TIME,
                                         RS_ATTR_END_TIME};
    struct rs_clause c = {.entity = RS_ENTITY_ATTRIBUTE, .attr = PICK(z, attrs)};

    switch (c.attr) {
    case RS_ATTR_RUN_ID:
        return run_id_clause(z, c);
    case RS_ATTR_RUN_NAME:
        set_text(z, &c, PICK(z, names));
        return c;
    case RS_ATTR_USER_ID:
        set_text(z, &c, PICK(z, users));
        return c;
    case RS_ATTR_STATUS:
        set_text(z, &c,
                 PICK(z, ((const char *const[]){"RUNNING", "FINISHED", "running", "KILLED"})));
        return c;
    case RS_ATTR_ARTIFACT_URI:
        set_text(z, &c, "mlflow-artifacts:/1/x/artifacts");
        return c;
    default:
        c.cmp = (enum rs_cmp)zoo_random(z, RS_CMP_GE + 1);
        c.value = zoo_random(z, 2) ? rs_i64((int64_t)zoo_random(z, 400))
                                   : rs_f64((double)zoo_random(z, 400) + 0.5);
        return c;
    }
}

static struct rs_clause dataset_clause(struct zoo *z)
{
    static const struct {
        enum rs_attr attr;
        const char *values[3];
    } kinds[] = {{RS_ATTR_NAME, {"ds1", "ds2", "%2"}},
                 {RS_ATTR_DIGEST, {"digest1", "digest2", "Digest_"}},
                 {RS_ATTR_CONTEXT, {"context1", "context2", ""}}};
    const size_t kind = zoo_random(z, COUNT(kinds));
    struct rs_clause c = {.entity = RS_ENTITY_DATASET, .attr = kinds[kind].attr};

    if (zoo_random(z, 2) == 0) {
        set_list(z, &c, kinds[kind].values, 3);
    } else {
        set_text(z, &c, PICK(z, kinds[kind].values));
    }
    return c;
}

struct rs_filter zoo_filter(struct zoo *z)
{
    static struct rs_clause (*const makers[])(struct zoo *) = {
        metric_clause, metric_clause, metric_clause, text_clause,
        text_clause,   text_clause,   attr_clause,   dataset_clause};
    struct rs_filter f = {RS_NEW_N(scratch_cx()->arena, struct rs_clause, 3), zoo_random(z, 4)};

    for (size_t i = 0; i < f.n; i++) {
        f.clauses[i] = PICK(z, makers)(z);
    }
    return f;
}

static struct rs_order random_order(struct zoo *z)
{
    static const enum rs_attr attrs[] = {RS_ATTR_RUN_ID,      RS_ATTR_RUN_NAME,   RS_ATTR_USER_ID,
                                         RS_ATTR_STATUS,      RS_ATTR_START_TIME, RS_ATTR_END_TIME,
                                         RS_ATTR_ARTIFACT_URI};
    struct rs_order o = {.descending = zoo_random(z, 2) != 0};

    switch (zoo_random(z, 8)) {
    case 0:
    case 1:
    case 2:
        o.entity = RS_ENTITY_METRIC;
        o.key = key_of('m', zoo_random(z, ZOO_METRICS));
        break;
    case 3:
    case 4:
        o.entity = RS_ENTITY_PARAM;
        o.key = key_of('p', zoo_random(z, ZOO_PARAMS));
        break;
    case 5:
        o.entity = RS_ENTITY_TAG;
        o.key = rs_str_of(tag_key(zoo_random(z, ZOO_TAGS)));
        break;
    default:
        o.attr = PICK(z, attrs);
        break;
    }
    return o;
}

static bool has_order(const struct rs_orders *orders, const struct rs_order *o)
{
    for (size_t i = 0; i < orders->n; i++) {
        const struct rs_order *p = &orders->p[i];

        if (p->entity == o->entity && p->attr == o->attr && rs_str_eq(p->key, o->key)) {
            return true;
        }
    }
    return false;
}

struct rs_orders zoo_orders(struct zoo *z)
{
    const size_t n = zoo_random(z, 4);
    struct rs_orders orders = {RS_NEW_N(scratch_cx()->arena, struct rs_order, n), 0};

    for (size_t i = 0; i < n; i++) {
        const struct rs_order o = random_order(z);

        if (!has_order(&orders, &o)) {
            orders.p[orders.n++] = o;
        }
    }
    return orders;
}

/* --- the slow way --- */

static char low(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool like(const char *s, const char *pattern, bool any_case)
{
    if (*pattern == '\0') {
        return *s == '\0';
    }
    if (*pattern == '%') {
        return like(s, pattern + 1, any_case) || (*s != '\0' && like(s + 1, pattern, any_case));
    }
    if (*s == '\0') {
        return false;
    }
    if (*pattern == '_') {
        do {
            s++;
        } while ((*s & 0xC0) == 0x80);
        return like(s, pattern + 1, any_case);
    }
    const bool same = any_case ? low(*s) == low(*pattern) : *s == *pattern;
    return same && like(s + 1, pattern + 1, any_case);
}

static bool is_among(const char *s, const struct rs_clause *c)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (rs_str_is(c->values[i].s, s)) {
            return true;
        }
    }
    return false;
}

static bool text_matches(const char *s, const struct rs_clause *c)
{
    if (s == NULL) {
        return c->cmp == RS_CMP_IS_NULL;
    }
    switch (c->cmp) {
    case RS_CMP_EQ:
        return rs_str_is(c->value.s, s);
    case RS_CMP_NE:
        return !rs_str_is(c->value.s, s);
    case RS_CMP_LIKE:
    case RS_CMP_ILIKE:
        return like(s, c->value.s.p, c->cmp == RS_CMP_ILIKE);
    case RS_CMP_IN:
        return is_among(s, c);
    case RS_CMP_NOT_IN:
        return !is_among(s, c);
    default:
        return c->cmp == RS_CMP_NOT_NULL;
    }
}

static bool number_matches(double x, const struct rs_clause *c)
{
    const double y = c->value.kind == RS_VAL_I64 ? (double)c->value.i : c->value.f;

    switch (c->cmp) {
    case RS_CMP_EQ:
        return x == y;
    case RS_CMP_NE:
        return x != y;
    case RS_CMP_LT:
        return x < y;
    case RS_CMP_LE:
        return x <= y;
    case RS_CMP_GT:
        return x > y;
    default:
        return x >= y;
    }
}

static const char *status_name(const struct zoo_run *r)
{
    return rs_enum_name(rs_run_status_names, (int)r->status);
}

static const char *uri_of(const struct zoo *z, const struct zoo_run *r)
{
    return rs_arena_fmt(scratch_cx()->arena, "mlflow-artifacts:/%lld/%s/artifacts",
                        (long long)z->experiment[r->experiment], r->run_id)
        .p;
}

static const char *attr_text(const struct zoo *z, const struct zoo_run *r, enum rs_attr attr)
{
    switch (attr) {
    case RS_ATTR_RUN_ID:
        return r->run_id;
    case RS_ATTR_USER_ID:
        return r->user_id;
    case RS_ATTR_STATUS:
        return status_name(r);
    case RS_ATTR_RUN_NAME:
        /* A name that is "" leaves the run with that of its creation, which is the same here. */
        return r->name;
    default:
        return uri_of(z, r);
    }
}

static bool attr_matches(const struct zoo *z, const struct zoo_run *r, const struct rs_clause *c)
{
    switch (c->attr) {
    case RS_ATTR_START_TIME:
        return number_matches((double)r->start_time, c);
    case RS_ATTR_END_TIME:
        return r->end_time != 0 && number_matches((double)r->end_time, c);
    case RS_ATTR_RUN_NAME:
        return text_matches(r->tag[1], c);
    default:
        return text_matches(attr_text(z, r, c->attr), c);
    }
}

static bool dataset_matches(const struct zoo_run *r, const struct rs_clause *c)
{
    const char *prefix = c->attr == RS_ATTR_NAME     ? "ds"
                         : c->attr == RS_ATTR_DIGEST ? "digest"
                                                     : "context";

    for (int i = c->attr == RS_ATTR_CONTEXT ? r->dataset : 1; i >= 1 && i <= r->dataset; i++) {
        char text[24];

        snprintf(text, sizeof text, "%s%d", prefix, i);
        if (text_matches(text, c)) {
            return true;
        }
    }
    return false;
}

static size_t index_of(struct rs_str key)
{
    return (size_t)(key.p[key.n - 1] - '0');
}

static bool matches(const struct zoo *z, const struct zoo_run *r, const struct rs_clause *c)
{
    switch (c->entity) {
    case RS_ENTITY_METRIC: {
        const struct zoo_metric *m = &r->metric[index_of(c->key)];

        return m->is_there && number_matches(m->value, c);
    }
    case RS_ENTITY_PARAM:
        return text_matches(r->param[index_of(c->key)], c);
    case RS_ENTITY_TAG:
        return text_matches(r->tag[rs_str_is(c->key, "t0") ? 0 : 1], c);
    case RS_ENTITY_DATASET:
        return dataset_matches(r, c);
    case RS_ENTITY_ATTRIBUTE:
        break;
    }
    return attr_matches(z, r, c);
}

static bool is_found(const struct zoo *z, const struct rs_runs_query *query,
                     const struct zoo_run *r)
{
    bool is_in = false;

    for (size_t i = 0; i < query->n_experiments; i++) {
        is_in = is_in || query->experiments[i] == z->experiment[r->experiment];
    }
    if (!is_in || (query->view == RS_VIEW_ACTIVE_ONLY && r->stage != RS_STAGE_ACTIVE) ||
        (query->view == RS_VIEW_DELETED_ONLY && r->stage != RS_STAGE_DELETED)) {
        return false;
    }
    for (size_t i = 0; i < query->filter->n; i++) {
        if (!matches(z, r, &query->filter->clauses[i])) {
            return false;
        }
    }
    return true;
}

static int compare_numbers(double x, double y)
{
    return x < y ? -1 : x > y;
}

/* What is missing comes last in both directions. */
static int compare_texts(const char *x, const char *y, bool descending)
{
    if (x == NULL || y == NULL) {
        return (x == NULL) - (y == NULL);
    }
    return descending ? strcmp(y, x) : strcmp(x, y);
}

static int compare_metrics(const struct zoo_metric *x, const struct zoo_metric *y, bool descending)
{
    const int class_x = !x->is_there ? 2 : isnan(x->value) ? 1 : 0;
    const int class_y = !y->is_there ? 2 : isnan(y->value) ? 1 : 0;

    if (class_x != 0 || class_y != 0) {
        return class_x - class_y;
    }
    return descending ? compare_numbers(y->value, x->value) : compare_numbers(x->value, y->value);
}

static int compare_times(int64_t x, int64_t y, bool descending, bool may_miss)
{
    if (may_miss && (x == 0 || y == 0)) {
        return (x == 0) - (y == 0);
    }
    return compare_numbers((double)(descending ? y : x), (double)(descending ? x : y));
}

static int compare_by(const struct zoo *z, const struct zoo_run *x, const struct zoo_run *y,
                      const struct rs_order *o)
{
    const size_t i = o->key.n > 0 ? (rs_str_is(o->key, "mlflow.runName") ? 1 : index_of(o->key))
                                  : 0;

    if (o->entity == RS_ENTITY_METRIC) {
        return compare_metrics(&x->metric[i], &y->metric[i], o->descending);
    }
    if (o->entity == RS_ENTITY_PARAM) {
        return compare_texts(x->param[i], y->param[i], o->descending);
    }
    if (o->entity == RS_ENTITY_TAG) {
        return compare_texts(x->tag[i], y->tag[i], o->descending);
    }
    if (o->attr == RS_ATTR_START_TIME) {
        return compare_times(x->start_time, y->start_time, o->descending, false);
    }
    if (o->attr == RS_ATTR_END_TIME) {
        return compare_times(x->end_time, y->end_time, o->descending, true);
    }
    return compare_texts(attr_text(z, x, o->attr), attr_text(z, y, o->attr), o->descending);
}

struct order_of {
    const struct zoo *z;
    const struct rs_orders *orders;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct order_of *of = arg;
    const struct zoo_run *x = *(const struct zoo_run *const *)a;
    const struct zoo_run *y = *(const struct zoo_run *const *)b;
    int c = 0;

    for (size_t i = 0; i < of->orders->n && c == 0; i++) {
        c = compare_by(of->z, x, y, &of->orders->p[i]);
    }
    if (c == 0) {
        c = compare_times(x->start_time, y->start_time, true, false);
    }
    return c != 0 ? c : strcmp(x->run_id, y->run_id);
}

size_t zoo_search(const struct zoo *z, const struct rs_runs_query *query, size_t n, int64_t *ids)
{
    const struct zoo_run **found = calloc(n + 1, sizeof *found);
    struct order_of of = {z, query->orders};
    size_t n_found = 0;

    ck_assert_ptr_nonnull(found);
    for (size_t i = 0; i < n; i++) {
        if (is_found(z, query, &z->runs[i])) {
            found[n_found++] = &z->runs[i];
        }
    }
    qsort_r(found, n_found, sizeof *found, compare, &of);
    for (size_t i = 0; i < n_found; i++) {
        ids[i] = found[i]->id;
    }
    free(found);
    return n_found;
}

/* --- for messages --- */

static struct rs_str val_text(const struct rs_val *v)
{
    struct rs_arena *a = scratch_cx()->arena;

    switch (v->kind) {
    case RS_VAL_I64:
        return rs_arena_fmt(a, "%lld", (long long)v->i);
    case RS_VAL_F64:
        return rs_arena_fmt(a, "%.17g", v->f);
    case RS_VAL_STR:
        return rs_arena_fmt(a, "'" RS_FMT "'", RS_ARG(v->s));
    case RS_VAL_NULL:
        break;
    }
    return RS_STR("-");
}

static const char *const entities[] = {"attribute", "metric", "param", "tag", "dataset"};

const char *zoo_text(const struct rs_runs_query *query)
{
    static const char *const cmps[] = {
        "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"};
    struct rs_arena *a = scratch_cx()->arena;
    struct rs_str s = rs_arena_fmt(a,
                                   "%zu experiments, view %d, pages of %zu:", query->n_experiments,
                                   query->view, query->page.limit);

    for (size_t i = 0; i < query->filter->n; i++) {
        const struct rs_clause *c = &query->filter->clauses[i];
        const struct rs_str value = val_text(c->n_values > 0 ? c->values : &c->value);

        s = rs_arena_fmt(a, RS_FMT " AND %s." RS_FMT "#%d %s " RS_FMT, RS_ARG(s),
                         entities[c->entity], RS_ARG(c->key), c->attr, cmps[c->cmp], RS_ARG(value));
    }
    for (size_t i = 0; i < query->orders->n; i++) {
        const struct rs_order *o = &query->orders->p[i];

        s = rs_arena_fmt(a, RS_FMT " BY %s." RS_FMT "#%d%s", RS_ARG(s), entities[o->entity],
                         RS_ARG(o->key), o->attr, o->descending ? " DESC" : "");
    }
    return s.p;
}
