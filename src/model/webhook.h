/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: who is told of what. Pure. May be included by model, store, service and api. Rules:
 * mlflow/entities/webhook.py and mlflow/utils/validation.py. */
#ifndef RS_MODEL_WEBHOOK_H
#define RS_MODEL_WEBHOOK_H

#include "base/cx.h"
#include "model/event.h"
#include "model/field.h"

/* MLflow's numbers. */
enum rs_webhook_entity {
    RS_HOOK_REGISTERED_MODEL = 1,
    RS_HOOK_MODEL_VERSION,
    RS_HOOK_MODEL_VERSION_TAG,
    RS_HOOK_MODEL_VERSION_ALIAS,
    RS_HOOK_PROMPT,
    RS_HOOK_PROMPT_VERSION,
    RS_HOOK_PROMPT_TAG,
    RS_HOOK_PROMPT_VERSION_TAG,
    RS_HOOK_PROMPT_ALIAS,
    RS_HOOK_BUDGET_POLICY, /* nothing of ours makes such an event */
};

enum rs_webhook_action {
    RS_HOOK_CREATED = 1,
    RS_HOOK_UPDATED,
    RS_HOOK_DELETED,
    RS_HOOK_SET,
    RS_HOOK_EXCEEDED,
};

enum rs_webhook_status { RS_WEBHOOK_ACTIVE = 1, RS_WEBHOOK_DISABLED };

extern const struct rs_enum_name rs_webhook_entity_names[];
extern const struct rs_enum_name rs_webhook_action_names[];
extern const struct rs_enum_name rs_webhook_status_names[];

struct rs_webhook_event {
    struct rs_opt_enum entity;
    struct rs_opt_enum action;
};
extern const struct rs_fields rs_webhook_event_fields;

/* Members in the order of the wire. The secret is never among them. */
struct rs_webhook {
    struct rs_str webhook_id; /* a UUID with dashes */
    struct rs_str name;
    struct rs_str description; /* absent when there is none */
    struct rs_str url;
    struct rs_list events; /* of struct rs_webhook_event */
    struct rs_opt_enum status;
    int64_t creation_timestamp; /* ms since the epoch, as the next */
    int64_t last_updated_timestamp;
};
extern const struct rs_fields rs_webhook_fields;

/* RS_INVALID on a name that MLflow refuses. */
enum rs_code rs_webhook_name_check(struct rs_cx *cx, struct rs_str name);

/* RS_INVALID on an empty list and on a pair that MLflow does not know. */
enum rs_code rs_webhook_event_check(struct rs_cx *cx, const struct rs_webhook_event *event);
enum rs_code rs_webhook_events_check(struct rs_cx *cx, const struct rs_list *events);

/* Whether an event is in a list. */
bool rs_webhook_events_have(const struct rs_list *events, const struct rs_webhook_event *event);

/* What MLflow calls an event of ours about a model or a prompt; entity is not set when it has no
 * word for it. */
struct rs_webhook_event rs_webhook_event_of(struct rs_str kind, bool is_prompt);

#endif
