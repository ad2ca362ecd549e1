/* SPDX-License-Identifier: Apache-2.0 */
/* Recording what a use case has changed, in the transaction of the change. May be included by
 * service and api. */
#ifndef RS_SERVICE_EVENTS_H
#define RS_SERVICE_EVENTS_H

#include "base/cx.h"
#include "model/event.h"
#include "model/tag.h"

struct rs_store;

/* The events of one request: all of a recorder's make one group. Begin with {.store = s}. */
struct rs_recorder {
    struct rs_store *store;
    int64_t group; /* seq of the first event; 0 before it */
};

struct rs_happening {
    enum rs_event_kind kind;
    struct rs_str subject;
    int64_t model;         /* the registered model's row, 0 for other things */
    struct rs_list before; /* of struct rs_fact: what no longer holds */
    struct rs_list after;  /* of struct rs_fact: what holds now */
};

/* Appends it; who did it is cx->principal, or "anonymous". Record nothing where nothing changed. */
enum rs_code rs_record(struct rs_cx *cx, struct rs_recorder *r, const struct rs_happening *h);

/* "tag.<key>": the name of the fact of a tag; the arena's. */
struct rs_str rs_tag_fact(struct rs_arena *a, struct rs_str key);

/* A text as the value of a fact: absent is "". Borrowed. */
struct rs_str rs_fact_value(struct rs_str s);

/* `own`, n facts, and one for each of a list of struct rs_tag without repeated keys; the arena's.
 */
struct rs_list rs_facts_with_tags(struct rs_arena *a, const struct rs_fact *own, size_t n,
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
