/* SPDX-License-Identifier: Apache-2.0 */
/* routes.def as tables. A row's handler is typed; between it and the table stands one function that
 * gives the messages back their types. */
#include "api/mlflow/routes.h"

#define RS_ROUTE_THUNK(method, path, lane, permission, limit, request, reply, handler, rpc)        \
    static enum rs_code call_##handler(struct rs_call *c, const void *q, void *out)                \
    {                                                                                              \
        return rs_ml_##handler(c, q, out);                                                         \
    }
#define RS_V2 RS_ROUTE_THUNK
#define RS_V3 RS_ROUTE_THUNK
#define RS_AJAX RS_ROUTE_THUNK
#include "api/mlflow/routes.def"

#define RS_ROUTE_ROW(verb, route_path, where, perm, limit, req, rsp, handler, rpc_name)            \
    {.method = RS_##verb,                                                                          \
     .path = route_path,                                                                           \
     .name = rpc_name,                                                                             \
     .body_max = limit,                                                                            \
     .serve = rs_call_serve,                                                                       \
     .row = &(const struct rs_endpoint){.lane = RS_LANE_##where,                                   \
                                        .permission = RS_PERM_##perm,                              \
                                        .request = &rs_ml_##req##_fields,                          \
                                        .reply = &rs_ml_##rsp##_fields,                            \
                                        .handle = call_##handler,                                  \
                                        .rpc = rpc_name}},

#define RS_RAW_ROW(verb, route_path, perm, limit, serve_fn, body_ops, route_name)                  \
    {.method = RS_##verb,                                                                          \
     .path = route_path,                                                                           \
     .name = route_name,                                                                           \
     .body_max = limit,                                                                            \
     .serve = serve_fn,                                                                            \
     .body = body_ops,                                                                             \
     .row = &(const struct rs_endpoint){.permission = RS_PERM_##perm, .rpc = route_name}},

/* A row whose answer never changes. */
struct fact {
    struct rs_endpoint endpoint; /* first */
    struct rs_str json;
};

static void serve_fact(struct rs_exchange *x)
{
    const struct fact *fact = x->route->row;

    if (rs_call_check_type(x) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    rs_reply_json(x, 200);
    rs_buf_str(&x->reply.body, fact->json);
}

#define RS_FACT_ROW(verb, route_path, text, route_name)                                            \
    {.method = RS_##verb,                                                                          \
     .path = route_path,                                                                           \
     .name = route_name,                                                                           \
     .body_max = RS_MIB(1),                                                                        \
     .serve = serve_fact,                                                                          \
     .row = &(const struct fact){.endpoint = {.permission = RS_PERM_PUBLIC, .rpc = route_name},    \
                                 .json = RS_STR_INIT(text)}},

static const struct rs_route v2[] = {
#define RS_V2 RS_ROUTE_ROW
#define RS_V2_RAW RS_RAW_ROW
#include "api/mlflow/routes.def"
};

static const struct rs_route v3[] = {
#define RS_V3 RS_ROUTE_ROW
#define RS_V3_FACT RS_FACT_ROW
#include "api/mlflow/routes.def"
};

static const struct rs_route ajax[] = {
#define RS_AJAX RS_ROUTE_ROW
#define RS_AJAX_RAW RS_RAW_ROW
#define RS_AJAX_FACT RS_FACT_ROW
#include "api/mlflow/routes.def"
};

static const struct rs_route root[] = {
#define RS_ROOT_RAW RS_RAW_ROW
#include "api/mlflow/routes.def"
};

#define RS_COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct rs_mount mounts[] = {
    {"/api/2.0", v2, RS_COUNT(v2), false},
    {"/ajax-api/2.0", v2, RS_COUNT(v2), true},
    {"/ajax-api/2.0", ajax, RS_COUNT(ajax), true},
    {"/api/3.0", v3, RS_COUNT(v3), false},
    {"/ajax-api/3.0", v3, RS_COUNT(v3), true},
    {"", root, RS_COUNT(root), true}, /* of these, only /graphql makes replies in memory */
};

const struct rs_mount *rs_mlflow_mounts(size_t *n)
{
    *n = RS_COUNT(mounts);
    return mounts;
}
