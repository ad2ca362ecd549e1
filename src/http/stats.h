/* SPDX-License-Identifier: Apache-2.0 */
/* Counts and times of requests, a row a route, and their text for Prometheus. May be included by
 * http, api and server. */
#ifndef RS_HTTP_STATS_H
#define RS_HTTP_STATS_H

#include "http/router.h"

struct rs_stats;

/* A row for each name among the mounts' routes, and one for what found no route. The routes are
 * borrowed for the counters' life. Yours: rs_stats_free. */
enum rs_code rs_stats_new(struct rs_cx *cx, const struct rs_mount *mounts, size_t n,
                          struct rs_stats **out);
void rs_stats_free(struct rs_stats *s);

/* Counts an answered exchange. Any thread. */
void rs_stats_count(struct rs_stats *s, const struct rs_exchange *x);

/* Appends the families runestone_http_*; rows of routes that never counted are left out. Any
 * thread. */
void rs_stats_write(const struct rs_stats *s, struct rs_buf *out);

#endif
