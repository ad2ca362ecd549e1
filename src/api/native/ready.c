/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness, which /readyz says in words and /metrics in a number. */
#include "api/native/ready.h"

#include "base/clock.h"

static enum rs_code check_progress(struct rs_cx *cx, const struct rs_api *api)
{
    const uint64_t busy_ns = rs_lane_running_ns(api->lane[RS_LANE_WRITE]);

    if (busy_ns <= (uint64_t)api->stall_ns) {
        return RS_OK;
    }
    return rs_fail(
        cx, RS_UNAVAILABLE,
        "the committer has been busy with one batch of changes for %llu seconds: the disk "
        "does not answer, or is very slow; changes wait until it does",
        (unsigned long long)(busy_ns / (uint64_t)RS_S_AS_NS(1)));
}

enum rs_code rs_ready_check(struct rs_cx *cx, const struct rs_api *api)
{
    if (atomic_load(&api->draining)) {
        return rs_fail(cx, RS_UNAVAILABLE, "stopping");
    }
    RS_TRY(rs_commit_check(cx, api->writer));
    return check_progress(cx, api);
}

static enum rs_code check_store(struct rs_call *c, const void *request, void *reply)
{
    (void)request;
    (void)reply;
    return rs_snapshot_check(c->cx, c->store);
}

static void answer(struct rs_exchange *x, enum rs_code code)
{
    x->reply.status = code == RS_OK ? 200 : 503;
    x->reply.content_type = "text/plain; charset=utf-8";
    rs_buf_str(&x->reply.body, code == RS_OK ? RS_STR("ready") : rs_str_of(x->cx.error.message));
}

static void finish(struct rs_call *c, enum rs_code code)
{
    answer(c->x, code);
}

void rs_ready_serve(struct rs_exchange *x)
{
    static const struct rs_endpoint check = {
        .lane = RS_LANE_READ, .permission = RS_PERM_PUBLIC, .handle = check_store, .rpc = "readyz"};
    const enum rs_code code = rs_ready_check(&x->cx, x->user);

    if (code != RS_OK) {
        answer(x, code);
        return;
    }
    rs_call_start(x, &check, NULL, finish);
}
