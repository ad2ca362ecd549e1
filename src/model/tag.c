/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of tags and the rules of each kind. */
#include "model/tag.h"

#include "model/key.h"
#include "model/limits.h"

const struct rs_fields rs_tag_fields = RS_FIELDS(
    struct rs_tag, RS_FIELD(struct rs_tag, key, RS_REQUIRED), RS_FIELD(struct rs_tag, value, 0));

const struct rs_fields rs_free_tag_fields = RS_FIELDS(
    struct rs_tag, RS_FIELD(struct rs_tag, key, 0), RS_FIELD(struct rs_tag, value, 0));

enum rs_code rs_tag_check(struct rs_cx *cx, struct rs_where at, struct rs_tag *tag)
{
    RS_TRY(rs_key_check(cx, at, "key", tag->key));
    if (tag->key.n > RS_KEY_MAX) {
        const struct rs_str label = rs_where_text(cx->arena, at, "key");

        RS_TRY(rs_length_check(cx, rs_arena_str(cx->arena, label).p, RS_KEY_MAX, tag->key));
    }
    tag->value = rs_utf8_prefix(tag->value, RS_TAG_VALUE_MAX);
    return RS_OK;
}

enum rs_code rs_experiment_tag_check(struct rs_cx *cx, const struct rs_tag *tag)
{
    RS_TRY(rs_key_check(cx, RS_ALONE, "key", tag->key));
    RS_TRY(rs_length_check(cx, "key", RS_KEY_MAX, tag->key));
    return rs_length_check(cx, "value", RS_EXPERIMENT_TAG_VALUE_MAX, tag->value);
}

bool rs_tag_is_view(struct rs_str key)
{
    return rs_str_starts(key, RS_STR("mlflow.customView.view"));
}

enum rs_code rs_input_tag_check(struct rs_cx *cx, const struct rs_tag *tag)
{
    RS_TRY(rs_length_check(cx, "key", RS_INPUT_TAG_KEY_MAX, tag->key));
    return rs_length_check(cx, "value", RS_INPUT_TAG_VALUE_MAX, tag->value);
}
