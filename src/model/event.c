/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, subjects and facts of events. */
#include "model/event.h"

#include "base/num.h"
#include "base/uri.h"

const struct rs_enum_name rs_event_kind_names[] = {
    {"registered_model.created", RS_EVENT_MODEL_CREATED},
    {"registered_model.updated", RS_EVENT_MODEL_UPDATED},
    {"registered_model.renamed", RS_EVENT_MODEL_RENAMED},
    {"registered_model.deleted", RS_EVENT_MODEL_DELETED},
    {"registered_model_tag.set", RS_EVENT_MODEL_TAG_SET},
    {"registered_model_tag.deleted", RS_EVENT_MODEL_TAG_DELETED},
    {"model_version.created", RS_EVENT_VERSION_CREATED},
    {"model_version.updated", RS_EVENT_VERSION_UPDATED},
    {"model_version.stage_set", RS_EVENT_VERSION_STAGE_SET},
    {"model_version.deleted", RS_EVENT_VERSION_DELETED},
    {"model_version_tag.set", RS_EVENT_VERSION_TAG_SET},
    {"model_version_tag.deleted", RS_EVENT_VERSION_TAG_DELETED},
    {"model_alias.set", RS_EVENT_ALIAS_SET},
    {"model_alias.deleted", RS_EVENT_ALIAS_DELETED},
    {"promotion.made", RS_EVENT_PROMOTION_MADE},
    {"experiment.created", RS_EVENT_EXPERIMENT_CREATED},
    {"experiment.renamed", RS_EVENT_EXPERIMENT_RENAMED},
    {"experiment.deleted", RS_EVENT_EXPERIMENT_DELETED},
    {"experiment.restored", RS_EVENT_EXPERIMENT_RESTORED},
    {"experiment_tag.set", RS_EVENT_EXPERIMENT_TAG_SET},
    {"experiment_tag.deleted", RS_EVENT_EXPERIMENT_TAG_DELETED},
    {"run.created", RS_EVENT_RUN_CREATED},
    {"run.updated", RS_EVENT_RUN_UPDATED},
    {"run.deleted", RS_EVENT_RUN_DELETED},
    {"run.restored", RS_EVENT_RUN_RESTORED},
    {"logged_model.created", RS_EVENT_LOGGED_MODEL_CREATED},
    {"logged_model.updated", RS_EVENT_LOGGED_MODEL_UPDATED},
    {"logged_model.deleted", RS_EVENT_LOGGED_MODEL_DELETED},
    {NULL, 0},
};

bool rs_event_is(const struct rs_event *event, enum rs_event_kind kind)
{
    return rs_str_is(event->kind, rs_enum_name(rs_event_kind_names, (int)kind));
}

struct rs_str rs_subject_model(struct rs_arena *a, struct rs_str name)
{
    return rs_arena_fmt(a, "models/" RS_FMT, RS_ARG(name));
}

struct rs_str rs_subject_version(struct rs_arena *a, struct rs_str name, int64_t version)
{
    return rs_arena_fmt(a, "models/" RS_FMT "/versions/%lld", RS_ARG(name), (long long)version);
}

struct rs_str rs_subject_alias(struct rs_arena *a, struct rs_str name, struct rs_str alias)
{
    return rs_arena_fmt(a, "models/" RS_FMT "/aliases/" RS_FMT, RS_ARG(name), RS_ARG(alias));
}

struct rs_str rs_subject_experiment(struct rs_arena *a, int64_t id)
{
    return rs_arena_fmt(a, "experiments/%lld", (long long)id);
}

struct rs_str rs_subject_run(struct rs_arena *a, struct rs_str run_id)
{
    return rs_arena_fmt(a, "runs/" RS_FMT, RS_ARG(run_id));
}

struct rs_str rs_subject_logged_model(struct rs_arena *a, struct rs_str model_id)
{
    return rs_arena_fmt(a, "logged_models/" RS_FMT, RS_ARG(model_id));
}

static struct rs_str take_part(struct rs_str *path)
{
    const size_t end = rs_str_find(*path, '/', 0);
    const struct rs_str part = {path->p, end};

    *path = rs_str_from(*path, end < path->n ? end + 1 : end);
    return part;
}

struct rs_noun rs_noun_of(struct rs_str subject)
{
    struct rs_noun n;

    (void)take_part(&subject);
    n.model = take_part(&subject);
    n.kind = take_part(&subject);
    n.id = subject;
    return n;
}

struct rs_str rs_facts_text(struct rs_arena *a, const struct rs_list *facts)
{
    struct rs_str *piece = RS_NEW_N(a, struct rs_str, 2 * facts->n);
    const struct rs_fact *fact = facts->p;
    size_t n = 0;

    for (size_t i = 0; i < facts->n; i++) {
        piece[2 * i] = rs_uri_encode(a, fact[i].name, "");
        piece[2 * i + 1] = rs_uri_encode(a, fact[i].value, "");
        n += piece[2 * i].n + piece[2 * i + 1].n + 2; /* with "=" and "&" */
    }
    char *const text = rs_arena_alloc(a, n + 1, 1);
    size_t at = 0;
    for (size_t i = 0; i < 2 * facts->n; i++) {
        if (i > 0) {
            text[at++] = i % 2 == 1 ? '=' : '&';
        }
        memcpy(text + at, piece[i].p, piece[i].n);
        at += piece[i].n;
    }
    return (struct rs_str){text, at};
}

