/* SPDX-License-Identifier: Apache-2.0 */
/* Filters and orders as text, so that a test can say what it wants in one line. */
#ifndef RS_TESTS_UNIT_MODEL_CLAUSE_TEXT_H
#define RS_TESTS_UNIT_MODEL_CLAUSE_TEXT_H

#include "model/expect.h"
#include "model/filter.h"

static const char *const entity_texts[] = {
    [RS_ENTITY_ATTRIBUTE] = "attr", [RS_ENTITY_METRIC] = "metric",   [RS_ENTITY_PARAM] = "param",
    [RS_ENTITY_TAG] = "tag",        [RS_ENTITY_DATASET] = "dataset",
};

static const char *const attr_texts[] = {
    [RS_ATTR_RUN_ID] = "run_id",
    [RS_ATTR_RUN_NAME] = "run_name",
    [RS_ATTR_USER_ID] = "user_id",
    [RS_ATTR_STATUS] = "status",
    [RS_ATTR_ARTIFACT_URI] = "artifact_uri",
    [RS_ATTR_START_TIME] = "start_time",
    [RS_ATTR_END_TIME] = "end_time",
    [RS_ATTR_NAME] = "name",
    [RS_ATTR_EXPERIMENT_ID] = "experiment_id",
    [RS_ATTR_CREATION_TIME] = "creation_time",
    [RS_ATTR_LAST_UPDATE_TIME] = "last_update_time",
    [RS_ATTR_MODEL_ID] = "model_id",
    [RS_ATTR_MODEL_TYPE] = "model_type",
    [RS_ATTR_SOURCE_RUN_ID] = "source_run_id",
    [RS_ATTR_STATUS_MESSAGE] = "status_message",
    [RS_ATTR_DIGEST] = "digest",
    [RS_ATTR_CONTEXT] = "context",
    [RS_ATTR_VERSION] = "version",
    [RS_ATTR_SOURCE] = "source",
};

static const char *const cmp_texts[] = {
    "=", "!=", "<", "<=", ">", ">=", "like", "ilike", "in", "not in", "null", "not null"};

/* i5, f0.5, or [text]. */
static inline struct rs_str val_text(const struct rs_val *v)
{
    switch (v->kind) {
    case RS_VAL_I64:
        return rs_arena_fmt(&arena, " i%lld", (long long)v->i);
    case RS_VAL_F64:
        return rs_arena_fmt(&arena, " f%.17g", v->f);
    case RS_VAL_STR:
        return rs_arena_fmt(&arena, " [" RS_FMT "]", RS_ARG(v->s));
    case RS_VAL_NULL:
        break;
    }
    return RS_STR("");
}

static inline struct rs_str name_text(enum rs_entity entity, enum rs_attr attr, struct rs_str key)
{
    const struct rs_str name = attr == RS_ATTR_NONE ? key : rs_str_of(attr_texts[attr]);

    return rs_arena_fmt(&arena, "%s " RS_FMT, entity_texts[entity], RS_ARG(name));
}

/* "metric loss < f0.3; tag a in [x] [y]" */
static inline struct rs_str filter_text(const struct rs_filter *filter)
{
    struct rs_str all = {"", 0};

    for (size_t i = 0; i < filter->n; i++) {
        const struct rs_clause *c = &filter->clauses[i];
        const struct rs_str name = name_text(c->entity, c->attr, c->key);

        all = rs_arena_fmt(&arena, RS_FMT "%s" RS_FMT " %s", RS_ARG(all), i > 0 ? "; " : "",
                           RS_ARG(name), cmp_texts[c->cmp]);
        for (size_t j = 0; j < c->n_values; j++) {
            const struct rs_str value = val_text(&c->values[j]);

            all = rs_arena_fmt(&arena, RS_FMT RS_FMT, RS_ARG(all), RS_ARG(value));
        }
        const struct rs_str value = val_text(&c->value);

        all = rs_arena_fmt(&arena, RS_FMT RS_FMT, RS_ARG(all), RS_ARG(value));
    }
    return all;
}

/* A text and what becomes of it. */
struct example {
    const char *text, *want;
};

static inline void expect_filters(enum rs_search search, const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rs_filter filter;

        rs_cx_clear(&cx);
        ck_assert_msg(rs_filter_parse(&cx, search, rs_str_of(examples[i].text), &filter) == RS_OK,
                      "%s: %s", examples[i].text, cx.error.message);
        const struct rs_str got = filter_text(&filter);

        ck_assert_msg(rs_str_is(got, examples[i].want), "%s: got \"" RS_FMT "\", want \"%s\"",
                      examples[i].text, RS_ARG(got), examples[i].want);
    }
}

static inline void expect_refusals(enum rs_search search, const struct example *examples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rs_filter filter;

        rs_cx_clear(&cx);
        ck_assert_msg(rs_filter_parse(&cx, search, rs_str_of(examples[i].text), &filter) ==
                          RS_INVALID,
                      "%s", examples[i].text);
        ck_assert_str_eq(cx.error.message, examples[i].want);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
