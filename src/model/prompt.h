/* SPDX-License-Identifier: Apache-2.0 */
/* Prompts, which MLflow keeps as registered models and versions with certain tags. Pure. May be
 * included by model, store and service. Rule: mlflow/prompt/constants.py. */
#ifndef RS_MODEL_PROMPT_H
#define RS_MODEL_PROMPT_H

#include "model/tag.h"

#define RS_PROMPT_TAG RS_STR("mlflow.prompt.is_prompt")
#define RS_PROMPT_TEXT_TAG RS_STR("mlflow.prompt.text")

/* Whether this tag makes its model or version a prompt: the value "true", in any case. */
static inline bool rs_tag_makes_prompt(const struct rs_tag *tag)
{
    return rs_str_eq(tag->key, RS_PROMPT_TAG) && rs_str_eq_nocase(tag->value, RS_STR("true"));
}

/* Whether a list of struct rs_tag does; the last value of a key counts. */
bool rs_tags_make_prompt(const struct rs_list *tags);

/* RS_INVALID when the source of a prompt's version is none of MLflow's placeholders. */
enum rs_code rs_prompt_source_check(struct rs_cx *cx, struct rs_str source);

#endif
