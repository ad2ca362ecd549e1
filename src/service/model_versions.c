/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of model versions. */
#include "service/model_versions.h"

#include "base/clock.h"
#include "model/prompt.h"
#include "service/model_source.h"
#include "service/registered_models.h"
#include "service/registry_facts.h"

enum rs_code rs_model_version_find(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_version_name *name, struct rs_version_found *out)
{
    int64_t number = 0;

    RS_TRY(rs_model_name_check(cx, "name", name->model));
    RS_TRY(rs_model_version_parse(cx, name->version, &number));
    RS_TRY(rs_store_registered_model_look(cx, s, name->model, &out->model));
    out->model.name = name->model; /* for the message where there is none */
    return rs_store_model_version_find(cx, s, &out->model, number, &out->row);
}

static enum rs_code load(struct rs_cx *cx, struct rs_store *s, int64_t id,
                         struct rs_model_version *out)
{
    return rs_store_model_versions_load_whole(cx, s, &id, 1, out);
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
    *model_id = draft->model_id.n > 0 ? draft->model_id : (struct rs_str){0};
    return load(cx, s, row.id, out);
}

enum rs_code rs_model_version_get(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_version_name *name, struct rs_model_version *out)
{
    struct rs_version_found found;

    RS_TRY(rs_model_version_find(cx, s, name, &found));
    return load(cx, s, found.row.id, out);
}

enum rs_code rs_model_version_uri(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_version_name *name, struct rs_str *uri)
{
    struct rs_version_found found;

    RS_TRY(rs_model_version_find(cx, s, name, &found));
    *uri = found.row.storage_location.n > 0 ? found.row.storage_location : found.row.source;
    return RS_OK;
}

static struct rs_str subject_of(struct rs_cx *cx, const struct rs_version_found *v)
{
    return rs_subject_version(cx->arena, v->model.name, v->row.version);
}

enum rs_code rs_model_version_update(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_version_name *name, struct rs_str description,
                                     struct rs_model_version *out)
{
    const struct rs_str wanted = description.p != NULL ? description : RS_STR("");
    struct rs_recorder recorder = {.store = s};
    struct rs_version_found found;

    RS_TRY(rs_model_version_find(cx, s, name, &found));
    const struct rs_str was = found.row.description;
    RS_TRY(rs_store_model_version_describe(cx, s, found.row.id, wanted, rs_clock_wall_ms()));
    if (!rs_str_eq(wanted, was)) {
        RS_TRY(
            rs_record(cx, &recorder,
                      &(struct rs_happening){.kind = RS_EVENT_VERSION_UPDATED,
                                             .subject = subject_of(cx, &found),
                                             .model = found.model.id,
                                             .before = RS_FACTS({RS_STR("description"), was}),
                                             .after = RS_FACTS({RS_STR("description"), wanted})}));
    }
    return load(cx, s, found.row.id, out);
}

enum rs_code rs_stage_versions(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                               struct rs_str stage, struct rs_version_numbers *out)
{
    struct rs_registered_model_ref model;
    enum rs_model_stage which;

    RS_TRY(rs_model_stage_parse(cx, stage, &which));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    return rs_store_model_versions_in_stage(cx, s, model.id, which, out);
}

enum rs_code rs_stage_move(struct rs_cx *cx, struct rs_recorder *r,
                           const struct rs_version_found *version, enum rs_model_stage stage,
                           int64_t now)
{
    const struct rs_str was = rs_model_stage_text(version->row.stage);
    const struct rs_str is = rs_model_stage_text(stage);

    RS_TRY(rs_store_model_version_set_stage(cx, r->store, version->row.id, stage, now));
    if (version->row.stage == stage) {
        return RS_OK;
    }
    return rs_record(cx, r,
                     &(struct rs_happening){.kind = RS_EVENT_VERSION_STAGE_SET,
                                            .subject = subject_of(cx, version),
                                            .model = version->model.id,
                                            .before = RS_FACTS({RS_STR("stage"), was}),
                                            .after = RS_FACTS({RS_STR("stage"), is})});
}

