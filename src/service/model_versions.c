/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of model versions. */
#include "service/model_versions.h"

#include "base/clock.h"
#include "model/prompt.h"
#include "service/model_source.h"
#include "service/registered_models.h"
#include "service/registry_facts.h"

enum rs_code rs_model_version_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                   struct rs_str version, struct rs_registered_model_ref *model,
                                   struct rs_model_version_row *out)
{
    int64_t number = 0;

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_model_version_parse(cx, version, &number));
    RS_TRY(rs_store_registered_model_look(cx, s, name, model));
    if (model->id == 0) {
        model->name = name;
    }
    return rs_store_model_version_find(cx, s, model, number, out);
}

static enum rs_code load(struct rs_cx *cx, struct rs_store *s, int64_t id,
                         struct rs_model_version *out)
{
    return rs_store_model_versions_load(cx, s, &id, 1, true, out);
}

/* Where the version comes from, by the rules of prompts or of models. */
static enum rs_code find_source(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_model_version_draft *draft,
                                struct rs_source_found *out)
{
    if (!rs_tags_make_prompt(&draft->tags)) {
        return rs_model_source_find(cx, s, draft, out);
    }
    *out = (struct rs_source_found){.source = draft->source, .run_id = draft->run_id};
    return rs_prompt_source_check(cx, draft->source);
}

static enum rs_code put_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                             const struct rs_list *tags, struct rs_list *kept)
{
    const struct rs_tag *tag = tags->p;
    struct rs_str before;

    for (size_t i = 0; i < tags->n; i++) {
        RS_TRY(rs_store_model_version_tag_put(cx, s, id, &tag[i], &before));
    }
    return rs_store_model_version_tags(cx, s, id, kept);
}

enum rs_code rs_model_version_create(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_model_version_draft *draft,
                                     struct rs_model_version *out, struct rs_str *model_id)
{
    const struct rs_tag *tag = draft->tags.p;
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_source_found found;
    struct rs_list kept;

    RS_TRY(find_source(cx, s, draft, &found));
    RS_TRY(rs_model_name_check(cx, "name", draft->name));
    for (size_t i = 0; i < draft->tags.n; i++) {
        RS_TRY(rs_model_version_tag_check(cx, &tag[i]));
    }
    RS_TRY(rs_registered_model_find(cx, s, draft->name, &model));
    struct rs_model_version_row row = {.model = model.id,
                                       .description = draft->description,
                                       .source = found.source,
                                       .storage_location = found.storage_location,
                                       .run_id = found.run_id,
                                       .run_link = draft->run_link,
                                       .model_id = found.model_id,
                                       .creation_time = rs_clock_wall_ms()};
    RS_TRY(rs_store_model_version_create(cx, s, &row));
    RS_TRY(put_tags(cx, s, row.id, &draft->tags, &kept));
    RS_TRY(rs_record(
        cx, &recorder,
        &(struct rs_happening){.kind = RS_EVENT_VERSION_CREATED,
                               .subject = rs_subject_version(cx->arena, model.name, row.version),
                               .model = model.id,
                               .after = rs_version_facts(cx->arena, &row, &kept)}));
    *model_id = found.model_id.n > 0 ? found.model_id : (struct rs_str){0};
    return load(cx, s, row.id, out);
}

enum rs_code rs_model_version_get(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                  struct rs_str version, struct rs_model_version *out)
{
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    return load(cx, s, row.id, out);
}

enum rs_code rs_model_version_uri(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                  struct rs_str version, struct rs_str *uri)
{
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    *uri = row.storage_location.n > 0 ? row.storage_location : row.source;
    return RS_OK;
}

enum rs_code rs_model_version_update(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                     struct rs_str version, struct rs_str description,
                                     struct rs_model_version *out)
{
    const struct rs_str wanted = description.p != NULL ? description : RS_STR("");
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    RS_TRY(rs_store_model_version_describe(cx, s, row.id, wanted, rs_clock_wall_ms()));
    if (!rs_str_eq(wanted, row.description)) {
        RS_TRY(rs_record(
            cx, &recorder,
            &(struct rs_happening){.kind = RS_EVENT_VERSION_UPDATED,
                                   .subject = rs_subject_version(cx->arena, name, row.version),
                                   .model = model.id,
                                   .before = RS_FACTS({RS_STR("description"), row.description}),
                                   .after = RS_FACTS({RS_STR("description"), wanted})}));
    }
    return load(cx, s, row.id, out);
}

