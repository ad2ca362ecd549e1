/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a webhook's deliveries, and sending one again. */
#include "api/native/webhooks.h"

#include "api/call.h"
#include "service/deliveries.h"

const struct rs_fields rs_deliveries_asked_fields = RS_FIELDS(
    struct rs_deliveries_asked, RS_FIELD(struct rs_deliveries_asked, webhook_id, 0),
    RS_FIELD(struct rs_deliveries_asked, before, 0),
    RS_FIELD(struct rs_deliveries_asked, limit, 0));

const struct rs_fields rs_replay_asked_fields = RS_FIELDS(
    struct rs_replay_asked, RS_FIELD(struct rs_replay_asked, webhook_id, 0),
    RS_FIELD(struct rs_replay_asked, delivery_id, 0));

static const struct rs_enum_name outcome_names[] = {{"delivered", RS_DELIVERY_DONE},
                                                    {"retrying", RS_DELIVERY_AGAIN},
                                                    {"failed", RS_DELIVERY_GIVEN_UP},
                                                    {NULL, 0}};

/* An attempt, in the order of the wire. */
struct delivery {
    int64_t id;
    struct rs_str delivery_id;
    int64_t event_seq;
    int64_t attempt;
    int64_t at; /* ms since the epoch */
    int64_t took_ms;
    struct rs_opt_enum outcome;
    struct rs_opt_i64 status;
    struct rs_str error;
    bool is_replay;
};

static const struct rs_fields delivery_fields = RS_FIELDS(
    struct delivery, RS_FIELD(struct delivery, id, 0), RS_FIELD(struct delivery, delivery_id, 0),
    RS_FIELD(struct delivery, event_seq, 0), RS_FIELD(struct delivery, attempt, 0),
    RS_FIELD(struct delivery, at, 0), RS_FIELD(struct delivery, took_ms, 0),
    RS_FIELD_ENUM(struct delivery, outcome, 0, outcome_names), RS_FIELD(struct delivery, status, 0),
    RS_FIELD(struct delivery, error, 0), RS_FIELD(struct delivery, is_replay, 0));

const struct rs_fields rs_deliveries_told_fields = RS_FIELDS(
    struct rs_deliveries_told,
    RS_FIELD_OF(struct rs_deliveries_told, deliveries, RS_EMPTY_TOO, &delivery_fields));

const struct rs_fields rs_replay_told_fields = RS_FIELDS(
    struct rs_replay_told, RS_FIELD_OF(struct rs_replay_told, delivery, 0, &delivery_fields));

static struct delivery shown(const struct rs_delivery_row *row)
{
    return (struct delivery){.id = row->id,
                             .delivery_id = row->delivery_id,
                             .event_seq = row->seq,
                             .attempt = row->attempt,
                             .at = row->at,
                             .took_ms = row->took,
                             .outcome = RS_SOME_ENUM(row->outcome),
                             .status = {row->status, row->status != 0},
                             .error = row->error.n > 0 ? row->error : (struct rs_str){0},
                             .is_replay = row->is_replay};
}

enum rs_code rs_get_deliveries(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_deliveries_asked *q = request;
    const struct rs_deliveries_range range = {q->webhook_id, q->before.v, q->limit.v};
    struct rs_deliveries_told *out = reply;
    struct rs_list rows;

    RS_TRY(rs_deliveries_list(c->cx, c->store, &range, &rows));
    struct delivery *all = RS_NEW_N(c->cx->arena, struct delivery, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        all[i] = shown((const struct rs_delivery_row *)rows.p + i);
    }
    out->deliveries = RS_LIST(all, rows.n);
    return RS_OK;
}

static enum rs_code record(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_replay_asked *q = request;
    struct delivery *one = RS_NEW(c->cx->arena, struct delivery);
    const struct rs_delivery_row *row = c->found;

    RS_TRY(rs_delivery_record(c->cx, c->store, q->webhook_id, row));
    *one = shown(row);
    ((struct rs_replay_told *)reply)->delivery = RS_SUB(one);
    return RS_OK;
}

enum rs_code rs_post_replay(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_replay_asked *q = request;
    const struct rs_delivery_name name = {q->webhook_id, q->delivery_id};
    struct rs_delivery_row *row = RS_NEW(c->cx->arena, struct rs_delivery_row);

    (void)reply;
    c->found = row;
    RS_TRY(rs_delivery_replay(c->cx, c->api->deliveries, c->store, &name, row));
    c->then = record;
    return RS_OK;
}
