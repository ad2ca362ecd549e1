/* SPDX-License-Identifier: Apache-2.0 */
/* What was so at a time, and who made it so. */
#include "api/native/history.h"

#include "api/condition.h"
#include "api/native/event_json.h"
#include "service/history.h"

const struct rs_fields rs_model_then_fields = RS_FIELDS(struct rs_model_then,
                                                        RS_FIELD(struct rs_model_then, name, 0),
                                                        RS_FIELD(struct rs_model_then, as_of, 0));

const struct rs_fields rs_version_then_fields = RS_FIELDS(
    struct rs_version_then, RS_FIELD(struct rs_version_then, name, 0),
    RS_FIELD(struct rs_version_then, version, 0), RS_FIELD(struct rs_version_then, as_of, 0));

const struct rs_fields rs_alias_then_fields = RS_FIELDS(
    struct rs_alias_then, RS_FIELD(struct rs_alias_then, name, 0),
    RS_FIELD(struct rs_alias_then, alias, 0), RS_FIELD(struct rs_alias_then, as_of, 0));

const struct rs_fields rs_stage_then_fields = RS_FIELDS(
    struct rs_stage_then, RS_FIELD(struct rs_stage_then, name, 0),
    RS_FIELD(struct rs_stage_then, stage, 0), RS_FIELD(struct rs_stage_then, as_of, 0));

const struct rs_fields rs_history_asked_fields = RS_FIELDS(
    struct rs_history_asked, RS_FIELD(struct rs_history_asked, name, 0),
    RS_FIELD(struct rs_history_asked, alias, 0), RS_FIELD(struct rs_history_asked, limit, 0),
    RS_FIELD(struct rs_history_asked, before, 0), RS_FIELD(struct rs_history_asked, after, 0));

const struct rs_fields rs_model_was_fields = RS_FIELDS(
    struct rs_model_was, RS_FIELD(struct rs_model_was, model, 0),
    RS_FIELD(struct rs_model_was, seq, 0), RS_FIELD(struct rs_model_was, facts, RS_VERBATIM),
    RS_FIELD(struct rs_model_was, event, RS_VERBATIM));

const struct rs_fields rs_version_was_fields = RS_FIELDS(
    struct rs_version_was, RS_FIELD(struct rs_version_was, model, 0),
    RS_FIELD(struct rs_version_was, version, 0), RS_FIELD(struct rs_version_was, seq, 0),
    RS_FIELD(struct rs_version_was, facts, RS_VERBATIM),
    RS_FIELD(struct rs_version_was, aliases, RS_EMPTY_TOO),
    RS_FIELD(struct rs_version_was, event, RS_VERBATIM));

const struct rs_fields rs_alias_was_fields = RS_FIELDS(
    struct rs_alias_was, RS_FIELD(struct rs_alias_was, model, 0),
    RS_FIELD(struct rs_alias_was, alias, 0), RS_FIELD(struct rs_alias_was, version, 0),
    RS_FIELD(struct rs_alias_was, seq, 0), RS_FIELD(struct rs_alias_was, event, RS_VERBATIM));

static const struct rs_fields staged_version_fields = RS_FIELDS(
    struct rs_staged_version, RS_FIELD(struct rs_staged_version, version, 0),
    RS_FIELD(struct rs_staged_version, event, RS_VERBATIM));

const struct rs_fields rs_stage_was_fields = RS_FIELDS(
    struct rs_stage_was, RS_FIELD(struct rs_stage_was, model, 0),
    RS_FIELD(struct rs_stage_was, stage, 0), RS_FIELD(struct rs_stage_was, seq, 0),
    RS_FIELD_OF(struct rs_stage_was, versions, 0, &staged_version_fields));

const struct rs_fields rs_history_told_fields = RS_FIELDS(
    struct rs_history_told, RS_FIELD(struct rs_history_told, events, RS_VERBATIM),
    RS_FIELD(struct rs_history_told, next_before, 0));

static enum rs_code event_text(struct rs_cx *cx, const struct rs_event *e, struct rs_str *out)
{
    struct rs_buf b = {.max = RS_REPLY_MAX};
    const enum rs_code code = rs_event_json(&b, cx, e);

    *out = rs_buf_text(&b, cx->arena);
    return code;
}

static struct rs_str facts_text(struct rs_arena *a, const struct rs_list *facts)
{
    struct rs_buf b = {.max = RS_REPLY_MAX};

    rs_facts_json(&b, facts);
    return rs_buf_text(&b, a);
}

