/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models. */
#include "service/model_versions.h"

#include "api/condition.h"
#include "api/mlflow/routes.h"
#include "model/where.h"
#include "service/logged_models.h"

#define VERSIONS_TAG RS_STR("mlflow.modelVersions")

const struct rs_fields rs_ml_create_model_version_fields = RS_FIELDS(
    struct rs_ml_create_model_version,
    RS_FIELD(struct rs_ml_create_model_version, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_create_model_version, source, RS_REQUIRED),
    RS_FIELD(struct rs_ml_create_model_version, run_id, 0),
    RS_FIELD_OF(struct rs_ml_create_model_version, tags, 0, &rs_free_tag_fields),
    RS_FIELD(struct rs_ml_create_model_version, run_link, 0),
    RS_FIELD(struct rs_ml_create_model_version, description, 0),
    RS_FIELD(struct rs_ml_create_model_version, model_id, 0));

const struct rs_fields rs_ml_model_version_ref_fields = RS_FIELDS(
    struct rs_ml_model_version_ref, RS_FIELD(struct rs_ml_model_version_ref, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_ref, version, RS_REQUIRED));

const struct rs_fields rs_ml_update_model_version_fields = RS_FIELDS(
    struct rs_ml_update_model_version,
    RS_FIELD(struct rs_ml_update_model_version, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_update_model_version, version, RS_REQUIRED),
    RS_FIELD(struct rs_ml_update_model_version, description, 0));

const struct rs_fields rs_ml_transition_stage_fields = RS_FIELDS(
    struct rs_ml_transition_stage, RS_FIELD(struct rs_ml_transition_stage, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_transition_stage, version, RS_REQUIRED),
    RS_FIELD(struct rs_ml_transition_stage, stage, RS_REQUIRED),
    RS_FIELD(struct rs_ml_transition_stage, archive_existing_versions, 0));

const struct rs_fields rs_ml_model_version_tag_fields = RS_FIELDS(
    struct rs_ml_model_version_tag, RS_FIELD(struct rs_ml_model_version_tag, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_tag, version, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_tag, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_tag, value, 0));

const struct rs_fields rs_ml_model_version_tag_key_fields = RS_FIELDS(
    struct rs_ml_model_version_tag_key,
    RS_FIELD(struct rs_ml_model_version_tag_key, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_tag_key, version, RS_REQUIRED),
    RS_FIELD(struct rs_ml_model_version_tag_key, key, RS_REQUIRED));

const struct rs_fields rs_ml_model_version_fields = RS_FIELDS(
    struct rs_ml_model_version,
    RS_FIELD_OF(struct rs_ml_model_version, model_version, 0, &rs_model_version_fields));

const struct rs_fields rs_ml_download_uri_fields = RS_FIELDS(
    struct rs_ml_download_uri, RS_FIELD(struct rs_ml_download_uri, artifact_uri, 0));

static struct rs_model_version *new_version(struct rs_call *c, struct rs_ml_model_version *out)
{
    struct rs_model_version *version = RS_NEW(c->cx->arena, struct rs_model_version);

    out->model_version = RS_SUB(version);
    return version;
}

/* The value of a tag in a list of struct rs_tag; absent when there is none. */
static struct rs_str tag_value(const struct rs_list *tags, struct rs_str key)
{
    const struct rs_tag *tag = tags->p;

    for (size_t i = 0; i < tags->n; i++) {
        if (rs_str_eq(tag[i].key, key)) {
            return tag[i].value;
        }
    }
    return (struct rs_str){0};
}

/* A logged model knows its registrations by a tag of its own: a JSON list, as Python writes it. */
static enum rs_code note_registration(struct rs_call *c, struct rs_str model_id,
                                      const struct rs_model_version *version)
{
    struct rs_arena *a = c->cx->arena;
    const struct rs_str name = rs_quote_ascii(a, version->name);
    const struct rs_str entry = rs_arena_fmt(a, "{\"name\": " RS_FMT ", \"version\": " RS_FMT "}",
                                             RS_ARG(name), RS_ARG(version->version));
    struct rs_tag tag = {VERSIONS_TAG, rs_arena_fmt(a, "[" RS_FMT "]", RS_ARG(entry))};
    struct rs_logged_model model;

    RS_TRY(rs_logged_model_get(c->cx, c->store, model_id, false, &model));
    const struct rs_str old = tag_value(&((struct rs_logged_model_info *)model.info.p)->tags,
                                        VERSIONS_TAG);
    if (old.n > 2 && old.p[0] == '[' && old.p[old.n - 1] == ']') {
        tag.value = rs_arena_fmt(a, RS_FMT ", " RS_FMT "]", (int)(old.n - 1), old.p, RS_ARG(entry));
    }
    return rs_logged_model_set_tags(c->cx, c->store, model_id, &RS_LIST(&tag, 1));
}

