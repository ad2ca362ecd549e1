/* SPDX-License-Identifier: Apache-2.0 */
/* The feed: who waits is woken by what it wants and by nothing else; who is behind is told so. */
#include "service/feed.h"

#include <semaphore.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "service/events.h"
#include "store/registered_model.h"
#include "support/trial.h"

enum { RING = 8, RING_BYTES = 200, PATIENCE_S = 30 };

static struct rs_store *writer;
static struct rs_store *reader; /* the feed's own: its thread reads whenever it is rung */
static struct rs_store *lane;   /* of who reads on from the database */
static struct rs_feed *feed;

/* A waiter that notes when it is woken. */
struct ear {
    struct rs_feed_waiter waiter; /* first */
    sem_t woken;
    char heard[1024]; /* the texts that it took, each with a blank behind it */
    size_t most;      /* of them */
    size_t n;
};

/* An event is written as its subject. */
static enum rs_code write_event(struct rs_buf *out, struct rs_cx *c, const struct rs_event *e)
{
    if (rs_str_is(e->subject, "models/unwritable")) {
        return rs_fail(c, RS_CORRUPT, "it cannot be written");
    }
    rs_buf_str(out, e->subject);
    return RS_OK;
}

static void start(void)
{
    ck_ok(rs_feed_start(
        &cx,
        &(struct rs_feed_options){
            .reader = reader, .write = write_event, .events_max = RING, .bytes_max = RING_BYTES},
        &feed));
}

static void open_all(void)
{
    struct rs_store_options options = {.where = folder_path(&arena, "feed.db")};

    ck_ok(rs_store_open(&cx, &options, &writer));
    options.read_only = true;
    ck_ok(rs_store_open(&cx, &options, &reader));
    ck_ok(rs_store_open(&cx, &options, &lane));
    start();
}

static void close_all(void)
{
    rs_feed_stop(feed);
    rs_store_close(lane);
    rs_store_close(reader);
    rs_store_close(writer);
    close_context();
}

/* Records an event, commits it, and tells the feed. */
static void happen(enum rs_event_kind kind, const char *subject, int64_t model)
{
    struct rs_recorder r = {.store = writer};

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_record(&cx, &r,
                    &(struct rs_happening){.kind = kind,
                                           .subject = rs_str_of(subject),
                                           .model = model,
                                           .before = RS_NO_FACTS,
                                           .after = RS_NO_FACTS}));
    ck_ok(rs_store_commit(&cx, writer));
    rs_feed_tell(feed);
}

static void wake(struct rs_feed_waiter *w)
{
    sem_post(&((struct ear *)w)->woken);
}

static void open_ear(struct ear *e, int64_t seq)
{
    *e = (struct ear){
        .waiter = {.seq = seq, .until_ns = rs_clock_mono_ns() + RS_S_AS_NS(3600), .wake = wake},
        .most = SIZE_MAX};
    sem_init(&e->woken, 0, 0);
}

static bool put(void *user, const struct rs_feed_item *item)
{
    struct ear *e = user;
    const size_t n = strlen(e->heard);

    snprintf(e->heard + n, sizeof e->heard - n, RS_FMT " ", RS_ARG(item->text));
    return ++e->n < e->most;
}

static void ck_woken(struct ear *e)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    ck_assert_int_eq(sem_timedwait(&e->woken, &until), 0);
}

/* Waits until it is woken, or need not wait, and takes what there is. */
static void listen_once(struct ear *e)
{
    if (rs_feed_wait(feed, &e->waiter)) {
        ck_woken(e);
    }
    ck_assert(rs_feed_take(feed, &e->waiter, put, e));
}

/* Until so many have been heard. */
static void ck_hears(struct ear *e, size_t n, const char *texts)
{
    while (e->n < n) {
        listen_once(e);
    }
    ck_assert_str_eq(e->heard, texts);
}