/* One "name=value" of a form. */
static bool read_fact(struct rs_arena *a, struct rs_str piece, struct rs_fact *out)
{
    const size_t mark = rs_str_find(piece, '=', 0);

    return mark < piece.n && rs_uri_decode(a, (struct rs_str){piece.p, mark}, false, &out->name) &&
           rs_uri_decode(a, rs_str_from(piece, mark + 1), false, &out->value);
}

enum rs_code rs_facts_read(struct rs_cx *cx, struct rs_str text, struct rs_list *facts)
{
    struct rs_fact *fact = NULL;
    size_t n = 0;
    size_t cap = 0;

    for (size_t from = 0; from < text.n;) {
        const size_t end = rs_str_find(text, '&', from);

        fact = rs_arena_grow(cx->arena, fact, n, &cap, sizeof *fact);
        if (!read_fact(cx->arena, (struct rs_str){text.p + from, end - from}, &fact[n++])) {
            return rs_fail(cx, RS_CORRUPT, "could not read the facts of an event: " RS_FMT,
                           RS_ARG(text));
        }
        from = end + 1;
    }
    *facts = RS_LIST(fact, n);
    return RS_OK;
}

/* Those of `facts` that do not hold likewise in `others`. */
static struct rs_list facts_not_in(struct rs_arena *a, const struct rs_list *facts,
                                   const struct rs_list *others)
{
    struct rs_fact *kept = RS_NEW_N(a, struct rs_fact, facts->n);
    const struct rs_fact *fact = facts->p;
    size_t n = 0;

    for (size_t i = 0; i < facts->n; i++) {
        const struct rs_str other = rs_fact_of(others, fact[i].name);

        if (other.p == NULL || !rs_str_eq(other, fact[i].value)) {
            kept[n++] = fact[i];
        }
    }
    return RS_LIST(kept, n);
}

void rs_facts_differ(struct rs_arena *a, const struct rs_list *from, const struct rs_list *to,
                     struct rs_list *before, struct rs_list *after)
{
    *before = facts_not_in(a, from, to);
    *after = facts_not_in(a, to, from);
}

struct rs_str rs_fact_of(const struct rs_list *facts, struct rs_str name)
{
    const struct rs_fact *fact = facts->p;

    for (size_t i = 0; i < facts->n; i++) {
        if (rs_str_eq(fact[i].name, name)) {
            return fact[i].value;
        }
    }
    return (struct rs_str){0};
}

enum rs_code rs_facts_after(struct rs_cx *cx, const struct rs_list *state,
                            const struct rs_event *event, struct rs_list *out)
{
    const struct rs_fact *old = state->p;
    struct rs_list before;
    struct rs_list after;
    size_t n = 0;

    RS_TRY(rs_facts_read(cx, event->before, &before));
    RS_TRY(rs_facts_read(cx, event->after, &after));
    struct rs_fact *fact = RS_NEW_N(cx->arena, struct rs_fact, state->n + after.n);
    for (size_t i = 0; i < state->n; i++) {
        if (rs_fact_of(&before, old[i].name).p == NULL &&
            rs_fact_of(&after, old[i].name).p == NULL) {
            fact[n++] = old[i];
        }
    }
    for (size_t i = 0; i < after.n; i++) {
        fact[n++] = ((const struct rs_fact *)after.p)[i];
    }
    *out = RS_LIST(fact, n);
    return RS_OK;
}

/* Room for what a member has beside its text: a number, a colon and a blank. */
enum { MEMBER_ROOM = RS_I64_TEXT_MAX + 2, NUMBERS = 4, TEXTS = 5 };

static char *put_text(char *at, struct rs_str text)
{
    if (text.n > 0) {
        memcpy(at, text.p, text.n);
    }
    return at + text.n;
}

/* By hand, for it is done at each event: printf costs as much as the hash itself. */
struct rs_str rs_event_digest_text(struct rs_arena *a, struct rs_str previous,
                                   const struct rs_event *e)
{
    const int64_t number[NUMBERS] = {e->seq, e->at, e->model, e->group};
    const struct rs_str text[TEXTS] = {e->actor, e->kind, e->subject, e->before, e->after};
    size_t room = previous.n + (NUMBERS + TEXTS) * (size_t)MEMBER_ROOM;

    for (size_t i = 0; i < TEXTS; i++) {
        room += text[i].n;
    }
    char *const p = rs_arena_alloc(a, room, 1);
    char *at = put_text(p, previous);
    for (size_t i = 0; i < NUMBERS; i++) {
        *at++ = ' ';
        at += rs_i64_text(number[i], at);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        *at++ = ' ';
        at += rs_i64_text((int64_t)text[i].n, at);
        *at++ = ':';
        at = put_text(at, text[i]);
    }
    return (struct rs_str){p, (size_t)(at - p)};
}
