/* SPDX-License-Identifier: Apache-2.0 */
/* First everything is looked at, then everything is moved: so a refusal can tell all that is not as
 * expected, and there is nothing to undo. */
#include "service/promotions.h"

#include "base/clock.h"
#include "service/model_versions.h"
#include "service/registered_models.h"
#include "service/registry_facts.h"
#include "store/event.h"

enum { GROUP_MAX = 1 << 20 }; /* events: versions that 1,000 moves may archive */

/* A move that was looked at. */
struct aim {
    struct rs_version_found version; /* row.id is 0 where an alias is removed */
    struct rs_str alias;             /* absent: a stage */
    enum rs_model_stage stage;
    bool archive_existing;
};

static enum rs_code check_move(struct rs_cx *cx, const struct rs_move *m, struct aim *out)
{
    if ((m->alias.p == NULL) == (m->stage.p == NULL)) {
        return rs_fail(cx, RS_INVALID,
                       "could not move model \"" RS_FMT "\": each move names an alias or a stage",
                       RS_ARG(m->model));
    }
    if (m->alias.p != NULL) {
        out->alias = m->alias;
        return m->version.p != NULL ? rs_alias_new_check(cx, m->alias)
                                    : rs_alias_check(cx, m->alias);
    }
    out->archive_existing = m->archive_existing;
    RS_TRY(rs_model_stage_parse(cx, m->stage, &out->stage));
    if (m->version.p == NULL) {
        return rs_fail(cx, RS_INVALID,
                       "could not move model \"" RS_FMT
                       "\": a move to a stage names a version; one "
                       "leaves its stage by a move to another",
                       RS_ARG(m->model));
    }
    return RS_OK;
}

static struct rs_str number_or_none(struct rs_arena *a, int64_t version)
{
    return version != 0 ? rs_arena_i64(a, version) : (struct rs_str){0};
}

static enum rs_code look_at_alias(struct rs_cx *cx, struct rs_store *s, const struct aim *a,
                                  struct rs_move_seen *seen)
{
    int64_t version = 0;

    RS_TRY(rs_store_alias_get(cx, s, a->version.model.id, a->alias, &version));
    seen->current_version = number_or_none(cx->arena, version);
    return RS_OK;
}

static enum rs_code look_at_stage(struct rs_cx *cx, struct rs_store *s, const struct aim *a,
                                  struct rs_move_seen *seen)
{
    struct rs_version_numbers in;

    RS_TRY(rs_store_model_versions_in_stage(cx, s, a->version.model.id, a->stage, &in));
    seen->current_version = number_or_none(cx->arena, in.n > 0 ? in.p[in.n - 1] : 0);
    seen->current_stage = rs_model_stage_text(a->version.row.stage);
    seen->stage = rs_model_stage_text(a->stage);
    return RS_OK;
}

static bool is_expected(const struct rs_move_expect *e, const struct rs_move_seen *seen)
{
    if (e == NULL) {
        return true;
    }
    if (e->stage.p != NULL) {
        return rs_str_eq_nocase(e->stage, seen->current_stage) &&
               (e->version.p == NULL || rs_str_same(e->version, seen->current_version));
    }
    return rs_str_same(e->version, seen->current_version);
}

static enum rs_code look(struct rs_cx *cx, struct rs_store *s, const struct rs_move *m,
                         struct aim *out, struct rs_move_seen *seen)
{
    const struct rs_version_name name = {m->model, m->version};

    *out = (struct aim){.alias = {0}};
    *seen = (struct rs_move_seen){
        .model = m->model, .alias = m->alias, .version = m->version, .stage = m->stage};
    RS_TRY(check_move(cx, m, out));
    RS_TRY(m->version.p != NULL ? rs_model_version_find(cx, s, &name, &out->version)
                                : rs_registered_model_find(cx, s, m->model, &out->version.model));
    RS_TRY(m->alias.p != NULL ? look_at_alias(cx, s, out, seen) : look_at_stage(cx, s, out, seen));
    seen->is_refused = !is_expected(m->expect.p, seen);
    return RS_OK;
}

/* Two moves of one thing would make the second depend on the first. */
static enum rs_code check_apart(struct rs_cx *cx, const struct aim *aim, size_t n)
{
    const struct aim *last = &aim[n - 1];

