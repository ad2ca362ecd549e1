/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of metrics, params and tags. Pure. May be included by model, service and api.
 *
 * A key is letters, digits and "_" of any script, and "/", ".", "-", ":", blank. It must be what
 * posixpath.normpath makes of it, because MLflow's file stores used keys as file names. Rule:
 * mlflow/utils/validation.py. */
#ifndef RS_MODEL_KEY_H
#define RS_MODEL_KEY_H

#include "model/where.h"

/* RS_INVALID with MLflow's words; `field` is what they call the key: "name" of metrics, "key" of
 * the others. The length is the caller's to check, since each noun calls it differently. */
enum rs_code rs_key_check(struct rs_cx *cx, struct rs_where at, const char *field,
                          struct rs_str key);

/* What posixpath.normpath makes of a path: "a//b/../c/" is "a/c", "" is ".". The arena's. */
struct rs_str rs_path_normal(struct rs_arena *a, struct rs_str path);

/* Whether a name would name another thing if it were taken as a path: "a//b", "./a", "../a", "/a",
 * ".", "". */
bool rs_path_is_ambiguous(struct rs_str name);

#endif
