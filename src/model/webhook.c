/* SPDX-License-Identifier: Apache-2.0 */
/* Names, pairs and matches of webhooks. */
#include "model/webhook.h"

enum { NAME_MAX_CHARS = 63, EVENTS_MAX = 100 };

const struct rs_enum_name rs_webhook_entity_names[] = {
    {"REGISTERED_MODEL", RS_HOOK_REGISTERED_MODEL},
    {"MODEL_VERSION", RS_HOOK_MODEL_VERSION},
    {"MODEL_VERSION_TAG", RS_HOOK_MODEL_VERSION_TAG},
    {"MODEL_VERSION_ALIAS", RS_HOOK_MODEL_VERSION_ALIAS},
    {"PROMPT", RS_HOOK_PROMPT},
    {"PROMPT_VERSION", RS_HOOK_PROMPT_VERSION},
    {"PROMPT_TAG", RS_HOOK_PROMPT_TAG},
    {"PROMPT_VERSION_TAG", RS_HOOK_PROMPT_VERSION_TAG},
    {"PROMPT_ALIAS", RS_HOOK_PROMPT_ALIAS},
    {"BUDGET_POLICY", RS_HOOK_BUDGET_POLICY},
    {NULL, 0},
};

const struct rs_enum_name rs_webhook_action_names[] = {
    {"CREATED", RS_HOOK_CREATED}, {"UPDATED", RS_HOOK_UPDATED},   {"DELETED", RS_HOOK_DELETED},
    {"SET", RS_HOOK_SET},         {"EXCEEDED", RS_HOOK_EXCEEDED}, {NULL, 0},
};

const struct rs_enum_name rs_webhook_status_names[] = {
    {"ACTIVE", RS_WEBHOOK_ACTIVE}, {"DISABLED", RS_WEBHOOK_DISABLED}, {NULL, 0}};

const struct rs_fields rs_webhook_event_fields = RS_FIELDS(
    struct rs_webhook_event,
    RS_FIELD_ENUM(struct rs_webhook_event, entity, 0, rs_webhook_entity_names),
    RS_FIELD_ENUM(struct rs_webhook_event, action, 0, rs_webhook_action_names));

const struct rs_fields rs_webhook_fields = RS_FIELDS(
    struct rs_webhook, RS_FIELD(struct rs_webhook, webhook_id, 0),
    RS_FIELD(struct rs_webhook, name, 0), RS_FIELD(struct rs_webhook, description, 0),
    RS_FIELD(struct rs_webhook, url, 0),
    RS_FIELD_OF(struct rs_webhook, events, 0, &rs_webhook_event_fields),
    RS_FIELD_ENUM(struct rs_webhook, status, 0, rs_webhook_status_names),
    RS_FIELD(struct rs_webhook, creation_timestamp, 0),
    RS_FIELD(struct rs_webhook, last_updated_timestamp, 0));

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

enum rs_code rs_webhook_name_check(struct rs_cx *cx, struct rs_str name)
{
    bool is_right = name.n > 0 && name.n <= NAME_MAX_CHARS && is_alnum(name.p[0]) &&
                    is_alnum(name.p[name.n - 1]);

    for (size_t i = 0; is_right && i < name.n; i++) {
        is_right = is_alnum(name.p[i]) || name.p[i] == '.' || name.p[i] == '_' || name.p[i] == '-';
    }
    if (is_right) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Webhook name '" RS_FMT "' is invalid. It must start and end with a letter or "
                   "digit, be less than 63 characters long, and contain only letters, digits, dots "
                   "(.), underscores (_), and hyphens (-).",
                   RS_ARG(name));
}

/* A bit an action that an entity may have. */
static unsigned actions_of(int entity)
{
    switch (entity) {
    case RS_HOOK_REGISTERED_MODEL:
    case RS_HOOK_MODEL_VERSION:
    case RS_HOOK_PROMPT:
    case RS_HOOK_PROMPT_VERSION:
        return 1u << RS_HOOK_CREATED;
    case RS_HOOK_MODEL_VERSION_TAG:
    case RS_HOOK_PROMPT_TAG:
    case RS_HOOK_PROMPT_VERSION_TAG:
        return 1u << RS_HOOK_SET | 1u << RS_HOOK_DELETED;
    case RS_HOOK_MODEL_VERSION_ALIAS:
    case RS_HOOK_PROMPT_ALIAS:
        return 1u << RS_HOOK_CREATED | 1u << RS_HOOK_DELETED;
    case RS_HOOK_BUDGET_POLICY:
        return 1u << RS_HOOK_EXCEEDED;
    default:
        return 0;
    }
}

