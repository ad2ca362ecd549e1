/* SPDX-License-Identifier: Apache-2.0 */
/* Promotions on the wire. */
#include "api/native/promotions.h"

#include "api/native/event_json.h"
#include "service/promotions.h"

static const struct rs_fields expect_fields = RS_FIELDS(struct rs_move_expect,
                                                        RS_FIELD(struct rs_move_expect, version, 0),
                                                        RS_FIELD(struct rs_move_expect, stage, 0));

static const struct rs_fields move_fields = RS_FIELDS(
    struct rs_move, RS_FIELD(struct rs_move, model, RS_REQUIRED),
    RS_FIELD(struct rs_move, alias, 0), RS_FIELD(struct rs_move, stage, 0),
    RS_FIELD(struct rs_move, version, 0), RS_FIELD_OF(struct rs_move, expect, 0, &expect_fields),
    RS_FIELD(struct rs_move, archive_existing, 0));

const struct rs_fields rs_promote_asked_fields = RS_FIELDS(
    struct rs_promote_asked, RS_FIELD_OF(struct rs_promote_asked, moves, 0, &move_fields),
    RS_FIELD(struct rs_promote_asked, comment, 0), RS_FIELD(struct rs_promote_asked, dry_run, 0));

const struct rs_fields rs_promotion_id_fields = RS_FIELDS(
    struct rs_promotion_id, RS_FIELD(struct rs_promotion_id, id, 0),
    RS_FIELD(struct rs_promotion_id, comment, 0), RS_FIELD(struct rs_promotion_id, dry_run, 0));

static const struct rs_fields seen_fields = RS_FIELDS(
    struct rs_move_seen, RS_FIELD(struct rs_move_seen, model, 0),
    RS_FIELD(struct rs_move_seen, alias, 0), RS_FIELD(struct rs_move_seen, stage, 0),
    RS_FIELD(struct rs_move_seen, version, 0), RS_FIELD(struct rs_move_seen, current_version, 0),
    RS_FIELD(struct rs_move_seen, current_stage, 0), RS_FIELD(struct rs_move_seen, is_refused, 0));

const struct rs_fields rs_promoted_fields = RS_FIELDS(
    struct rs_promoted, RS_FIELD(struct rs_promoted, error_code, 0),
    RS_FIELD(struct rs_promoted, message, 0), RS_FIELD(struct rs_promoted, id, 0),
    RS_FIELD_OF(struct rs_promoted, moves, 0, &seen_fields));

const struct rs_fields rs_promotion_told_fields = RS_FIELDS(
    struct rs_promotion_told, RS_FIELD(struct rs_promotion_told, id, 0),
    RS_FIELD(struct rs_promotion_told, events, RS_VERBATIM));

static enum rs_code tell(struct rs_call *c, const struct rs_promotion *p, struct rs_promoted *out)
{
    out->moves = p->moves;
    if (p->id != 0) {
        out->id = rs_arena_i64(c->cx->arena, p->id);
    }
    if (p->is_refused) {
        c->status = 412;
        out->error_code = RS_STR("RESOURCE_CONFLICT");
        out->message = RS_STR("nothing was moved: what has is_refused is not as expected; look at "
                              "what is there now, and try again if it is still wanted");
    }
    return RS_OK;
}

enum rs_code rs_post_promotion(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_promote_asked *q = request;
    const struct rs_promotion_draft draft = {
        .moves = q->moves, .comment = q->comment, .dry_run = q->dry_run.v};
    struct rs_promotion done;

    RS_TRY(rs_promote(c->cx, c->store, &draft, &done));
    return tell(c, &done, reply);
}

enum rs_code rs_post_rollback(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_promotion_id *q = request;
    const struct rs_promotion_draft draft = {.comment = q->comment, .dry_run = q->dry_run.v};
    struct rs_promotion done;

    RS_TRY(rs_promotion_rollback(c->cx, c->store, q->id, &draft, &done));
    return tell(c, &done, reply);
}

enum rs_code rs_get_promotion(struct rs_call *c, const void *request, void *reply)
{
    const struct rs_promotion_id *q = request;
    struct rs_promotion_told *out = reply;
    struct rs_list events;

    RS_TRY(rs_promotion_get(c->cx, c->store, q->id, &events));
    out->id = q->id;
    return rs_events_text(c->cx, &events, &out->events);
}
