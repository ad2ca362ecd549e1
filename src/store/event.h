/* SPDX-License-Identifier: Apache-2.0 */
/* Events as the store keeps them. May be included by service and store/sql. */
#ifndef RS_STORE_EVENT_H
#define RS_STORE_EVENT_H

#include "model/event.h"
#include "store/store.h"

/* Appends an event to those of the transaction: takes actor, kind, subject, model, before, after
 * and group (0: it begins a group of its own) from *e, and fills its seq, at, group and hash
 * (cx's). */
enum rs_code rs_store_event_append(struct rs_cx *cx, struct rs_store *s, struct rs_event *e);

/* How many events this store has appended since it was opened, those that were undone too: who
 * finds it unchanged knows that there is none to look for. The writer's thread. */
uint64_t rs_store_events_appended(const struct rs_store *s);

/* The seq of the newest event, 0 when there is none. */
enum rs_code rs_store_event_last(struct rs_cx *cx, struct rs_store *s, int64_t *seq);

/* The seq of an event of a registered model behind which there is none, as far as this connection
 * remembers, without asking the database; 0: it does not. For the writer, between transactions. */
int64_t rs_store_event_of_models(const struct rs_store *s);

/* Which events: those with after < seq <= until that meet all of the conditions that are set. */
struct rs_event_range {
    int64_t after;
    int64_t until;  /* 0: the newest */
    int64_t model;  /* the registered model's row; 0: any */
    int64_t group;  /* 0: any */
    bool of_models; /* those of registered models only; where no model, group or subject is set */
    struct rs_str subject; /* absent: any */
    bool newest_first;
    size_t limit; /* at least 1 */
};

/* The events in the order of their seq: a list of struct rs_event, cx's. */
enum rs_code rs_store_events_read(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_event_range *range, struct rs_list *out);

/* The events of registered models behind a seq, counted up to a limit. */
struct rs_event_count {
    int64_t n;
    int64_t first_at; /* when the first one happened; 0: there is none */
};
enum rs_code rs_store_events_of_models(struct rs_cx *cx, struct rs_store *s, int64_t after,
                                       int64_t limit, struct rs_event_count *out);

/* The seq of the last event that had happened at a time (ms since the epoch), 0 when none had. */
enum rs_code rs_store_event_at(struct rs_cx *cx, struct rs_store *s, int64_t at, int64_t *seq);

/* Where the chain is broken. */
struct rs_event_break {
    int64_t seq;        /* the first event that is missing or was altered; 0: none */
    int64_t last;       /* the last one before it, or the newest */
    struct rs_str why;  /* static */
    struct rs_str hash; /* that of `last`; "" when there is none; cx's */
};

/* Reads the whole log: is each event's hash what its row and the event before it say, and is the
 * newest that was ever committed still there? Beside a writer, too. */
enum rs_code rs_store_events_verify(struct rs_cx *cx, struct rs_store *s,
                                    struct rs_event_break *out);

#endif
