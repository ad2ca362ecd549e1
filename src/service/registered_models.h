/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with registered models, their tags and aliases. Every change is an event. May be
 * included by service and api. */
#ifndef RS_SERVICE_REGISTERED_MODELS_H
#define RS_SERVICE_REGISTERED_MODELS_H

#include "service/events.h"
#include "store/model_version.h"

/* RS_INVALID of the name, RS_NOT_FOUND. */
enum rs_code rs_registered_model_find(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                      struct rs_registered_model_ref *out);

/* What a client says of a new model. */
struct rs_registered_model_draft {
    struct rs_str name;
    struct rs_str description;
    struct rs_list tags; /* of struct rs_tag; of one that comes twice the last value counts */
};

/* Makes a model, or a prompt when a tag says so, and gives it back whole (cx's). RS_INVALID of the
 * name or a tag; RS_EXISTS. */
enum rs_code rs_registered_model_create(struct rs_cx *cx, struct rs_store *s,
                                        const struct rs_registered_model_draft *draft,
                                        struct rs_registered_model *out);

/* The whole model; cx's. */
enum rs_code rs_registered_model_get(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                     struct rs_registered_model *out);

/* Both give the model back whole. An absent description clears it. RS_EXISTS of the new name. */
enum rs_code rs_registered_model_update(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        struct rs_str description, struct rs_registered_model *out);
enum rs_code rs_registered_model_rename(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        struct rs_str new_name, struct rs_registered_model *out);

/* Deletes the model with its versions, tags and aliases. */
enum rs_code rs_registered_model_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str name);

/* Deleting a tag that is not there is fine, as MLflow has it. */
enum rs_code rs_registered_model_set_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                         const struct rs_tag *tag);
enum rs_code rs_registered_model_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name, struct rs_str key);

/* The newest version of each of the stages (of all four when none is named), with their aliases: a
 * list of struct rs_model_version, cx's. RS_INVALID of a stage. */
enum rs_code rs_registered_model_latest(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                        const struct rs_strs *stages, struct rs_list *out);

/* Points an alias at a version, which is there, or removes it with version 0 (fine when it is not
 * set), and records that for the recorder's request. */
enum rs_code rs_alias_move(struct rs_cx *cx, struct rs_recorder *r,
                           const struct rs_registered_model_ref *model, struct rs_str alias,
                           int64_t version);

/* The number of the version that an alias points at; 0 when it is not set. RS_INVALID of the alias,
 * RS_NOT_FOUND of the model. */
enum rs_code rs_alias_version(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                              struct rs_str alias, int64_t *version);

/* MLflow's three calls. RS_INVALID of the alias, RS_NOT_FOUND of model or version; getting an alias
 * that is not set is RS_INVALID, as MLflow has it. "latest" gets the newest version. */
enum rs_code rs_alias_set(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str alias, struct rs_str version);
enum rs_code rs_alias_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                             struct rs_str alias);
enum rs_code rs_alias_get(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                          struct rs_str alias, struct rs_model_version *out);

#endif
