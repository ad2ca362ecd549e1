/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of registered models. */
#include "service/registered_models.h"

#include "base/clock.h"
#include "model/prompt.h"
#include "service/model_versions.h"
#include "service/registry_facts.h"

enum rs_code rs_registered_model_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                      struct rs_registered_model_ref *out)
{
    RS_TRY(rs_model_name_check(cx, "name", name));
    return rs_store_registered_model_find(cx, s, name, out);
}

static enum rs_code load(struct rs_cx *cx, struct rs_store *s, int64_t id,
                         struct rs_registered_model *out)
{
    return rs_store_registered_models_load(cx, s, &id, 1, out);
}

/* The name is another model's. */
static enum rs_code fail_taken(struct rs_cx *cx, const struct rs_registered_model_ref *other,
                               bool is_prompt)
{
    static const char *const lower[] = {"registered model", "prompt"};
    static const char *const title[] = {"Registered Model", "Prompt"};

    if (other->is_prompt != is_prompt) {
        const struct rs_str name = rs_quote_repr(cx->arena, other->name);

        return rs_fail(cx, RS_EXISTS,
                       "Tried to create a %s with name " RS_FMT ", but the name is already taken "
                       "by a %s. MLflow does not allow creating a model and a prompt with the same "
                       "name.",
                       lower[is_prompt], RS_ARG(name), lower[other->is_prompt]);
    }
    return rs_fail(cx, RS_EXISTS, "%s (name=" RS_FMT ") already exists.", title[is_prompt],
                   RS_ARG(other->name));
}

enum rs_code rs_registered_model_create(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_registered_model_draft *draft,
                                        struct rs_registered_model *out)
{
    const struct rs_list *tags = &draft->tags;
    const struct rs_tag *tag = tags->p;
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_list kept;
    struct rs_str before;

    RS_TRY(rs_model_name_check(cx, "name", draft->name));
    for (size_t i = 0; i < tags->n; i++) {
        RS_TRY(rs_registered_model_tag_check(cx, &tag[i]));
    }
    RS_TRY(rs_store_registered_model_look(cx, s, draft->name, &model));
    if (model.id != 0) {
        return fail_taken(cx, &model, rs_tags_make_prompt(tags));
    }
    model = (struct rs_registered_model_ref){.name = draft->name,
                                             .description = draft->description,
                                             .creation_time = rs_clock_wall_ms()};
    RS_TRY(rs_store_registered_model_create(cx, s, &model));
    for (size_t i = 0; i < tags->n; i++) {
        RS_TRY(rs_store_registered_model_tag_put(cx, s, model.id, &tag[i], &before));
    }
    RS_TRY(rs_store_registered_model_tags(cx, s, model.id, &kept));
    RS_TRY(rs_record(cx, &recorder,
                     &(struct rs_happening){.kind = RS_EVENT_MODEL_CREATED,
                                            .subject = rs_subject_model(cx->arena, model.name),
                                            .model = model.id,
                                            .after = rs_model_facts(cx->arena, &model, &kept)}));
    return load(cx, s, model.id, out);
}

enum rs_code rs_registered_model_get(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                     struct rs_registered_model *out)
{
    struct rs_registered_model_ref model;

    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    return load(cx, s, model.id, out);
}

enum rs_code rs_registered_model_update(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        struct rs_str description, struct rs_registered_model *out)
{
    const struct rs_str wanted = description.p != NULL ? description : RS_STR("");
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;

    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    RS_TRY(rs_store_registered_model_describe(cx, s, model.id, wanted, rs_clock_wall_ms()));
    if (!rs_str_eq(wanted, model.description)) {
        RS_TRY(rs_record(
            cx, &recorder,
            &(struct rs_happening){.kind = RS_EVENT_MODEL_UPDATED,
                                   .subject = rs_subject_model(cx->arena, name),
                                   .model = model.id,
                                   .before = RS_FACTS({RS_STR("description"), model.description}),
                                   .after = RS_FACTS({RS_STR("description"), wanted})}));
    }
    return load(cx, s, model.id, out);
}

