/* SPDX-License-Identifier: Apache-2.0 */
/* Notices out of events. */
#include "service/webhook_notice.h"

#include "base/digest.h"
#include "base/uuid.h"
#include "model/prompt.h"
#include "store/event.h"
#include "store/logged_model.h"
#include "store/model_version.h"
#include "store/run.h"

#define PROMPT_TYPE_TAG RS_STR("_mlflow_prompt_type")

static const struct rs_str TAG = RS_STR_INIT("tag.");

/* The tags among facts. */
static struct rs_list tags_of(struct rs_arena *a, const struct rs_list *facts)
{
    struct rs_tag *tag = RS_NEW_N(a, struct rs_tag, facts->n);
    const struct rs_fact *fact = facts->p;
    size_t n = 0;

    for (size_t i = 0; i < facts->n; i++) {
        if (rs_str_starts(fact[i].name, TAG)) {
            tag[n++] = (struct rs_tag){rs_str_from(fact[i].name, TAG.n), fact[i].value};
        }
    }
    return RS_LIST(tag, n);
}

/* Without those by which MLflow knows a prompt; its text becomes the template. */
static void keep_own_tags(struct rs_webhook_notice *n)
{
    struct rs_tag *tag = n->tags.p;
    size_t kept = 0;

    for (size_t i = 0; i < n->tags.n; i++) {
        if (rs_str_eq(tag[i].key, RS_PROMPT_TEXT_TAG)) {
            n->template = tag[i].value;
        } else if (!rs_str_eq(tag[i].key, RS_PROMPT_TAG) &&
                   !rs_str_eq(tag[i].key, PROMPT_TYPE_TAG)) {
            tag[kept++] = tag[i];
        }
    }
    n->tags.n = kept;
}

/* What a model was made as: the first event of its row says it, also when it is gone. */
static enum rs_code is_of_prompt(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                                 bool *is_prompt)
{
    const struct rs_event_range first = {.model = e->model, .limit = 1};
    struct rs_list events;
    struct rs_list facts;

    *is_prompt = false;
    if (e->model == 0) {
        return RS_OK;
    }
    RS_TRY(rs_store_events_read(cx, s, &first, &events));
    if (events.n > 0) {
        RS_TRY(rs_facts_read(cx, ((const struct rs_event *)events.p)->after, &facts));
        const struct rs_list tags = tags_of(cx->arena, &facts);
        *is_prompt = rs_tags_make_prompt(&tags);
    }
    return RS_OK;
}

static void read_subject(struct rs_str subject, struct rs_webhook_notice *n)
{
    const struct rs_noun noun = rs_noun_of(subject);

    n->name = noun.model;
    if (noun.id.n > 0) {
        *(rs_str_is(noun.kind, "aliases") ? &n->alias : &n->version) = noun.id;
    }
}

/* A thing that is gone by now is no error here: only an engine that fails is. */
static enum rs_code or_gone(struct rs_cx *cx, enum rs_code code)
{
    if (code == RS_NOT_FOUND || code == RS_INVALID) {
        rs_cx_clear(cx);
        return RS_OK;
    }
    return code;
}

static enum rs_code add_origin_of_model(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_webhook_notice *n)
{
    struct rs_logged_model_ref ref = {0};
    struct rs_logged_model whole = {0};

    RS_TRY(or_gone(cx, rs_store_logged_model_find(cx, s, n->model_id, &ref)));
    if (ref.id == 0) {
        return RS_OK;
    }
    RS_TRY(rs_store_logged_models_load(cx, s, &ref.id, 1, &whole));
    const struct rs_logged_model_info *info = whole.info.p;
    n->experiment_id = info->experiment_id;
    return RS_OK;
}

/* Which experiment a version is from. Of other events than its making, the row says its run. */
static enum rs_code add_origin(struct rs_cx *cx, struct rs_store *s, struct rs_webhook_notice *n)
{
    struct rs_registered_model_ref model = {0};
    struct rs_model_version_row row = {0};
    struct rs_run_ref run = {0};
    int64_t number = 0;

