/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the events of one model, a chunk in memory at a time. */
#include "service/history.h"

#include <stdlib.h>

#include "store/event.h"

enum { CHUNK = 500 }; /* events in memory at a time */

static struct rs_event copy_event(struct rs_arena *a, const struct rs_event *e)
{
    struct rs_event copy = *e;

    copy.actor = rs_arena_str(a, e->actor);
    copy.kind = rs_arena_str(a, e->kind);
    copy.subject = rs_arena_str(a, e->subject);
    copy.before = rs_arena_str(a, e->before);
    copy.after = rs_arena_str(a, e->after);
    copy.hash = rs_arena_str(a, e->hash);
    return copy;
}

/* One walk: `see` is called with each event, whose text is gone afterwards, until it says that it
 * has seen enough. `chunk` is a context for what it needs no longer than that. */
struct walk {
    enum rs_code (*see)(struct rs_cx *chunk, struct walk *w, const struct rs_event *e);
    struct rs_cx *cx; /* for what is kept */
    void *arg;
    bool enough;
};

static enum rs_code see_all(struct rs_cx *chunk, struct walk *w, const struct rs_list *events)
{
    for (size_t i = 0; i < events->n && !w->enough; i++) {
        RS_TRY(w->see(chunk, w, (const struct rs_event *)events->p + i));
    }
    return RS_OK;
}

/* Takes what was read, up to `last`, out of the range; false when nothing is left of it. */
static bool advance(struct rs_event_range *range, int64_t last)
{
    if (!range->newest_first) {
        range->after = last;
        return true;
    }
    range->until = last - 1;
    return range->until > range->after;
}

static enum rs_code walk_on(struct rs_cx *cx, struct rs_store *s, struct rs_event_range range,
                            struct walk *w)
{
    bool more = true;

    w->cx = cx;
    range.limit = CHUNK;
    while (more && !w->enough) {
        struct rs_arena arena = {0};
        struct rs_cx chunk = {.arena = &arena, .deadline_ns = cx->deadline_ns};
        struct rs_list events = RS_LIST(NULL, 0);
        enum rs_code code = rs_store_events_read(&chunk, s, &range, &events);

        more = events.n == CHUNK &&
               advance(&range, ((const struct rs_event *)events.p)[CHUNK - 1].seq);
        if (code == RS_OK) {
            code = see_all(&chunk, w, &events);
        }
        rs_arena_fini(&arena);
        if (code != RS_OK) {
            return cx->error.code != RS_OK ? code : rs_fail(cx, code, "%s", chunk.error.message);
        }
    }
    return RS_OK;
}

/* The newest event of a range; its seq is 0 when there is none. */
static enum rs_code newest(struct rs_cx *cx, struct rs_store *s, struct rs_event_range range,
                           struct rs_event *out)
{
    struct rs_list events;

    range.newest_first = true;
    range.limit = 1;
    RS_TRY(rs_store_events_read(cx, s, &range, &events));
    *out = events.n > 0 ? *(const struct rs_event *)events.p : (struct rs_event){0};
    return RS_OK;
}

static enum rs_code read_as_of(struct rs_cx *cx, struct rs_store *s, struct rs_str text,
                               int64_t *seq)
{
    const struct rs_str prefix = RS_STR("seq:");
    const bool is_seq = rs_str_starts(text, prefix);
    int64_t last = 0;
    int64_t number = 0;

    RS_TRY(rs_store_event_last(cx, s, &last));
    *seq = last;
    if (text.p == NULL) {
        return RS_OK;
    }
    if (!rs_str_to_i64(is_seq ? rs_str_from(text, prefix.n) : text, &number) || number < 0) {
        return rs_fail(cx, RS_INVALID,
                       "could not read as_of \"" RS_FMT
                       "\": it is milliseconds since the epoch, or "
                       "seq: and the number of an event",
                       RS_ARG(text));
    }
    if (!is_seq) {
        return rs_store_event_at(cx, s, number, seq);
    }
    *seq = number;
    return number <= last
               ? RS_OK
               : rs_fail(cx, RS_INVALID, "could not look at event %lld: the newest is %lld",
                         (long long)number, (long long)last);
}

/* The model that had a name when an event was the newest; *model is 0 when none had it. */
static enum rs_code find_bearer(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                int64_t seq, int64_t *model)
{
    struct rs_event e;

