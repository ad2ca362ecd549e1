/* SPDX-License-Identifier: Apache-2.0 */
/* The thread. It remembers how far each webhook is told and goes on from there at once; the rows
 * follow, through the committer. After a crash they are behind what was told, never before it.
 *
 * Between the two threads are a list of results (the lock) and two flags. */
#include "service/deliveries.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "service/transaction.h"
#include "service/webhook_message.h"
#include "store/event.h"

enum {
    UUID_LEN = 36,
    SENDING_MAX = 128,  /* exchanges at a time; one a webhook */
    RESULTS_MAX = 1024, /* that wait for the committer; then nothing more is sent */
    EVENTS_READ = 64,   /* at a time */
    SKIPPED_MAX = 1024, /* events that are passed over before the row says so, and in one look */
    HOOKS_READ = 1000,
    POLL_MS = 5000,  /* between two looks when nothing happens, and after an error */
    COUNT_MS = 1000, /* between two counts of what waits */
    TRIES_MIN = 5,   /* of an event that was old already when its turn came */
    DAY_MS = 24 * 60 * 60 * 1000,
};

/* A webhook as the thread knows it. */
struct hook {
    struct hook *next;
    char webhook_id[UUID_LEN + 1];
    int64_t generation;
    int64_t told;
    int64_t recorded; /* what the row says, or will */
    int64_t attempts;
    int64_t next_try;
    int64_t sending;    /* seq of the event that is under way; 0: none */
    int64_t sending_at; /* when that happened */
    bool is_lost;       /* the last event was given up by its age: the next need not wait long */
    bool is_seen;       /* by the last look, and active */
};

/* What the committer is to record. */
struct result {
    struct result *next;
    char webhook_id[UUID_LEN + 1];
    char delivery_id[UUID_LEN + 1];
    char why[RS_OUTBOUND_WHY_MAX];
    struct rs_webhook_row row;      /* generation, told, attempts, next_try */
    struct rs_delivery_row attempt; /* seq 0: none, only the row */
};

struct rs_deliveries {
    struct rs_deliveries_options o;
    struct rs_outbound *outbound;
    pthread_t thread;
    pthread_mutex_t lock;
    struct result *first; /* under the lock, as the next two */
    struct result **last;
    size_t n_results;
    atomic_bool has_results;
    atomic_bool is_changed; /* a webhook was; for the next tick */
    atomic_bool is_poked;   /* for the thread */
    atomic_bool listens;    /* the thread, to news of events: there is a webhook, or may be */
    atomic_bool is_stopping;
    atomic_ullong attempts[RS_DELIVERY_GIVEN_UP + 1]; /* by outcome */
    atomic_ullong failing;
    atomic_ullong waiting;
    atomic_llong oldest_at;
    int64_t newest;     /* seq of the last event that the committer's thread remembered */
    struct hook *hooks; /* all below: the thread's */
    int64_t quiet_from; /* of the events behind this one */
    int64_t quiet_to;   /* up to this one, none is of a registered model */
    size_t n_sending;
    bool looks;       /* at once */
    int64_t look_ns;  /* else then */
    int64_t count_ns; /* what waits is counted again then */
    struct rs_outbound_answer answer;
};

const struct rs_deliveries_options *rs_deliveries_options(const struct rs_deliveries *d)
{
    return &d->o;
}

struct rs_deliveries_figures rs_deliveries_figures(const struct rs_deliveries *d)
{
    struct rs_deliveries_figures f = {.failing = atomic_load(&d->failing),
                                      .waiting = atomic_load(&d->waiting),
                                      .oldest_at = atomic_load(&d->oldest_at)};

    for (int i = RS_DELIVERY_DONE; i <= RS_DELIVERY_GIVEN_UP; i++) {
        f.attempts[i] = atomic_load(&d->attempts[i]);
    }
    return f;
}

const struct rs_seal_key *rs_deliveries_key(const struct rs_deliveries *d)
{
    return &d->o.key;
}

enum rs_code rs_deliveries_check_url(struct rs_cx *cx, const struct rs_deliveries *d,
                                     struct rs_str url)
{
    return rs_outbound_check(cx, &d->o.policy, url);
}

/* ---- results ---- */

