/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events, and the chain of hashes that holds it together. */
#include "store/event.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/digest.h"
#include "store/sql/load.h"
#include "store/sql/values.h"

#define COLUMNS "seq, at, actor, kind, subject, model, before, after, event_group, hash"

static const struct rs_sql EVENT_TAIL = {
    "event_tail", "SELECT seq, at, hash FROM event ORDER BY seq DESC LIMIT 1", false};
static const struct rs_sql EVENT_PUT = {
    "event_put", "INSERT INTO event (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    false};

/* The newest event, from memory where it is there. */
static enum rs_code find_tail(struct rs_cx *cx, struct rs_store *s, struct rs_event_tail *tail)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    if (tail->is_known) {
        return RS_OK;
    }
    *tail = (struct rs_event_tail){.is_known = true};
    RS_TRY(rs_db_query(cx, s->db, &EVENT_TAIL, RS_NO_ARGS, &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    if (has_row) {
        const struct rs_str hash = rs_row_str(cx, rows, 2);

        tail->seq = tail->of_models = rs_row_i64(rows, 0);
        tail->at = rs_row_i64(rows, 1);
        snprintf(tail->hash, sizeof tail->hash, RS_FMT, RS_ARG(hash));
    }
    return RS_OK;
}

static struct rs_str hash_of(struct rs_arena *a, const char *previous, const struct rs_event *e)
{
    return rs_sha256_hex(a, rs_event_digest_text(a, rs_str_of(previous), e));
}

enum rs_code rs_store_event_append(struct rs_cx *cx, struct rs_store *s, struct rs_event *e)
{
    const int64_t now = rs_clock_wall_ms();
    struct rs_event_tail *tail = &s->events;

    RS_TRY(find_tail(cx, s, tail));
    e->seq = tail->seq + 1;
    e->at = now > tail->at ? now : tail->at;
    e->group = e->group != 0 ? e->group : e->seq;
    e->hash = hash_of(cx->arena, tail->hash, e);
    RS_TRY(rs_db_run(cx, s->db, &EVENT_PUT,
                     RS_BIND(rs_i64(e->seq), rs_i64(e->at), rs_text(e->actor), rs_text(e->kind),
                             rs_text(e->subject), rs_i64(e->model), rs_text(e->before),
                             rs_text(e->after), rs_i64(e->group), rs_text(e->hash))));
    s->n_appended++;
    tail->seq = e->seq;
    tail->of_models = e->model != 0 ? e->seq : tail->of_models;
    tail->at = e->at;
    snprintf(tail->hash, sizeof tail->hash, RS_FMT, RS_ARG(e->hash));
    return RS_OK;
}

uint64_t rs_store_events_appended(const struct rs_store *s)
{
    return s->n_appended;
}

static const struct rs_sql EVENT_LAST = {"event_last", "SELECT coalesce(max(seq), 0) FROM event",
                                         false};

enum rs_code rs_store_event_last(struct rs_cx *cx, struct rs_store *s, int64_t *seq)
{
    return rs_db_first_i64(cx, s->db, &EVENT_LAST, RS_NO_ARGS, seq);
}

int64_t rs_store_event_of_models(const struct rs_store *s)
{
    return s->events.is_known ? s->events.of_models : 0;
}

static const struct rs_sql EVENT_UP_TO = {
    "event_up_to", "SELECT seq, at FROM event WHERE seq <= $1 ORDER BY seq DESC LIMIT 1", false};

/* The last event up to a number: when it was. *seq is 0 when there is none. */
static enum rs_code find_up_to(struct rs_cx *cx, struct rs_store *s, int64_t number, int64_t *seq,
                               int64_t *at)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &EVENT_UP_TO, RS_BIND(rs_i64(number)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *seq = has_row ? rs_row_i64(rows, 0) : 0;
    *at = has_row ? rs_row_i64(rows, 1) : INT64_MIN;
    return RS_OK;
}

/* Times never go backwards, so halving finds it: an index of them would cost every change of
 * everything, for a question that hardly anybody asks. */
enum rs_code rs_store_event_at(struct rs_cx *cx, struct rs_store *s, int64_t at, int64_t *seq)
{
    int64_t low = 0; /* no later than `at` */
    int64_t high = 0;

    *seq = 0;
    RS_TRY(rs_store_event_last(cx, s, &high));
    while (low < high) {
        const int64_t middle = high - (high - low) / 2;
        int64_t found_seq = 0;
        int64_t found_at = 0;

        RS_TRY(find_up_to(cx, s, middle, &found_seq, &found_at));
        if (found_at <= at) {
            low = middle;
            *seq = found_seq;
        } else {
            high = found_seq - 1;
        }
    }
    return RS_OK;
}

static const struct rs_sql EVENTS_OF_MODELS = {
    "events_of_models",
    "SELECT count(*), coalesce(min(at), 0) FROM"
    " (SELECT at FROM event WHERE seq > $1 AND model > 0 ORDER BY seq LIMIT $2) AS e",
    false};

enum rs_code rs_store_events_of_models(struct rs_cx *cx, struct rs_store *s, int64_t after,
                                       int64_t limit, struct rs_event_count *out)
{
    RS_AUTO_ROWS *rows = NULL;
    bool has_row = false;

    RS_TRY(rs_db_query(cx, s->db, &EVENTS_OF_MODELS, RS_BIND(rs_i64(after), rs_i64(limit)), &rows));
    RS_TRY(rs_rows_next(cx, rows, &has_row));
    *out = (struct rs_event_count){rs_row_i64(rows, 0), rs_row_i64(rows, 1)};
    return RS_OK;
}

/* One statement a way in: by model, by subject, by group, or all. */
#define RANGE(condition) "SELECT " COLUMNS " FROM event WHERE seq > $1 AND seq <= $2" condition
/* The events of a group follow upon each other, from the one that gave it its number. */
#define GROUP                                                                                      \
    "SELECT " COLUMNS " FROM event WHERE seq >= $4 AND seq < coalesce((SELECT e.seq FROM event e"  \
    " WHERE e.seq > $4 AND e.event_group <> $4 ORDER BY e.seq LIMIT 1), 9223372036854775807)"      \
    " AND event_group = $4 AND +seq > $1 AND +seq <= $2"
#define UP " ORDER BY seq LIMIT $3"
#define DOWN " ORDER BY seq DESC LIMIT $3"

enum way { ALL, BY_MODEL, BY_SUBJECT, BY_GROUP, ALL_MODELS, N_WAYS };

static const struct rs_sql EVENTS[N_WAYS][2] = {
    [ALL] = {{"events", RANGE("") UP, false}, {"events_down", RANGE("") DOWN, false}},
    [BY_MODEL] = {{"events_of_model", RANGE(" AND model = $4 AND model > 0") UP, false},
                  {"events_of_model_down", RANGE(" AND model = $4 AND model > 0") DOWN, false}},
    [BY_SUBJECT] = {{"events_of_subject", RANGE(" AND subject = $4") UP, false},
                    {"events_of_subject_down", RANGE(" AND subject = $4") DOWN, false}},
    [BY_GROUP] = {{"events_of_group", GROUP UP, false},
                  {"events_of_group_down", GROUP DOWN, false}},
    [ALL_MODELS] = {{"events_of_all_models", RANGE(" AND model > 0") UP, false},
                    {"events_of_all_models_down", RANGE(" AND model > 0") DOWN, false}},
};

static enum rs_code read_row(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_event *)item = (struct rs_event){
        .seq = rs_row_i64(rows, 0),
        .at = rs_row_i64(rows, 1),
        .actor = rs_row_str(cx, rows, 2),
        .kind = rs_row_str(cx, rows, 3),
        .subject = rs_row_str(cx, rows, 4),
        .model = rs_row_i64(rows, 5),
        .before = rs_row_str(cx, rows, 6),
        .after = rs_row_str(cx, rows, 7),
        .group = rs_row_i64(rows, 8),
        .hash = rs_row_str(cx, rows, 9),
    };
    return RS_OK;
}

enum rs_code rs_store_events_read(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_event_range *r, struct rs_list *out)
{
    const enum way way = r->subject.p != NULL ? BY_SUBJECT
                         : r->model != 0      ? BY_MODEL
                         : r->group != 0      ? BY_GROUP
                         : r->of_models       ? ALL_MODELS
                                              : ALL;
    const struct rs_val key = way == BY_SUBJECT ? rs_text(r->subject)
                                                : rs_i64(way == BY_MODEL ? r->model : r->group);
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, &EVENTS[way][r->newest_first],
                       RS_BIND(rs_i64(r->after), rs_i64(r->until != 0 ? r->until : INT64_MAX),
                               rs_i64((int64_t)r->limit), key),
                       &rows));
    return rs_load_list(cx, rows, read_row, sizeof(struct rs_event), out);
}

