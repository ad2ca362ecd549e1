/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models, their tags and aliases. */
#include "service/registered_models.h"

#include "api/condition.h"
#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_create_registered_model_fields = RS_FIELDS(
    struct rs_ml_create_registered_model,
    RS_FIELD(struct rs_ml_create_registered_model, name, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_create_registered_model, tags, 0, &rs_free_tag_fields),
    RS_FIELD(struct rs_ml_create_registered_model, description, 0));

const struct rs_fields rs_ml_rename_registered_model_fields = RS_FIELDS(
    struct rs_ml_rename_registered_model,
    RS_FIELD(struct rs_ml_rename_registered_model, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_rename_registered_model, new_name, RS_REQUIRED));

const struct rs_fields rs_ml_update_registered_model_fields = RS_FIELDS(
    struct rs_ml_update_registered_model,
    RS_FIELD(struct rs_ml_update_registered_model, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_update_registered_model, description, 0));

const struct rs_fields rs_ml_registered_model_name_fields = RS_FIELDS(
    struct rs_ml_registered_model_name,
    RS_FIELD(struct rs_ml_registered_model_name, name, RS_REQUIRED));

const struct rs_fields rs_ml_registered_model_tag_fields = RS_FIELDS(
    struct rs_ml_registered_model_tag,
    RS_FIELD(struct rs_ml_registered_model_tag, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_registered_model_tag, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_registered_model_tag, value, 0));

const struct rs_fields rs_ml_registered_model_tag_key_fields = RS_FIELDS(
    struct rs_ml_registered_model_tag_key,
    RS_FIELD(struct rs_ml_registered_model_tag_key, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_registered_model_tag_key, key, RS_REQUIRED));

const struct rs_fields rs_ml_latest_versions_fields = RS_FIELDS(
    struct rs_ml_latest_versions, RS_FIELD(struct rs_ml_latest_versions, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_latest_versions, stages, 0));

const struct rs_fields rs_ml_set_alias_fields = RS_FIELDS(
    struct rs_ml_set_alias, RS_FIELD(struct rs_ml_set_alias, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_set_alias, alias, RS_REQUIRED),
    RS_FIELD(struct rs_ml_set_alias, version, RS_REQUIRED));

const struct rs_fields rs_ml_alias_fields = RS_FIELDS(
    struct rs_ml_alias, RS_FIELD(struct rs_ml_alias, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_alias, alias, RS_REQUIRED));

const struct rs_fields rs_ml_registered_model_fields = RS_FIELDS(
    struct rs_ml_registered_model,
    RS_FIELD_OF(struct rs_ml_registered_model, registered_model, 0, &rs_registered_model_fields));

const struct rs_fields rs_ml_model_versions_fields = RS_FIELDS(
    struct rs_ml_model_versions,
    RS_FIELD_OF(struct rs_ml_model_versions, model_versions, 0, &rs_model_version_fields));

static struct rs_registered_model *new_model(struct rs_call *c, struct rs_ml_registered_model *out)
{
    struct rs_registered_model *model = RS_NEW(c->cx->arena, struct rs_registered_model);

    out->registered_model = RS_SUB(model);
    return model;
}

enum rs_code rs_ml_create_registered_model(struct rs_call *c,
                                           const struct rs_ml_create_registered_model *q,
                                           struct rs_ml_registered_model *out)
{
    const struct rs_registered_model_draft draft = {q->name, q->description, q->tags};

    return rs_registered_model_create(c->cx, c->store, &draft, new_model(c, out));
}

enum rs_code rs_ml_rename_registered_model(struct rs_call *c,
                                           const struct rs_ml_rename_registered_model *q,
                                           struct rs_ml_registered_model *out)
{
    return rs_registered_model_rename(c->cx, c->store, q->name, q->new_name, new_model(c, out));
}

enum rs_code rs_ml_update_registered_model(struct rs_call *c,
                                           const struct rs_ml_update_registered_model *q,
                                           struct rs_ml_registered_model *out)
{
    return rs_registered_model_update(c->cx, c->store, q->name, q->description, new_model(c, out));
}

enum rs_code rs_ml_delete_registered_model(struct rs_call *c,
                                           const struct rs_ml_registered_model_name *q,
                                           struct rs_ml_empty *out)
{
    (void)out;
    return rs_registered_model_delete(c->cx, c->store, q->name);
}

enum rs_code rs_ml_get_registered_model(struct rs_call *c,
                                        const struct rs_ml_registered_model_name *q,
                                        struct rs_ml_registered_model *out)
{
    return rs_registered_model_get(c->cx, c->store, q->name, new_model(c, out));
}

enum rs_code rs_ml_get_latest_versions(struct rs_call *c, const struct rs_ml_latest_versions *q,
                                       struct rs_ml_model_versions *out)
{
    return rs_registered_model_latest(c->cx, c->store, q->name, &q->stages, &out->model_versions);
}

enum rs_code rs_ml_get_latest_versions_by_get(struct rs_call *c,
                                              const struct rs_ml_latest_versions *q,
                                              struct rs_ml_model_versions *out)
{
    return rs_ml_get_latest_versions(c, q, out);
}

enum rs_code rs_ml_set_registered_model_tag(struct rs_call *c,
                                            const struct rs_ml_registered_model_tag *q,
                                            struct rs_ml_empty *out)
{
    const struct rs_tag tag = {q->key, q->value};

    (void)out;
    return rs_registered_model_set_tag(c->cx, c->store, q->name, &tag);
}

enum rs_code rs_ml_delete_registered_model_tag(struct rs_call *c,
                                               const struct rs_ml_registered_model_tag_key *q,
                                               struct rs_ml_empty *out)
{
    (void)out;
    return rs_registered_model_delete_tag(c->cx, c->store, q->name, q->key);
}

/* Whether the alias is still where the caller has seen it, if that is asked. */
static enum rs_code check_alias(struct rs_call *c, struct rs_str name, struct rs_str alias)
{
    struct rs_arena *a = c->cx->arena;
    int64_t version = 0;

    if (!rs_call_is_conditional(c)) {
        return RS_OK;
    }
    RS_TRY(rs_alias_version(c->cx, c->store, name, alias, &version));
    return rs_condition_check(c,
                              rs_arena_fmt(a, "alias \"" RS_FMT "\" of model \"" RS_FMT "\"",
                                           RS_ARG(alias), RS_ARG(name)),
                              rs_versions_etag(a, &version, version != 0));
}

enum rs_code rs_ml_set_alias(struct rs_call *c, const struct rs_ml_set_alias *q,
                             struct rs_ml_empty *out)
{
    (void)out;
    RS_TRY(check_alias(c, q->name, q->alias));
    return rs_alias_set(c->cx, c->store, q->name, q->alias, q->version);
}

enum rs_code rs_ml_delete_alias(struct rs_call *c, const struct rs_ml_alias *q,
                                struct rs_ml_empty *out)
{
    (void)out;
    RS_TRY(check_alias(c, q->name, q->alias));
    return rs_alias_delete(c->cx, c->store, q->name, q->alias);
}

enum rs_code rs_ml_get_alias(struct rs_call *c, const struct rs_ml_alias *q,
                             struct rs_ml_model_version *out)
{
    struct rs_model_version *version = RS_NEW(c->cx->arena, struct rs_model_version);

    out->model_version = RS_SUB(version);
    return rs_alias_get(c->cx, c->store, q->name, q->alias, version);
}
