/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of experiments: which rules hold, and in which order things happen. */
#include "service/experiments.h"

#include "base/clock.h"
#include "model/limits.h"
#include "model/location.h"
#include "service/events.h"
#include "store/load.h"

enum rs_code rs_experiments_ensure_default(struct rs_cx *cx, struct rs_store *s,
                                           struct rs_str artifact_root)
{
    const struct rs_experiment_new e = {
        .name = RS_STR("Default"), .artifact_root = artifact_root, .now = rs_clock_wall_ms()};

    RS_TRY(rs_store_begin_write(cx, s));
    enum rs_code code = rs_store_experiment_create_default(cx, s, &e);
    if (code == RS_OK) {
        code = rs_store_commit(cx, s);
    }
    if (code != RS_OK) {
        rs_store_rollback(s);
    }
    return code;
}

/* `experiment` is absent while it is being made. */
static enum rs_code fail_views(struct rs_cx *cx, struct rs_str experiment)
{
    return rs_fail(cx, RS_INVALID,
                   "Unable to create another custom view%s" RS_FMT
                   "; the maximum number of custom views per experiment is %d. Delete an existing "
                   "custom view before creating a new one.",
                   experiment.n > 0 ? " for experiment " : "", RS_ARG(experiment),
                   RS_EXPERIMENT_VIEWS_MAX);
}

static enum rs_code check_tags(struct rs_cx *cx, const struct rs_list *list)
{
    const struct rs_tag *tags = list->p;
    size_t views = 0;

    for (size_t i = 0; i < list->n; i++) {
        RS_TRY(rs_experiment_tag_check(cx, &tags[i]));
        views += rs_tag_is_view(tags[i].key);
    }
    return views > RS_EXPERIMENT_VIEWS_MAX ? fail_views(cx, (struct rs_str){0}) : RS_OK;
}

static enum rs_code put_new_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                 const struct rs_list *list)
{
    const struct rs_tag *tags = list->p;

    for (size_t i = 0; i < list->n; i++) {
        RS_TRY(rs_store_experiment_tag_add(cx, s, id, &tags[i]));
    }
    return RS_OK;
}

static enum rs_code record_created(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                   const struct rs_list *tags)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_experiment_ref ref;

    RS_TRY(rs_store_experiment_find(cx, s, id, &ref));
    const struct rs_fact own[] = {{RS_STR("name"), ref.name},
                                  {RS_STR("artifact_location"), ref.artifact_location},
                                  {RS_STR("lifecycle_stage"), rs_stage_text(ref.stage)}};
    return rs_record(cx, &recorder,
                     &(struct rs_happening){.kind = RS_EVENT_EXPERIMENT_CREATED,
                                            .subject = rs_subject_experiment(cx->arena, id),
                                            .after = rs_facts_with_tags(
                                                cx->arena, own, sizeof own / sizeof own[0], tags)});
}

enum rs_code rs_experiment_create(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_experiment_draft *draft, int64_t *id)
{
    const struct rs_location_policy own = {.roots = &draft->artifact_root, .n_roots = 1};
    const struct rs_experiment_new e = {.name = draft->name,
                                        .artifact_location = draft->artifact_location,
                                        .artifact_root = draft->artifact_root,
                                        .now = rs_clock_wall_ms()};

    RS_TRY(rs_artifact_location_check(cx, "artifact_location", draft->artifact_location, &own));
    RS_TRY(rs_experiment_name_check(cx, draft->name));
    RS_TRY(check_tags(cx, &draft->tags));
    RS_TRY(rs_store_experiment_create(cx, s, &e, id));
    RS_TRY(put_new_tags(cx, s, *id, &draft->tags));
    return record_created(cx, s, *id, &draft->tags);
}

enum rs_code rs_experiment_find(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                struct rs_experiment_ref *out)
{
    int64_t number = 0;

    RS_TRY(rs_experiment_id_parse(cx, id, &number));
    return rs_store_experiment_find(cx, s, number, out);
}

enum rs_code rs_experiment_find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                       struct rs_experiment_ref *out)
{
    RS_TRY(rs_experiment_find(cx, s, id, out));
    if (out->stage != RS_STAGE_ACTIVE) {
        return rs_fail(
            cx, RS_INVALID,
            "The experiment %lld must be in the 'active' state. Current state is deleted.",
            (long long)out->id);
    }
    return RS_OK;
}

enum rs_code rs_experiment_get(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                               struct rs_experiment *out)
{
    struct rs_experiment_ref ref;

    RS_TRY(rs_experiment_find(cx, s, id, &ref));
    return rs_store_experiments_load(cx, s, &ref.id, 1, out);
}

