/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks. */
#include "service/webhooks.h"

#include "api/mlflow/routes.h"
#include "service/deliveries.h"

const struct rs_fields rs_ml_create_webhook_fields = RS_FIELDS(
    struct rs_webhook_draft, RS_FIELD(struct rs_webhook_draft, name, RS_REQUIRED),
    RS_FIELD(struct rs_webhook_draft, description, 0),
    RS_FIELD(struct rs_webhook_draft, url, RS_REQUIRED),
    RS_FIELD_OF(struct rs_webhook_draft, events, RS_REQUIRED, &rs_webhook_event_fields),
    RS_FIELD(struct rs_webhook_draft, secret, 0),
    RS_FIELD_ENUM(struct rs_webhook_draft, status, 0, rs_webhook_status_names));

const struct rs_fields rs_ml_update_webhook_fields = RS_FIELDS(
    struct rs_webhook_draft, RS_FIELD(struct rs_webhook_draft, webhook_id, 0),
    RS_FIELD(struct rs_webhook_draft, name, 0), RS_FIELD(struct rs_webhook_draft, description, 0),
    RS_FIELD(struct rs_webhook_draft, url, 0),
    RS_FIELD_OF(struct rs_webhook_draft, events, 0, &rs_webhook_event_fields),
    RS_FIELD(struct rs_webhook_draft, secret, 0),
    RS_FIELD_ENUM(struct rs_webhook_draft, status, 0, rs_webhook_status_names));

const struct rs_fields rs_ml_webhook_ref_fields = RS_FIELDS(
    struct rs_ml_webhook_ref, RS_FIELD(struct rs_ml_webhook_ref, webhook_id, 0));

const struct rs_fields rs_ml_list_webhooks_fields = RS_FIELDS(
    struct rs_ml_list_webhooks, RS_FIELD(struct rs_ml_list_webhooks, max_results, RS_INT32),
    RS_FIELD(struct rs_ml_list_webhooks, page_token, 0));

const struct rs_fields rs_ml_test_webhook_fields = RS_FIELDS(
    struct rs_ml_test_webhook, RS_FIELD(struct rs_ml_test_webhook, webhook_id, 0),
    RS_FIELD_OF(struct rs_ml_test_webhook, event, 0, &rs_webhook_event_fields));

const struct rs_fields rs_ml_webhook_fields = RS_FIELDS(
    struct rs_ml_webhook, RS_FIELD_OF(struct rs_ml_webhook, webhook, 0, &rs_webhook_fields));

const struct rs_fields rs_ml_webhooks_fields = RS_FIELDS(
    struct rs_ml_webhooks, RS_FIELD_OF(struct rs_ml_webhooks, webhooks, 0, &rs_webhook_fields),
    RS_FIELD(struct rs_ml_webhooks, next_page_token, 0));

const struct rs_fields rs_ml_webhook_result_fields = RS_FIELDS(
    struct rs_ml_webhook_result,
    RS_FIELD_OF(struct rs_ml_webhook_result, result, 0, &rs_webhook_test_fields));

static struct rs_webhook *new_webhook(struct rs_call *c, struct rs_ml_webhook *out)
{
    struct rs_webhook *hook = RS_NEW(c->cx->arena, struct rs_webhook);

    out->webhook = RS_SUB(hook);
    return hook;
}

static enum rs_code create_now(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_create_webhook *q = request;

    rs_deliveries_poke(c->api->deliveries);
    return rs_webhook_create(c->cx, c->store, rs_deliveries_key(c->api->deliveries), &q->draft,
                             new_webhook(c, reply));
}

static enum rs_code update_now(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_ml_update_webhook *q = request;

    rs_deliveries_poke(c->api->deliveries);
    return rs_webhook_update(c->cx, c->store, rs_deliveries_key(c->api->deliveries), &q->draft,
                             new_webhook(c, reply));
}

/* What waits for a host's address is done here; what is written, on the committer. */
static enum rs_code check_then(struct rs_call *c, const struct rs_webhook_draft *draft,
                               rs_handler *then)
{
    RS_TRY(rs_webhook_draft_check(c->cx, draft));
    if (draft->url.n > 0) {
        RS_TRY(rs_deliveries_check_url(c->cx, c->api->deliveries, draft->url));
    }
    c->then = then;
    return RS_OK;
}

enum rs_code rs_ml_create_webhook(struct rs_call *c, const struct rs_ml_create_webhook *q,
                                  struct rs_ml_webhook *out)
{
    (void)out;
    return check_then(c, &q->draft, create_now);
}

enum rs_code rs_ml_update_webhook(struct rs_call *c, const struct rs_ml_update_webhook *q,
                                  struct rs_ml_webhook *out)
{
    (void)out;
    return check_then(c, &q->draft, update_now);
}

enum rs_code rs_ml_list_webhooks(struct rs_call *c, const struct rs_ml_list_webhooks *q,
                                 struct rs_ml_webhooks *out)
{
    struct rs_webhooks_page page = {.max_results = q->max_results, .page_token = q->page_token};

    RS_TRY(rs_webhooks_list(c->cx, c->store, &page));
    out->webhooks = page.webhooks;
    out->next_page_token = page.next_page_token;
    return RS_OK;
}

enum rs_code rs_ml_get_webhook(struct rs_call *c, const struct rs_ml_webhook_ref *q,
                               struct rs_ml_webhook *out)
{
    return rs_webhook_get(c->cx, c->store, q->webhook_id, new_webhook(c, out));
}

enum rs_code rs_ml_delete_webhook(struct rs_call *c, const struct rs_ml_webhook_ref *q,
                                  struct rs_ml_empty *out)
{
    (void)out;
    rs_deliveries_poke(c->api->deliveries);
    return rs_webhook_delete(c->cx, c->store, q->webhook_id);
}

enum rs_code rs_ml_test_webhook(struct rs_call *c, const struct rs_ml_test_webhook *q,
                                struct rs_ml_webhook_result *out)
{
    struct rs_webhook_test *result = RS_NEW(c->cx->arena, struct rs_webhook_test);
    struct rs_webhook_trial trial = {.webhook_id = q->webhook_id};

    if (q->event.p != NULL) {
        trial.event = *(const struct rs_webhook_event *)q->event.p;
        RS_TRY(rs_webhook_event_check(c->cx, &trial.event));
    }
    out->result = RS_SUB(result);
    return rs_webhook_try(c->cx, c->api->deliveries, c->store, &trial, result);
}
