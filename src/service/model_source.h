/* SPDX-License-Identifier: Apache-2.0 */
/* What the source of a new model version comes to, and whether it may be that. May be included by
 * service. */
#ifndef RS_SERVICE_MODEL_SOURCE_H
#define RS_SERVICE_MODEL_SOURCE_H

#include "service/model_versions.h"

struct rs_source_found {
    struct rs_str source;           /* as it is kept: an alias has become a number */
    struct rs_str storage_location; /* where the bytes are; "" when the source says it */
    struct rs_str run_id;           /* the request's, or that of what was referred to */
    struct rs_str model_id;
};

/* Follows MLflow 3.17.2: a source in our own storage, runs:/ and models:/ must belong to the run or
 * the logged model that the request names, or to the version that it copies; local paths must lie
 * in that one's artifacts; a scheme that names a host is refused; other stores are not looked at.
 * RS_INVALID with MLflow's words; RS_NOT_FOUND of what is referred to. */
enum rs_code rs_model_source_find(struct rs_cx *cx, struct rs_store *s,
                                  const struct rs_model_version_draft *draft,
                                  struct rs_source_found *out);

#endif