START_TEST(who_waits_is_woken_by_a_commit)
{
    struct ear e;

    open_ear(&e, 0);
    ck_assert(rs_feed_wait(feed, &e.waiter));
    ck_assert_uint_eq(rs_feed_waiting(feed), 1);
    happen(RS_EVENT_MODEL_CREATED, "models/iris", 1);
    ck_woken(&e);
    ck_assert_uint_eq(rs_feed_waiting(feed), 0);
    ck_hears(&e, 1, "models/iris ");
    ck_assert_int_eq(e.waiter.seq, 1);
}
END_TEST

START_TEST(what_is_there_already_is_not_waited_for)
{
    struct ear first;
    struct ear second;

    open_ear(&first, 0);
    open_ear(&second, 0);
    happen(RS_EVENT_MODEL_CREATED, "models/a", 1);
    happen(RS_EVENT_MODEL_CREATED, "models/b", 2);
    ck_hears(&first, 2, "models/a models/b ");
    ck_assert(!rs_feed_wait(feed, &second.waiter));
    ck_hears(&second, 2, "models/a models/b ");
}
END_TEST

START_TEST(each_event_is_heard_once_and_in_order_by_many)
{
    enum { EARS = 50, EVENTS = 100 };
    static struct ear ears[EARS];

    for (int i = 0; i < EARS; i++) {
        open_ear(&ears[i], 0);
    }
    for (int n = 0; n < EVENTS; n++) {
        char subject[32];

        snprintf(subject, sizeof subject, "models/m%d", n);
        happen(RS_EVENT_MODEL_CREATED, subject, n + 1);
        for (int i = 0; i < EARS; i++) {
            char text[40];

            snprintf(text, sizeof text, "%s ", subject);
            ck_hears(&ears[i], 1, text);
            ears[i].n = 0;
            ears[i].heard[0] = '\0';
        }
    }
}
END_TEST

START_TEST(who_is_behind_the_ring_is_told_so)
{
    struct ear e;
    struct ear early;

    open_ear(&e, 0);
    open_ear(&early, 0);
    for (int i = 0; i < RING + 2; i++) {
        happen(RS_EVENT_MODEL_CREATED, "models/m", 1);
        early.n = 0;
        while (early.n == 0) { /* the ring has it */
            listen_once(&early);
        }
    }
    ck_assert(!rs_feed_wait(feed, &e.waiter));
    ck_assert(!rs_feed_take(feed, &e.waiter, put, &e));
    ck_assert_uint_eq(e.n, 0);
    ck_assert_int_eq(e.waiter.seq, 0);
    e.waiter.seq = 2;
    ck_assert(rs_feed_take(feed, &e.waiter, put, &e));
    ck_assert_uint_eq(e.n, RING);
    ck_assert_int_eq(e.waiter.seq, RING + 2);
}
END_TEST

/* An event that is larger than the ring, and one that cannot be written, are read elsewhere. */
START_TEST(what_the_ring_cannot_hold_is_read_in_the_database)
{
    char large[RING_BYTES + 64] = "models/";
    const char *subjects[] = {large, "models/unwritable"};

    memset(large + 7, 'x', sizeof large - 8);
    for (int64_t i = 0; i < 2; i++) {
        struct ear e;

        open_ear(&e, i);
        ck_assert(rs_feed_wait(feed, &e.waiter));
        happen(RS_EVENT_MODEL_CREATED, subjects[i], 1);
        ck_woken(&e);
        ck_assert(!rs_feed_take(feed, &e.waiter, put, &e));
        ck_assert_int_eq(e.waiter.seq, i);
    }
}
END_TEST

START_TEST(a_waiter_is_woken_when_its_time_is_over)
{
    struct ear late;
    struct ear soon;

    open_ear(&late, 0);
    open_ear(&soon, 0);
    ck_assert(rs_feed_wait(feed, &late.waiter));
    soon.waiter.until_ns = rs_clock_mono_ns() + RS_MS_AS_NS(20);
    if (rs_feed_wait(feed, &soon.waiter)) {
        ck_woken(&soon);
    }
    ck_assert_int_ge(rs_clock_mono_ns(), soon.waiter.until_ns);
    ck_assert_uint_eq(rs_feed_waiting(feed), 1);
    rs_feed_end(feed);
    ck_woken(&late);
}
END_TEST

