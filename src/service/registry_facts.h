/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry's events say: a model and a version as facts. May be included by service. */
#ifndef RS_SERVICE_REGISTRY_FACTS_H
#define RS_SERVICE_REGISTRY_FACTS_H

#include "service/events.h"
#include "store/model_version.h"

/* All facts of a model or a version, tags included (a list of struct rs_tag without repeated keys);
 * the arena's. Names: name, description, creation_time; and version, stage, source,
 * storage_location, run_id, run_link, model_id. */
struct rs_list rs_model_facts(struct rs_arena *a, const struct rs_registered_model_ref *model,
                              const struct rs_list *tags);
struct rs_list rs_version_facts(struct rs_arena *a, const struct rs_model_version_row *v,
                                const struct rs_list *tags);

#endif
