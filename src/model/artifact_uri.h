/* SPDX-License-Identifier: Apache-2.0 */
/* Where the artifacts of a run or a logged model are: below the location of its experiment. Pure.
 * May be included by model, store, service and api. Rule: MLflow's append_to_uri_path. */
#ifndef RS_MODEL_ARTIFACT_URI_H
#define RS_MODEL_ARTIFACT_URI_H

#include "base/arena.h"

/* `below`, which has no slash in front, put at the end of the location's path: "s3://b/x?q=1" and
 * "R/artifacts" are "s3://b/x/R/artifacts?q=1". A location without a scheme is a path as a whole.
 * The arena's. */
struct rs_str rs_artifact_uri(struct rs_arena *a, struct rs_str location, struct rs_str below);

#endif