    if (n->source.p == NULL && n->version.n > 0 && rs_str_to_i64(n->version, &number)) {
        RS_TRY(rs_store_registered_model_look(cx, s, n->name, &model));
        if (model.id != 0) {
            RS_TRY(or_gone(cx, rs_store_model_version_find(cx, s, &model, number, &row)));
        }
    }
    const struct rs_str run_id = n->run_id.n > 0 ? n->run_id : row.run_id;
    if (n->model_id.n == 0) {
        n->model_id = row.model_id;
    }
    if (run_id.n > 0) {
        RS_TRY(or_gone(cx, rs_store_run_find(cx, s, run_id, &run)));
        if (run.id != 0) {
            n->experiment_id = rs_arena_i64(cx->arena, run.experiment);
            return RS_OK;
        }
    }
    return n->model_id.n > 0 ? add_origin_of_model(cx, s, n) : RS_OK;
}

static void add_facts(struct rs_arena *a, const struct rs_list *before, const struct rs_list *after,
                      struct rs_webhook_notice *n)
{
    const bool is_set = n->event.action.v == RS_HOOK_SET;
    const struct rs_list tags = tags_of(a, n->event.action.v == RS_HOOK_DELETED ? before : after);
    const struct rs_tag *tag = tags.p;

    n->tags = tags;
    n->description = rs_fact_of(after, RS_STR("description"));
    n->source = rs_fact_of(after, RS_STR("source"));
    n->run_id = rs_fact_of(after, RS_STR("run_id"));
    n->model_id = rs_fact_of(after, RS_STR("model_id"));
    if (rs_fact_of(after, RS_STR("version")).p != NULL) {
        n->version = rs_fact_of(after, RS_STR("version"));
    }
    if (tags.n > 0) {
        n->key = tag[0].key;
        n->value = is_set ? tag[0].value : (struct rs_str){0};
    }
}

enum rs_code rs_webhook_notice_of(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                                  struct rs_webhook_notice *out)
{
    struct rs_list before;
    struct rs_list after;
    bool is_prompt = false;

    *out = (struct rs_webhook_notice){.at = e->at};
    if (!rs_webhook_event_of(e->kind, true).entity.is_set) {
        return RS_OK;
    }
    RS_TRY(is_of_prompt(cx, s, e, &is_prompt));
    out->event = rs_webhook_event_of(e->kind, is_prompt);
    if (!out->event.entity.is_set) {
        return RS_OK;
    }
    RS_TRY(rs_facts_read(cx, e->before, &before));
    RS_TRY(rs_facts_read(cx, e->after, &after));
    read_subject(e->subject, out);
    add_facts(cx->arena, &before, &after, out);
    if (is_prompt) {
        keep_own_tags(out);
        return RS_OK;
    }
    return add_origin(cx, s, out);
}

struct rs_webhook_notice rs_webhook_notice_example(const struct rs_webhook_event *event)
{
    static struct rs_tag tag = {RS_STR_INIT("example_key"), RS_STR_INIT("example_value")};
    const bool is_prompt = event->entity.v >= RS_HOOK_PROMPT;

    return (struct rs_webhook_notice){
        .event = *event,
        .name = is_prompt ? RS_STR("example_prompt") : RS_STR("example_model"),
        .version = RS_STR("1"),
        .alias = RS_STR("example_alias"),
        .key = tag.key,
        .value = tag.value,
        .source = RS_STR("models:/123"),
        .run_id = RS_STR("abcd1234abcd5678"),
        .template = RS_STR("Hello {{name}}!"),
        .description = is_prompt ? RS_STR("An example prompt") : RS_STR("An example model"),
        .tags = RS_LIST(&tag, 1)};
}

struct rs_str rs_delivery_uuid(struct rs_arena *a, struct rs_str webhook_id, int64_t seq)
{
    const struct rs_str text = rs_arena_fmt(a, RS_FMT " %lld", RS_ARG(webhook_id), (long long)seq);
    unsigned char sum[RS_SHA256_LEN];

    rs_sha256(text, sum);
    return rs_uuid_of(a, sum);
}
