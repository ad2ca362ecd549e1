/* SPDX-License-Identifier: Apache-2.0 */
/* Probes and the server's own words, at the root; our own API below /api/runestone/v1. */
#include "api/native/routes.h"

#include "api/call.h"
#include "api/native/feed.h"
#include "api/native/history.h"
#include "api/native/metrics.h"
#include "api/native/promotions.h"
#include "api/native/ready.h"
#include "api/native/webhooks.h"

static void answer(struct rs_exchange *x, unsigned status, struct rs_str text)
{
    x->reply.status = status;
    x->reply.content_type = "text/plain; charset=utf-8";
    rs_buf_str(&x->reply.body, text);
}

/* The process is alive; it asks nothing else. MLflow's word is "OK". */
static void health(struct rs_exchange *x)
{
    answer(x, 200, RS_STR("OK"));
}

static void version(struct rs_exchange *x)
{
    answer(x, 200, RS_STR(RS_MLFLOW_API_LEVEL));
}

#define RS_PROBE(route, label, perm, fn)                                                           \
    {                                                                                              \
        .method = RS_GET, .path = route, .name = label, .serve = fn,                               \
        .row = &(const struct rs_endpoint)                                                         \
        {                                                                                          \
            .permission = perm, .rpc = label                                                       \
        }                                                                                          \
    }

static const struct rs_route root[] = {
    RS_PROBE("/health", "health", RS_PERM_PUBLIC, health),
    RS_PROBE("/healthz", "healthz", RS_PERM_PUBLIC, health),
    RS_PROBE("/readyz", "readyz", RS_PERM_PUBLIC, rs_ready_serve),
    RS_PROBE("/version", "version", RS_PERM_PUBLIC, version),
    RS_PROBE("/metrics", "metrics", RS_PERM_OPERATE, rs_metrics_serve),
};

bool rs_native_is_probe(const struct rs_route *route)
{
    const struct rs_endpoint *e = route->row;
    size_t i = 0;

    while (i < sizeof root / sizeof root[0] && route != &root[i]) {
        i++;
    }
    return i < sizeof root / sizeof root[0] && e->permission == RS_PERM_PUBLIC;
}

/* Method, path, lane, permission, body limit, table of the request, table of the reply, handler,
 * name. */
#define RS_V1(verb, route, where, perm, limit, in, out, fn, label)                                 \
    {                                                                                              \
        .method = RS_##verb, .path = route, .name = label, .body_max = limit,                      \
        .serve = rs_call_serve, .row = &(const struct rs_endpoint)                                 \
        {                                                                                          \
            .lane = RS_LANE_##where, .permission = RS_PERM_##perm, .request = &rs_##in##_fields,   \
            .reply = &rs_##out##_fields, .handle = fn, .rpc = label                                \
        }                                                                                          \
    }

static const struct rs_route v1[] = {
    RS_V1(GET, "/models/{name}", READ, MODEL_READ, 0, model_then, model_was, rs_get_model_then,
          "modelThen"),
    RS_V1(GET, "/models/{name}/history", READ, MODEL_READ, 0, history_asked, history_told,
          rs_get_history, "modelHistory"),
    RS_V1(GET, "/models/{name}/aliases/{alias}/history", READ, MODEL_READ, 0, history_asked,
          history_told, rs_get_history, "aliasHistory"),
    RS_V1(GET, "/models/{name}/aliases/{alias}", READ, MODEL_READ, 0, alias_then, alias_was,
          rs_get_alias_then, "aliasThen"),
    RS_V1(GET, "/models/{name}/versions/{version}", READ, MODEL_READ, 0, version_then, version_was,
          rs_get_version_then, "versionThen"),
    RS_V1(GET, "/models/{name}/stages/{stage}", READ, MODEL_READ, 0, stage_then, stage_was,
          rs_get_stage_then, "stageThen"),
    {.method = RS_GET,
     .path = "/events",
     .name = "watchEvents",
     .serve = rs_feed_serve,
     .row = &(const struct rs_endpoint){.permission = RS_PERM_EVENT_READ,
                                        .request = &rs_feed_request_fields,
                                        .rpc = "watchEvents"}},
    RS_V1(POST, "/promotions", WRITE, MODEL_WRITE, 1 << 20, promote_asked, promoted,
          rs_post_promotion, "promote"),
    RS_V1(GET, "/promotions/{id}", READ, MODEL_READ, 0, promotion_id, promotion_told,
          rs_get_promotion, "getPromotion"),
    RS_V1(POST, "/promotions/{id}/rollback", WRITE, MODEL_WRITE, 1 << 16, promotion_id, promoted,
          rs_post_rollback, "rollBackPromotion"),
    RS_V1(GET, "/webhooks/{webhook_id}/deliveries", READ, MODEL_READ, 0, deliveries_asked,
          deliveries_told, rs_get_deliveries, "webhookDeliveries"),
    RS_V1(POST, "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", OUTBOUND, MODEL_WRITE,
          1024, replay_asked, replay_told, rs_post_replay, "replayWebhookDelivery"),
};

static const struct rs_mount mounts[] = {
    {"", root, sizeof root / sizeof root[0], false},
    {"/api/runestone/v1", v1, sizeof v1 / sizeof v1[0], false},
};

const struct rs_mount *rs_native_mounts(size_t *n)
{
    *n = sizeof mounts / sizeof mounts[0];
    return mounts;
}