    for (size_t i = 0; i + 1 < n; i++) {
        const bool same_model = aim[i].version.model.id == last->version.model.id;
        const bool same = last->alias.p != NULL ? rs_str_same(aim[i].alias, last->alias)
                                                : aim[i].alias.p == NULL &&
                                                      aim[i].version.row.id == last->version.row.id;

        if (same_model && same) {
            return rs_fail(cx, RS_INVALID,
                           "could not move: two moves of model \"" RS_FMT
                           "\" are of the same alias "
                           "or version",
                           RS_ARG(last->version.model.name));
        }
    }
    return RS_OK;
}

static enum rs_code look_at_all(struct rs_cx *cx, struct rs_store *s, const struct rs_list *moves,
                                struct aim *aim, struct rs_promotion *out)
{
    struct rs_move_seen *seen = RS_NEW_N(cx->arena, struct rs_move_seen, moves->n);

    *out = (struct rs_promotion){.moves = RS_LIST(seen, moves->n)};
    for (size_t i = 0; i < moves->n; i++) {
        RS_TRY(look(cx, s, (const struct rs_move *)moves->p + i, &aim[i], &seen[i]));
        RS_TRY(check_apart(cx, aim, i + 1));
        out->is_refused = out->is_refused || seen[i].is_refused;
    }
    return RS_OK;
}

static enum rs_code move_stage(struct rs_cx *cx, struct rs_recorder *r, const struct aim *a)
{
    const int64_t now = rs_clock_wall_ms();
    struct rs_version_found found = a->version;

    /* A move before this one may have archived it. */
    RS_TRY(rs_store_model_version_find(cx, r->store, &found.model, found.row.version, &found.row));
    if (a->archive_existing) {
        RS_TRY(rs_stage_archive_others(cx, r, &found, a->stage, now));
    }
    RS_TRY(rs_stage_move(cx, r, &found, a->stage, now));
    return rs_store_registered_model_touch(cx, r->store, found.model.id, now);
}

static enum rs_code move_all(struct rs_cx *cx, struct rs_recorder *r, const struct aim *aim,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct aim *a = &aim[i];

        RS_TRY(a->alias.p != NULL
                   ? rs_alias_move(cx, r, &a->version.model, a->alias, a->version.row.version)
                   : move_stage(cx, r, a));
    }
    return RS_OK;
}

/* The event that begins the group. Its number is the promotion's. */
static enum rs_code record_promotion(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_promotion_draft *draft, int64_t *id)
{
    struct rs_fact fact[3] = {{RS_STR("moves"), rs_arena_i64(cx->arena, (int64_t)draft->moves.n)}};
    size_t n = 1;

    if (draft->comment.p != NULL) {
        fact[n++] = (struct rs_fact){RS_STR("comment"), draft->comment};
    }
    if (draft->rollback_of.p != NULL) {
        fact[n++] = (struct rs_fact){RS_STR("rollback_of"), draft->rollback_of};
    }
    RS_TRY(rs_store_event_last(cx, r->store, id));
    ++*id;
    return rs_record(cx, r,
                     &(struct rs_happening){
                         .kind = RS_EVENT_PROMOTION_MADE,
                         .subject = rs_arena_fmt(cx->arena, "promotions/%lld", (long long)*id),
                         .after = RS_LIST(fact, n)});
}

enum rs_code rs_promote(struct rs_cx *cx, struct rs_store *s,
                        const struct rs_promotion_draft *draft, struct rs_promotion *out)
{
    struct rs_recorder recorder = {.store = s};

    if (draft->moves.n == 0 || draft->moves.n > RS_PROMOTION_MOVES_MAX) {
        return rs_fail(cx, RS_INVALID, "could not promote: 1 to %d moves, not %zu",
                       (int)RS_PROMOTION_MOVES_MAX, draft->moves.n);
    }
    struct aim *aim = RS_NEW_N(cx->arena, struct aim, draft->moves.n);
    RS_TRY(look_at_all(cx, s, &draft->moves, aim, out));
    if (out->is_refused || draft->dry_run) {
        return RS_OK;
    }
    RS_TRY(record_promotion(cx, &recorder, draft, &out->id));
    return move_all(cx, &recorder, aim, draft->moves.n);
}