enum rs_code rs_registered_model_rename(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        struct rs_str new_name, struct rs_registered_model *out)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_registered_model_ref other;

    RS_TRY(rs_model_name_check(cx, "new_name", new_name));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    RS_TRY(rs_store_registered_model_look(cx, s, new_name, &other));
    if (other.id != 0 && other.id != model.id) {
        return rs_fail(cx, RS_EXISTS, "Registered Model (name=" RS_FMT ") already exists.",
                       RS_ARG(new_name));
    }
    RS_TRY(rs_store_registered_model_rename(cx, s, model.id, new_name, rs_clock_wall_ms()));
    if (!rs_str_eq(name, new_name)) {
        RS_TRY(rs_record(cx, &recorder,
                         &(struct rs_happening){.kind = RS_EVENT_MODEL_RENAMED,
                                                .subject = rs_subject_model(cx->arena, new_name),
                                                .model = model.id,
                                                .before = RS_FACTS({RS_STR("name"), name}),
                                                .after = RS_FACTS({RS_STR("name"), new_name})}));
    }
    return load(cx, s, model.id, out);
}

enum rs_code rs_registered_model_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str name)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_version_numbers versions;
    struct rs_list tags;

    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    RS_TRY(rs_store_model_versions_of(cx, s, model.id, &versions));
    for (size_t i = 0; i < versions.n; i++) {
        RS_TRY(rs_model_version_remove(cx, &recorder, &model, versions.p[i]));
    }
    RS_TRY(rs_store_registered_model_tags(cx, s, model.id, &tags));
    RS_TRY(rs_store_registered_model_delete(cx, s, model.id));
    return rs_record(cx, &recorder,
                     &(struct rs_happening){.kind = RS_EVENT_MODEL_DELETED,
                                            .subject = rs_subject_model(cx->arena, name),
                                            .model = model.id,
                                            .before = rs_model_facts(cx->arena, &model, &tags)});
}

enum rs_code rs_registered_model_set_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                         const struct rs_tag *tag)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_tag_change change = {.kind = RS_EVENT_MODEL_TAG_SET,
                                   .subject = rs_subject_model(cx->arena, name),
                                   .key = tag->key,
                                   .after = tag->value.p != NULL ? tag->value : RS_STR("")};

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_registered_model_tag_check(cx, tag));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    RS_TRY(rs_store_registered_model_tag_put(cx, s, model.id, tag, &change.before));
    change.model = model.id;
    return rs_record_tag(cx, &recorder, &change);
}

enum rs_code rs_registered_model_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name, struct rs_str key)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;
    struct rs_tag_change change = {.kind = RS_EVENT_MODEL_TAG_DELETED,
                                   .subject = rs_subject_model(cx->arena, name),
                                   .key = key};

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_registered_model_tag_check(cx, &(struct rs_tag){.key = key}));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    RS_TRY(rs_store_registered_model_tag_delete(cx, s, model.id, key, &change.before));
    change.model = model.id;
    return rs_record_tag(cx, &recorder, &change);
}

enum rs_code rs_registered_model_latest(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        const struct rs_strs *stages, struct rs_list *out)
{
    bool wanted[RS_N_MODEL_STAGES] = {false};
    int64_t newest[RS_N_MODEL_STAGES];
    int64_t ids[RS_N_MODEL_STAGES];
    struct rs_registered_model_ref model;
    size_t n = 0;

    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    for (size_t i = 0; i < stages->n; i++) {
        enum rs_model_stage stage;

        RS_TRY(rs_model_stage_parse(cx, stages->p[i], &stage));
        wanted[stage] = true;
    }
    RS_TRY(rs_store_model_versions_newest(cx, s, model.id, newest));
    for (size_t stage = 0; stage < RS_N_MODEL_STAGES; stage++) {
        if (newest[stage] != 0 && (wanted[stage] || stages->n == 0)) {
            ids[n++] = newest[stage];
        }
    }
    struct rs_model_version *versions = RS_NEW_N(cx->arena, struct rs_model_version, n);
    *out = RS_LIST(versions, n);
    return rs_store_model_versions_load_whole(cx, s, ids, n, versions);
}

/* A move of an alias of a model, from version to version; 0: it is not set. */
struct alias_move {
    int64_t model;
    struct rs_str name; /* the model's */
    struct rs_str alias;
    int64_t from;
    int64_t to;
};

