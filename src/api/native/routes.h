/* SPDX-License-Identifier: Apache-2.0 */
/* Our own routes beside MLflow's: probes, version, metrics, the registry's past. May be included by
 * api/native and server. */
#ifndef RS_API_NATIVE_ROUTES_H
#define RS_API_NATIVE_ROUTES_H

#include "http/router.h"

/* The mounts; static. */
const struct rs_mount *rs_native_mounts(size_t *n);

/* Whether the route is one that asks nothing of its caller, not even by which name it was reached:
 * health, readiness, version. */
bool rs_native_is_probe(const struct rs_route *route);

/* The level of MLflow's API that our routes keep, as /version says it: below 3.4, a client sends no
 * traces by OTLP but uses the calls that it knows. */
#define RS_MLFLOW_API_LEVEL "3.3.2"

#endif
