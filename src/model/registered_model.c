/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of registered models, and the rules of their names and aliases. */
#include "model/registered_model.h"

#include "model/key.h"
#include "model/limits.h"
#include "model/word.h"

const struct rs_fields rs_model_alias_fields = RS_FIELDS(
    struct rs_model_alias, RS_FIELD(struct rs_model_alias, alias, 0),
    RS_FIELD(struct rs_model_alias, version, 0));

const struct rs_fields rs_registered_model_fields = RS_FIELDS(
    struct rs_registered_model, RS_FIELD(struct rs_registered_model, name, 0),
    RS_FIELD(struct rs_registered_model, creation_timestamp, 0),
    RS_FIELD(struct rs_registered_model, last_updated_timestamp, 0),
    RS_FIELD(struct rs_registered_model, description, 0),
    RS_FIELD_OF(struct rs_registered_model, latest_versions, 0, &rs_model_version_fields),
    RS_FIELD_OF(struct rs_registered_model, tags, 0, &rs_free_tag_fields),
    RS_FIELD_OF(struct rs_registered_model, aliases, 0, &rs_model_alias_fields));

enum rs_code rs_model_name_check(struct rs_cx *cx, const char *field, struct rs_str name)
{
    if (rs_str_trim(name).n == 0) {
        return rs_fail(cx, RS_INVALID, "Missing value for required parameter '%s'.", field);
    }
    if (rs_str_find(name, '/', 0) < name.n || rs_str_find(name, ':', 0) < name.n) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid model name '" RS_FMT "'. Names cannot contain '/' or ':'.",
                       RS_ARG(name));
    }
    if (rs_path_is_ambiguous(name)) {
        const struct rs_str quoted = rs_quote_ascii(cx->arena, name);
        const struct rs_str normal = rs_quote_repr(cx->arena, rs_path_normal(cx->arena, name));

        return rs_fail(cx, RS_INVALID,
                       "Invalid value " RS_FMT " for parameter 'name' supplied: Names may be "
                       "treated as files in certain cases, and must not resolve to other names "
                       "when treated as such. This name would resolve to " RS_FMT,
                       RS_ARG(quoted), RS_ARG(normal));
    }
    return RS_OK;
}

static bool is_alias(struct rs_str s)
{
    for (size_t at = 0; at < s.n;) {
        const int32_t c = rs_utf8_next(s, &at);

        if (c != '-' && !rs_is_word(c)) {
            return false;
        }
    }
    return true;
}

enum rs_code rs_alias_check(struct rs_cx *cx, struct rs_str alias)
{
    if (alias.n == 0) {
        return rs_fail(cx, RS_INVALID, "Registered model alias name cannot be empty.");
    }
    if (!is_alias(alias)) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid alias name: '" RS_FMT "'. Names may only contain alphanumerics, "
                       "underscores (_), and dashes (-).",
                       RS_ARG(alias));
    }
    return rs_length_check(cx, "Registered model alias name", RS_ALIAS_MAX, alias);
}

/* "v" and a number: MLflow keeps these for versions. */
static bool is_version_name(struct rs_str s)
{
    size_t i = 1;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
        i++;
    }
    return s.n > 1 && (s.p[0] == 'v' || s.p[0] == 'V') && i == s.n;
}

enum rs_code rs_alias_new_check(struct rs_cx *cx, struct rs_str alias)
{
    RS_TRY(rs_alias_check(cx, alias));
    if (rs_str_eq_nocase(alias, RS_STR("latest"))) {
        return rs_fail(cx, RS_INVALID, "'latest' alias name (case insensitive) is reserved.");
    }
    if (is_version_name(alias)) {
        return rs_fail(cx, RS_INVALID, "Version alias name '" RS_FMT "' is reserved.",
                       RS_ARG(alias));
    }
    return RS_OK;
}

enum rs_code rs_registered_model_tag_check(struct rs_cx *cx, const struct rs_tag *tag)
{
    RS_TRY(rs_key_check(cx, RS_ALONE, "key", tag->key));
    RS_TRY(rs_length_check(cx, "key", RS_KEY_MAX, tag->key));
    return rs_length_check(cx, "value", RS_REGISTRY_TAG_VALUE_MAX, tag->value);
}
