/* SPDX-License-Identifier: Apache-2.0 */
/* The past by replay: after each of many random calls it must say of now what the tables say, and
 * keep saying it ever after. */
#include "service/history.h"

#include <stdlib.h>

#include "base/buf.h"
#include "service/model_versions.h"
#include "service/registered_models.h"
#include "store/event.h"
#include "support/chance.h"
#include "support/scratch.h"

enum { STEPS = 250, SEEDS = 4, NAMES = 4, TEXT_MAX = 1 << 16 };

static struct rs_cx *cx;
static struct rs_store *store;

static void open_all(void)
{
    scratch_open();
    cx = scratch_cx();
    store = scratch_store();
}

static struct rs_str any_name(void)
{
    static const char *const names[NAMES] = {"iris", "rose", "iris 2", "名"};

    return rs_str_of(names[chance(NAMES)]);
}

static struct rs_str any_alias(void)
{
    static const char *const aliases[] = {"champion", "challenger", "a-b"};

    return rs_str_of(aliases[chance(3)]);
}

static struct rs_str any_number(void)
{
    return rs_arena_fmt(cx->arena, "%u", 1 + chance(5));
}

static struct rs_tag any_tag(void)
{
    static const char *const values[] = {"", "1", "x=1&y=%41", "previous\n+ value"};

    return (struct rs_tag){rs_arena_fmt(cx->arena, "t %u", chance(3)),
                           rs_str_of(values[chance(4)])};
}

static void create_version(struct rs_str name)
{
    struct rs_tag tag = any_tag();
    const struct rs_model_version_draft draft = {.name = name,
                                                 .source = RS_STR("s3://bucket/model"),
                                                 .description = any_tag().value,
                                                 .tags = RS_LIST(&tag, chance(2))};
    struct rs_model_version out;
    struct rs_str model_id;

    (void)rs_model_version_create(cx, store, &draft, &out, &model_id);
}

static void create_model(struct rs_str name)
{
    struct rs_tag tag = any_tag();
    const struct rs_registered_model_draft draft = {name, any_tag().value,
                                                    RS_LIST(&tag, chance(2))};
    struct rs_registered_model out;

    (void)rs_registered_model_create(cx, store, &draft, &out);
}

static void change_version(const struct rs_version_name *v)
{
    static const char *const stages[] = {"None", "Staging", "Production", "Archived"};
    const struct rs_transition t = {*v, rs_str_of(stages[chance(4)]), chance(3) == 0};
    const struct rs_tag tag = any_tag();
    struct rs_model_version out;

    switch (chance(5)) {
    case 0:
    case 1:
        (void)rs_model_version_transition(cx, store, &t, &out);
        break;
    case 2:
        (void)rs_model_version_update(cx, store, v, tag.value, &out);
        break;
    case 3:
        (void)rs_model_version_set_tag(cx, store, v, &tag);
        break;
    default:
        (void)(chance(4) == 0 ? rs_model_version_delete(cx, store, v)
                              : rs_model_version_delete_tag(cx, store, v, tag.key));
    }
}

static void change_model(struct rs_str name)
{
    const struct rs_tag tag = any_tag();
    struct rs_registered_model out;

    switch (chance(6)) {
    case 0:
        (void)rs_registered_model_rename(cx, store, name, any_name(), &out);
        break;
    case 1:
        (void)rs_registered_model_update(cx, store, name, tag.value, &out);
        break;
    case 2:
        (void)rs_registered_model_set_tag(cx, store, name, &tag);
        break;
    case 3:
        (void)rs_registered_model_delete_tag(cx, store, name, tag.key);
        break;
    case 4:
        (void)rs_alias_delete(cx, store, name, any_alias());
        break;
    default:
        (void)(chance(4) == 0 ? rs_registered_model_delete(cx, store, name) : RS_OK);
    }
}

