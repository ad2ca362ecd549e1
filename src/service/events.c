/* SPDX-License-Identifier: Apache-2.0 */
/* From what happened to a row of the log. */
#include "service/events.h"

#include "store/event.h"

enum rs_code rs_record(struct rs_cx *cx, struct rs_recorder *r, const struct rs_happening *h)
{
    struct rs_event event = {
        .actor = cx->principal.p != NULL ? cx->principal : RS_STR("anonymous"),
        .kind = rs_str_of(rs_enum_name(rs_event_kind_names, (int)h->kind)),
        .subject = h->subject,
        .model = h->model,
        .before = rs_facts_text(cx->arena, &h->before),
        .after = rs_facts_text(cx->arena, &h->after),
        .group = r->group,
    };

    RS_TRY(rs_store_event_append(cx, r->store, &event));
    r->group = event.group;
    return RS_OK;
}
