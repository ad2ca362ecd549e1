/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of logged models. */
#include "service/logged_models.h"

#include "base/clock.h"
#include "base/id.h"
#include "model/artifact_uri.h"
#include "model/names.h"
#include "service/events.h"
#include "service/experiments.h"
#include "store/logged_model.h"

static enum rs_code find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                struct rs_logged_model_ref *out)
{
    RS_TRY(rs_store_logged_model_find(cx, s, model_id, out));
    if (out->stage != RS_STAGE_ACTIVE) {
        return rs_fail(cx, RS_NOT_FOUND, "Logged model with ID '" RS_FMT "' not found.",
                       RS_ARG(model_id));
    }
    return RS_OK;
}

static struct rs_str random_name(struct rs_cx *cx)
{
    uint64_t bits = 0;

    rs_random(&bits, sizeof bits);
    return rs_random_name(cx->arena, bits);
}

static struct rs_str status_text(enum rs_logged_model_status status)
{
    const char *name = rs_enum_name(rs_logged_model_status_names, (int)status);

    return rs_str_of(name != NULL ? name : "");
}

static enum rs_code record_created(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_logged_model_new *m)
{
    struct rs_recorder recorder = {.store = s};
    const struct rs_happening h = {
        .kind = RS_EVENT_LOGGED_MODEL_CREATED,
        .subject = rs_subject_logged_model(cx->arena, m->model_id),
        .after = RS_FACTS({RS_STR("experiment_id"), rs_arena_i64(cx->arena, m->experiment)},
                          {RS_STR("name"), m->name},
                          {RS_STR("model_type"), rs_fact_value(m->model_type)},
                          {RS_STR("source_run_id"), rs_fact_value(m->source_run_id)},
                          {RS_STR("status"), status_text(RS_LOGGED_MODEL_PENDING)},
                          {RS_STR("lifecycle_stage"), rs_stage_text(RS_STAGE_ACTIVE)})};

    return rs_record(cx, &recorder, &h);
}

enum rs_code rs_logged_model_create(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_logged_model_draft *draft,
                                    struct rs_logged_model *out)
{
    struct rs_logged_model_new fresh = {
        .name = draft->name.n > 0 ? draft->name : random_name(cx),
        .model_type = draft->model_type,
        .source_run_id = draft->source_run_id,
        .now = rs_clock_wall_ms(),
    };
    struct rs_experiment_ref experiment;
    int64_t id = 0;

    RS_TRY(rs_logged_model_name_check(cx, fresh.name));
    RS_TRY(rs_experiment_find_active(cx, s, draft->experiment_id, &experiment));
    fresh.experiment = experiment.id;
    const struct rs_str hex = rs_id_new(cx->arena);
    fresh.model_id = rs_arena_fmt(cx->arena, "m-" RS_FMT, RS_ARG(hex));
    RS_TRY(rs_store_logged_model_create(cx, s, &fresh, &id));
    RS_TRY(rs_store_logged_model_params_put(cx, s, id, &draft->params));
    RS_TRY(rs_store_logged_model_tags_add(cx, s, id, &draft->tags));
    RS_TRY(record_created(cx, s, &fresh));
    return rs_store_logged_models_load(cx, s, &id, 1, out);
}

enum rs_code rs_logged_model_get(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                 bool allow_deleted, struct rs_logged_model *out)
{
    struct rs_logged_model_ref ref;

    RS_TRY(allow_deleted ? rs_store_logged_model_find(cx, s, model_id, &ref)
                         : find_active(cx, s, model_id, &ref));
    return rs_store_logged_models_load(cx, s, &ref.id, 1, out);
}

enum rs_code rs_logged_model_finalize(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                      enum rs_logged_model_status status,
                                      struct rs_logged_model *out)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_logged_model_ref ref;

    RS_TRY(find_active(cx, s, model_id, &ref));
    RS_TRY(rs_store_logged_model_set_status(cx, s, ref.id, status, rs_clock_wall_ms()));
    if (ref.status != status) {
        RS_TRY(rs_record(
            cx, &recorder,
            &(struct rs_happening){.kind = RS_EVENT_LOGGED_MODEL_UPDATED,
                                   .subject = rs_subject_logged_model(cx->arena, ref.model_id),
                                   .before = RS_FACTS({RS_STR("status"), status_text(ref.status)}),
                                   .after = RS_FACTS({RS_STR("status"), status_text(status)})}));
    }
    return rs_store_logged_models_load(cx, s, &ref.id, 1, out);
}

enum rs_code rs_logged_model_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_logged_model_ref ref;

    RS_TRY(rs_store_logged_model_find(cx, s, model_id, &ref));
    if (ref.stage == RS_STAGE_DELETED) {
        return RS_OK;
    }
    RS_TRY(rs_store_logged_model_delete(cx, s, ref.id, rs_clock_wall_ms()));
    const struct rs_happening h = {
        .kind = RS_EVENT_LOGGED_MODEL_DELETED,
        .subject = rs_subject_logged_model(cx->arena, ref.model_id),
        .before = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(RS_STAGE_ACTIVE)}),
        .after = RS_FACTS({RS_STR("lifecycle_stage"), rs_stage_text(RS_STAGE_DELETED)})};
    return rs_record(cx, &recorder, &h);
}

enum rs_code rs_logged_model_set_tags(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                      const struct rs_list *tags)
{
    struct rs_logged_model_ref ref;

    RS_TRY(find_active(cx, s, model_id, &ref));
    return rs_store_logged_model_tags_put(cx, s, ref.id, tags);
}

enum rs_code rs_logged_model_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, struct rs_str key)
{
    struct rs_logged_model_ref ref;
    bool was_there = false;

    RS_TRY(find_active(cx, s, model_id, &ref));
    RS_TRY(rs_store_logged_model_tag_delete(cx, s, ref.id, key, &was_there));
    if (!was_there) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "No tag with key '" RS_FMT "' found for model with ID '" RS_FMT "'.",
                       RS_ARG(key), RS_ARG(model_id));
    }
    return RS_OK;
}

enum rs_code rs_logged_model_log_params(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, const struct rs_list *params)
{
    struct rs_logged_model_ref ref;

    RS_TRY(find_active(cx, s, model_id, &ref));
    return rs_store_logged_model_params_put(cx, s, ref.id, params);
}

enum rs_code rs_logged_model_artifact_uri(struct rs_cx *cx, struct rs_store *s,
                                          struct rs_str model_id, struct rs_str *uri)
{
    struct rs_logged_model_ref ref;

    RS_TRY(find_active(cx, s, model_id, &ref));
    *uri = rs_artifact_uri(
        cx->arena, ref.artifact_location,
        rs_arena_fmt(cx->arena, "models/" RS_FMT "/artifacts", RS_ARG(ref.model_id)));
    return RS_OK;
}