enum rs_code rs_get_model_then(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_model_then *q = request;
    struct rs_model_was *out = reply;
    struct rs_past_model found;
    struct rs_past past;

    RS_TRY(rs_past_find(c->cx, c->store, q->name, q->as_of, &past));
    RS_TRY(rs_past_model(c->cx, c->store, &past, &found));
    out->model = past.name;
    out->seq = past.seq;
    out->facts = facts_text(c->cx->arena, &found.facts);
    return event_text(c->cx, &found.event, &out->event);
}

enum rs_code rs_get_version_then(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_version_then *q = request;
    struct rs_version_was *out = reply;
    struct rs_past_version found;
    struct rs_past past;
    int64_t version = 0;

    RS_TRY(rs_model_version_parse(c->cx, q->version, &version));
    RS_TRY(rs_past_find(c->cx, c->store, q->name, q->as_of, &past));
    RS_TRY(rs_past_version(c->cx, c->store, &past, version, &found));
    out->model = past.name;
    out->version = rs_arena_i64(c->cx->arena, version);
    out->seq = past.seq;
    out->facts = facts_text(c->cx->arena, &found.facts);
    out->aliases = found.aliases;
    return event_text(c->cx, &found.event, &out->event);
}

enum rs_code rs_get_alias_then(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_alias_then *q = request;
    struct rs_alias_was *out = reply;
    struct rs_past_place found;
    struct rs_past past;

    RS_TRY(rs_past_find(c->cx, c->store, q->name, q->as_of, &past));
    RS_TRY(rs_past_alias(c->cx, c->store, &past, q->alias, &found));
    out->model = past.name;
    out->alias = q->alias;
    out->version = rs_arena_i64(c->cx->arena, found.version);
    out->seq = past.seq;
    rs_call_set_etag(c, rs_versions_etag(c->cx->arena, &found.version, 1));
    return event_text(c->cx, &found.event, &out->event);
}

enum rs_code rs_get_stage_then(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_stage_then *q = request;
    struct rs_stage_was *out = reply;
    enum rs_model_stage stage;
    struct rs_list found;
    struct rs_past past;

    RS_TRY(rs_model_stage_parse(c->cx, q->stage, &stage));
    RS_TRY(rs_past_find(c->cx, c->store, q->name, q->as_of, &past));
    RS_TRY(rs_past_stage(c->cx, c->store, &past, stage, &found));
    const struct rs_past_place *place = found.p;
    struct rs_staged_version *version = RS_NEW_N(c->cx->arena, struct rs_staged_version, found.n);
    int64_t *number = RS_NEW_N(c->cx->arena, int64_t, found.n);
    for (size_t i = 0; i < found.n; i++) {
        number[i] = place[i].version;
        version[i].version = rs_arena_i64(c->cx->arena, place[i].version);
        RS_TRY(event_text(c->cx, &place[i].event, &version[i].event));
    }
    out->model = past.name;
    out->stage = rs_model_stage_text(stage);
    out->seq = past.seq;
    out->versions = RS_LIST(version, found.n);
    rs_call_set_etag(c, rs_versions_etag(c->cx->arena, number, found.n));
    return RS_OK;
}

static enum rs_code read_range(struct rs_cx *cx, const struct rs_history_asked *q,
                               struct rs_history_range *out)
{
    const int64_t limit = q->limit.is_set ? q->limit.v : RS_HISTORY_DEFAULT;

    if (limit < 1 || limit > RS_HISTORY_MAX) {
        return rs_fail(cx, RS_INVALID, "could not read a history: limit is 1 to %d, not %lld",
                       (int)RS_HISTORY_MAX, (long long)limit);
    }
    if ((q->before.is_set && q->before.v < 1) || q->after.v < 0) {
        return rs_fail(cx, RS_INVALID,
                       "could not read a history: before and after are numbers of events");
    }
    *out = (struct rs_history_range){
        .alias = q->alias, .after = q->after.v, .before = q->before.v, .limit = (size_t)limit};
    return RS_OK;
}

enum rs_code rs_get_history(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_history_asked *q = request;
    struct rs_history_told *out = reply;
    struct rs_history_range range;
    struct rs_history_page page;
    struct rs_past past;

    RS_TRY(read_range(c->cx, q, &range));
    RS_TRY(rs_past_find(c->cx, c->store, q->name, (struct rs_str){0}, &past));
    RS_TRY(rs_history_read(c->cx, c->store, &past, &range, &page));
    out->next_before = (struct rs_opt_i64){page.next, page.next != 0};
    return rs_events_text(c->cx, &page.events, &out->events);
}