enum { VERIFY_CHUNK = 1000 }; /* events in memory at a time */

/* Looks at one chunk; `hash` is that of the event before it, and then of its last. */
static bool verify_chunk(struct rs_cx *cx, const struct rs_list *events,
                         char hash[2 * RS_SHA256_LEN + 1], struct rs_event_break *out)
{
    const struct rs_event *event = events->p;

    for (size_t i = 0; i < events->n; i++) {
        const struct rs_event *e = &event[i];

        if (e->seq != out->last + 1) {
            out->seq = out->last + 1;
            out->why = RS_STR("it is missing");
            return false;
        }
        if (!rs_str_eq(hash_of(cx->arena, hash, e), e->hash)) {
            out->seq = e->seq;
            out->why = RS_STR("its row is not the one that its hash was made of");
            return false;
        }
        snprintf(hash, 2 * RS_SHA256_LEN + 1, RS_FMT, RS_ARG(e->hash));
        out->last = e->seq;
    }
    return true;
}

/* Reads chunk by chunk, so that a writer beside it never waits for long. */
static enum rs_code verify_all(struct rs_cx *cx, struct rs_store *s,
                               char hash[2 * RS_SHA256_LEN + 1], struct rs_event_break *out)
{
    struct rs_list events = RS_LIST(NULL, 0);

    do {
        struct rs_arena arena = {0};
        struct rs_cx own = {.arena = &arena};
        const struct rs_event_range range = {.after = out->last, .limit = VERIFY_CHUNK};
        const enum rs_code code = rs_store_events_read(&own, s, &range, &events);
        const bool is_whole = code == RS_OK && verify_chunk(&own, &events, hash, out);

        rs_arena_fini(&arena);
        if (code != RS_OK) {
            return rs_fail(cx, code, "%s", own.error.message);
        }
        if (!is_whole) {
            return RS_OK;
        }
    } while (events.n > 0);
    return RS_OK;
}

enum rs_code rs_store_events_verify(struct rs_cx *cx, struct rs_store *s,
                                    struct rs_event_break *out)
{
    char hash[2 * RS_SHA256_LEN + 1] = "";
    int64_t newest = 0;

    *out = (struct rs_event_break){0};
    /* Asked first: what a writer adds meanwhile is no loss. */
    RS_TRY(rs_db_first_i64(cx, s->db, s->db->ops->last_id, RS_BIND(rs_text(RS_STR("event"))),
                           &newest));
    RS_TRY(verify_all(cx, s, hash, out));
    out->hash = rs_arena_str(cx->arena, rs_str_of(hash));
    if (out->seq == 0 && out->last < newest) {
        out->seq = out->last + 1;
        out->why = RS_STR("it is missing, and all after it");
    }
    return RS_OK;
}