enum rs_code rs_promotion_get(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                              struct rs_list *events)
{
    int64_t group = 0;

    *events = RS_LIST(NULL, 0);
    if (rs_str_to_i64(id, &group) && group > 0) {
        RS_TRY(rs_store_events_read(
            cx, s, &(struct rs_event_range){.group = group, .limit = GROUP_MAX}, events));
    }
    if (events->n == 0 || !rs_event_is(events->p, RS_EVENT_PROMOTION_MADE)) {
        return rs_fail(cx, RS_NOT_FOUND, "there is no promotion \"" RS_FMT "\"", RS_ARG(id));
    }
    return RS_OK;
}

/* The name that the model of an event has now. */
static enum rs_code name_now(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                             struct rs_str *name)
{
    const struct rs_event_range range = {.model = e->model, .newest_first = true, .limit = 1};
    struct rs_registered_model_ref model;
    struct rs_list newest;

    RS_TRY(rs_store_events_read(cx, s, &range, &newest));
    *name = rs_noun_of(((const struct rs_event *)newest.p)->subject).model;
    RS_TRY(rs_registered_model_find(cx, s, *name, &model));
    return model.id == e->model
               ? RS_OK
               : rs_fail(cx, RS_NOT_FOUND, "the model \"" RS_FMT "\" of that promotion was deleted",
                         RS_ARG(*name));
}

/* The move that undoes an event. Of a thing that moved twice the first event says where it was. */
static enum rs_code invert(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                           struct rs_move *out)
{
    const struct rs_noun noun = rs_noun_of(e->subject);
    const bool is_alias = rs_str_is(noun.kind, "aliases");
    const struct rs_str fact = is_alias ? RS_STR("version") : RS_STR("stage");
    struct rs_move_expect *expect = RS_NEW(cx->arena, struct rs_move_expect);
    struct rs_list before;
    struct rs_list after;

    *out = (struct rs_move){.expect = RS_SUB(expect)};
    RS_TRY(name_now(cx, s, e, &out->model));
    RS_TRY(rs_facts_read(cx, e->before, &before));
    RS_TRY(rs_facts_read(cx, e->after, &after));
    *(is_alias ? &out->alias : &out->version) = noun.id;
    *(is_alias ? &out->version : &out->stage) = rs_fact_of(&before, fact);
    *(is_alias ? &expect->version : &expect->stage) = rs_fact_of(&after, fact);
    return RS_OK;
}

/* Adds an event's inverse to the moves, or to that of the same thing. */
static enum rs_code add_inverse(struct rs_cx *cx, struct rs_store *s, const struct rs_event *e,
                                struct rs_list *moves)
{
    struct rs_move *move = moves->p;
    struct rs_move inverse;
    size_t i = 0;

    RS_TRY(invert(cx, s, e, &inverse));
    while (i < moves->n &&
           !(rs_str_eq(move[i].model, inverse.model) && rs_str_same(move[i].alias, inverse.alias) &&
             (inverse.alias.p != NULL || rs_str_eq(move[i].version, inverse.version)))) {
        i++;
    }
    if (i < moves->n) {
        move[i].expect = inverse.expect;
        return RS_OK;
    }
    move[moves->n++] = inverse;
    return RS_OK;
}

enum rs_code rs_promotion_rollback(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                   const struct rs_promotion_draft *draft, struct rs_promotion *out)
{
    struct rs_promotion_draft back = *draft;
    struct rs_list events;

    RS_TRY(rs_promotion_get(cx, s, id, &events));
    back.rollback_of = id;
    back.moves = RS_LIST(RS_NEW_N(cx->arena, struct rs_move, events.n), 0);
    for (size_t i = 1; i < events.n; i++) {
        RS_TRY(add_inverse(cx, s, (const struct rs_event *)events.p + i, &back.moves));
    }
    if (back.moves.n == 0) {
        return rs_fail(cx, RS_INVALID,
                       "could not roll back: promotion \"" RS_FMT "\" has changed nothing",
                       RS_ARG(id));
    }
    return rs_promote(cx, s, &back, out);
}
