/* SPDX-License-Identifier: Apache-2.0 */
/* Registered models, their tags and aliases, as the store keeps them. May be included by service
 * and store/sql. */
#ifndef RS_STORE_REGISTERED_MODEL_H
#define RS_STORE_REGISTERED_MODEL_H

#include "model/registered_model.h"
#include "store/store.h"

/* A registered model as other rows know it. */
struct rs_registered_model_ref {
    int64_t id; /* 0: there is none */
    bool is_prompt;
    struct rs_str name;        /* cx's */
    struct rs_str description; /* cx's; "" when there is none */
    int64_t last_version;      /* the greatest number given out; 0 before the first */
    int64_t creation_time;     /* ms since the epoch */
};

/* out->id is 0 when there is no model of that name. */
enum rs_code rs_store_registered_model_look(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name,
                                            struct rs_registered_model_ref *out);

/* As look, and RS_NOT_FOUND `Registered Model with name=X not found`. */
enum rs_code rs_store_registered_model_find(struct rs_cx *cx, struct rs_store *s,
                                            struct rs_str name,
                                            struct rs_registered_model_ref *out);

/* A new model of that name, which nobody may have yet, description and creation_time; fills the id.
 */
enum rs_code rs_store_registered_model_create(struct rs_cx *cx, struct rs_store *s,
                                              struct rs_registered_model_ref *m);

/* now: ms since the epoch, as below. */
enum rs_code rs_store_registered_model_describe(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                                struct rs_str description, int64_t now);

/* Gives the model, to which nobody's name may be given, another name; its versions count as
 * updated, too. */
enum rs_code rs_store_registered_model_rename(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              struct rs_str name, int64_t now);

/* Sets last_update_time. */
enum rs_code rs_store_registered_model_touch(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             int64_t now);

/* Deletes the model and all that hangs on it. */
enum rs_code rs_store_registered_model_delete(struct rs_cx *cx, struct rs_store *s, int64_t id);

/* Sets one tag; the tag RS_PROMPT_TAG also says what the model is. *before is the value that it had
 * (cx's), absent when it is new. */
enum rs_code rs_store_registered_model_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                               const struct rs_tag *tag, struct rs_str *before);

/* Deletes one tag. *before: absent when there was none. */
enum rs_code rs_store_registered_model_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                                  struct rs_str key, struct rs_str *before);

/* The tags, by key: a list of struct rs_tag, cx's. */
enum rs_code rs_store_registered_model_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            struct rs_list *tags);

/* Where an alias points: 0 when it is not set. */
enum rs_code rs_store_alias_get(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                struct rs_str alias, int64_t *version);
enum rs_code rs_store_alias_put(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                struct rs_str alias, int64_t version);
enum rs_code rs_store_alias_delete(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                   struct rs_str alias);

/* An alias by its names; borrowed. */
struct rs_alias_ref {
    struct rs_str model;
    struct rs_str alias;
};

/* What a move of an alias starts from. */
struct rs_alias_aim {
    int64_t model; /* its row; 0 when there is no such model, or it has no such version */
    int64_t from;  /* the version that the alias stands on; 0 when it is not set */
};

/* Looks, in one go, before the alias is moved to the version. */
enum rs_code rs_store_alias_aim(struct rs_cx *cx, struct rs_store *s,
                                const struct rs_alias_ref *alias, int64_t version,
                                struct rs_alias_aim *out);

/* Fills out[i] with the model ids[i], which is there: tags, aliases and the newest version of each
 * stage (without their aliases, as MLflow has it) with it; all of it is cx's. */
enum rs_code rs_store_registered_models_load(struct rs_cx *cx, struct rs_store *s,
                                             const int64_t *ids, size_t n,
                                             struct rs_registered_model *out);

#endif