    *model = 0;
    /* No event has the number 0, and a range until 0 has no end. */
    if (seq == 0) {
        return RS_OK;
    }
    RS_TRY(newest(
        cx, s, (struct rs_event_range){.until = seq, .subject = rs_subject_model(cx->arena, name)},
        &e));
    if (e.seq == 0 || rs_event_is(&e, RS_EVENT_MODEL_DELETED)) {
        return RS_OK;
    }
    const int64_t found = e.model;
    RS_TRY(newest(cx, s, (struct rs_event_range){.until = seq, .model = found}, &e));
    *model = rs_str_eq(rs_noun_of(e.subject).model, name) ? found : 0;
    return RS_OK;
}

/* The name of out->model at its time, or the one that it was asked by. */
static enum rs_code name_then(struct rs_cx *cx, struct rs_store *s, struct rs_past *out)
{
    struct rs_event e = {0};

    if (out->seq > 0) {
        RS_TRY(newest(cx, s, (struct rs_event_range){.until = out->seq, .model = out->model}, &e));
    }
    if (e.seq != 0) {
        out->name = rs_noun_of(e.subject).model;
    }
    return RS_OK;
}

enum rs_code rs_past_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str as_of, struct rs_past *out)
{
    struct rs_event e;

    *out = (struct rs_past){.name = name};
    RS_TRY(read_as_of(cx, s, as_of, &out->seq));
    RS_TRY(find_bearer(cx, s, name, out->seq, &out->model));
    if (out->model != 0) {
        return RS_OK;
    }
    RS_TRY(
        newest(cx, s, (struct rs_event_range){.subject = rs_subject_model(cx->arena, name)}, &e));
    if (e.seq == 0) {
        return rs_fail(cx, RS_NOT_FOUND, "Registered Model with name=" RS_FMT " not found",
                       RS_ARG(name));
    }
    out->model = e.model;
    return name_then(cx, s, out);
}

static struct rs_event_range up_to(const struct rs_past *past)
{
    return (struct rs_event_range){.until = past->seq, .model = past->model};
}

/* Asked by every walk over the past: before the first event nothing was. */
static bool is_before_all(const struct rs_past *past)
{
    return past->seq == 0;
}

/* The facts of one noun, and the event that changed them last. */
struct state {
    struct rs_str kind;
    struct rs_str id;
    struct rs_list facts;
    struct rs_event event; /* texts are not kept; seq is 0 when it is not there */
};

static enum rs_code note_facts(struct rs_cx *cx, struct state *state, const struct rs_event *e)
{
    const struct rs_noun n = rs_noun_of(e->subject);

    if (!rs_str_eq(n.kind, state->kind) || !rs_str_eq(n.id, state->id)) {
        return RS_OK;
    }
    /* What rs_facts_after makes points into the event: it must stay. */
    const struct rs_event kept = copy_event(cx->arena, e);
    RS_TRY(rs_facts_after(cx, &state->facts, &kept, &state->facts));
    state->event = kept;
    if (rs_event_is(e, RS_EVENT_MODEL_DELETED) || rs_event_is(e, RS_EVENT_VERSION_DELETED)) {
        state->event.seq = 0;
    }
    return RS_OK;
}

static enum rs_code see_model(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    (void)chunk;
    return note_facts(w->cx, w->arg, e);
}

enum rs_code rs_past_model(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           struct rs_past_model *out)
{
    struct state state = {.kind = RS_STR(""), .id = RS_STR("")};
    struct walk w = {.see = see_model, .arg = &state};

    if (!is_before_all(past)) {
        RS_TRY(walk_on(cx, s, up_to(past), &w));
    }
    if (state.event.seq == 0) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "there was no registered model \"" RS_FMT "\" as of event %lld",
                       RS_ARG(past->name), (long long)past->seq);
    }
    *out = (struct rs_past_model){state.facts, state.event};
    return RS_OK;
}

/* The number that is a fact of an event; 0 when it is none. */
static enum rs_code version_fact(struct rs_cx *cx, struct rs_str facts_text, int64_t *version)
{
    struct rs_list facts;

