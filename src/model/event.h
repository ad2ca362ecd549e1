/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what has happened, and the facts that changed. Pure. May be included by model, store,
 * service and api.
 *
 * A fact is a name and a text: "stage" is "Production", "tag.team" is "blue". The state of a thing
 * at a time is the sum of its facts: of each event up to then, what is in `before` goes and what is
 * in `after` comes. So one rule answers every question about the past, and undoes every change. */
#ifndef RS_MODEL_EVENT_H
#define RS_MODEL_EVENT_H

#include "base/cx.h"
#include "model/field.h"

enum rs_event_kind {
    RS_EVENT_MODEL_CREATED = 1, /* of registered models and prompts, as the next */
    RS_EVENT_MODEL_UPDATED,
    RS_EVENT_MODEL_RENAMED,
    RS_EVENT_MODEL_DELETED,
    RS_EVENT_MODEL_TAG_SET,
    RS_EVENT_MODEL_TAG_DELETED,
    RS_EVENT_VERSION_CREATED,
    RS_EVENT_VERSION_UPDATED,
    RS_EVENT_VERSION_STAGE_SET,
    RS_EVENT_VERSION_DELETED,
    RS_EVENT_VERSION_TAG_SET,
    RS_EVENT_VERSION_TAG_DELETED,
    RS_EVENT_ALIAS_SET,
    RS_EVENT_ALIAS_DELETED,
    RS_EVENT_PROMOTION_MADE,
    RS_EVENT_EXPERIMENT_CREATED,
    RS_EVENT_EXPERIMENT_RENAMED,
    RS_EVENT_EXPERIMENT_DELETED, /* with its runs, as the next */
    RS_EVENT_EXPERIMENT_RESTORED,
    RS_EVENT_EXPERIMENT_TAG_SET,
    RS_EVENT_EXPERIMENT_TAG_DELETED,
    RS_EVENT_RUN_CREATED,
    RS_EVENT_RUN_UPDATED, /* status, end or name */
    RS_EVENT_RUN_DELETED,
    RS_EVENT_RUN_RESTORED,
    RS_EVENT_LOGGED_MODEL_CREATED,
    RS_EVENT_LOGGED_MODEL_UPDATED, /* status */
    RS_EVENT_LOGGED_MODEL_DELETED,
};

/* "registered_model.created", "model_alias.set", ...: what stands in rows and on the wire. */
extern const struct rs_enum_name rs_event_kind_names[];

struct rs_fact {
    struct rs_str name;
    struct rs_str value; /* never absent */
};

/* An initialiser of a list of facts: RS_FACTS({RS_STR("version"), number}). */
#define RS_FACTS(...)                                                                              \
    RS_LIST(((struct rs_fact[]){__VA_ARGS__}),                                                     \
            sizeof((struct rs_fact[]){__VA_ARGS__}) / sizeof(struct rs_fact))
#define RS_NO_FACTS RS_LIST(NULL, 0)

struct rs_event {
    int64_t seq; /* rises by one with each event; from 1 */
    int64_t at;  /* ms since the epoch; never less than that of the event before */
    struct rs_str actor;
    struct rs_str kind;
    struct rs_str subject; /* a path: "models/iris/versions/3", "runs/<run_id>" */
    int64_t model;         /* the registered model's row, 0 for other things */
    struct rs_str before;  /* facts as text: rs_facts_read */
    struct rs_str after;
    int64_t group; /* seq of the first event of the same request */
    struct rs_str hash;
};

/* Whether an event is of this kind. */
bool rs_event_is(const struct rs_event *event, enum rs_event_kind kind);

/* The subjects; the arena's. */
struct rs_str rs_subject_model(struct rs_arena *a, struct rs_str name);
struct rs_str rs_subject_version(struct rs_arena *a, struct rs_str name, int64_t version);
struct rs_str rs_subject_alias(struct rs_arena *a, struct rs_str name, struct rs_str alias);
struct rs_str rs_subject_experiment(struct rs_arena *a, int64_t id);
struct rs_str rs_subject_run(struct rs_arena *a, struct rs_str run_id);
struct rs_str rs_subject_logged_model(struct rs_arena *a, struct rs_str model_id);

/* What a subject of the registry names: "models/iris/versions/3" is {"iris", "versions", "3"}; no
 * part of it holds a slash. Borrowed from the subject. */
struct rs_noun {
    struct rs_str model;
    struct rs_str kind; /* "" for the model itself */
    struct rs_str id;
};
struct rs_noun rs_noun_of(struct rs_str subject);

/* A list of struct rs_fact as the text of a form, in the order given; the arena's. */
struct rs_str rs_facts_text(struct rs_arena *a, const struct rs_list *facts);

/* The facts of such a text; all of it cx's. RS_CORRUPT on a text that is none. */
enum rs_code rs_facts_read(struct rs_cx *cx, struct rs_str text, struct rs_list *facts);

/* What differs between two states of a thing, as an event says it: of `from`, what does not hold in
 * `to`, and the other way round; new lists, the arena's. */
void rs_facts_differ(struct rs_arena *a, const struct rs_list *from, const struct rs_list *to,
                     struct rs_list *before, struct rs_list *after);

/* The value of a fact; absent when there is none of that name. */
struct rs_str rs_fact_of(const struct rs_list *facts, struct rs_str name);

/* The facts of a thing after an event: `state` without what is in `before`, with what is in
 * `after`; a new list, cx's. RS_CORRUPT as rs_facts_read. */
enum rs_code rs_facts_after(struct rs_cx *cx, const struct rs_list *state,
                            const struct rs_event *event, struct rs_list *out);

/* What the hash of an event is taken over: the hash of the event before ("" for the first), and
 * every member but the hash itself, each led by its length. The arena's. */
struct rs_str rs_event_digest_text(struct rs_arena *a, struct rs_str previous,
                                   const struct rs_event *event);

#endif