START_TEST(nobody_waits_after_the_end)
{
    struct ear e;

    open_ear(&e, 0);
    ck_assert(!rs_feed_has_ended(feed));
    rs_feed_end(feed);
    ck_assert(rs_feed_has_ended(feed));
    ck_assert(!rs_feed_wait(feed, &e.waiter));
}
END_TEST

START_TEST(what_nobody_wants_wakes_nobody_and_leaves_nobody_behind)
{
    struct rs_str kinds[] = {RS_STR("model_alias.")};
    struct ear picky;
    struct ear all;

    open_ear(&picky, 0);
    open_ear(&all, 0);
    picky.waiter.filter.kinds = (struct rs_strs){kinds, 1};
    ck_assert(rs_feed_wait(feed, &picky.waiter));
    for (int i = 0; i < 3 * RING; i++) {
        happen(RS_EVENT_MODEL_UPDATED, "models/m", 1);
        all.n = 0;
        while (all.n == 0) {
            listen_once(&all);
        }
    }
    ck_assert_int_ne(sem_trywait(&picky.woken), 0);
    happen(RS_EVENT_ALIAS_SET, "models/m/aliases/a", 1);
    ck_woken(&picky);
    ck_hears(&picky, 1, "models/m/aliases/a ");
}
END_TEST

START_TEST(a_full_page_goes_on_where_it_ended)
{
    struct ear e;

    open_ear(&e, 0);
    e.most = 1;
    happen(RS_EVENT_MODEL_CREATED, "models/a", 1);
    happen(RS_EVENT_MODEL_CREATED, "models/b", 2);
    ck_hears(&e, 1, "models/a ");
    ck_assert_int_eq(e.waiter.seq, 1);
    ck_hears(&e, 2, "models/a models/b ");
}
END_TEST

static bool takes(const struct rs_feed_filter *f, const char *kind, const char *subject,
                  int64_t model)
{
    return rs_feed_filter_takes(
        f,
        &(struct rs_event){.kind = rs_str_of(kind), .subject = rs_str_of(subject), .model = model});
}

/* A burst of events, in one transaction. */
static void happen_often(int n)
{
    struct rs_recorder r = {.store = writer};

    ck_ok(rs_store_begin_write(&cx, writer));
    for (int i = 0; i < n; i++) {
        ck_ok(rs_record(&cx, &r,
                        &(struct rs_happening){.kind = RS_EVENT_RUN_CREATED,
                                               .subject = RS_STR("runs/r"),
                                               .before = RS_NO_FACTS,
                                               .after = RS_NO_FACTS}));
    }
    ck_ok(rs_store_commit(&cx, writer));
    rs_feed_tell(feed);
}

START_TEST(what_happened_while_nobody_waited_is_for_the_database)
{
    enum { BURST = 1000 }; /* more than the thread reads at a time */
    struct rs_feed_page page = {.most = 2 * BURST};
    struct ear e;

    happen_often(BURST);
    open_ear(&e, 0);
    if (rs_feed_wait(feed, &e.waiter)) {
        ck_woken(&e);
    }
    ck_assert(!rs_feed_take(feed, &e.waiter, put, &e));
    ck_assert_int_eq(e.waiter.seq, 0);
    ck_ok(rs_feed_read(&cx, lane, &e.waiter.filter, &page));
    ck_assert_uint_eq(page.events.n, BURST);
    ck_assert(!page.has_more);
    e.waiter.seq = page.seq;
    happen(RS_EVENT_MODEL_CREATED, "models/iris", 1);
    ck_hears(&e, 1, "models/iris ");
    ck_assert_int_eq(e.waiter.seq, BURST + 1);
}
END_TEST

START_TEST(a_full_page_of_the_database_says_that_there_may_be_more)
{
    struct rs_str kinds[] = {RS_STR("experiment.")};
    const struct rs_feed_filter f = {.kinds = {kinds, 1}};
    struct rs_feed_page page = {.most = 5};

    happen_often(9);
    ck_ok(rs_feed_read(&cx, lane, &f, &page));
    ck_assert(page.has_more);
    ck_assert_uint_eq(page.events.n, 0);
    ck_assert_int_eq(page.seq, 5);
    ck_ok(rs_feed_read(&cx, lane, &f, &page));
    ck_assert(!page.has_more);
    ck_assert_int_eq(page.seq, 9);
}
END_TEST

