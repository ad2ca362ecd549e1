/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of the registry. */
#include "service/registry_facts.h"

struct rs_str rs_tag_fact(struct rs_arena *a, struct rs_str key)
{
    return rs_arena_fmt(a, "tag." RS_FMT, RS_ARG(key));
}

struct rs_str rs_number_fact(struct rs_arena *a, int64_t n)
{
    return rs_arena_fmt(a, "%lld", (long long)n);
}

static struct rs_str or_empty(struct rs_str s)
{
    return s.p != NULL ? s : RS_STR("");
}

/* `own`, and a fact for each tag. */
static struct rs_list with_tags(struct rs_arena *a, const struct rs_fact *own, size_t n,
                                const struct rs_list *tags)
{
    struct rs_fact *fact = RS_NEW_N(a, struct rs_fact, n + tags->n);
    const struct rs_tag *tag = tags->p;

    memcpy(fact, own, n * sizeof *fact);
    for (size_t i = 0; i < tags->n; i++) {
        fact[n + i] = (struct rs_fact){rs_tag_fact(a, tag[i].key), or_empty(tag[i].value)};
    }
    return RS_LIST(fact, n + tags->n);
}

struct rs_list rs_model_facts(struct rs_arena *a, const struct rs_registered_model_ref *model,
                              const struct rs_list *tags)
{
    const struct rs_fact own[] = {
        {RS_STR("name"), model->name},
        {RS_STR("description"), or_empty(model->description)},
        {RS_STR("creation_time"), rs_number_fact(a, model->creation_time)},
    };

    return with_tags(a, own, sizeof own / sizeof own[0], tags);
}

struct rs_list rs_version_facts(struct rs_arena *a, const struct rs_model_version_row *v,
                                const struct rs_list *tags)
{
    const struct rs_fact own[] = {
        {RS_STR("version"), rs_number_fact(a, v->version)},
        {RS_STR("stage"), rs_model_stage_text(v->stage)},
        {RS_STR("description"), or_empty(v->description)},
        {RS_STR("source"), or_empty(v->source)},
        {RS_STR("storage_location"), or_empty(v->storage_location)},
        {RS_STR("run_id"), or_empty(v->run_id)},
        {RS_STR("run_link"), or_empty(v->run_link)},
        {RS_STR("model_id"), or_empty(v->model_id)},
        {RS_STR("creation_time"), rs_number_fact(a, v->creation_time)},
    };

    return with_tags(a, own, sizeof own / sizeof own[0], tags);
}

enum rs_code rs_record_tag(struct rs_cx *cx, struct rs_recorder *r, const struct rs_tag_change *t)
{
    const struct rs_str name = rs_tag_fact(cx->arena, t->key);
    struct rs_happening h = {.kind = t->kind, .subject = t->subject, .model = t->model};
    struct rs_fact before = {name, t->before};
    struct rs_fact after = {name, t->after};

    if (t->before.p == NULL ? t->after.p == NULL
                            : t->after.p != NULL && rs_str_eq(t->before, t->after)) {
        return RS_OK;
    }
    h.before = RS_LIST(&before, t->before.p != NULL);
    h.after = RS_LIST(&after, t->after.p != NULL);
    return rs_record(cx, r, &h);
}
