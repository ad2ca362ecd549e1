/* SPDX-License-Identifier: Apache-2.0 */
/* The log's line of an answered request. May be included by http and server. */
#ifndef RS_HTTP_ACCESS_LOG_H
#define RS_HTTP_ACCESS_LOG_H

#include "http/exchange.h"

struct rs_access_log {
    int64_t slow_ns; /* a request that took longer is a `slow_call`; 0: none is */
    bool every;      /* every request is logged, not only failed and slow ones */
};

/* Writes at most one line: `slow_call`, or `request` for one that failed with 5xx (both are
 * warnings) or where all are wanted; else `request` for the level debug. The query and the headers,
 * where secrets are, are never in it. I/O thread. */
void rs_access_log(const struct rs_access_log *o, const struct rs_exchange *x);

#endif
