/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of model versions, their stages and numbers. */
#include "model/model_version.h"

#include "model/integer.h"
#include "model/key.h"
#include "model/limits.h"
#include "model/prompt.h"

const struct rs_enum_name rs_model_version_status_names[] = {
    {"PENDING_REGISTRATION", RS_MODEL_VERSION_PENDING},
    {"FAILED_REGISTRATION", RS_MODEL_VERSION_FAILED},
    {"READY", RS_MODEL_VERSION_READY},
    {NULL, 0},
};

const struct rs_fields rs_model_version_fields = RS_FIELDS(
    struct rs_model_version, RS_FIELD(struct rs_model_version, name, 0),
    RS_FIELD(struct rs_model_version, version, 0),
    RS_FIELD(struct rs_model_version, creation_timestamp, 0),
    RS_FIELD(struct rs_model_version, last_updated_timestamp, 0),
    RS_FIELD(struct rs_model_version, current_stage, 0),
    RS_FIELD(struct rs_model_version, description, 0), RS_FIELD(struct rs_model_version, source, 0),
    RS_FIELD(struct rs_model_version, run_id, 0),
    RS_FIELD_ENUM(struct rs_model_version, status, 0, rs_model_version_status_names),
    RS_FIELD_OF(struct rs_model_version, tags, 0, &rs_free_tag_fields),
    RS_FIELD(struct rs_model_version, run_link, 0), RS_FIELD(struct rs_model_version, aliases, 0));

static const struct rs_str stages[RS_N_MODEL_STAGES] = {
    [RS_MODEL_STAGE_NONE] = RS_STR_INIT("None"),
    [RS_MODEL_STAGE_STAGING] = RS_STR_INIT("Staging"),
    [RS_MODEL_STAGE_PRODUCTION] = RS_STR_INIT("Production"),
    [RS_MODEL_STAGE_ARCHIVED] = RS_STR_INIT("Archived"),
};

struct rs_str rs_model_stage_text(enum rs_model_stage stage)
{
    return stages[stage];
}

enum rs_code rs_model_stage_parse(struct rs_cx *cx, struct rs_str text, enum rs_model_stage *stage)
{
    for (size_t i = 0; i < RS_N_MODEL_STAGES; i++) {
        if (rs_str_eq_nocase(text, stages[i])) {
            *stage = (enum rs_model_stage)i;
            return RS_OK;
        }
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid Model Version stage: " RS_FMT
                   ". Value must be one of None, Staging, Production, Archived.",
                   RS_ARG(text));
}

enum rs_code rs_model_version_parse(struct rs_cx *cx, struct rs_str text, int64_t *version)
{
    if (rs_integer_parse(text, version)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID, "Parameter 'version' must be an integer, got '" RS_FMT "'.",
                   RS_ARG(text));
}

enum rs_code rs_model_version_tag_check(struct rs_cx *cx, const struct rs_tag *tag)
{
    RS_TRY(rs_key_check(cx, RS_ALONE, "key", tag->key));
    RS_TRY(rs_length_check(cx, "key", RS_KEY_MAX, tag->key));
    if (rs_str_eq(tag->key, RS_PROMPT_TEXT_TAG) &&
        rs_utf8_count(tag->value) > RS_REGISTRY_TAG_VALUE_MAX) {
        return rs_fail(cx, RS_INVALID, "Prompt text exceeds max length of %d characters.",
                       (int)RS_REGISTRY_TAG_VALUE_MAX);
    }
    return rs_length_check(cx, "value", RS_REGISTRY_TAG_VALUE_MAX, tag->value);
}
