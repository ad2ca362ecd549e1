/* SPDX-License-Identifier: Apache-2.0 */
/* A first main: to be replaced by config and wiring. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/mlflow/routes.h"
#include "base/log.h"
#include "http/server.h"
#include "store/store.h"

static void health(struct rs_exchange *x)
{
    x->reply.status = 200;
    x->reply.content_type = "text/plain";
    RS_BUF_LIT(&x->reply.body, "OK");
}
static const struct rs_route root[] = {{.method = RS_GET, .path = "/health", .name = "health", .serve = health}};

int main(int argc, char **argv)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    struct rs_store *w = NULL, *r[2] = {0};
    struct rs_api api = {0};
    struct rs_http *h = NULL;
    struct rs_router *router = NULL;
    size_t n = 0;
    const char *path = argc > 1 ? argv[1] : "/tmp/rs-test.db";
    signal(SIGPIPE, SIG_IGN);
    rs_log_init(RS_LOG_TEXT, RS_LOG_INFO);
    if (rs_store_open(&cx, &(struct rs_store_options){path, false}, &w) ||
        rs_store_open(&cx, &(struct rs_store_options){path, true}, &r[0]) ||
        rs_store_open(&cx, &(struct rs_store_options){path, true}, &r[1])) {
        fprintf(stderr, "%s\n", cx.error.message);
        return 1;
    }
    void *wt[] = {w}, *rt[] = {r[0], r[1]};
    api.lane[RS_LANE_WRITE] = rs_lane_start(&(struct rs_lane_options){"committer", 1, 4096, 256, rs_lane_run_writes, 1000, &api, wt});
    api.lane[RS_LANE_READ] = rs_lane_start(&(struct rs_lane_options){"reader", 2, 4096, 1, rs_lane_run_reads, -1, &api, rt});
    const struct rs_mount *m = rs_mlflow_mounts(&n);
    struct rs_mount all[8];
    for (size_t i = 0; i < n; i++) all[i] = m[i];
    all[n] = (struct rs_mount){"", root, 1};
    if (rs_router_new(&cx, all, n + 1, &router) ||
        rs_http_start(&cx, &(struct rs_http_options){.host = "127.0.0.1", .port = argc > 2 ? (unsigned)atoi(argv[2]) : 5000, .threads = 2, .connections_max = 20000,
            .idle_s = 120, .call_s = 30, .base_path = RS_STR(""), .router = router, .user = &api, .refuse = rs_reply_refused}, &h)) {
        fprintf(stderr, "%s\n", cx.error.message);
        return 1;
    }
    printf("listening on %u\n", rs_http_port(h));
    fflush(stdout);
    pause();
}