START_TEST(a_filter_takes_what_meets_each_of_its_lists)
{
    struct rs_str kinds[] = {RS_STR("model_version."), RS_STR("model_alias.set")};
    struct rs_str models[] = {RS_STR("iris"), RS_STR("new")};
    struct rs_str aliases[] = {RS_STR("champion")};
    int64_t rows[] = {7, 0};
    struct rs_feed_filter f = {.kinds = {kinds, 2}};

    ck_assert(takes(&f, "model_version.created", "models/x/versions/1", 1));
    ck_assert(takes(&f, "model_alias.set", "models/x/aliases/a", 1));
    ck_assert(!takes(&f, "model_alias.deleted", "models/x/aliases/a", 1));
    ck_assert(!takes(&f, "model_version_tag.set", "models/x/versions/1", 1));
    f.models = (struct rs_strs){models, 2};
    f.rows = rows;
    ck_assert(takes(&f, "model_alias.set", "models/renamed/aliases/a", 7));
    ck_assert(!takes(&f, "model_alias.set", "models/iris/aliases/a", 8));
    ck_assert(takes(&f, "model_alias.set", "models/new/aliases/a", 9));
    ck_assert(!takes(&f, "model_alias.set", "models/newer/aliases/a", 9));
    ck_assert(!takes(&f, "run.created", "runs/new", 0));
    f = (struct rs_feed_filter){.aliases = {aliases, 1}};
    ck_assert(takes(&f, "model_alias.set", "models/m/aliases/champion", 1));
    ck_assert(!takes(&f, "model_alias.set", "models/m/aliases/champion2", 1));
    ck_assert(!takes(&f, "registered_model.created", "models/champion", 1));
    ck_assert(!takes(&f, "model_version.created", "models/m/versions/champion", 1));
}
END_TEST

START_TEST(what_is_no_kind_is_refused)
{
    static const char *const bad[] = {
        "", ".", "model", "model_alias", "model_alias.moved", "x.", "model_alias.set."};
    static const char *const good[] = {"model_alias.", "run.", "promotion.made"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct rs_str kind = rs_str_of(bad[i]);

        ck_fails(rs_feed_filter_check(&cx, &(struct rs_feed_filter){.kinds = {&kind, 1}}),
                 RS_INVALID, "there is none such");
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct rs_str kind = rs_str_of(good[i]);

        ck_ok(rs_feed_filter_check(&cx, &(struct rs_feed_filter){.kinds = {&kind, 1}}));
    }
}
END_TEST

START_TEST(reading_on_ends_at_the_newest_event_or_at_its_limit)
{
    struct rs_str kinds[] = {RS_STR("model_alias.")};
    struct rs_feed_filter f = {.kinds = {kinds, 1}};
    struct rs_feed_page page = {.most = 4};
    int64_t seq = RS_FEED_FROM_NOW_ON;

    for (int i = 0; i < 5; i++) {
        happen(RS_EVENT_MODEL_UPDATED, "models/m", 1);
    }
    happen(RS_EVENT_ALIAS_SET, "models/m/aliases/a", 1);
    happen(RS_EVENT_MODEL_UPDATED, "models/m", 1);
    ck_ok(rs_feed_begin(&cx, lane, &f, &seq));
    ck_assert_int_eq(seq, 7);
    seq = 8;
    ck_fails(rs_feed_begin(&cx, lane, &f, &seq), RS_INVALID,
             "could not read the events after 8: the last one that has happened is 7");
    seq = 0;
    ck_ok(rs_feed_begin(&cx, lane, &f, &seq));
    ck_ok(rs_feed_read(&cx, lane, &f, &page));
    ck_assert_uint_eq(page.events.n, 0);
    ck_assert_int_eq(page.seq, 4);
    ck_ok(rs_feed_read(&cx, lane, &f, &page));
    ck_assert_uint_eq(page.events.n, 1);
    ck_assert_int_eq(((const struct rs_event *)page.events.p)->seq, 6);
    ck_assert_int_eq(page.seq, 7);
}
END_TEST