enum rs_code rs_stage_move(struct rs_cx *cx, struct rs_recorder *r,
                           const struct rs_registered_model_ref *model,
                           const struct rs_model_version_row *version, enum rs_model_stage stage,
                           int64_t now)
{
    const struct rs_str was = rs_model_stage_text(version->stage);
    const struct rs_str is = rs_model_stage_text(stage);

    RS_TRY(rs_store_model_version_set_stage(cx, r->store, version->id, stage, now));
    if (version->stage == stage) {
        return RS_OK;
    }
    return rs_record(cx, r,
                     &(struct rs_happening){
                         .kind = RS_EVENT_VERSION_STAGE_SET,
                         .subject = rs_subject_version(cx->arena, model->name, version->version),
                         .model = model->id,
                         .before = RS_FACTS({RS_STR("stage"), was}),
                         .after = RS_FACTS({RS_STR("stage"), is})});
}

/* Moves all others that are in the stage to Archived. */
static enum rs_code archive_others(struct rs_cx *cx, struct rs_recorder *r,
                                   const struct rs_registered_model_ref *model, int64_t version,
                                   enum rs_model_stage stage, int64_t now)
{
    int64_t *others = NULL;
    size_t n = 0;

    RS_TRY(rs_store_model_versions_in_stage(cx, r->store, model->id, stage, &others, &n));
    for (size_t i = 0; i < n; i++) {
        struct rs_model_version_row row;

        if (others[i] != version) {
            RS_TRY(rs_store_model_version_find(cx, r->store, model, others[i], &row));
            RS_TRY(rs_stage_move(cx, r, model, &row, RS_MODEL_STAGE_ARCHIVED, now));
        }
    }
    return RS_OK;
}

enum rs_code rs_model_version_transition(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                         struct rs_str version, struct rs_str stage,
                                         bool archive_existing, struct rs_model_version *out)
{
    const int64_t now = rs_clock_wall_ms();
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;
    enum rs_model_stage target;

    RS_TRY(rs_model_stage_parse(cx, stage, &target));
    if (archive_existing && target != RS_MODEL_STAGE_STAGING &&
        target != RS_MODEL_STAGE_PRODUCTION) {
        return rs_fail(cx, RS_INVALID,
                       "Model version transition cannot archive existing model versions because "
                       "'" RS_FMT "' is not an Active stage. Valid stages are ['Staging', "
                       "'Production']",
                       RS_ARG(stage));
    }
    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    if (archive_existing) {
        RS_TRY(archive_others(cx, &recorder, &model, row.version, target, now));
    }
    RS_TRY(rs_stage_move(cx, &recorder, &model, &row, target, now));
    RS_TRY(rs_store_registered_model_touch(cx, s, model.id, now));
    return load(cx, s, row.id, out);
}

enum rs_code rs_model_version_remove(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_registered_model_ref *model, int64_t version)
{
    struct rs_model_version whole;
    struct rs_model_version_row row;

    RS_TRY(rs_store_model_version_find(cx, r->store, model, version, &row));
    RS_TRY(load(cx, r->store, row.id, &whole));
    for (size_t i = 0; i < whole.aliases.n; i++) {
        RS_TRY(rs_alias_move(cx, r, model, whole.aliases.p[i], 0));
    }
    RS_TRY(rs_store_model_version_delete(cx, r->store, row.id));
    return rs_record(
        cx, r,
        &(struct rs_happening){.kind = RS_EVENT_VERSION_DELETED,
                               .subject = rs_subject_version(cx->arena, model->name, version),
                               .model = model->id,
                               .before = rs_version_facts(cx->arena, &row, &whole.tags)});
}

enum rs_code rs_model_version_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                     struct rs_str version)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    RS_TRY(rs_model_version_remove(cx, &recorder, &model, row.version));
    return rs_store_registered_model_touch(cx, s, model.id, rs_clock_wall_ms());
}

enum rs_code rs_model_version_set_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                      struct rs_str version, const struct rs_tag *tag)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {.kind = RS_EVENT_VERSION_TAG_SET,
                                   .key = tag->key,
                                   .after = tag->value.p != NULL ? tag->value : RS_STR("")};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_tag_check(cx, tag));
    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    RS_TRY(rs_store_model_version_tag_put(cx, s, row.id, tag, &change.before));
    change.subject = rs_subject_version(cx->arena, name, row.version);
    change.model = model.id;
    return rs_record_tag(cx, &recorder, &change);
}

enum rs_code rs_model_version_delete_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                         struct rs_str version, struct rs_str key)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {.kind = RS_EVENT_VERSION_TAG_DELETED, .key = key};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;

    RS_TRY(rs_model_version_tag_check(cx, &(struct rs_tag){.key = key}));
    RS_TRY(rs_model_version_find(cx, s, name, version, &model, &row));
    RS_TRY(rs_store_model_version_tag_delete(cx, s, row.id, key, &change.before));
    change.subject = rs_subject_version(cx->arena, name, row.version);
    change.model = model.id;
    return rs_record_tag(cx, &recorder, &change);
}
