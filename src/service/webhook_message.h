/* SPDX-License-Identifier: Apache-2.0 */
/* A notice as the message that goes out: headers, signature, body. May be included by service. */
#ifndef RS_SERVICE_WEBHOOK_MESSAGE_H
#define RS_SERVICE_WEBHOOK_MESSAGE_H

#include "service/deliveries.h"

/* What a message is made of; all borrowed. */
struct rs_webhook_parcel {
    const struct rs_webhook_row *to;
    const struct rs_webhook_notice *notice;
    struct rs_str delivery_id;
};

/* The message, cx's. RS_CORRUPT where the secret cannot be read: the key is another one. */
enum rs_code rs_webhook_message(struct rs_cx *cx, const struct rs_deliveries_options *o,
                                const struct rs_webhook_parcel *parcel,
                                struct rs_outbound_message *out);

/* What an answer means: done (2xx), again (no answer, 429, 5xx) or given up (all others; a redirect
 * is not followed). */
enum rs_delivery_outcome rs_webhook_outcome(int status);

/* How long to wait after so many attempts in vain, in ms: what the answer asks for, else twice as
 * long each time; a day at most. */
int64_t rs_webhook_pause(int64_t first_ms, int64_t attempts, int64_t retry_after_s);

#endif
