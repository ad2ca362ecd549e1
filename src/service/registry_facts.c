/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of the registry. */
#include "service/registry_facts.h"

struct rs_list rs_model_facts(struct rs_arena *a, const struct rs_registered_model_ref *model,
                              const struct rs_list *tags)
{
    const struct rs_fact own[] = {
        {RS_STR("name"), model->name},
        {RS_STR("description"), rs_fact_value(model->description)},
        {RS_STR("creation_time"), rs_arena_i64(a, model->creation_time)},
    };

    return rs_facts_with_tags(a, own, sizeof own / sizeof own[0], tags);
}

struct rs_list rs_version_facts(struct rs_arena *a, const struct rs_model_version_row *v,
                                const struct rs_list *tags)
{
    const struct rs_fact own[] = {
        {RS_STR("version"), rs_arena_i64(a, v->version)},
        {RS_STR("stage"), rs_model_stage_text(v->stage)},
        {RS_STR("description"), rs_fact_value(v->description)},
        {RS_STR("source"), rs_fact_value(v->source)},
        {RS_STR("storage_location"), rs_fact_value(v->storage_location)},
        {RS_STR("run_id"), rs_fact_value(v->run_id)},
        {RS_STR("run_link"), rs_fact_value(v->run_link)},
        {RS_STR("model_id"), rs_fact_value(v->model_id)},
        {RS_STR("creation_time"), rs_arena_i64(a, v->creation_time)},
    };

    return rs_facts_with_tags(a, own, sizeof own / sizeof own[0], tags);
}
