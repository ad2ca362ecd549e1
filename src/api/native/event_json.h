/* SPDX-License-Identifier: Apache-2.0 */
/* Events as our own dialect writes them. May be included by api/native. */
#ifndef RS_API_NATIVE_EVENT_JSON_H
#define RS_API_NATIVE_EVENT_JSON_H

#include "base/buf.h"
#include "model/event.h"

/* Appends {"seq","at","actor","kind","subject","before","after","group"}; before and after are
 * objects of text by the names of the facts, or null where there are none. RS_CORRUPT where the
 * facts of the event cannot be read: null stands for them then. */
enum rs_code rs_event_json(struct rs_buf *out, struct rs_cx *cx, const struct rs_event *e);

/* A list of struct rs_event as an array; cx's. RS_INVALID when it is too large, RS_CORRUPT as
 * above. */
enum rs_code rs_events_text(struct rs_cx *cx, const struct rs_list *events, struct rs_str *out);

/* Appends facts (a list of struct rs_fact) as an object. */
void rs_facts_json(struct rs_buf *out, const struct rs_list *facts);

#endif
