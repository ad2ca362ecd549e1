/* SPDX-License-Identifier: Apache-2.0 */
/* Logged models as the store keeps them. May be included by service and store/sql. */
#ifndef RS_STORE_LOGGED_MODEL_H
#define RS_STORE_LOGGED_MODEL_H

#include "model/logged_model.h"
#include "store/store.h"

/* A logged model as other rows know it. */
struct rs_logged_model_ref {
    int64_t id;
    enum rs_stage stage;
    enum rs_logged_model_status status;
    struct rs_str model_id;          /* cx's */
    struct rs_str artifact_location; /* of its experiment; cx's */
};

/* RS_NOT_FOUND `Logged model with ID 'X' not found.`; a deleted model is found. */
enum rs_code rs_store_logged_model_find(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, struct rs_logged_model_ref *out);

struct rs_logged_model_new {
    struct rs_str model_id; /* nobody has it yet */
    int64_t experiment;
    struct rs_str name;
    struct rs_str model_type; /* absent is "", as the next */
    struct rs_str source_run_id;
    int64_t now; /* ms since the epoch */
};

/* A model that is pending. */
enum rs_code rs_store_logged_model_create(struct rs_cx *cx, struct rs_store *s,
                                          const struct rs_logged_model_new *m, int64_t *id);

/* now: ms since the epoch. */
enum rs_code rs_store_logged_model_set_status(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              enum rs_logged_model_status status, int64_t now);
enum rs_code rs_store_logged_model_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                          int64_t now);

/* Sets tags; the last value of a key counts. */
enum rs_code rs_store_logged_model_tags_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_list *tags);

/* Sets tags of a model that has none yet. RS_INVALID on a key that comes twice. */
enum rs_code rs_store_logged_model_tags_add(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_list *tags);

/* *was_there tells whether there was anything to delete. */
enum rs_code rs_store_logged_model_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              struct rs_str key, bool *was_there);

/* Adds params; one that is there with the same value changes nothing (P9). RS_INVALID on one that
 * has another value, or that comes twice in the list with two values. */
enum rs_code rs_store_logged_model_params_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              const struct rs_list *params);

/* Keeps those of the points that name a model also with the model. Of two points of one run, model,
 * time and step the first one stays (P9). RS_INVALID when a model is not there. */
enum rs_code rs_store_logged_model_metrics_put(struct rs_cx *cx, struct rs_store *s,
                                               struct rs_str run_id,
                                               const struct rs_metric *metrics, size_t n);

/* Fills out[i] with the model ids[i] (the store's own number), deleted ones too; all of it is cx's.
 */
enum rs_code rs_store_logged_models_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                         size_t n, struct rs_logged_model *out);

#endif
