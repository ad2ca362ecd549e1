/* SPDX-License-Identifier: Apache-2.0 */
/* From what happened to a row of the log. */
#include "service/events.h"

#include "store/event.h"

enum rs_code rs_record(struct rs_cx *cx, struct rs_recorder *r, const struct rs_happening *h)
{
    struct rs_event event = {
        .actor = cx->principal.p != NULL ? cx->principal : RS_STR("anonymous"),
        .kind = rs_str_of(rs_enum_name(rs_event_kind_names, (int)h->kind)),
        .subject = h->subject,
        .model = h->model,
        .before = rs_facts_text(cx->arena, &h->before),
        .after = rs_facts_text(cx->arena, &h->after),
        .group = r->group,
    };

    RS_TRY(rs_store_event_append(cx, r->store, &event));
    r->group = event.group;
    return RS_OK;
}

struct rs_str rs_fact_value(struct rs_str s)
{
    return s.p != NULL ? s : RS_STR("");
}

struct rs_str rs_tag_fact(struct rs_arena *a, struct rs_str key)
{
    return rs_arena_fmt(a, "tag." RS_FMT, RS_ARG(key));
}

struct rs_list rs_facts_with_tags(struct rs_arena *a, const struct rs_fact *own, size_t n,
                                  const struct rs_list *tags)
{
    struct rs_fact *fact = RS_NEW_N(a, struct rs_fact, n + tags->n);
    const struct rs_tag *tag = tags->p;

    memcpy(fact, own, n * sizeof *fact);
    for (size_t i = 0; i < tags->n; i++) {
        fact[n + i] = (struct rs_fact){rs_tag_fact(a, tag[i].key), rs_fact_value(tag[i].value)};
    }
    return RS_LIST(fact, n + tags->n);
}

enum rs_code rs_record_tag(struct rs_cx *cx, struct rs_recorder *r, const struct rs_tag_change *t)
{
    const struct rs_str name = rs_tag_fact(cx->arena, t->key);
    struct rs_happening h = {.kind = t->kind, .subject = t->subject, .model = t->model};
    struct rs_fact before = {name, t->before};
    struct rs_fact after = {name, t->after};

    if (rs_str_same(t->before, t->after)) {
        return RS_OK;
    }
    h.before = RS_LIST(&before, t->before.p != NULL);
    h.after = RS_LIST(&after, t->after.p != NULL);
    return rs_record(cx, r, &h);
}