    *version = 0;
    RS_TRY(rs_facts_read(cx, facts_text, &facts));
    (void)rs_str_to_i64(rs_fact_of(&facts, RS_STR("version")), version);
    return RS_OK;
}

struct alias {
    struct rs_str name;
    int64_t version; /* 0: not set any more */
};

struct version_state {
    struct state own;
    struct alias *alias;
    size_t n;
    size_t cap;
};

static enum rs_code note_alias(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    struct version_state *v = w->arg;
    const struct rs_str name = rs_noun_of(e->subject).id;
    size_t i = 0;

    while (i < v->n && !rs_str_eq(v->alias[i].name, name)) {
        i++;
    }
    if (i == v->n) {
        v->alias = rs_arena_grow(w->cx->arena, v->alias, v->n, &v->cap, sizeof *v->alias);
        v->alias[v->n++].name = rs_arena_str(w->cx->arena, name);
    }
    return version_fact(chunk, e->after, &v->alias[i].version);
}

static enum rs_code see_version(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    struct version_state *v = w->arg;

    return rs_str_is(rs_noun_of(e->subject).kind, "aliases") ? note_alias(chunk, w, e)
                                                             : note_facts(w->cx, &v->own, e);
}

static int by_name(const void *a, const void *b)
{
    return rs_str_cmp(*(const struct rs_str *)a, *(const struct rs_str *)b);
}

static struct rs_strs aliases_of(struct rs_arena *a, const struct version_state *v, int64_t version)
{
    struct rs_strs out = {RS_NEW_N(a, struct rs_str, v->n), 0};

    for (size_t i = 0; i < v->n; i++) {
        if (v->alias[i].version == version) {
            out.p[out.n++] = v->alias[i].name;
        }
    }
    if (out.n > 0) {
        qsort(out.p, out.n, sizeof *out.p, by_name);
    }
    return out;
}

enum rs_code rs_past_version(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                             int64_t version, struct rs_past_version *out)
{
    struct version_state v = {
        .own = {.kind = RS_STR("versions"), .id = rs_arena_i64(cx->arena, version)}};
    struct walk w = {.see = see_version, .arg = &v};

    if (!is_before_all(past)) {
        RS_TRY(walk_on(cx, s, up_to(past), &w));
    }
    if (v.own.event.seq == 0) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "there was no version %lld of model \"" RS_FMT "\" as of event %lld",
                       (long long)version, RS_ARG(past->name), (long long)past->seq);
    }
    *out = (struct rs_past_version){v.own.facts, v.own.event, aliases_of(cx->arena, &v, version)};
    return RS_OK;
}

struct alias_search {
    struct rs_str alias;
    struct rs_past_place found;
};

static enum rs_code see_alias(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    const struct rs_noun n = rs_noun_of(e->subject);
    struct alias_search *a = w->arg;

    if (!rs_str_is(n.kind, "aliases") || !rs_str_eq(n.id, a->alias)) {
        return RS_OK;
    }
    w->enough = true;
    a->found.event = copy_event(w->cx->arena, e);
    return version_fact(chunk, e->after, &a->found.version);
}

enum rs_code rs_past_alias(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           struct rs_str alias, struct rs_past_place *out)
{
    struct alias_search a = {.alias = alias};
    struct walk w = {.see = see_alias, .arg = &a};
    struct rs_event_range range = up_to(past);

    range.newest_first = true;
    if (!is_before_all(past)) {
        RS_TRY(walk_on(cx, s, range, &w));
    }
    if (a.found.version == 0) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "alias \"" RS_FMT "\" of model \"" RS_FMT "\" was not set as of event %lld",
                       RS_ARG(alias), RS_ARG(past->name), (long long)past->seq);
    }
    *out = a.found;
    return RS_OK;
}

/* Numbers are given out one after the other: that of version v stands at v - 1. */
struct staged {
    int64_t seq; /* of the event that put it into the stage that is asked for; 0: it is not in it */
};

struct stage_search {
    struct rs_str stage;
    struct staged *version;
    size_t n;
    size_t cap;
    size_t found;
};