/* One call, which may well be refused: a refused call must leave no trace. */
static void step(void)
{
    const struct rs_str name = any_name();
    const struct rs_version_name version = {name, any_number()};

    ck_ok(rs_store_call_begin(cx, store));
    switch (chance(8)) {
    case 0:
        create_model(name);
        break;
    case 1:
        create_version(name);
        break;
    case 2:
    case 3:
        (void)rs_alias_set(cx, store, name, any_alias(), version.version);
        break;
    case 4:
        change_model(name);
        break;
    default:
        change_version(&version);
    }
    const bool went_well = cx->error.code == RS_OK;
    ck_assert(went_well || cx->error.code == RS_NOT_FOUND || cx->error.code == RS_EXISTS ||
              cx->error.code == RS_INVALID);
    rs_cx_clear(cx);
    ck_ok(went_well ? rs_store_call_accept(cx, store) : rs_store_call_reject(cx, store));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Lines in the order of the alphabet, joined: two of these are equal when what they tell is. */
struct lines {
    const char *line[64];
    size_t n;
};

static void add_line(struct lines *l, struct rs_str text)
{
    ck_assert_uint_lt(l->n, 64);
    l->line[l->n++] = text.p;
}

static void put_lines(struct rs_buf *out, struct lines *l)
{
    qsort(l->line, l->n, sizeof l->line[0], by_text);
    for (size_t i = 0; i < l->n; i++) {
        rs_buf_fmt(out, "  %s\n", l->line[i]);
    }
    l->n = 0;
}

static void add_tags(struct lines *l, const struct rs_list *tags)
{
    const struct rs_tag *tag = tags->p;

    for (size_t i = 0; i < tags->n; i++) {
        add_line(l, rs_arena_fmt(cx->arena, "tag." RS_FMT "=" RS_FMT, RS_ARG(tag[i].key),
                                 RS_ARG(tag[i].value)));
    }
}

static void add_text(struct lines *l, const char *name, struct rs_str value)
{
    add_line(l, rs_arena_fmt(cx->arena, "%s=" RS_FMT, name, RS_ARG(value)));
}

static void tell_version_of_table(struct rs_buf *out, const struct rs_model_version *v)
{
    struct lines l = {.n = 0};

    rs_buf_fmt(out, " version " RS_FMT "\n", RS_ARG(v->version));
    add_text(&l, "stage", v->current_stage);
    add_text(&l, "description", v->description);
    add_text(&l, "source", v->source);
    add_tags(&l, &v->tags);
    for (size_t i = 0; i < v->aliases.n; i++) {
        add_text(&l, "alias", v->aliases.p[i]);
    }
    put_lines(out, &l);
}

/* What the tables say of the model of a name. */
static void tell_table(struct rs_buf *out, struct rs_str name)
{
    struct rs_registered_model_ref ref;
    struct rs_version_numbers numbers;
    struct rs_registered_model model;
    struct lines l = {.n = 0};

    rs_buf_fmt(out, "model " RS_FMT "\n", RS_ARG(name));
    ck_ok(rs_store_registered_model_look(cx, store, name, &ref));
    if (ref.id == 0) {
        return;
    }
    ck_ok(rs_registered_model_get(cx, store, name, &model));
    add_text(&l, "description", model.description);
    add_tags(&l, &model.tags);
    put_lines(out, &l);
    ck_ok(rs_store_model_versions_of(cx, store, ref.id, &numbers));
    for (size_t i = 0; i < numbers.n; i++) {
        const struct rs_version_name v = {name,
                                          rs_arena_fmt(cx->arena, "%lld", (long long)numbers.p[i])};
        struct rs_model_version whole;

        ck_ok(rs_model_version_get(cx, store, &v, &whole));
        tell_version_of_table(out, &whole);
    }
}

static bool is_told(struct rs_str name)
{
    return rs_str_is(name, "stage") || rs_str_is(name, "description") ||
           rs_str_is(name, "source") || rs_str_starts(name, RS_STR("tag."));
}

static void add_facts(struct lines *l, const struct rs_list *facts)
{
    const struct rs_fact *fact = facts->p;

    for (size_t i = 0; i < facts->n; i++) {
        if (is_told(fact[i].name)) {
            add_line(l, rs_arena_fmt(cx->arena, RS_FMT "=" RS_FMT, RS_ARG(fact[i].name),
                                     RS_ARG(fact[i].value)));
        }
    }
}

/* The answer of an alias and of a stage must be that of the version. */
static void check_places(const struct rs_past *past, int64_t version,
                         const struct rs_past_version *v)
{
    const struct rs_str stage_text = rs_fact_of(&v->facts, RS_STR("stage"));
    struct rs_past_place place;
    enum rs_model_stage stage;
    struct rs_list staged;
    bool is_in = false;

    for (size_t i = 0; i < v->aliases.n; i++) {
        ck_ok(rs_past_alias(cx, store, past, v->aliases.p[i], &place));
        ck_assert_int_eq(place.version, version);
    }
    ck_ok(rs_model_stage_parse(cx, stage_text, &stage));
    ck_ok(rs_past_stage(cx, store, past, stage, &staged));
    for (size_t i = 0; i < staged.n; i++) {
        is_in = is_in || ((const struct rs_past_place *)staged.p)[i].version == version;
    }
    ck_assert(is_in);
}

static void tell_version_of_past(struct rs_buf *out, const struct rs_past *past, int64_t version)
{
    struct rs_past_version v;
    struct lines l = {.n = 0};

    if (rs_past_version(cx, store, past, version, &v) != RS_OK) {
        ck_assert_int_eq(cx->error.code, RS_NOT_FOUND);
        rs_cx_clear(cx);
        return;
    }
    rs_buf_fmt(out, " version %lld\n", (long long)version);
    add_facts(&l, &v.facts);
    for (size_t i = 0; i < v.aliases.n; i++) {
        add_text(&l, "alias", v.aliases.p[i]);
    }
    put_lines(out, &l);
    check_places(past, version, &v);
}

/* What the events say of the model of a name, as of an event. */
static void tell_past(struct rs_buf *out, struct rs_str name, int64_t seq, int64_t versions)
{
    const struct rs_str as_of = rs_arena_fmt(cx->arena, "seq:%lld", (long long)seq);
    struct rs_past_model model;
    struct lines l = {.n = 0};
    struct rs_past past;

    rs_buf_fmt(out, "model " RS_FMT "\n", RS_ARG(name));
    if (rs_past_find(cx, store, name, as_of, &past) != RS_OK || !rs_str_eq(past.name, name) ||
        rs_past_model(cx, store, &past, &model) != RS_OK) {
        ck_assert(cx->error.code == RS_OK || cx->error.code == RS_NOT_FOUND);
        rs_cx_clear(cx);
        return;
    }
    add_facts(&l, &model.facts);
    put_lines(out, &l);
    for (int64_t v = 1; v <= versions; v++) {
        tell_version_of_past(out, &past, v);
    }
}

static char *take(struct rs_buf *b)
{
    ck_assert(!b->over);
    rs_buf_putc(b, '\0');
    return rs_buf_take(b);
}

static char *of_tables(void)
{
    static const char *const names[NAMES] = {"iris", "rose", "iris 2", "名"};
    struct rs_buf out = {.max = TEXT_MAX};

    for (size_t i = 0; i < NAMES; i++) {
        tell_table(&out, rs_str_of(names[i]));
    }
    return take(&out);
}

static char *of_events(int64_t seq, int64_t versions)
{
    static const char *const names[NAMES] = {"iris", "rose", "iris 2", "名"};
    struct rs_buf out = {.max = TEXT_MAX};

    for (size_t i = 0; i < NAMES; i++) {
        tell_past(&out, rs_str_of(names[i]), seq, versions);
    }
    return take(&out);
}

static int64_t last_event(void)
{
    int64_t seq = 0;

    ck_ok(rs_store_event_last(cx, store, &seq));
    return seq;
}

static int64_t most_versions(void)
{
    return scratch_number("SELECT coalesce(max(last_version), 0) FROM registered_model");
}

static void expect_events(int64_t seq, int64_t versions, const char *wanted)
{
    char *told = of_events(seq, versions);

    ck_assert_msg(strcmp(told, wanted) == 0, "as of event %lld the events say\n%s\nand not\n%s",
                  (long long)seq, told, wanted);
    free(told);
}

START_TEST(replay_tells_what_the_tables_told_at_every_event)
{
    char *then[STEPS] = {NULL};
    int64_t at[STEPS];
    int64_t versions[STEPS];
    int64_t most = 0;

    chance_begin((uint64_t)_i + 1);
    for (int i = 0; i < STEPS; i++) {
        step();
        at[i] = last_event();
        most = most > most_versions() ? most : most_versions();
        versions[i] = most;
        then[i] = of_tables();
        expect_events(at[i], versions[i], then[i]);
    }
    for (int i = 0; i < STEPS; i += 7) {
        expect_events(at[i], versions[i], then[i]);
    }
    for (int i = 0; i < STEPS; i++) {
        free(then[i]);
    }
    ck_assert_int_gt(at[STEPS - 1], STEPS / 4);
}
END_TEST

/* A model with a history longer than a chunk of the walk: n moves of one alias. */
static struct rs_past long_history(unsigned n)
{
    struct rs_past past;

    create_model(RS_STR("iris"));
    create_version(RS_STR("iris"));
    create_version(RS_STR("iris"));
    ck_ok(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("first"), RS_STR("1")));
    for (unsigned i = 0; i < n; i++) {
        ck_ok(rs_alias_set(cx, store, RS_STR("iris"), RS_STR("champion"),
                           rs_str_of(i % 2 == 0 ? "1" : "2")));
    }
    ck_ok(rs_past_find(cx, store, RS_STR("iris"), (struct rs_str){0}, &past));
    return past;
}

