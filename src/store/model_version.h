/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of registered models as the store keeps them. May be included by service and
 * store/sql. */
#ifndef RS_STORE_MODEL_VERSION_H
#define RS_STORE_MODEL_VERSION_H

#include "model/model_version.h"
#include "store/registered_model.h"
#include "store/store.h"

/* A version as a row, without its tags. All text is cx's. */
struct rs_model_version_row {
    int64_t id;
    int64_t model;
    int64_t version;
    enum rs_model_stage stage;
    bool is_prompt;
    struct rs_str description; /* "" when there is none, as the next */
    struct rs_str source;
    struct rs_str storage_location;
    struct rs_str run_id;
    struct rs_str run_link;
    struct rs_str model_id; /* of the logged model that it is */
    int64_t creation_time;  /* ms since the epoch */
    int64_t last_update_time;
};

/* RS_NOT_FOUND `Model Version (name=X, version=N) not found`; `model` is its own. */
enum rs_code rs_store_model_version_find(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_registered_model_ref *model,
                                         int64_t version, struct rs_model_version_row *out);

/* A new version: gives it the next number of its model, and fills id and version. The times are
 * creation_time. */
enum rs_code rs_store_model_version_create(struct rs_cx *cx, struct rs_store *s,
                                           struct rs_model_version_row *v);

/* now: ms since the epoch. */
enum rs_code rs_store_model_version_describe(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                             struct rs_str description, int64_t now);
enum rs_code rs_store_model_version_set_stage(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                              enum rs_model_stage stage, int64_t now);

/* Deletes the version and its tags. Its aliases are the caller's to delete. */
enum rs_code rs_store_model_version_delete(struct rs_cx *cx, struct rs_store *s, int64_t id);

/* As of a registered model. */
enum rs_code rs_store_model_version_tag_put(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                            const struct rs_tag *tag, struct rs_str *before);
enum rs_code rs_store_model_version_tag_delete(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                               struct rs_str key, struct rs_str *before);
enum rs_code rs_store_model_version_tags(struct rs_cx *cx, struct rs_store *s, int64_t id,
                                         struct rs_list *tags);

/* Numbers of versions, in ascending order; cx's. */
struct rs_version_numbers {
    int64_t *p;
    size_t n;
};

/* Those of a model that are in a stage, and all of them. */
enum rs_code rs_store_model_versions_in_stage(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                              enum rs_model_stage stage,
                                              struct rs_version_numbers *out);
enum rs_code rs_store_model_versions_of(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                        struct rs_version_numbers *out);

/* The rows of the newest version of each stage of a model, in the order of the stages, 0 for
 * a stage that has none. */
enum rs_code rs_store_model_versions_newest(struct rs_cx *cx, struct rs_store *s, int64_t model,
                                            int64_t ids[RS_N_MODEL_STAGES]);

/* Fills out[i] with the version whose row is ids[i], which is there, with its tags; all of it is
 * cx's. */
enum rs_code rs_store_model_versions_load(struct rs_cx *cx, struct rs_store *s, const int64_t *ids,
                                          size_t n, struct rs_model_version *out);

/* As load, and with the aliases, which MLflow leaves out of some replies. */
enum rs_code rs_store_model_versions_load_whole(struct rs_cx *cx, struct rs_store *s,
                                                const int64_t *ids, size_t n,
                                                struct rs_model_version *out);

/* As load_whole, of the version that the alias stands on. out->version is absent when there is no
 * such model or alias. */
enum rs_code rs_store_model_version_by_alias(struct rs_cx *cx, struct rs_store *s,
                                             const struct rs_alias_ref *alias,
                                             struct rs_model_version *out);

#endif