enum rs_code rs_experiment_get_by_name(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                       struct rs_experiment *out)
{
    int64_t id = 0;

    RS_TRY(rs_store_experiment_find_name(cx, s, name, &id));
    return rs_store_experiments_load(cx, s, &id, 1, out);
}

/* An experiment that is in that stage already is not there to be moved to it: MLflow's rule. Its
 * runs, of which there may be millions, go with it under its one event. */
static enum rs_code move(struct rs_cx *cx, struct rs_store *s, struct rs_str id, enum rs_stage to)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_experiment_ref ref;

    RS_TRY(rs_experiment_find(cx, s, id, &ref));
    if (ref.stage == to) {
        return rs_fail(cx, RS_NOT_FOUND, "No Experiment with id=%lld exists", (long long)ref.id);
    }
    RS_TRY(rs_store_experiment_set_stage(cx, s, ref.id, to, rs_clock_wall_ms()));
    const struct rs_happening h = {
        .kind = to == RS_STAGE_DELETED ? RS_EVENT_EXPERIMENT_DELETED : RS_EVENT_EXPERIMENT_RESTORED,
        .subject = rs_subject_experiment(cx->arena, ref.id),
        .before = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(ref.stage)}),
        .after = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(to)})};
    return rs_record(cx, &recorder, &h);
}

enum rs_code rs_experiment_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str id)
{
    return move(cx, s, id, RS_STAGE_DELETED);
}

enum rs_code rs_experiment_restore(struct rs_cx *cx, struct rs_store *s, struct rs_str id)
{
    return move(cx, s, id, RS_STAGE_ACTIVE);
}

enum rs_code rs_experiment_rename(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                  struct rs_str name)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_experiment_ref ref;

    RS_TRY(rs_experiment_name_check(cx, name));
    RS_TRY(rs_experiment_find(cx, s, id, &ref));
    if (ref.stage != RS_STAGE_ACTIVE) {
        return rs_fail(cx, RS_INVALID, "Cannot rename a non-active experiment.");
    }
    RS_TRY(rs_store_experiment_rename(cx, s, ref.id, name, rs_clock_wall_ms()));
    if (rs_str_eq(name, ref.name)) {
        return RS_OK;
    }
    return rs_record(cx, &recorder,
                     &(struct rs_happening){.kind = RS_EVENT_EXPERIMENT_RENAMED,
                                            .subject = rs_subject_experiment(cx->arena, ref.id),
                                            .before = RS_FACTS({RS_STR("name"), ref.name}),
                                            .after = RS_FACTS({RS_STR("name"), name})});
}

/* Writing over a view that is there adds none. */
static enum rs_code check_views(struct rs_cx *cx, struct rs_store *s, int64_t id, struct rs_str key)
{
    int64_t others = 0;

    if (!rs_tag_is_view(key)) {
        return RS_OK;
    }
    RS_TRY(rs_store_experiment_views_count(cx, s, id, key, &others));
    if (others >= RS_EXPERIMENT_VIEWS_MAX) {
        return fail_views(cx, rs_arena_i64(cx->arena, id));
    }
    return RS_OK;
}

enum rs_code rs_experiment_set_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                   const struct rs_tag *tag)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {
        .kind = RS_EVENT_EXPERIMENT_TAG_SET, .key = tag->key, .after = rs_fact_value(tag->value)};
    struct rs_experiment_ref ref;

    RS_TRY(rs_experiment_tag_check(cx, tag));
    RS_TRY(rs_experiment_find_active(cx, s, id, &ref));
    RS_TRY(check_views(cx, s, ref.id, tag->key));
    RS_TRY(rs_store_experiment_tag_find(cx, s, ref.id, tag->key, &change.before));
    RS_TRY(rs_store_experiment_tag_put(cx, s, ref.id, tag));
    change.subject = rs_subject_experiment(cx->arena, ref.id);
    return rs_record_tag(cx, &recorder, &change);
}

enum rs_code rs_experiment_delete_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                      struct rs_str key)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {.kind = RS_EVENT_EXPERIMENT_TAG_DELETED, .key = key};
    struct rs_experiment_ref ref;

    RS_TRY(rs_experiment_find_active(cx, s, id, &ref));
    RS_TRY(rs_store_experiment_tag_find(cx, s, ref.id, key, &change.before));
    RS_TRY(rs_store_experiment_tag_delete(cx, s, ref.id, key));
    change.subject = rs_subject_experiment(cx->arena, ref.id);
    return rs_record_tag(cx, &recorder, &change);
}
