/* SPDX-License-Identifier: Apache-2.0 */
/* What a client may ask of deliveries: a test, the list, a replay. */
#include "service/webhook_message.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "store/event.h"

enum { LIST_MAX = 1000, LIST_DEFAULT = 100, TRIAL_S = 15 };

const struct rs_fields rs_webhook_test_fields = RS_FIELDS(
    struct rs_webhook_test, RS_FIELD(struct rs_webhook_test, success, 0),
    RS_FIELD(struct rs_webhook_test, response_status, 0),
    RS_FIELD(struct rs_webhook_test, response_body, 0),
    RS_FIELD(struct rs_webhook_test, error_message, 0));

/* Somebody waits: not as long as the thread does. */
static enum rs_code send_now(struct rs_cx *cx, const struct rs_deliveries_options *o,
                             const struct rs_webhook_parcel *parcel,
                             struct rs_outbound_answer *answer)
{
    struct rs_outbound_policy policy = o->policy;
    struct rs_outbound_message message;

    policy.timeout_s = TRIAL_S;
    RS_TRY(rs_webhook_message(cx, o, parcel, &message));
    return rs_outbound_call(cx, &policy, &message, answer);
}

enum rs_code rs_webhook_try(struct rs_cx *cx, const struct rs_deliveries *d, struct rs_store *s,
                            const struct rs_webhook_trial *trial, struct rs_webhook_test *out)
{
    struct rs_outbound_answer *answer = RS_NEW(cx->arena, struct rs_outbound_answer);
    struct rs_webhook_event event = trial->event;
    struct rs_webhook_row w;

    RS_TRY(rs_store_webhook_find(cx, s, trial->webhook_id, &w));
    if (!event.entity.is_set && !event.action.is_set) {
        event = *(const struct rs_webhook_event *)w.hook.events.p;
    }
    RS_TRY(rs_webhook_event_check(cx, &event));
    struct rs_webhook_notice notice = rs_webhook_notice_example(&event);
    notice.at = rs_clock_wall_ms();
    const struct rs_webhook_parcel parcel = {&w, &notice, rs_uuid_new(cx->arena)};
    RS_TRY(send_now(cx, rs_deliveries_options(d), &parcel, answer));
    out->success = rs_webhook_outcome(answer->status) == RS_DELIVERY_DONE;
    if (answer->status == 0) {
        out->error_message = rs_arena_fmt(cx->arena, "Failed to test webhook: %s", answer->why);
        return RS_OK;
    }
    out->response_status = RS_SOME_I64(answer->status);
    out->response_body = (struct rs_str){answer->body, answer->n};
    return RS_OK;
}

enum rs_code rs_delivery_replay(struct rs_cx *cx, const struct rs_deliveries *d, struct rs_store *s,
                                const struct rs_delivery_name *name, struct rs_delivery_row *out)
{
    struct rs_outbound_answer *answer = RS_NEW(cx->arena, struct rs_outbound_answer);
    struct rs_webhook_notice notice;
    struct rs_webhook_row w;
    struct rs_list events;

    RS_TRY(rs_store_webhook_find(cx, s, name->webhook_id, &w));
    RS_TRY(rs_store_delivery_find(cx, s, w.id, name->delivery_id, out));
    const struct rs_event_range range = {.after = out->seq - 1, .until = out->seq, .limit = 1};
    RS_TRY(rs_store_events_read(cx, s, &range, &events));
    if (events.n == 0) {
        return rs_fail(cx, RS_CORRUPT, "the event %lld is missing in the log", (long long)out->seq);
    }
    RS_TRY(rs_webhook_notice_of(cx, s, events.p, &notice));
    const struct rs_webhook_parcel parcel = {&w, &notice, out->delivery_id};
    RS_TRY(send_now(cx, rs_deliveries_options(d), &parcel, answer));
    out->attempt++;
    out->at = rs_clock_wall_ms();
    out->took = answer->took_ms;
    out->status = answer->status;
    out->error = rs_str_of(answer->why);
    /* Nobody tries a replay again by himself. */
    out->outcome = rs_webhook_outcome(answer->status) == RS_DELIVERY_DONE ? RS_DELIVERY_DONE
                                                                          : RS_DELIVERY_GIVEN_UP;
    out->is_replay = true;
    return RS_OK;
}

enum rs_code rs_delivery_record(struct rs_cx *cx, struct rs_store *writer, struct rs_str webhook_id,
                                const struct rs_delivery_row *row)
{
    return rs_store_delivery_add(cx, writer, webhook_id, row);
}

enum rs_code rs_deliveries_list(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_deliveries_range *range, struct rs_list *out)
{
    const int64_t limit = range->limit != 0 ? range->limit : LIST_DEFAULT;
    struct rs_webhook_row w;

    if (limit < 1 || limit > LIST_MAX) {
        return rs_fail(cx, RS_INVALID, "limit must be between 1 and %d.", LIST_MAX);
    }
    RS_TRY(rs_store_webhook_find(cx, s, range->webhook_id, &w));
    return rs_store_deliveries_list(cx, s, &(struct rs_delivery_range){w.id, range->before, limit},
                                    out);
}
