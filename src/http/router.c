/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of literal paths, and a short list of patterns. A chain of routes hangs on each
 * path, one a method. */
#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>

enum { SLOTS = 1024 }; /* about four times the literal paths */

struct entry {
    struct entry *next; /* in the slot, or in the list of patterns */
    struct rs_str path; /* with the mount's prefix: `text` */
    bool is_for_pages;  /* of the mount */
    const struct rs_route *of[RS_N_METHODS];
    char text[];
};

struct rs_router {
    struct entry *slot[SLOTS];
    struct entry *patterns;
    struct entry **last_pattern;
};

static size_t hash(struct rs_str s)
{
    const uint64_t h = rs_str_hash(RS_HASH_START, s);

    return (size_t)(h ^ h >> 32) % SLOTS;
}

static bool is_pattern(struct rs_str path)
{
    return rs_str_find(path, '{', 0) < path.n;
}

static struct entry *find_entry(struct entry *list, struct rs_str path)
{
    while (list != NULL && !rs_str_eq(list->path, path)) {
        list = list->next;
    }
    return list;
}

static struct entry *make_entry(struct rs_router *r, struct rs_str path)
{
    struct entry *e = calloc(1, sizeof *e + path.n);

    if (e == NULL) {
        return NULL;
    }
    memcpy(e->text, path.p, path.n);
    e->path = (struct rs_str){e->text, path.n};
    if (is_pattern(path)) {
        *r->last_pattern = e;
        r->last_pattern = &e->next;
        return e;
    }
    struct entry **slot = &r->slot[hash(path)];
    e->next = *slot;
    *slot = e;
    return e;
}

static enum rs_code add(struct rs_cx *cx, struct rs_router *r, const struct rs_mount *mount,
                        const struct rs_route *route)
{
    const struct rs_str path = rs_arena_fmt(cx->arena, "%s%s", mount->prefix, route->path);
    struct entry *e = find_entry(is_pattern(path) ? r->patterns : r->slot[hash(path)], path);

    if (e == NULL) {
        e = make_entry(r, path);
    }
    if (e == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not add a route: out of memory");
    }
    if (e->of[route->method] != NULL) {
        return rs_fail(cx, RS_INTERNAL, "two routes claim %s " RS_FMT,
                       rs_method_name(route->method), RS_ARG(path));
    }
    e->of[route->method] = route;
    e->is_for_pages = mount->is_for_pages;
    return RS_OK;
}

enum rs_code rs_router_new(struct rs_cx *cx, const struct rs_mount *mounts, size_t n,
                           struct rs_router **out)
{
    struct rs_router *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not make the router: out of memory");
    }
    r->last_pattern = &r->patterns;
    for (size_t m = 0; m < n; m++) {
        for (size_t i = 0; i < mounts[m].n; i++) {
            const enum rs_code code = add(cx, r, &mounts[m], &mounts[m].routes[i]);

            if (code != RS_OK) {
                rs_router_free(r);
                return code;
            }
        }
    }
    *out = r;
    return RS_OK;
}

static void free_list(struct entry *e)
{
    while (e != NULL) {
        struct entry *next = e->next;

        free(e);
        e = next;
    }
}

void rs_router_free(struct rs_router *r)
{
    if (r == NULL) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        free_list(r->slot[i]);
    }
    free_list(r->patterns);
    free(r);
}

static bool add_param(struct rs_match *m, struct rs_str name, struct rs_str value)
{
    if (value.n == 0 || m->n_params == RS_PATH_PARAMS_MAX) {
        return false;
    }
    m->param[m->n_params++] = (struct rs_path_param){name, value};
    return true;
}

/* Whether a pattern fits the path; collects the parameters. */
static bool fits(struct rs_str pattern, struct rs_str path, struct rs_match *m)
{
    size_t at = 0;

    m->n_params = 0;
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '{') {
            if (at == path.n || path.p[at++] != pattern.p[i]) {
                return false;
            }
            continue;
        }
        const size_t end = rs_str_find(pattern, '}', i);
        const bool rest = pattern.p[end - 1] == '*';
        const struct rs_str name = {pattern.p + i + 1, end - i - 1 - rest};
        const size_t stop = rest ? path.n : rs_str_find(path, '/', at);
        if (!add_param(m, name, (struct rs_str){path.p + at, stop - at})) {
            return false;
        }
        at = stop;
        i = end;
    }
    return at == path.n;
}

static void choose(const struct entry *e, enum rs_method method, struct rs_match *out)
{
    const enum rs_method as = method == RS_HEAD && e->of[RS_HEAD] == NULL ? RS_GET : method;

    out->route = e->of[as];
    out->is_for_pages = e->is_for_pages;
    for (unsigned i = 0; i < RS_N_METHODS; i++) {
        out->allowed |= e->of[i] != NULL ? 1U << i : 0;
    }
    if (e->of[RS_GET] != NULL) {
        out->allowed |= 1U << RS_HEAD;
    }
}

void rs_router_find(const struct rs_router *r, enum rs_method method, struct rs_str path,
                    struct rs_match *out)
{
    const struct entry *e = find_entry(r->slot[hash(path)], path);

    *out = (struct rs_match){0};
    if (e == NULL) {
        for (e = r->patterns; e != NULL && !fits(e->path, path, out);) {
            e = e->next;
        }
    }
    if (e == NULL) {
        out->n_params = 0;
        return;
    }
    choose(e, method, out);
}
