/* SPDX-License-Identifier: Apache-2.0 */
/* Which members an event has is a table: MLflow writes some that are not known as null and leaves
 * none of its own out. */
#include "api/mlflow/webhook_payload.h"

#include <ctype.h>
#include <time.h>

#include "api/json_out.h"

enum { PAYLOAD_MAX = 16 << 20 };

enum member {
    VERSION = 1,
    SOURCE = 2,
    RUN_ID = 4,
    TEMPLATE = 8,
    KEY = 16,
    VALUE = 32,
    ALIAS = 64,
    TAGS = 128,
    DESCRIPTION = 256,
};

static unsigned members_of(const struct rs_webhook_event *e)
{
    const bool is_set = e->action.v == RS_HOOK_SET;

    switch (e->entity.v) {
    case RS_HOOK_REGISTERED_MODEL:
    case RS_HOOK_PROMPT:
        return TAGS | DESCRIPTION;
    case RS_HOOK_MODEL_VERSION:
        return VERSION | SOURCE | RUN_ID | TAGS | DESCRIPTION;
    case RS_HOOK_PROMPT_VERSION:
        return VERSION | TEMPLATE | TAGS | DESCRIPTION;
    case RS_HOOK_PROMPT_TAG:
        return KEY | (is_set ? VALUE : 0u);
    case RS_HOOK_MODEL_VERSION_TAG:
    case RS_HOOK_PROMPT_VERSION_TAG:
        return VERSION | KEY | (is_set ? VALUE : 0u);
    case RS_HOOK_MODEL_VERSION_ALIAS:
    case RS_HOOK_PROMPT_ALIAS:
        return ALIAS | (e->action.v == RS_HOOK_CREATED ? VERSION : 0u);
    default:
        return 0;
    }
}

static void put_lower(struct rs_buf *out, const char *name)
{
    rs_buf_putc(out, '"');
    for (; *name != '\0'; name++) {
        rs_buf_putc(out, (char)tolower((unsigned char)*name));
    }
    rs_buf_putc(out, '"');
}

/* In UTC, as Python's isoformat() writes it. */
static void put_time(struct rs_buf *out, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    char text[32] = "";
    struct tm utc;

    gmtime_r(&seconds, &utc);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    rs_buf_fmt(out, "\"%s.%03d000+00:00\"", text, (int)(ms % 1000));
}

/* One of MLflow's own members; empty ones are null, as there. */
static void put_member(struct rs_buf *out, const char *name, struct rs_str value)
{
    rs_buf_fmt(out, ", \"%s\": ", name);
    if (value.n > 0) {
        rs_json_string(out, value);
    } else {
        RS_BUF_LIT(out, "null");
    }
}

static void put_tags(struct rs_buf *out, const struct rs_list *tags)
{
    const struct rs_tag *tag = tags->p;

    RS_BUF_LIT(out, ", \"tags\": {");
    for (size_t i = 0; i < tags->n; i++) {
        if (i > 0) {
            RS_BUF_LIT(out, ", ");
        }
        rs_json_string(out, tag[i].key);
        RS_BUF_LIT(out, ": ");
        rs_json_string(out, tag[i].value.p != NULL ? tag[i].value : RS_STR(""));
    }
    rs_buf_putc(out, '}');
}

static void put_data(struct rs_buf *out, const struct rs_webhook_notice *n)
{
    const struct {
        enum member member;
        const char *name;
        struct rs_str value;
    } texts[] = {
        {VERSION, "version", n->version},
        {SOURCE, "source", n->source},
        {RUN_ID, "run_id", n->run_id},
        {TEMPLATE, "template", n->template},
        {ALIAS, "alias", n->alias},
        {KEY, "key", n->key},
        {DESCRIPTION, "description", n->description},
    };
    const unsigned members = members_of(&n->event);

    RS_BUF_LIT(out, "{\"name\": ");
    rs_json_string(out, n->name);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if ((members & texts[i].member) != 0) {
            put_member(out, texts[i].name, texts[i].value);
        }
    }
    if ((members & VALUE) != 0) {
        RS_BUF_LIT(out, ", \"value\": ");
        rs_json_string(out, n->value.p != NULL ? n->value : RS_STR(""));
    }
    if ((members & TAGS) != 0) {
        put_tags(out, &n->tags);
    }
    if (n->experiment_id.n > 0) {
        put_member(out, "experiment_id", n->experiment_id);
    }
    if (n->model_id.n > 0) {
        put_member(out, "model_id", n->model_id);
    }
    rs_buf_putc(out, '}');
}

struct rs_str rs_webhook_payload(struct rs_arena *a, const struct rs_webhook_notice *n)
{
    struct rs_buf out = {.max = PAYLOAD_MAX};

    RS_BUF_LIT(&out, "{\"entity\": ");
    put_lower(&out, rs_enum_name(rs_webhook_entity_names, n->event.entity.v));
    RS_BUF_LIT(&out, ", \"action\": ");
    put_lower(&out, rs_enum_name(rs_webhook_action_names, n->event.action.v));
    RS_BUF_LIT(&out, ", \"timestamp\": ");
    put_time(&out, n->at);
    RS_BUF_LIT(&out, ", \"data\": ");
    put_data(&out, n);
    rs_buf_putc(&out, '}');
    return rs_buf_text(&out, a);
}