static struct result *new_result(const struct hook *h)
{
    struct result *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return NULL; /* the row stays behind: told again after a restart, no more */
    }
    memcpy(r->webhook_id, h->webhook_id, sizeof r->webhook_id);
    r->row = (struct rs_webhook_row){.hook.webhook_id = rs_str_of(r->webhook_id),
                                     .generation = h->generation,
                                     .told = h->told,
                                     .attempts = h->attempts,
                                     .next_try = h->next_try};
    return r;
}

static void hand_over(struct rs_deliveries *d, struct hook *h, struct result *r)
{
    if (r == NULL) {
        return;
    }
    h->recorded = h->told;
    pthread_mutex_lock(&d->lock);
    *d->last = r;
    d->last = &r->next;
    d->n_results++;
    atomic_store(&d->has_results, true);
    pthread_mutex_unlock(&d->lock);
}

static bool is_crowded(struct rs_deliveries *d)
{
    pthread_mutex_lock(&d->lock);
    const bool crowded = d->n_results >= RESULTS_MAX;
    pthread_mutex_unlock(&d->lock);
    return crowded;
}

struct recording {
    struct rs_commit_call call; /* first */
    const struct result *first;
};

static enum rs_code record(struct rs_commit_call *call, struct rs_store *writer)
{
    for (const struct result *r = ((struct recording *)call)->first; r != NULL; r = r->next) {
        RS_TRY(rs_store_webhook_advance(call->cx, writer, &r->row));
        if (r->attempt.seq != 0) {
            RS_TRY(rs_store_delivery_add(call->cx, writer, r->row.hook.webhook_id, &r->attempt));
        }
    }
    return RS_OK;
}

static struct result *take_results(struct rs_deliveries *d)
{
    pthread_mutex_lock(&d->lock);
    struct result *first = d->first;
    d->first = NULL;
    d->last = &d->first;
    d->n_results = 0;
    atomic_store(&d->has_results, false);
    pthread_mutex_unlock(&d->lock);
    return first;
}

/* What cannot be recorded is told again after a restart: that is what the rows say. */
static void record_results(struct rs_deliveries *d, struct rs_store *writer)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    struct result *first = take_results(d);
    struct recording r = {.call = {.cx = &cx, .run = record}, .first = first};

    if (first != NULL) {
        rs_commit_batch(writer, &r.call);
        if (r.call.code != RS_OK) {
            rs_log(RS_LOG_WARN, "webhook_unrecorded", RS_LOG_Z("why", cx.error.message));
        }
    }
    while (first != NULL) {
        struct result *next = first->next;

        free(first);
        first = next;
    }
    rs_arena_fini(&arena);
}

void rs_deliveries_tick(struct rs_deliveries *d, struct rs_store *writer)
{
    const int64_t newest = rs_store_event_of_models(writer);
    const bool was_crowded = is_crowded(d);

    if (atomic_load(&d->has_results)) {
        record_results(d, writer);
    }
    const bool has_news = newest != d->newest && atomic_load(&d->listens);
    d->newest = newest;
    if (atomic_exchange(&d->is_changed, false) || has_news || was_crowded) {
        atomic_store(&d->is_poked, true);
        rs_outbound_wake(d->outbound);
    }
}

void rs_deliveries_poke(struct rs_deliveries *d)
{
    atomic_store(&d->is_changed, true);
}

/* ---- the thread ---- */

/* What came of h->sending. An event is not tried for ever: those behind it wait. */
static enum rs_delivery_outcome outcome_of(const struct rs_deliveries *d, struct hook *h,
                                           int status, int64_t now)
{
    const enum rs_delivery_outcome outcome = rs_webhook_outcome(status);
    const bool is_old = now - h->sending_at >= d->o.give_up_ms;

    if (outcome != RS_DELIVERY_AGAIN) {
        h->is_lost = false;
        return outcome;
    }
    if (!is_old || (!h->is_lost && h->attempts + 1 < TRIES_MIN)) {
        return outcome;
    }
    h->is_lost = true;
    return RS_DELIVERY_GIVEN_UP;
}