enum rs_code rs_stage_archive_others(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_version_found *kept, enum rs_model_stage stage,
                                     int64_t now)
{
    struct rs_version_numbers others;

    RS_TRY(rs_store_model_versions_in_stage(cx, r->store, kept->model.id, stage, &others));
    for (size_t i = 0; i < others.n; i++) {
        struct rs_version_found other = {.model = kept->model};

        if (others.p[i] != kept->row.version) {
            RS_TRY(
                rs_store_model_version_find(cx, r->store, &other.model, others.p[i], &other.row));
            RS_TRY(rs_stage_move(cx, r, &other, RS_MODEL_STAGE_ARCHIVED, now));
        }
    }
    return RS_OK;
}

enum rs_code rs_model_version_transition(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_transition *t,
                                         struct rs_model_version *out)
{
    const int64_t now = rs_clock_wall_ms();
    struct rs_recorder recorder = {.store = s};
    struct rs_version_found found;
    enum rs_model_stage stage;

    RS_TRY(rs_model_stage_parse(cx, t->stage, &stage));
    if (t->archive_existing && stage != RS_MODEL_STAGE_STAGING &&
        stage != RS_MODEL_STAGE_PRODUCTION) {
        return rs_fail(cx, RS_INVALID,
                       "Model version transition cannot archive existing model versions because "
                       "'" RS_FMT "' is not an Active stage. Valid stages are ['Staging', "
                       "'Production']",
                       RS_ARG(t->stage));
    }
    RS_TRY(rs_model_version_find(cx, s, &t->version, &found));
    if (t->archive_existing) {
        RS_TRY(rs_stage_archive_others(cx, &recorder, &found, stage, now));
    }
    RS_TRY(rs_stage_move(cx, &recorder, &found, stage, now));
    RS_TRY(rs_store_registered_model_touch(cx, s, found.model.id, now));
    return load(cx, s, found.row.id, out);
}

enum rs_code rs_model_version_remove(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_registered_model_ref *model, int64_t version)
{
    struct rs_version_found found = {.model = *model};
    struct rs_model_version whole;

    RS_TRY(rs_store_model_version_find(cx, r->store, model, version, &found.row));
    RS_TRY(load(cx, r->store, found.row.id, &whole));
    for (size_t i = 0; i < whole.aliases.n; i++) {
        RS_TRY(rs_alias_move(cx, r, model, whole.aliases.p[i], 0));
    }
    RS_TRY(rs_store_model_version_delete(cx, r->store, found.row.id));
    return rs_record(
        cx, r,
        &(struct rs_happening){.kind = RS_EVENT_VERSION_DELETED,
                               .subject = subject_of(cx, &found),
                               .model = model->id,
                               .before = rs_version_facts(cx->arena, &found.row, &whole.tags)});
}

enum rs_code rs_model_version_delete(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_version_name *name)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_version_found found;

    RS_TRY(rs_model_version_find(cx, s, name, &found));
    RS_TRY(rs_model_version_remove(cx, &recorder, &found.model, found.row.version));
    return rs_store_registered_model_touch(cx, s, found.model.id, rs_clock_wall_ms());
}

enum rs_code rs_model_version_set_tag(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_version_name *name, const struct rs_tag *tag)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {.kind = RS_EVENT_VERSION_TAG_SET,
                                   .key = tag->key,
                                   .after = tag->value.p != NULL ? tag->value : RS_STR("")};
    struct rs_version_found found;

    RS_TRY(rs_model_version_tag_check(cx, tag));
    RS_TRY(rs_model_version_find(cx, s, name, &found));
    RS_TRY(rs_store_model_version_tag_put(cx, s, found.row.id, tag, &change.before));
    change.subject = subject_of(cx, &found);
    change.model = found.model.id;
    return rs_record_tag(cx, &recorder, &change);
}

enum rs_code rs_model_version_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_version_name *name, struct rs_str key)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_tag_change change = {.kind = RS_EVENT_VERSION_TAG_DELETED, .key = key};
    struct rs_version_found found;

    RS_TRY(rs_model_version_tag_check(cx, &(struct rs_tag){.key = key}));
    RS_TRY(rs_model_version_find(cx, s, name, &found));
    RS_TRY(rs_store_model_version_tag_delete(cx, s, found.row.id, key, &change.before));
    change.subject = subject_of(cx, &found);
    change.model = found.model.id;
    return rs_record_tag(cx, &recorder, &change);
}
