/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with logged models. May be included by api. */
#ifndef RS_SERVICE_LOGGED_MODELS_H
#define RS_SERVICE_LOGGED_MODELS_H

#include "base/cx.h"
#include "model/logged_model.h"

struct rs_store;

/* What a client says of a new model. */
struct rs_logged_model_draft {
    struct rs_str experiment_id;
    struct rs_str name; /* empty: chance */
    struct rs_str model_type;
    struct rs_str source_run_id; /* need not exist */
    struct rs_list params;       /* of struct rs_param; no rule of keys or values holds here */
    struct rs_list tags;         /* of struct rs_tag; likewise */
};

/* Makes a pending model and gives it back whole (cx's). RS_NOT_FOUND or RS_INVALID of the
 * experiment, RS_INVALID of the name, of a tag that comes twice, or of a param that comes twice
 * with two values. */
enum rs_code rs_logged_model_create(struct rs_cx *cx, struct rs_store *s,
                                    const struct rs_logged_model_draft *draft,
                                    struct rs_logged_model *out);

/* The whole model; cx's. RS_NOT_FOUND, also for a deleted one unless allow_deleted. */
enum rs_code rs_logged_model_get(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                 bool allow_deleted, struct rs_logged_model *out);

/* Sets the status and gives the whole model back. */
enum rs_code rs_logged_model_finalize(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                      enum rs_logged_model_status status,
                                      struct rs_logged_model *out);

/* Marks it deleted; may be repeated. RS_NOT_FOUND when it never was. */
enum rs_code rs_logged_model_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id);

/* Of models that are not deleted: RS_NOT_FOUND. See store/logged_model.h for what a repeated key
 * does. */
enum rs_code rs_logged_model_set_tags(struct rs_cx *cx, struct rs_store *s, struct rs_str model_id,
                                      const struct rs_list *tags);
enum rs_code rs_logged_model_delete_tag(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, struct rs_str key);
enum rs_code rs_logged_model_log_params(struct rs_cx *cx, struct rs_store *s,
                                        struct rs_str model_id, const struct rs_list *params);

/* The URI below which the artifacts of a model lie; cx's. RS_NOT_FOUND, also for a deleted one. */
enum rs_code rs_logged_model_artifact_uri(struct rs_cx *cx, struct rs_store *s,
                                          struct rs_str model_id, struct rs_str *uri);

#endif
