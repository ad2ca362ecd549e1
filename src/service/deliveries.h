/* SPDX-License-Identifier: Apache-2.0 */
/* Telling webhooks. What is to be told is in the log of events beyond each webhook's cursor, so
 * nothing is lost with the process: an event is told at least once, in order for each webhook, and
 * under the same delivery id each time. One thread sends; what came of it is recorded by the
 * committer. May be included by api and server. */
#ifndef RS_SERVICE_DELIVERIES_H
#define RS_SERVICE_DELIVERIES_H

#include "base/seal.h"
#include "outbound/outbound.h"
#include "service/webhook_notice.h"
#include "store/webhook.h"

struct rs_deliveries_options {
    struct rs_store *reader; /* the thread's own */
    struct rs_outbound_policy policy;
    struct rs_seal_key key;
    int64_t retry_first_ms; /* after a failure; twice as long each further time, up to a day */
    int64_t give_up_ms;     /* an event of that age that fails is not tried again */
    rs_webhook_writer *write;
};

struct rs_deliveries;

/* Starts the thread. *out is yours: rs_deliveries_stop. RS_UNAVAILABLE. */
enum rs_code rs_deliveries_start(struct rs_cx *cx, const struct rs_deliveries_options *o,
                                 struct rs_deliveries **out);

/* Records what came of deliveries, and wakes the thread where there are new events. Called on the
 * committer's thread, between batches, with the writing store; cheap when there is nothing. */
void rs_deliveries_tick(struct rs_deliveries *d, struct rs_store *writer);

/* A webhook was changed: the thread looks after the next tick. Any thread. */
void rs_deliveries_poke(struct rs_deliveries *d);

/* Ends the thread; what is under way is told again after the next start. What had come of the
 * others is recorded with the writer, unless that is NULL. NULL is fine. */
void rs_deliveries_stop(struct rs_deliveries *d, struct rs_store *writer);

/* Counts since the start, and what waits now. Any thread. */
struct rs_deliveries_figures {
    uint64_t attempts[RS_DELIVERY_GIVEN_UP + 1]; /* by outcome */
    uint64_t failing;                            /* webhooks whose next event was tried in vain */
    uint64_t waiting;  /* events of models that these have not been told of, and may want; at most
                          RS_DELIVERIES_COUNTED of each */
    int64_t oldest_at; /* when the oldest of them happened, ms since the epoch; 0: there is none */
};
enum { RS_DELIVERIES_COUNTED = 1000 };
struct rs_deliveries_figures rs_deliveries_figures(const struct rs_deliveries *d);

/* What it was started with; borrowed. */
const struct rs_deliveries_options *rs_deliveries_options(const struct rs_deliveries *d);
const struct rs_seal_key *rs_deliveries_key(const struct rs_deliveries *d);

/* Whether messages may go to a URL: as rs_outbound_check. May take seconds. */
enum rs_code rs_deliveries_check_url(struct rs_cx *cx, const struct rs_deliveries *d,
                                     struct rs_str url);

/* What came of a test. Members in the order of the wire. */
struct rs_webhook_test {
    bool success;
    struct rs_opt_i64 response_status;
    struct rs_str response_body;
    struct rs_str error_message;
};
extern const struct rs_fields rs_webhook_test_fields;

/* Sends an example now and waits for the answer, on the caller's thread with its store; nothing is
 * recorded. `event`: entity not set means the webhook's first one. RS_NOT_FOUND, RS_INVALID. */
struct rs_webhook_trial {
    struct rs_str webhook_id;
    struct rs_webhook_event event;
};
enum rs_code rs_webhook_try(struct rs_cx *cx, const struct rs_deliveries *d, struct rs_store *s,
                            const struct rs_webhook_trial *trial, struct rs_webhook_test *out);

/* Sends a delivery of the past again, now, under its own id; *out is the attempt, to be recorded
 * with rs_store_delivery_add by rs_delivery_record. RS_NOT_FOUND. */
struct rs_delivery_name {
    struct rs_str webhook_id;
    struct rs_str delivery_id;
};
enum rs_code rs_delivery_replay(struct rs_cx *cx, const struct rs_deliveries *d, struct rs_store *s,
                                const struct rs_delivery_name *name, struct rs_delivery_row *out);
enum rs_code rs_delivery_record(struct rs_cx *cx, struct rs_store *writer, struct rs_str webhook_id,
                                const struct rs_delivery_row *row);

/* The attempts of a webhook before a row (0: from the newest), newest first, at most 1000: a list
 * of struct rs_delivery_row, cx's. RS_NOT_FOUND. */
struct rs_deliveries_range {
    struct rs_str webhook_id;
    int64_t before;
    int64_t limit;
};
enum rs_code rs_deliveries_list(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_deliveries_range *range, struct rs_list *out);

#endif
