/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving sources, in the order in which MLflow does it. */
#include "service/model_source.h"

#include "model/location.h"
#include "model/model_source.h"
#include "service/logged_models.h"
#include "service/registered_models.h"
#include "store/logged_model.h"
#include "store/run.h"

/* The number of the version that a models:/name/... source means. */
static enum rs_code find_number(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_model_source *source, struct rs_str *version)
{
    struct rs_model_version aliased;
    struct rs_str stage = source->which;
    const struct rs_strs stages = {&stage, source->kind == RS_SOURCE_STAGE};
    struct rs_list latest;
    int64_t newest = 0;

    if (source->kind == RS_SOURCE_VERSION) {
        *version = source->which;
        return RS_OK;
    }
    if (source->kind == RS_SOURCE_ALIAS) {
        RS_TRY(rs_alias_get(cx, s, source->id, source->which, &aliased));
        *version = aliased.version;
        return RS_OK;
    }
    RS_TRY(rs_registered_model_latest(cx, s, source->id, &stages, &latest));
    for (size_t i = 0; i < latest.n; i++) {
        const struct rs_str text = ((const struct rs_model_version *)latest.p)[i].version;
        int64_t number = 0;

        if (rs_str_to_i64(text, &number) && number > newest) {
            newest = number;
            *version = text;
        }
    }
    if (newest == 0) {
        const struct rs_str shown = source->kind == RS_SOURCE_STAGE ? source->which
                                                                    : RS_STR("None");

        return rs_fail(cx, RS_NOT_FOUND,
                       "No versions of model with name '" RS_FMT "' and stage '" RS_FMT "' found",
                       RS_ARG(source->id), RS_ARG(shown));
    }
    return RS_OK;
}

static bool is_same(struct rs_str given, struct rs_str wanted)
{
    return given.p == NULL || rs_str_eq(given, wanted);
}

/* A copy of another version: names it by its number, and takes over what it is. */
static enum rs_code copy_version(struct rs_cx *cx, struct rs_store *s,
                                 const struct rs_model_source *source, struct rs_source_found *out)
{
    struct rs_version_name name = {.model = source->id};
    struct rs_registered_model_ref model;
    struct rs_version_found found;

    RS_TRY(rs_registered_model_find(cx, s, source->id, &model));
    if (model.is_prompt) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid model version source: '" RS_FMT
                       "'. Prompt versions cannot be used as model version sources.",
                       RS_ARG(source->text));
    }
    RS_TRY(find_number(cx, s, source, &name.version));
    RS_TRY(rs_model_version_find(cx, s, &name, &found));
    const struct rs_model_version_row *row = &found.row;
    if (!is_same(out->run_id, row->run_id) || !is_same(out->model_id, row->model_id)) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid model version source: '" RS_FMT
                       "'. The run_id and model_id request "
                       "parameters must match the referenced model version.",
                       RS_ARG(source->text));
    }
    out->source = rs_arena_fmt(cx->arena, "models:/" RS_FMT "/%lld", RS_ARG(model.name),
                               (long long)row->version);
    out->storage_location = row->storage_location.n > 0 ? row->storage_location : row->source;
    out->run_id = row->run_id;
    out->model_id = row->model_id;
    return RS_OK;
}

/* Whose artifacts a source must lie in: the run's or the logged model's that the request names. */
struct owner {
    const char *field; /* the request's name for it */
    struct rs_str id;
};

/* The URI of the owner's artifacts; absent when it is not there. */
static enum rs_code owner_uri(struct rs_cx *cx, struct rs_store *s, const struct owner *owner,
                              bool is_model, struct rs_str *uri)
{
    struct rs_run_ref run;
    struct rs_run_info info;
    enum rs_code code = RS_NOT_FOUND;

    *uri = (struct rs_str){0};
    if (owner->id.n > 0 && is_model) {
        code = rs_logged_model_artifact_uri(cx, s, owner->id, uri);
    } else if (owner->id.n > 0) {
        code = rs_store_run_find(cx, s, owner->id, &run);
        if (code == RS_OK) {
            RS_TRY(rs_store_run_info(cx, s, &run, &info));
            *uri = info.artifact_uri;
        }
    }
    if (code == RS_NOT_FOUND) {
        rs_cx_clear(cx);
        return RS_OK;
    }
    return code;
}

static enum rs_code fail_local(struct rs_cx *cx, struct rs_str source, const char *field)
{
    return rs_fail(
        cx, RS_INVALID,
        "Invalid model version source: '" RS_FMT "'. To use a local path as a model "
        "version source, the %s request parameter has to be specified and the local path "
        "has to be contained within the artifact directory of the run specified by the "
        "%s.",
        RS_ARG(source), field, field);
}

/* Whether the source belongs to the run or the logged model that the request names. */
static enum rs_code check_owner(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_model_source *source, const struct owner *owner,
                                bool is_model)
{
    const bool is_own = rs_str_eq(source->id, owner->id) && owner->id.n > 0;
    struct rs_str uri;

    if (source->kind != RS_SOURCE_LOCAL) {
        RS_TRY(rs_model_source_path_check(cx, source));
    }
    switch (source->kind) {
    case RS_SOURCE_RUN:
        return is_own && !is_model ? RS_OK : rs_model_source_fail(cx, source->text, owner->field);
    case RS_SOURCE_LOGGED:
        return is_own && is_model ? RS_OK : rs_model_source_fail(cx, source->text, "model_id");
    case RS_SOURCE_LOCAL:
    case RS_SOURCE_ARTIFACTS:
        RS_TRY(owner_uri(cx, s, owner, is_model, &uri));
        if (uri.p != NULL && rs_uri_is_within(cx->arena, source->text, uri)) {
            return RS_OK;
        }
        return source->kind == RS_SOURCE_LOCAL
                   ? fail_local(cx, source->text, owner->field)
                   : rs_model_source_fail(cx, source->text, owner->field);
    default:
        return RS_OK;
    }
}

/* What is known of the logged model: where it lies, and whose it is. */
static enum rs_code take_logged_model(struct rs_cx *cx, struct rs_store *s, bool is_source,
                                      struct rs_source_found *out)
{
    struct rs_logged_model model;

    RS_TRY(rs_logged_model_get(cx, s, out->model_id, false, &model));
    const struct rs_logged_model_info *info = model.info.p;
    if (is_source) {
        out->storage_location = info->artifact_uri;
    }
    if (out->run_id.n == 0) {
        out->run_id = info->source_run_id;
    }
    return RS_OK;
}

enum rs_code rs_model_source_find(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_model_version_draft *draft,
                                  struct rs_source_found *out)
{
    const struct rs_location_policy policy = {0};
    struct rs_model_source source;

    *out = (struct rs_source_found){
        .source = draft->source, .run_id = draft->run_id, .model_id = draft->model_id};
    RS_TRY(rs_uri_host_check(cx, "source", draft->source, &policy));
    RS_TRY(rs_model_source_parse(cx, draft->source, &source));
    if (source.kind == RS_SOURCE_VERSION || source.kind == RS_SOURCE_STAGE ||
        source.kind == RS_SOURCE_LATEST || source.kind == RS_SOURCE_ALIAS) {
        return copy_version(cx, s, &source, out);
    }
    const bool has_model = out->model_id.n > 0;
    const struct owner owner = has_model ? (struct owner){"model_id", out->model_id}
                                         : (struct owner){"run_id", out->run_id};
    RS_TRY(check_owner(cx, s, &source, &owner, has_model));
    return has_model ? take_logged_model(cx, s, source.kind == RS_SOURCE_LOGGED, out) : RS_OK;
}
