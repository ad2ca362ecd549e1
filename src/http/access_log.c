/* SPDX-License-Identifier: Apache-2.0 */
/* A line a request, for those that somebody will ask about. */
#include "http/access_log.h"

#include "base/log.h"

enum { NS_PER_US = 1000 };

static bool is_slow(const struct rs_access_log *o, const struct rs_exchange *x)
{
    return o->slow_ns > 0 && x->times.took_ns - x->times.watched_ns > o->slow_ns;
}

/* Of a request that found no route, the path may still be the raw target, with its query. */
static struct rs_str path_of(const struct rs_exchange *x)
{
    return x->route != NULL ? x->path : (struct rs_str){x->path.p, rs_str_find(x->path, '?', 0)};
}

void rs_access_log(const struct rs_access_log *o, const struct rs_exchange *x)
{
    const struct rs_exchange_times *t = &x->times;
    const bool slow = is_slow(o, x);
    const enum rs_log_level level = slow || x->reply.status >= 500 ? RS_LOG_WARN
                                    : o->every                     ? RS_LOG_INFO
                                                                   : RS_LOG_DEBUG;
    const char *why = x->cx.error.code != RS_OK ? x->cx.error.message : NULL;

    rs_log(level, slow ? "slow_call" : "request", RS_LOG_S("id", x->cx.request_id),
           RS_LOG_Z("method", rs_method_name(x->method)),
           RS_LOG_Z("route", x->route != NULL ? x->route->name : "none"),
           RS_LOG_S("path", path_of(x)), RS_LOG_I("status", x->reply.status),
           RS_LOG_I("took_us", t->took_ns / NS_PER_US),
           RS_LOG_I("waited_us", t->waited_ns / NS_PER_US), RS_LOG_I("in_bytes", x->received),
           RS_LOG_I("out_bytes", rs_exchange_sends(x)), RS_LOG_Z("why", why));
}