enum rs_code rs_ml_create_model_version(struct rs_call *c,
                                        const struct rs_ml_create_model_version *q,
                                        struct rs_ml_model_version *out)
{
    const struct rs_model_version_draft draft = {.name = q->name,
                                                 .source = q->source,
                                                 .run_id = q->run_id,
                                                 .run_link = q->run_link,
                                                 .description = q->description,
                                                 .model_id = q->model_id,
                                                 .tags = q->tags};
    struct rs_model_version *version = new_version(c, out);
    struct rs_str model_id;

    RS_TRY(rs_model_version_create(c->cx, c->store, &draft, version, &model_id));
    return model_id.p != NULL ? note_registration(c, model_id, version) : RS_OK;
}

enum rs_code rs_ml_get_model_version(struct rs_call *c, const struct rs_ml_model_version_ref *q,
                                     struct rs_ml_model_version *out)
{
    return rs_model_version_get(c->cx, c->store, &(struct rs_version_name){q->name, q->version},
                                new_version(c, out));
}

enum rs_code rs_ml_get_download_uri(struct rs_call *c, const struct rs_ml_model_version_ref *q,
                                    struct rs_ml_download_uri *out)
{
    return rs_model_version_uri(c->cx, c->store, &(struct rs_version_name){q->name, q->version},
                                &out->artifact_uri);
}

enum rs_code rs_ml_update_model_version(struct rs_call *c,
                                        const struct rs_ml_update_model_version *q,
                                        struct rs_ml_model_version *out)
{
    return rs_model_version_update(c->cx, c->store, &(struct rs_version_name){q->name, q->version},
                                   q->description, new_version(c, out));
}

/* Whether the same versions are still in the stage as the caller has seen there, if that is asked.
 */
static enum rs_code check_stage(struct rs_call *c, struct rs_str name, struct rs_str stage)
{
    struct rs_arena *a = c->cx->arena;
    struct rs_version_numbers in;

    if (!rs_call_is_conditional(c)) {
        return RS_OK;
    }
    RS_TRY(rs_stage_versions(c->cx, c->store, name, stage, &in));
    return rs_condition_check(
        c, rs_arena_fmt(a, "stage " RS_FMT " of model \"" RS_FMT "\"", RS_ARG(stage), RS_ARG(name)),
        rs_versions_etag(a, in.p, in.n));
}

enum rs_code rs_ml_transition_stage(struct rs_call *c, const struct rs_ml_transition_stage *q,
                                    struct rs_ml_model_version *out)
{
    const struct rs_transition transition = {
        {q->name, q->version}, q->stage, q->archive_existing_versions.v};

    RS_TRY(check_stage(c, q->name, q->stage));
    return rs_model_version_transition(c->cx, c->store, &transition, new_version(c, out));
}

enum rs_code rs_ml_delete_model_version(struct rs_call *c, const struct rs_ml_model_version_ref *q,
                                        struct rs_ml_empty *out)
{
    (void)out;
    return rs_model_version_delete(c->cx, c->store, &(struct rs_version_name){q->name, q->version});
}

enum rs_code rs_ml_set_model_version_tag(struct rs_call *c, const struct rs_ml_model_version_tag *q,
                                         struct rs_ml_empty *out)
{
    const struct rs_tag tag = {q->key, q->value};

    (void)out;
    return rs_model_version_set_tag(c->cx, c->store, &(struct rs_version_name){q->name, q->version},
                                    &tag);
}

enum rs_code rs_ml_delete_model_version_tag(struct rs_call *c,
                                            const struct rs_ml_model_version_tag_key *q,
                                            struct rs_ml_empty *out)
{
    (void)out;
    return rs_model_version_delete_tag(c->cx, c->store,
                                       &(struct rs_version_name){q->name, q->version}, q->key);
}
