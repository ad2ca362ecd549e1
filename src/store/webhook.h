/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks as the store keeps them, and what came of telling them. May be included by service and
 * store/sql. */
#ifndef RS_STORE_WEBHOOK_H
#define RS_STORE_WEBHOOK_H

#include "model/webhook.h"
#include "store/store.h"

struct rs_webhook_row {
    int64_t id;
    struct rs_webhook hook; /* all of it cx's */
    struct rs_str secret;   /* sealed; "" when there is none */
    int64_t generation;     /* rises with each change by a user */
    int64_t told;           /* seq of the last event that is done with */
    int64_t attempts;       /* of the next one, in vain */
    int64_t next_try;       /* ms since the epoch */
};

/* RS_NOT_FOUND `Webhook with ID X not found.` */
enum rs_code rs_store_webhook_find(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                                   struct rs_webhook_row *out);

/* Webhooks after a row, in the order of their making: a list of struct rs_webhook_row, cx's. */
enum rs_code rs_store_webhooks_list(struct rs_cx *cx, struct rs_store *s, int64_t after,
                                    int64_t limit, struct rs_list *out);

/* Webhooks that were made before a row, the newest first: likewise. */
enum rs_code rs_store_webhooks_newest(struct rs_cx *cx, struct rs_store *s, int64_t before,
                                      int64_t limit, struct rs_list *out);

/* Writes a new webhook and fills its id; or writes anew what a user may change of one that is there
 * (by its id), its generation and how far it is told. */
enum rs_code rs_store_webhook_create(struct rs_cx *cx, struct rs_store *s,
                                     struct rs_webhook_row *w);
enum rs_code rs_store_webhook_update(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_webhook_row *w);

/* Deletes it with its deliveries. */
enum rs_code rs_store_webhook_delete(struct rs_cx *cx, struct rs_store *s, int64_t id);

/* How far a webhook (its webhook_id) is told: told, attempts and next_try; nothing where it is gone
 * or the generation is another one by now. Rows' ids are used again, webhook_ids never. */
enum rs_code rs_store_webhook_advance(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_webhook_row *w);

enum rs_delivery_outcome {
    RS_DELIVERY_DONE = 1,
    RS_DELIVERY_AGAIN, /* will be tried again */
    RS_DELIVERY_GIVEN_UP,
};

struct rs_delivery_row {
    int64_t id;
    int64_t seq; /* of the event */
    struct rs_str delivery_id;
    int64_t attempt; /* from 1 */
    int64_t at;      /* ms since the epoch: its end */
    int64_t took;    /* ms */
    int64_t status;  /* 0: no answer */
    struct rs_str error;
    enum rs_delivery_outcome outcome;
    bool is_replay;
};

enum { RS_DELIVERIES_KEPT = 1000 }; /* of a webhook */

/* Adds an attempt, and forgets those beyond RS_DELIVERIES_KEPT. Nothing where the webhook is gone.
 */
enum rs_code rs_store_delivery_add(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                                   const struct rs_delivery_row *d);

/* Which attempts, the newest first. */
struct rs_delivery_range {
    int64_t webhook;
    int64_t before; /* only those before this row; 0: from the newest */
    int64_t limit;
};

/* A list of struct rs_delivery_row, cx's. */
enum rs_code rs_store_deliveries_list(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_delivery_range *range, struct rs_list *out);

/* The newest attempt of a delivery. RS_NOT_FOUND. */
enum rs_code rs_store_delivery_find(struct rs_cx *cx, struct rs_store *s, int64_t webhook,
                                    struct rs_str delivery_id, struct rs_delivery_row *out);

#endif
