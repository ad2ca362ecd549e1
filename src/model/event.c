/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, subjects and facts of events. */
#include "model/event.h"

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
    {"experiment.updated", RS_EVENT_EXPERIMENT_UPDATED},
    {"experiment.deleted", RS_EVENT_EXPERIMENT_DELETED},
    {"experiment.restored", RS_EVENT_EXPERIMENT_RESTORED},
    {"run.created", RS_EVENT_RUN_CREATED},
    {"run.updated", RS_EVENT_RUN_UPDATED},
    {"run.deleted", RS_EVENT_RUN_DELETED},
    {"run.restored", RS_EVENT_RUN_RESTORED},
    {"logged_model.created", RS_EVENT_LOGGED_MODEL_CREATED},
    {"logged_model.updated", RS_EVENT_LOGGED_MODEL_UPDATED},
    {"logged_model.deleted", RS_EVENT_LOGGED_MODEL_DELETED},
    {NULL, 0},
};

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
    const struct rs_fact *fact = facts->p;
    struct rs_str text = RS_STR("");

    for (size_t i = 0; i < facts->n; i++) {
        const struct rs_str name = rs_uri_encode(a, fact[i].name, "");
        const struct rs_str value = rs_uri_encode(a, fact[i].value, "");

        text = rs_arena_fmt(a, RS_FMT "%s" RS_FMT "=" RS_FMT, RS_ARG(text), i > 0 ? "&" : "",
                            RS_ARG(name), RS_ARG(value));
    }
    return text;
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

struct rs_str rs_event_digest_text(struct rs_arena *a, struct rs_str previous,
                                   const struct rs_event *e)
{
    return rs_arena_fmt(a,
                        RS_FMT " %lld %lld %lld %lld %zu:" RS_FMT " %zu:" RS_FMT " %zu:" RS_FMT
                               " %zu:" RS_FMT " %zu:" RS_FMT,
                        RS_ARG(previous), (long long)e->seq, (long long)e->at, (long long)e->model,
                        (long long)e->group, e->actor.n, RS_ARG(e->actor), e->kind.n,
                        RS_ARG(e->kind), e->subject.n, RS_ARG(e->subject), e->before.n,
                        RS_ARG(e->before), e->after.n, RS_ARG(e->after));
}
