/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a prompt, and where it may say to come from. */
#include "model/prompt.h"

bool rs_tags_make_prompt(const struct rs_list *tags)
{
    const struct rs_tag *tag = tags->p;
    bool is_prompt = false;

    for (size_t i = 0; i < tags->n; i++) {
        if (rs_str_eq(tag[i].key, RS_PROMPT_TAG)) {
            is_prompt = rs_tag_makes_prompt(&tag[i]);
        }
    }
    return is_prompt;
}

enum rs_code rs_prompt_source_check(struct rs_cx *cx, struct rs_str source)
{
    if (rs_str_is(source, "dummy-source") || rs_str_is(source, "prompt-template")) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "Invalid prompt source: '" RS_FMT
                   "'. Prompt sources must use an MLflow placeholder.",
                   RS_ARG(source));
}