static enum rs_code move(struct rs_cx *cx, struct rs_recorder *r, const struct alias_move *m)
{
    struct rs_happening h = {.kind = m->to != 0 ? RS_EVENT_ALIAS_SET : RS_EVENT_ALIAS_DELETED,
                             .subject = rs_subject_alias(cx->arena, m->name, m->alias),
                             .model = m->model};
    struct rs_fact before = {RS_STR("version"), rs_arena_i64(cx->arena, m->from)};
    struct rs_fact after = {RS_STR("version"), rs_arena_i64(cx->arena, m->to)};

    if (m->from == m->to) {
        return RS_OK;
    }
    RS_TRY(m->to != 0 ? rs_store_alias_put(cx, r->store, m->model, m->alias, m->to)
                      : rs_store_alias_delete(cx, r->store, m->model, m->alias));
    h.before = RS_LIST(&before, m->from != 0);
    h.after = RS_LIST(&after, m->to != 0);
    return rs_record(cx, r, &h);
}

enum rs_code rs_alias_move(struct rs_cx *cx, struct rs_recorder *r,
                           const struct rs_registered_model_ref *model, struct rs_str alias,
                           int64_t version)
{
    struct alias_move m = {.model = model->id, .name = model->name, .alias = alias, .to = version};

    RS_TRY(rs_store_alias_get(cx, r->store, model->id, alias, &m.from));
    return move(cx, r, &m);
}

enum rs_code rs_alias_version(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                              struct rs_str alias, int64_t *version)
{
    struct rs_registered_model_ref model;

    RS_TRY(rs_alias_check(cx, alias));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    return rs_store_alias_get(cx, s, model.id, alias, version);
}

enum rs_code rs_alias_set(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str alias, struct rs_str version)
{
    const struct rs_alias_ref ref = {name, alias};
    const struct rs_version_name which = {name, version};
    struct rs_recorder recorder = {.store = s};
    struct rs_version_found found;
    struct rs_alias_aim aim;
    int64_t number = 0;

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_alias_new_check(cx, alias));
    RS_TRY(rs_model_version_parse(cx, version, &number));
    RS_TRY(rs_store_alias_aim(cx, s, &ref, number, &aim));
    if (aim.model == 0) {
        return rs_model_version_find(cx, s, &which, &found); /* which says what is not there */
    }
    return move(cx, &recorder,
                &(struct alias_move){aim.model, name, alias, .from = aim.from, .to = number});
}

enum rs_code rs_alias_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                             struct rs_str alias)
{
    struct rs_recorder recorder = {.store = s};
    struct rs_registered_model_ref model;

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_alias_check(cx, alias));
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    return rs_alias_move(cx, &recorder, &model, alias, 0);
}

/* The newest version of all stages. */
static enum rs_code get_latest(struct rs_cx *cx, struct rs_store *s,
                               const struct rs_registered_model_ref *model, int64_t *version)
{
    struct rs_version_numbers versions;

    RS_TRY(rs_store_model_versions_of(cx, s, model->id, &versions));
    if (versions.n == 0) {
        return rs_fail(cx, RS_NOT_FOUND, "Latest version not found for model " RS_FMT ".",
                       RS_ARG(model->name));
    }
    *version = versions.p[versions.n - 1];
    return RS_OK;
}

enum rs_code rs_alias_get(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str alias, struct rs_model_version *out)
{
    const struct rs_alias_ref ref = {name, alias};
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;
    int64_t version = 0;

    RS_TRY(rs_model_name_check(cx, "name", name));
    RS_TRY(rs_alias_check(cx, alias));
    RS_TRY(rs_store_model_version_by_alias(cx, s, &ref, out));
    if (out->version.p != NULL) {
        return RS_OK;
    }
    RS_TRY(rs_registered_model_find(cx, s, name, &model));
    if (rs_str_eq_nocase(alias, RS_STR("latest"))) {
        RS_TRY(get_latest(cx, s, &model, &version));
    }
    if (version == 0) {
        return rs_fail(cx, RS_INVALID, "Registered model alias " RS_FMT " not found.",
                       RS_ARG(alias));
    }
    RS_TRY(rs_store_model_version_find(cx, s, &model, version, &row));
    return rs_store_model_versions_load_whole(cx, s, &row.id, 1, out);
}