/* The attempt on h->sending has ended: what follows for the webhook, and its row. */
static void settle(struct rs_deliveries *d, struct hook *h, const struct rs_outbound_answer *a)
{
    const int64_t now = rs_clock_wall_ms();
    const enum rs_delivery_outcome outcome = outcome_of(d, h, a->status, now);
    const int64_t attempt = h->attempts + 1;
    const int64_t seq = h->sending;
    struct rs_arena arena = {0};

    h->sending = 0;
    atomic_fetch_add(&d->attempts[outcome], 1);
    if (outcome == RS_DELIVERY_AGAIN) {
        h->attempts = attempt;
        h->next_try = now + rs_webhook_pause(d->o.retry_first_ms, attempt, a->retry_after);
    } else {
        h->told = seq;
        h->attempts = 0;
        h->next_try = 0;
    }
    struct result *r = new_result(h);
    if (r != NULL) {
        const struct rs_str id = rs_delivery_uuid(&arena, rs_str_of(h->webhook_id), seq);

        snprintf(r->delivery_id, sizeof r->delivery_id, RS_FMT, RS_ARG(id));
        memcpy(r->why, a->why, sizeof r->why);
        r->attempt = (struct rs_delivery_row){.seq = seq,
                                              .delivery_id = rs_str_of(r->delivery_id),
                                              .attempt = attempt,
                                              .at = now,
                                              .took = a->took_ms,
                                              .status = a->status,
                                              .error = rs_str_of(r->why),
                                              .outcome = outcome};
    }
    hand_over(d, h, r);
    if (outcome != RS_DELIVERY_DONE) {
        rs_log(RS_LOG_WARN, "webhook_undelivered", RS_LOG_Z("webhook", h->webhook_id),
               RS_LOG_I("event", seq), RS_LOG_I("attempt", attempt), RS_LOG_I("status", a->status),
               RS_LOG_Z("why", a->why),
               RS_LOG_Z("outcome", outcome == RS_DELIVERY_AGAIN ? "retrying" : "failed"));
    }
    rs_arena_fini(&arena);
}

static void settle_finished(struct rs_deliveries *d)
{
    struct hook *h = NULL;

    while ((h = rs_outbound_take(d->outbound, &d->answer)) != NULL) {
        d->n_sending--;
        settle(d, h, &d->answer);
        d->looks = true;
    }
}

/* Starts to tell; what cannot even be begun has failed like any other attempt. */
static void send(struct rs_cx *cx, struct rs_deliveries *d, struct hook *h,
                 const struct rs_webhook_parcel *parcel)
{
    struct rs_outbound_message message;

    if (rs_webhook_message(cx, &d->o, parcel, &message) == RS_OK &&
        rs_outbound_start(cx, d->outbound, &message, h) == RS_OK) {
        d->n_sending++;
        return;
    }
    d->answer = (struct rs_outbound_answer){0};
    snprintf(d->answer.why, sizeof d->answer.why, "%.*s", RS_OUTBOUND_WHY_MAX - 1,
             cx->error.message);
    rs_cx_clear(cx);
    settle(d, h, &d->answer);
}

/* Whether a kind of event may be one that the webhook wants, by its name alone. */
static bool may_want(const struct rs_webhook *hook, struct rs_str kind)
{
    const struct rs_webhook_event of_model = rs_webhook_event_of(kind, false);
    const struct rs_webhook_event of_prompt = rs_webhook_event_of(kind, true);

    return (of_model.entity.is_set && rs_webhook_events_have(&hook->events, &of_model)) ||
           (of_prompt.entity.is_set && rs_webhook_events_have(&hook->events, &of_prompt));
}

/* Sends an event, if the webhook wants it: then h->sending is its seq. Else it is done with. */
static enum rs_code tell_if_wanted(struct rs_cx *cx, struct rs_deliveries *d, struct hook *h,
                                   const struct rs_webhook_row *w, const struct rs_event *e)
{
    struct rs_webhook_notice notice = {0};

    if (may_want(&w->hook, e->kind)) {
        RS_TRY(rs_webhook_notice_of(cx, d->o.reader, e, &notice));
    }
    if (!notice.event.entity.is_set || !rs_webhook_events_have(&w->hook.events, &notice.event)) {
        h->told = e->seq;
        return RS_OK;
    }
    const struct rs_str id = rs_delivery_uuid(cx->arena, w->hook.webhook_id, e->seq);
    h->sending = e->seq;
    h->sending_at = e->at;
    send(cx, d, h, &(struct rs_webhook_parcel){w, &notice, id});
    return RS_OK;
}

/* Most events are of runs, which no webhook is told of: the first one that reads a row of them
 * spares all others the same. */
static void note_quiet(struct rs_deliveries *d, const struct rs_event *e)
{
    if (e->model != 0 || e->seq != d->quiet_to + 1) {
        d->quiet_from = e->seq - (e->model == 0);
    }
    d->quiet_to = e->seq;
}

