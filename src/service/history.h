/* SPDX-License-Identifier: Apache-2.0 */
/* The registry's past, answered from its events: what has happened, and what was so at a time. May
 * be included by service and api.
 *
 * Whatever is asked costs a walk over the events of one model, never of all. */
#ifndef RS_SERVICE_HISTORY_H
#define RS_SERVICE_HISTORY_H

#include "model/event.h"
#include "model/model_version.h"

struct rs_store;

enum { RS_HISTORY_DEFAULT = 100, RS_HISTORY_MAX = 1000 }; /* events of one page */

/* A model at a time, which is said as the last event that counts. */
struct rs_past {
    int64_t model;      /* its row */
    int64_t seq;        /* the last event that counts */
    struct rs_str name; /* that it had then, cx's; when it was not there, that it was asked by */
};

/* Finds the model that a name means at a time: the one that had the name then, else the one that
 * has it now or was the last to have it. as_of is ms since the epoch, or "seq:N"; absent is now.
 * RS_INVALID of as_of, RS_NOT_FOUND when no model ever had the name. */
enum rs_code rs_past_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str as_of, struct rs_past *out);

/* The facts of the model itself, tags included. RS_NOT_FOUND when it was not there then. */
struct rs_past_model {
    struct rs_list facts;  /* of struct rs_fact, cx's */
    struct rs_event event; /* the last that changed them, cx's */
};
enum rs_code rs_past_model(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           struct rs_past_model *out);

/* A version, as of a model; its aliases in the order of the alphabet. */
struct rs_past_version {
    struct rs_list facts;
    struct rs_event event;
    struct rs_strs aliases;
};
enum rs_code rs_past_version(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                             int64_t version, struct rs_past_version *out);

/* Where an alias pointed, or what was in a stage, and the event that made it so (cx's). */
struct rs_past_place {
    int64_t version;
    struct rs_event event;
};

/* RS_NOT_FOUND when the alias was not set then. */
enum rs_code rs_past_alias(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           struct rs_str alias, struct rs_past_place *out);

/* A list of struct rs_past_place, by version. RS_NOT_FOUND when nothing was in it then. */
enum rs_code rs_past_stage(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                           enum rs_model_stage stage, struct rs_list *out);

/* Events with after < seq < before of a model, or of one of its aliases, newest first. */
struct rs_history_range {
    struct rs_str alias; /* absent: of all of the model */
    int64_t after;
    int64_t before; /* 0: the newest, too */
    size_t limit;
};

struct rs_history_page {
    struct rs_list events; /* of struct rs_event, cx's */
    int64_t next;          /* `before` of the next page; 0 when this was the last */
};

/* The model's time does not matter. */
enum rs_code rs_history_read(struct rs_cx *cx, struct rs_store *s, const struct rs_past *past,
                             const struct rs_history_range *range, struct rs_history_page *out);

#endif
