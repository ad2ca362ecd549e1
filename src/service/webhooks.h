/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with webhooks themselves; telling them is deliveries.h. May be included by
 * service and api. */
#ifndef RS_SERVICE_WEBHOOKS_H
#define RS_SERVICE_WEBHOOKS_H

#include "base/seal.h"
#include "model/webhook.h"

struct rs_store;

/* What a client says of a webhook. Of a change, what is absent (or, but for description and secret,
 * empty) stays. */
struct rs_webhook_draft {
    struct rs_str webhook_id; /* of a change */
    struct rs_str name;
    struct rs_str description;
    struct rs_str url;
    struct rs_list events; /* of struct rs_webhook_event */
    struct rs_str secret;
    struct rs_opt_enum status;
};

/* RS_INVALID of the name or the events, where they are there. The URL: rs_webhook_target_check. */
enum rs_code rs_webhook_draft_check(struct rs_cx *cx, const struct rs_webhook_draft *draft);

/* A webhook is told of what happens after its making, and after it was set active again. The draft
 * is checked. *out is cx's. RS_INVALID on a draft without a name, a URL or events. */
enum rs_code rs_webhook_create(struct rs_cx *cx, struct rs_store *s, const struct rs_seal_key *key,
                               const struct rs_webhook_draft *draft, struct rs_webhook *out);

/* RS_NOT_FOUND, as the next three. */
enum rs_code rs_webhook_update(struct rs_cx *cx, struct rs_store *s, const struct rs_seal_key *key,
                               const struct rs_webhook_draft *draft, struct rs_webhook *out);
enum rs_code rs_webhook_get(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                            struct rs_webhook *out);
enum rs_code rs_webhook_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id);

struct rs_webhooks_page {
    struct rs_opt_i64 max_results;
    struct rs_str page_token;      /* absent or empty: the first page */
    struct rs_list webhooks;       /* out: of struct rs_webhook, cx's */
    struct rs_str next_page_token; /* out: absent on the last page */
};

/* RS_INVALID on a size outside 1 to 1000 or a token that is none. */
enum rs_code rs_webhooks_list(struct rs_cx *cx, struct rs_store *s, struct rs_webhooks_page *page);

#endif