static void skip_quiet(const struct rs_deliveries *d, struct hook *h)
{
    if (h->told >= d->quiet_from && h->told < d->quiet_to) {
        h->told = d->quiet_to;
    }
}

/* Goes on to the next event that the webhook wants and sends it, or past some that it does not. */
static enum rs_code tell_next(struct rs_cx *cx, struct rs_deliveries *d, struct hook *h,
                              const struct rs_webhook_row *w)
{
    const int64_t from = h->told;
    struct rs_list events;

    do {
        skip_quiet(d, h);
        const struct rs_event_range range = {.after = h->told, .limit = EVENTS_READ};
        const int64_t attempts = h->attempts;

        RS_TRY(rs_store_events_read(cx, d->o.reader, &range, &events));
        for (size_t i = 0; i < events.n; i++) {
            const struct rs_event *e = (const struct rs_event *)events.p + i;

            note_quiet(d, e);
            RS_TRY(tell_if_wanted(cx, d, h, w, e));
            if (h->sending != 0 || h->attempts != attempts) {
                return RS_OK; /* under way, or failed already */
            }
        }
    } while (events.n == EVENTS_READ && h->told - from < SKIPPED_MAX);
    d->looks = d->looks || events.n == EVENTS_READ;
    if (h->told - h->recorded >= SKIPPED_MAX) {
        hand_over(d, h, new_result(h));
    }
    return RS_OK;
}

/* The thread's own of a row; a change by a user wins over what the thread remembers. */
static struct hook *hook_of(struct rs_deliveries *d, const struct rs_webhook_row *w)
{
    struct hook *h = d->hooks;

    while (h != NULL && !rs_str_is(w->hook.webhook_id, h->webhook_id)) {
        h = h->next;
    }
    if (h == NULL) {
        h = calloc(1, sizeof *h);
        if (h == NULL) {
            return NULL;
        }
        snprintf(h->webhook_id, sizeof h->webhook_id, RS_FMT, RS_ARG(w->hook.webhook_id));
        h->next = d->hooks;
        d->hooks = h;
    }
    if (h->generation != w->generation && h->sending == 0) {
        /* A change leaves told where the row had it: what is not recorded yet was told, too. */
        h->told = h->generation != 0 && h->told > w->told ? h->told : w->told;
        h->generation = w->generation;
        h->recorded = w->told;
        h->attempts = w->attempts;
        h->next_try = w->next_try;
        h->is_lost = false;
        if (h->told > h->recorded) {
            hand_over(d, h, new_result(h));
        }
    }
    return h;
}

/* Tells one webhook if it is time; *next_ms is when to look again at the latest. */
static enum rs_code serve(struct rs_cx *cx, struct rs_deliveries *d, const struct rs_webhook_row *w,
                          int64_t *next_ms)
{
    const int64_t now = rs_clock_wall_ms();
    struct hook *h = hook_of(d, w);

    if (h == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "out of memory");
    }
    h->is_seen = true;
    if (h->next_try > now + DAY_MS) {
        h->next_try = now; /* the clock was set */
    }
    if (h->sending == 0 && h->next_try <= now && d->n_sending < SENDING_MAX && !is_crowded(d)) {
        RS_TRY(tell_next(cx, d, h, w));
    }
    if (h->sending == 0 && h->next_try > now && h->next_try - now < *next_ms) {
        *next_ms = h->next_try - now;
    }
    return RS_OK;
}

static void forget_unseen(struct rs_deliveries *d)
{
    for (struct hook **link = &d->hooks; *link != NULL;) {
        struct hook *h = *link;

        if (h->is_seen || h->sending != 0) {
            link = &h->next;
        } else {
            *link = h->next;
            free(h);
        }
    }
}

/* For those who watch the server; now and then is enough. */
static enum rs_code count_waiting(struct rs_cx *cx, struct rs_deliveries *d)
{
    const int64_t now_ns = rs_clock_mono_ns();
    uint64_t failing = 0;
    uint64_t waiting = 0;
    int64_t oldest_at = 0;

    if (now_ns < d->count_ns) {
        return RS_OK;
    }
    for (const struct hook *h = d->hooks; h != NULL; h = h->next) {
        struct rs_event_count behind;

        if (h->attempts == 0) {
            continue;
        }
        RS_TRY(rs_store_events_of_models(cx, d->o.reader, h->told, RS_DELIVERIES_COUNTED, &behind));
        failing++;
        waiting += (uint64_t)behind.n;
        oldest_at = oldest_at == 0 || behind.first_at < oldest_at ? behind.first_at : oldest_at;
    }
    atomic_store(&d->failing, failing);
    atomic_store(&d->waiting, waiting);
    atomic_store(&d->oldest_at, oldest_at);
    d->count_ns = now_ns + RS_MS_AS_NS(COUNT_MS);
    return RS_OK;
}

