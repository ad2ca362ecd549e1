/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments. */
#include "service/experiments.h"

#include "api/mlflow/routes.h"

const struct rs_fields rs_ml_experiment_id_fields = RS_FIELDS(
    struct rs_ml_experiment_id, RS_FIELD(struct rs_ml_experiment_id, experiment_id, RS_REQUIRED));

const struct rs_fields rs_ml_experiment_name_fields = RS_FIELDS(
    struct rs_ml_experiment_name,
    RS_FIELD(struct rs_ml_experiment_name, experiment_name, RS_REQUIRED));

const struct rs_fields rs_ml_experiment_fields = RS_FIELDS(
    struct rs_ml_experiment,
    RS_FIELD_OF(struct rs_ml_experiment, experiment, 0, &rs_experiment_fields));

const struct rs_fields rs_ml_create_experiment_fields = RS_FIELDS(
    struct rs_ml_create_experiment, RS_FIELD(struct rs_ml_create_experiment, name, RS_REQUIRED),
    RS_FIELD(struct rs_ml_create_experiment, artifact_location, 0),
    RS_FIELD_OF(struct rs_ml_create_experiment, tags, 0, &rs_free_tag_fields));

const struct rs_fields rs_ml_update_experiment_fields = RS_FIELDS(
    struct rs_ml_update_experiment,
    RS_FIELD(struct rs_ml_update_experiment, experiment_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_update_experiment, new_name, RS_REQUIRED));

const struct rs_fields rs_ml_experiment_tag_fields = RS_FIELDS(
    struct rs_ml_experiment_tag, RS_FIELD(struct rs_ml_experiment_tag, experiment_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_experiment_tag, key, RS_REQUIRED),
    RS_FIELD(struct rs_ml_experiment_tag, value, 0));

const struct rs_fields rs_ml_experiment_tag_key_fields = RS_FIELDS(
    struct rs_ml_experiment_tag_key,
    RS_FIELD(struct rs_ml_experiment_tag_key, experiment_id, RS_REQUIRED),
    RS_FIELD(struct rs_ml_experiment_tag_key, key, RS_REQUIRED));

enum rs_code rs_ml_get_experiment(struct rs_call *c, const struct rs_ml_experiment_id *q,
                                  struct rs_ml_experiment *out)
{
    struct rs_experiment *e = RS_NEW(c->cx->arena, struct rs_experiment);

    out->experiment = RS_SUB(e);
    return rs_experiment_get(c->cx, c->store, q->experiment_id, e);
}

enum rs_code rs_ml_get_experiment_by_name(struct rs_call *c, const struct rs_ml_experiment_name *q,
                                          struct rs_ml_experiment *out)
{
    struct rs_experiment *e = RS_NEW(c->cx->arena, struct rs_experiment);

    out->experiment = RS_SUB(e);
    return rs_experiment_get_by_name(c->cx, c->store, q->experiment_name, e);
}

enum rs_code rs_ml_create_experiment(struct rs_call *c, const struct rs_ml_create_experiment *q,
                                     struct rs_ml_experiment_id *out)
{
    const struct rs_experiment_draft draft = {.name = q->name,
                                              .artifact_location = q->artifact_location,
                                              .artifact_root = c->api->artifact_root,
                                              .tags = q->tags};
    const struct rs_tag *tags = q->tags.p;
    int64_t id = 0;

    for (size_t i = 0; i < q->tags.n; i++) {
        RS_TRY(rs_archival_tag_check(c->cx, &tags[i]));
    }
    RS_TRY(rs_experiment_create(c->cx, c->store, &draft, &id));
    out->experiment_id = rs_arena_i64(c->cx->arena, id);
    return RS_OK;
}

enum rs_code rs_ml_delete_experiment(struct rs_call *c, const struct rs_ml_experiment_id *q,
                                     struct rs_ml_empty *out)
{
    (void)out;
    return rs_experiment_delete(c->cx, c->store, q->experiment_id);
}

enum rs_code rs_ml_restore_experiment(struct rs_call *c, const struct rs_ml_experiment_id *q,
                                      struct rs_ml_empty *out)
{
    (void)out;
    return rs_experiment_restore(c->cx, c->store, q->experiment_id);
}

enum rs_code rs_ml_update_experiment(struct rs_call *c, const struct rs_ml_update_experiment *q,
                                     struct rs_ml_empty *out)
{
    (void)out;
    return rs_experiment_rename(c->cx, c->store, q->experiment_id, q->new_name);
}

enum rs_code rs_ml_set_experiment_tag(struct rs_call *c, const struct rs_ml_experiment_tag *q,
                                      struct rs_ml_empty *out)
{
    const struct rs_tag tag = {q->key, q->value};

    (void)out;
    RS_TRY(rs_archival_tag_check(c->cx, &tag));
    return rs_experiment_set_tag(c->cx, c->store, q->experiment_id, &tag);
}

enum rs_code rs_ml_delete_experiment_tag(struct rs_call *c,
                                         const struct rs_ml_experiment_tag_key *q,
                                         struct rs_ml_empty *out)
{
    (void)out;
    return rs_experiment_delete_tag(c->cx, c->store, q->experiment_id, q->key);
}