START_TEST(who_wants_the_registry_steps_over_runs)
{
    struct rs_str kinds[] = {RS_STR("model_alias."), RS_STR("registered_model.created")};
    struct rs_str more[] = {RS_STR("model_alias."), RS_STR("run.")};
    struct rs_str alias = RS_STR("a");
    const struct rs_feed_filter of_models[] = {{.kinds = {kinds, 2}}, {.aliases = {&alias, 1}}};
    const struct rs_feed_filter of_all = {.kinds = {more, 2}};
    struct rs_feed_page page = {.most = 2};

    happen(RS_EVENT_ALIAS_SET, "models/m/aliases/a", 1);
    for (int i = 0; i < 9; i++) {
        happen(RS_EVENT_RUN_CREATED, "runs/r", 0);
    }
    happen(RS_EVENT_ALIAS_DELETED, "models/m/aliases/a", 1);
    happen(RS_EVENT_RUN_CREATED, "runs/r", 0);
    for (int i = 0; i < 2; i++) {
        page.seq = 0;
        ck_ok(rs_feed_read(&cx, lane, &of_models[i], &page));
        ck_assert_uint_eq(page.events.n, 2);
        ck_assert_int_eq(page.seq, 11);
        ck_ok(rs_feed_read(&cx, lane, &of_models[i], &page));
        ck_assert_uint_eq(page.events.n, 0);
        ck_assert_int_eq(page.seq, 12);
    }
    page.seq = 0;
    ck_ok(rs_feed_read(&cx, lane, &of_all, &page));
    ck_assert_int_eq(page.seq, 2);
    ck_assert_uint_eq(page.events.n, 2);
}
END_TEST

START_TEST(a_model_that_is_there_is_followed_by_its_row)
{
    struct rs_str names[] = {RS_STR("iris"), RS_STR("nobody")};
    int64_t rows[2] = {-1, -1};
    struct rs_feed_filter f = {.models = {names, 2}, .rows = rows};
    int64_t seq = 0;
    struct rs_registered_model_ref m = {.name = names[0], .description = RS_STR("")};

    ck_ok(rs_store_begin_write(&cx, writer));
    ck_ok(rs_store_registered_model_create(&cx, writer, &m));
    ck_ok(rs_store_commit(&cx, writer));
    ck_ok(rs_feed_begin(&cx, lane, &f, &seq));
    ck_assert_int_eq(rows[0], m.id);
    ck_assert_int_eq(rows[1], 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, who_waits_is_woken_by_a_commit);
    tcase_add_test(t, what_is_there_already_is_not_waited_for);
    tcase_add_test(t, each_event_is_heard_once_and_in_order_by_many);
    tcase_add_test(t, who_is_behind_the_ring_is_told_so);
    tcase_add_test(t, what_the_ring_cannot_hold_is_read_in_the_database);
    tcase_add_test(t, a_waiter_is_woken_when_its_time_is_over);
    tcase_add_test(t, nobody_waits_after_the_end);
    tcase_add_test(t, what_nobody_wants_wakes_nobody_and_leaves_nobody_behind);
    tcase_add_test(t, a_full_page_goes_on_where_it_ended);
    tcase_add_test(t, what_happened_while_nobody_waited_is_for_the_database);
    tcase_add_test(t, a_full_page_of_the_database_says_that_there_may_be_more);
    tcase_add_test(t, a_filter_takes_what_meets_each_of_its_lists);
    tcase_add_test(t, what_is_no_kind_is_refused);
    tcase_add_test(t, reading_on_ends_at_the_newest_event_or_at_its_limit);
    tcase_add_test(t, who_wants_the_registry_steps_over_runs);
    tcase_add_test(t, a_model_that_is_there_is_followed_by_its_row);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "service/feed", .open = open_all, .close = close_all, .add = add});
}
