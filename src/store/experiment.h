/* SPDX-License-Identifier: Apache-2.0 */
/* Experiments as the store keeps them. May be included by service. */
#ifndef RS_STORE_EXPERIMENT_H
#define RS_STORE_EXPERIMENT_H

#include "model/experiment.h"
#include "store/store.h"

/* The experiment that is there from the start. */
enum { RS_EXPERIMENT_DEFAULT = 0 };

/* An experiment as other rows know it. */
struct rs_experiment_ref {
    int64_t id;
    enum rs_stage stage;
    struct rs_str artifact_location; /* cx's, as the next */
    struct rs_str name;
};

/* RS_NOT_FOUND `No Experiment with id=X exists`. */
enum rs_code rs_store_experiment_find(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                      struct rs_experiment_ref *out);

/* The id behind a name, a deleted experiment's too. RS_NOT_FOUND. */
enum rs_code rs_store_experiment_find_name(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                           int64_t *id);

struct rs_experiment_new {
    struct rs_str name;
    struct rs_str artifact_location; /* empty: the id below artifact_root */
    struct rs_str artifact_root;
    int64_t now; /* ms since the epoch */
};

/* RS_EXISTS when the name is taken, by a deleted experiment too. */
enum rs_code rs_store_experiment_create(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_experiment_new *e, int64_t *id);

/* Makes RS_EXPERIMENT_DEFAULT unless it is there. */
enum rs_code rs_store_experiment_create_default(struct rs_cx *cx, struct rs_store *s,
                                                const struct rs_experiment_new *e);

/* RS_EXISTS when another experiment has the name. */
enum rs_code rs_store_experiment_rename(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                        struct rs_str name, int64_t now);

/* Moves an experiment and all its runs to another stage. */
enum rs_code rs_store_experiment_set_stage(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                           enum rs_stage stage, int64_t now);

/* A tag of a new experiment. RS_INVALID when it has the key already. */
enum rs_code rs_store_experiment_tag_add(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         const struct rs_tag *tag);

/* The last value counts. */
enum rs_code rs_store_experiment_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         const struct rs_tag *tag);

/* The value of a tag, cx's; absent when the experiment has no such tag. */
enum rs_code rs_store_experiment_tag_find(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                          struct rs_str key, struct rs_str *value);

/* RS_NOT_FOUND. */
enum rs_code rs_store_experiment_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            struct rs_str key);

/* How many tags are views (rs_tag_is_view), `key` not counted. */
enum rs_code rs_store_experiment_views_count(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             struct rs_str key, int64_t *n);

#endif