static struct rs_history_page page_of(const struct rs_past *past, struct rs_history_range range)
{
    struct rs_history_page page;

    ck_ok(rs_history_read(cx, store, past, &range, &page));
    return page;
}

START_TEST(pages_of_any_size_give_each_event_once)
{
    const struct rs_past past = long_history(1496);

    ck_assert_int_eq(past.seq, 1500); /* three chunks, exactly */
    for (size_t limit = 1; limit <= 1000; limit = limit * 7 + 3) {
        int64_t before = 0;
        int64_t wanted = past.seq;

        do {
            const struct rs_history_page page = page_of(
                &past, (struct rs_history_range){.before = before, .limit = limit});
            const struct rs_event *event = page.events.p;

            for (size_t i = 0; i < page.events.n; i++) {
                ck_assert_int_eq(event[i].seq, wanted--);
            }
            before = page.next;
        } while (before != 0);
        ck_assert_int_eq(wanted, 0);
    }
}
END_TEST

START_TEST(what_was_long_ago_is_found_behind_all_that_came_since)
{
    const struct rs_past past = long_history(1496);
    const struct rs_history_page page = page_of(
        &past, (struct rs_history_range){.alias = RS_STR("first"), .limit = 10});
    struct rs_past_place place;

    ck_ok(rs_past_alias(cx, store, &past, RS_STR("first"), &place));
    ck_assert_int_eq(place.version, 1);
    ck_assert_int_eq(place.event.seq, 4);
    ck_assert_uint_eq(page.events.n, 1);
    ck_assert_int_eq(page.next, 0);
    ck_fails(rs_past_alias(cx, store, &past, RS_STR("never"), &place), RS_NOT_FOUND, "never");
}
END_TEST

