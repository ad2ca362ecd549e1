/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with versions of registered models. Every change is an event. May be included by
 * service and api. */
#ifndef RS_SERVICE_MODEL_VERSIONS_H
#define RS_SERVICE_MODEL_VERSIONS_H

#include "service/events.h"
#include "store/model_version.h"

/* A version as clients name it. */
struct rs_version_name {
    struct rs_str model;
    struct rs_str version; /* a number */
};

struct rs_version_found {
    struct rs_registered_model_ref model;
    struct rs_model_version_row row;
};

/* RS_INVALID of the name or the number; RS_NOT_FOUND of the version, also where the model is not
 * there, as MLflow has it. */
enum rs_code rs_model_version_find(struct rs_cx *cx, struct rs_store *s,
                                   const struct rs_version_name *name,
                                   struct rs_version_found *out);

/* What a client says of a new version. Absent and "" are the same, but for run_id and model_id of a
 * version that is copied from another one: what is there must be the same as there. */
struct rs_model_version_draft {
    struct rs_str name;
    struct rs_str source;
    struct rs_str run_id;
    struct rs_str run_link;
    struct rs_str description;
    struct rs_str model_id;
    struct rs_list tags; /* of struct rs_tag; of one that comes twice the last value counts */
};

/* Makes the next version of a model and gives it back whole (cx's). *model_id is the logged model
 * that the draft names, absent when it names none: a copy of a version is one, but does not tell.
 * RS_INVALID of the name, a tag or the source (see service/model_source.h), RS_NOT_FOUND of the
 * model. */
enum rs_code rs_model_version_create(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_model_version_draft *draft,
                                     struct rs_model_version *out, struct rs_str *model_id);

/* The whole version with its aliases; cx's. */
enum rs_code rs_model_version_get(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_version_name *name, struct rs_model_version *out);

/* Where its bytes are: "s3://...", "mlflow-artifacts:/...", cx's. */
enum rs_code rs_model_version_uri(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_version_name *name, struct rs_str *uri);

/* An absent description clears it. */
enum rs_code rs_model_version_update(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_version_name *name, struct rs_str description,
                                     struct rs_model_version *out);

/* The numbers of a model's versions that are in a stage, which is named in any case; cx's.
 * RS_INVALID of the name or the stage, RS_NOT_FOUND of the model. */
enum rs_code rs_stage_versions(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                               struct rs_str stage, struct rs_version_numbers *out);

/* Moves one version to a stage, and records that for the recorder's request. now: ms since the
 * epoch. */
enum rs_code rs_stage_move(struct rs_cx *cx, struct rs_recorder *r,
                           const struct rs_version_found *version, enum rs_model_stage stage,
                           int64_t now);

/* Likewise moves all versions of that model but `kept` that are in a stage to Archived. */
enum rs_code rs_stage_archive_others(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_version_found *kept, enum rs_model_stage stage,
                                     int64_t now);

struct rs_transition {
    struct rs_version_name version;
    struct rs_str stage;   /* in any case */
    bool archive_existing; /* moves those that are there to Archived */
};

/* Moves a version to a stage and gives it back whole. RS_INVALID of the stage, and when others are
 * to be archived in one that is neither Staging nor Production. */
enum rs_code rs_model_version_transition(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_transition *t,
                                         struct rs_model_version *out);

/* Deletes a version with its tags and aliases; its number stays used. */
enum rs_code rs_model_version_delete(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_version_name *name);

/* As delete, of a version that is there, for a request of several changes. */
enum rs_code rs_model_version_remove(struct rs_cx *cx, struct rs_recorder *r,
                                     const struct rs_registered_model_ref *model, int64_t version);

/* Deleting a tag that is not there is fine, as MLflow has it. */
enum rs_code rs_model_version_set_tag(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_version_name *name, const struct rs_tag *tag);
enum rs_code rs_model_version_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                         const struct rs_version_name *name, struct rs_str key);

#endif
