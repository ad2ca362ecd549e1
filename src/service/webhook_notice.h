/* SPDX-License-Identifier: Apache-2.0 */
/* What a webhook is told of an event: the facts, from the log and the rows that it names. May be
 * included by service and api. */
#ifndef RS_SERVICE_WEBHOOK_NOTICE_H
#define RS_SERVICE_WEBHOOK_NOTICE_H

#include "model/tag.h"
#include "model/webhook.h"

struct rs_store;

/* What is absent does not belong to the event or is not known. */
struct rs_webhook_notice {
    struct rs_webhook_event event;
    int64_t at;         /* ms since the epoch */
    struct rs_str name; /* of the model or prompt, as it was then */
    struct rs_str version;
    struct rs_str alias;
    struct rs_str key;
    struct rs_str value;
    struct rs_str source;
    struct rs_str run_id;
    struct rs_str model_id;
    struct rs_str template;
    struct rs_str description;
    struct rs_str experiment_id; /* of the version's run or logged model */
    struct rs_list tags;         /* of struct rs_tag */
};

/* Writes a notice as what is sent; the arena's. */
typedef struct rs_str rs_webhook_writer(struct rs_arena *a, const struct rs_webhook_notice *n);

/* The notice of an event of the log; cx's. out->event.entity is not set where MLflow has no word
 * for the event. The same event gives the same notice at any time, but for experiment_id. */
enum rs_code rs_webhook_notice_of(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                                  struct rs_webhook_notice *out);

/* A made-up notice of a kind, for tests of a webhook; static texts. */
struct rs_webhook_notice rs_webhook_notice_example(const struct rs_webhook_event *event);

/* The UUID of the delivery of an event to a webhook, the same at any time; the arena's. */
struct rs_str rs_delivery_uuid(struct rs_arena *a, struct rs_str webhook_id, int64_t seq);

#endif
