/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry's events say: a model and a version as facts. May be included by service. */
#ifndef RS_SERVICE_REGISTRY_FACTS_H
#define RS_SERVICE_REGISTRY_FACTS_H

#include "service/events.h"
#include "store/model_version.h"

/* "tag.<key>": the name of the fact of a tag; the arena's. */
struct rs_str rs_tag_fact(struct rs_arena *a, struct rs_str key);

/* A number as the value of a fact; the arena's. */
struct rs_str rs_number_fact(struct rs_arena *a, int64_t n);

/* All facts of a model or a version, tags included (a list of struct rs_tag without repeated keys);
 * the arena's. Names: name, description, creation_time; and version, stage, source,
 * storage_location, run_id, run_link, model_id. */
struct rs_list rs_model_facts(struct rs_arena *a, const struct rs_registered_model_ref *model,
                              const struct rs_list *tags);
struct rs_list rs_version_facts(struct rs_arena *a, const struct rs_model_version_row *v,
                                const struct rs_list *tags);

/* A tag that was set or deleted: `before` or `after` is absent where there was or is none. Nothing
 * is recorded where nothing changed. */
struct rs_tag_change {
    enum rs_event_kind kind;
    struct rs_str subject;
    int64_t model;
    struct rs_str key;
    struct rs_str before;
    struct rs_str after;
};
enum rs_code rs_record_tag(struct rs_cx *cx, struct rs_recorder *r, const struct rs_tag_change *t);

#endif
