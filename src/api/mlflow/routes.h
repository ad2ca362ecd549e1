/* SPDX-License-Identifier: Apache-2.0 */
/* MLflow's REST API as mounts of the router. May be included by api/mlflow and server. */
#ifndef RS_API_MLFLOW_ROUTES_H
#define RS_API_MLFLOW_ROUTES_H

#include "api/call.h"
#include "api/mlflow/absent.h"
#include "api/mlflow/artifacts.h"
#include "api/mlflow/datasets.h"
#include "api/mlflow/experiments.h"
#include "api/mlflow/graphql.h"
#include "api/mlflow/info.h"
#include "api/mlflow/logged_models.h"
#include "api/mlflow/metrics.h"
#include "api/mlflow/multiparts.h"
#include "api/mlflow/part_address.h"
#include "api/mlflow/registry.h"
#include "api/mlflow/runs.h"
#include "api/mlflow/search.h"
#include "api/mlflow/webhooks.h"
#include "http/router.h"

#define RS_KIB(n) ((size_t)(n) << 10)
#define RS_MIB(n) ((size_t)(n) << 20)

/* The mounts; static. */
const struct rs_mount *rs_mlflow_mounts(size_t *n);

/* The handlers, one a row: rs_ml_x(call, request, reply). */
#define RS_ROUTE_HANDLER(method, path, lane, permission, limit, request, reply, handler, rpc)      \
    enum rs_code rs_ml_##handler(struct rs_call *c, const struct rs_ml_##request *q,               \
                                 struct rs_ml_##reply *out);
#define RS_V2 RS_ROUTE_HANDLER
#define RS_V3 RS_ROUTE_HANDLER
#define RS_AJAX RS_ROUTE_HANDLER
#include "api/mlflow/routes.def"

#endif
