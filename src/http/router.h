/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to a route. May be included by http and server. */
#ifndef RS_HTTP_ROUTER_H
#define RS_HTTP_ROUTER_H

#include "http/exchange.h"

/* Routes that are reached under a prefix. The same routes may be mounted several times. */
struct rs_mount {
    const char *prefix; /* "/api/2.0", or "" */
    const struct rs_route *routes;
    size_t n;
    bool is_for_pages; /* what pages in a browser ask: large replies are packed (http/pack.h) */
};

struct rs_router;

/* Yours: rs_router_free. RS_INTERNAL when two routes claim the same method and path. The mounts'
 * routes are borrowed for the router's life. */
enum rs_code rs_router_new(struct rs_cx *cx, const struct rs_mount *mounts, size_t n,
                           struct rs_router **out);
void rs_router_free(struct rs_router *r);

struct rs_match {
    const struct rs_route *route; /* NULL: this path knows other methods only, or nobody knows it */
    bool is_for_pages;            /* of its mount */
    unsigned allowed;             /* bit 1 << method for each method of the path; 0: no such path */
    struct rs_path_param param[RS_PATH_PARAMS_MAX]; /* values point into the path */
    size_t n_params;
};

/* Finds the route of a decoded path. HEAD is served by GET's route. */
void rs_router_find(const struct rs_router *r, enum rs_method method, struct rs_str path,
                    struct rs_match *out);

#endif
