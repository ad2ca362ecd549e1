/* SPDX-License-Identifier: Apache-2.0 */
/* Recording what a use case has changed, in the transaction of the change. May be included by
 * service and api. */
#ifndef RS_SERVICE_EVENTS_H
#define RS_SERVICE_EVENTS_H

#include "base/cx.h"
#include "model/event.h"

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

#endif