static enum rs_code note_stage(struct walk *w, const struct rs_event *e, int64_t version,
                               bool is_in)
{
    struct stage_search *s = w->arg;

    if (version < 1 || (uint64_t)version > s->n + 1) {
        return rs_fail(w->cx, RS_CORRUPT,
                       "could not read the history of \"" RS_FMT
                       "\": event %lld comes before that of its version",
                       RS_ARG(e->subject), (long long)e->seq);
    }
    if ((size_t)version > s->n) {
        s->version = rs_arena_grow(w->cx->arena, s->version, s->n, &s->cap, sizeof *s->version);
        s->version[s->n++].seq = 0;
    }
    struct staged *v = &s->version[version - 1];
    s->found += (size_t)is_in - (v->seq != 0);
    v->seq = is_in ? e->seq : 0;
    return RS_OK;
}

static enum rs_code see_stage(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    const struct rs_noun n = rs_noun_of(e->subject);
    const struct stage_search *s = w->arg;
    int64_t version = 0;
    struct rs_list facts;

    if (!rs_str_is(n.kind, "versions") ||
        !(rs_event_is(e, RS_EVENT_VERSION_CREATED) || rs_event_is(e, RS_EVENT_VERSION_STAGE_SET) ||
          rs_event_is(e, RS_EVENT_VERSION_DELETED))) {
        return RS_OK;
    }
    (void)rs_str_to_i64(n.id, &version);
    RS_TRY(rs_facts_read(chunk, e->after, &facts));
    return note_stage(w, e, version, rs_str_eq(rs_fact_of(&facts, RS_STR("stage")), s->stage));
}

/* The event of a seq that the walk has seen. */
static enum rs_code event_of(struct rs_cx *cx, struct rs_store *s, int64_t seq,
                             struct rs_event *out)
{
    return newest(cx, s, (struct rs_event_range){.after = seq - 1, .until = seq}, out);
}

enum rs_code rs_past_stage(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           enum rs_model_stage stage, struct rs_list *out)
{
    struct stage_search search = {.stage = rs_model_stage_text(stage)};
    struct walk w = {.see = see_stage, .arg = &search};
    size_t n = 0;

    if (!is_before_all(past)) {
        RS_TRY(walk_on(cx, s, up_to(past), &w));
    }
    if (search.found == 0) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "no version of model \"" RS_FMT "\" was in stage " RS_FMT
                       " as of event %lld",
                       RS_ARG(past->name), RS_ARG(search.stage), (long long)past->seq);
    }
    struct rs_past_place *place = RS_NEW_N(cx->arena, struct rs_past_place, search.found);
    for (size_t i = 0; i < search.n; i++) {
        if (search.version[i].seq != 0) {
            place[n].version = (int64_t)i + 1;
            RS_TRY(event_of(cx, s, search.version[i].seq, &place[n++].event));
        }
    }
    *out = RS_LIST(place, n);
    return RS_OK;
}

struct page {
    const struct rs_history_range *range;
    struct rs_event *event;
    size_t n;
    size_t cap;
    int64_t last; /* seq of the event that was taken last */
    bool has_more;
};

static enum rs_code see_page(struct rs_cx *chunk, struct walk *w, const struct rs_event *e)
{
    const struct rs_noun n = rs_noun_of(e->subject);
    struct page *p = w->arg;

    (void)chunk;
    if (p->range->alias.p != NULL &&
        !(rs_str_is(n.kind, "aliases") && rs_str_eq(n.id, p->range->alias))) {
        return RS_OK;
    }
    w->enough = p->has_more = p->n == p->range->limit;
    if (!w->enough) {
        p->event = rs_arena_grow(w->cx->arena, p->event, p->n, &p->cap, sizeof *p->event);
        p->event[p->n++] = copy_event(w->cx->arena, e);
        p->last = e->seq;
    }
    return RS_OK;
}

enum rs_code rs_history_read(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                             const struct rs_history_range *range, struct rs_history_page *out)
{
    struct page page = {.range = range};
    struct walk w = {.see = see_page, .arg = &page};

    if (range->before != 1) { /* no event is before the first */
        RS_TRY(walk_on(cx, s,
                       (struct rs_event_range){.after = range->after,
                                               .until = range->before > 0 ? range->before - 1 : 0,
                                               .model = past->model,
                                               .newest_first = true},
                       &w));
    }
    *out = (struct rs_history_page){.events = RS_LIST(page.event, page.n),
                                    .next = page.has_more ? page.last : 0};
    return RS_OK;
}