START_TEST(a_range_has_neither_of_its_ends)
{
    const struct rs_past past = long_history(6);

    ck_assert_uint_eq(
        page_of(&past, (struct rs_history_range){.after = 3, .before = 6, .limit = 9}).events.n, 2);
    ck_assert_uint_eq(page_of(&past, (struct rs_history_range){.before = 1, .limit = 9}).events.n,
                      0);
    ck_assert_uint_eq(
        page_of(&past, (struct rs_history_range){.after = 6, .before = 3, .limit = 9}).events.n, 0);
}
END_TEST

START_TEST(a_time_is_that_of_the_last_event_before)
{
    struct rs_past past = long_history(2);

    (void)scratch_number("UPDATE event SET at = seq * 100 RETURNING 1");
    ck_ok(rs_past_find(cx, store, RS_STR("iris"), RS_STR("599"), &past));
    ck_assert_int_eq(past.seq, 5);
    ck_ok(rs_past_find(cx, store, RS_STR("iris"), RS_STR("600"), &past));
    ck_assert_int_eq(past.seq, 6);
    ck_ok(rs_past_find(cx, store, RS_STR("iris"), RS_STR("99"), &past));
    ck_assert_int_eq(past.seq, 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, replay_tells_what_the_tables_told_at_every_event, 0, SEEDS);
    tcase_add_test(t, pages_of_any_size_give_each_event_once);
    tcase_add_test(t, what_was_long_ago_is_found_behind_all_that_came_since);
    tcase_add_test(t, a_range_has_neither_of_its_ends);
    tcase_add_test(t, a_time_is_that_of_the_last_event_before);
}

int main(void)
{
    return scratch_main("service/history", open_all, add);
}