/* All webhooks once. */
static enum rs_code look(struct rs_cx *cx, struct rs_deliveries *d, int64_t *next_ms)
{
    struct rs_list rows = {0};
    int64_t after = 0;

    for (struct hook *h = d->hooks; h != NULL; h = h->next) {
        h->is_seen = false;
    }
    do {
        RS_TRY(rs_store_webhooks_list(cx, d->o.reader, after, HOOKS_READ, &rows));
        const struct rs_webhook_row *w = rows.p;
        for (size_t i = 0; i < rows.n; i++) {
            after = w[i].id;
            if (w[i].hook.status.v == RS_WEBHOOK_ACTIVE) {
                RS_TRY(serve(cx, d, &w[i], next_ms));
            }
        }
    } while (rows.n == HOOKS_READ);
    forget_unseen(d);
    return count_waiting(cx, d);
}

static void look_if_due(struct rs_cx *cx, struct rs_deliveries *d)
{
    int64_t next_ms = POLL_MS;

    if (!atomic_exchange(&d->is_poked, false) && !d->looks && rs_clock_mono_ns() < d->look_ns) {
        return;
    }
    d->looks = false;
    /* Before the look reads: of what is committed from now on it is told, what was it sees. */
    atomic_store(&d->listens, true);
    if (look(cx, d, &next_ms) != RS_OK) {
        rs_log(RS_LOG_WARN, "webhooks_failed", RS_LOG_Z("why", cx->error.message));
        rs_cx_clear(cx);
        next_ms = POLL_MS;
    } else if (d->hooks == NULL) {
        atomic_store(&d->listens, false); /* until one is changed, which pokes */
    }
    d->look_ns = rs_clock_mono_ns() + RS_MS_AS_NS(next_ms);
}

static void *work(void *arg)
{
    struct rs_deliveries *d = arg;
    struct rs_arena arena = {0};

    while (!atomic_load(&d->is_stopping)) {
        struct rs_cx cx = {.arena = &arena};

        settle_finished(d);
        look_if_due(&cx, d);
        rs_arena_reset(&arena);
        if (!d->looks) {
            const int64_t ms = (d->look_ns - rs_clock_mono_ns()) / 1000000 + 1;

            rs_outbound_wait(d->outbound, ms < 0 ? 0 : ms < POLL_MS ? (int)ms : POLL_MS);
        }
    }
    rs_arena_fini(&arena);
    return NULL;
}

static void free_all(struct rs_deliveries *d)
{
    while (d->hooks != NULL) {
        struct hook *next = d->hooks->next;

        free(d->hooks);
        d->hooks = next;
    }
    for (struct result *r = take_results(d); r != NULL;) {
        struct result *next = r->next;

        free(r);
        r = next;
    }
    rs_outbound_close(d->outbound);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

enum rs_code rs_deliveries_start(struct rs_cx *cx, const struct rs_deliveries_options *o,
                                 struct rs_deliveries **out)
{
    struct rs_deliveries *d = calloc(1, sizeof *d);

    if (d == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start to tell webhooks: out of memory");
    }
    d->o = *o;
    d->last = &d->first;
    d->looks = true;
    pthread_mutex_init(&d->lock, NULL);
    enum rs_code code = rs_outbound_open(cx, &o->policy, &d->outbound);
    const int rc = code == RS_OK ? rs_thread_start(&d->thread, work, d) : 0;
    if (rc != 0) {
        code = rs_fail(cx, RS_UNAVAILABLE, "could not start the thread that tells webhooks: %s",
                       strerror(rc));
    }
    if (code != RS_OK) {
        free_all(d);
        return code;
    }
    *out = d;
    return RS_OK;
}

void rs_deliveries_stop(struct rs_deliveries *d, struct rs_store *writer)
{
    if (d == NULL) {
        return;
    }
    atomic_store(&d->is_stopping, true);
    rs_outbound_wake(d->outbound);
    pthread_join(d->thread, NULL);
    if (writer != NULL && atomic_load(&d->has_results)) {
        record_results(d, writer);
    }
    free_all(d);
}
