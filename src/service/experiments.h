/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with experiments. Changes run in the committer, inside their call: all or
 * nothing. May be included by service, api and server. */
#ifndef RS_SERVICE_EXPERIMENTS_H
#define RS_SERVICE_EXPERIMENTS_H

#include "model/experiment.h"
#include "store/experiment.h"

struct rs_store;

/* Makes experiment 0, "Default", unless it is there; its artifacts are below artifact_root. For the
 * server's start: a transaction of its own on the writing store. */
enum rs_code rs_experiments_ensure_default(struct rs_cx *cx, struct rs_store *s,
                                           struct rs_str artifact_root);

/* What a client says of a new experiment. */
struct rs_experiment_draft {
    struct rs_str name;
    struct rs_str artifact_location; /* empty: the id below artifact_root */
    struct rs_str artifact_root;     /* the server's own storage */
    struct rs_list tags;             /* of struct rs_tag */
};

/* RS_INVALID on a name, location or tag that breaks its rule, RS_EXISTS on a name that is taken,
 * also by a deleted experiment. */
enum rs_code rs_experiment_create(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_experiment_draft *draft, int64_t *id);

/* An experiment by the text of its id, deleted or not. RS_INVALID when it is no number,
 * RS_NOT_FOUND. */
enum rs_code rs_experiment_find(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                struct rs_experiment_ref *out);

/* As find, and RS_INVALID when the experiment is deleted: for all that may write only to active
 * ones. */
enum rs_code rs_experiment_find_active(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                       struct rs_experiment_ref *out);

/* The whole experiment, deleted or not; cx's. RS_NOT_FOUND. */
enum rs_code rs_experiment_get(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                               struct rs_experiment *out);
enum rs_code rs_experiment_get_by_name(struct rs_cx *cx, struct rs_store *s, struct rs_str name,
                                       struct rs_experiment *out);

/* Deletes an active experiment and all its runs, or restores a deleted one and all its runs, also
 * those that were deleted before it. RS_NOT_FOUND when it is in that stage already. */
enum rs_code rs_experiment_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str id);
enum rs_code rs_experiment_restore(struct rs_cx *cx, struct rs_store *s, struct rs_str id);

/* RS_INVALID on a deleted experiment or a name that breaks its rule, RS_EXISTS on a name that is
 * taken. */
enum rs_code rs_experiment_rename(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                  struct rs_str name);

/* Tags of active experiments. RS_INVALID on a rule of the tag, or when it would be one view too
 * many; RS_NOT_FOUND on deleting a tag that is not there. */
enum rs_code rs_experiment_set_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                   const struct rs_tag *tag);
enum rs_code rs_experiment_delete_tag(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                      struct rs_str key);

#endif
