/* SPDX-License-Identifier: Apache-2.0 */
/* Where an experiment keeps its artifacts, as a client may choose it. Pure. May be included by
 * service and api. Rules: mlflow/server/handlers.py and mlflow/store/artifact/host_policy.py. */
#ifndef RS_MODEL_LOCATION_H
#define RS_MODEL_LOCATION_H

#include "base/cx.h"

/* What the server's own settings allow. {0} is valid: no host may be named. */
struct rs_location_policy {
    const struct rs_str *roots; /* URIs of the server's own storage: their hosts may be named */
    size_t n_roots;
    const struct rs_str *schemes; /* in lower case: schemes that may name any host */
    size_t n_schemes;
};

/* RS_INVALID with MLflow's words on a URI whose scheme names a host that is not the server's own
 * storage: a server that follows such URIs is a way into its network. `field` is the request's name
 * for it. */
enum rs_code rs_uri_host_check(struct rs_cx *cx, const char *field, struct rs_str location,
                               const struct rs_location_policy *policy);

/* RS_INVALID with MLflow's words on: a fragment or params; ".." in the query; a host
 * (rs_uri_host_check); "runs:"; more than RS_ARTIFACT_LOCATION_MAX code points. Ours: a ".."
 * segment in the path. `field` is the request's name for it. */
enum rs_code rs_artifact_location_check(struct rs_cx *cx, const char *field, struct rs_str location,
                                        const struct rs_location_policy *policy);

#endif