enum rs_code rs_webhook_event_check(struct rs_cx *cx, const struct rs_webhook_event *event)
{
    if (!event->entity.is_set || !event->action.is_set) {
        return rs_fail(cx, RS_INVALID,
                       "Webhook events must have an entity and an action that are known, such as "
                       "MODEL_VERSION and CREATED.");
    }
    if ((actions_of(event->entity.v) >> event->action.v & 1u) != 0) {
        return RS_OK;
    }
    const char *entity = rs_enum_name(rs_webhook_entity_names, event->entity.v);
    const char *action = rs_enum_name(rs_webhook_action_names, event->action.v);
    return rs_fail(cx, RS_INVALID, "Invalid action '%s' for entity '%s'.",
                   action != NULL ? action : "", entity != NULL ? entity : "");
}

enum rs_code rs_webhook_events_check(struct rs_cx *cx, const struct rs_list *events)
{
    const struct rs_webhook_event *event = events->p;

    if (events->n == 0 || events->n > EVENTS_MAX) {
        return rs_fail(cx, RS_INVALID,
                       "Webhook events must be a non-empty list of at most %d events.", EVENTS_MAX);
    }
    for (size_t i = 0; i < events->n; i++) {
        RS_TRY(rs_webhook_event_check(cx, &event[i]));
    }
    return RS_OK;
}

bool rs_webhook_events_have(const struct rs_list *events, const struct rs_webhook_event *event)
{
    const struct rs_webhook_event *all = events->p;
    size_t i = 0;

    while (i < events->n &&
           (all[i].entity.v != event->entity.v || all[i].action.v != event->action.v)) {
        i++;
    }
    return i < events->n;
}

struct rs_webhook_event rs_webhook_event_of(struct rs_str kind, bool is_prompt)
{
    static const struct {
        enum rs_event_kind kind;
        int action;
        int entity[2]; /* of a model; of a prompt */
    } words[] = {
        {RS_EVENT_MODEL_CREATED, RS_HOOK_CREATED, {RS_HOOK_REGISTERED_MODEL, RS_HOOK_PROMPT}},
        {RS_EVENT_MODEL_TAG_SET, RS_HOOK_SET, {0, RS_HOOK_PROMPT_TAG}},
        {RS_EVENT_MODEL_TAG_DELETED, RS_HOOK_DELETED, {0, RS_HOOK_PROMPT_TAG}},
        {RS_EVENT_VERSION_CREATED,
         RS_HOOK_CREATED,
         {RS_HOOK_MODEL_VERSION, RS_HOOK_PROMPT_VERSION}},
        {RS_EVENT_VERSION_TAG_SET,
         RS_HOOK_SET,
         {RS_HOOK_MODEL_VERSION_TAG, RS_HOOK_PROMPT_VERSION_TAG}},
        {RS_EVENT_VERSION_TAG_DELETED,
         RS_HOOK_DELETED,
         {RS_HOOK_MODEL_VERSION_TAG, RS_HOOK_PROMPT_VERSION_TAG}},
        {RS_EVENT_ALIAS_SET, RS_HOOK_CREATED, {RS_HOOK_MODEL_VERSION_ALIAS, RS_HOOK_PROMPT_ALIAS}},
        {RS_EVENT_ALIAS_DELETED,
         RS_HOOK_DELETED,
         {RS_HOOK_MODEL_VERSION_ALIAS, RS_HOOK_PROMPT_ALIAS}},
    };
    int number = 0;

    if (rs_enum_value(rs_event_kind_names, kind, &number)) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            if ((int)words[i].kind == number && words[i].entity[is_prompt] != 0) {
                return (struct rs_webhook_event){RS_SOME_ENUM(words[i].entity[is_prompt]),
                                                 RS_SOME_ENUM(words[i].action)};
            }
        }
    }
    return (struct rs_webhook_event){{0}, {0}};
}
