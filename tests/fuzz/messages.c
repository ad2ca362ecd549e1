/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the mounts. */
#include "messages.h"

#include "api/call.h"
#include "api/mlflow/routes.h"
#include "api/native/routes.h"

static const struct rs_fields *request_of(const struct rs_route *r)
{
    const struct rs_endpoint *e = r->row;

    return e->handle != NULL && e->request != NULL ? e->request : NULL;
}

static void each_route(void (*see)(void *arg, const struct rs_mount *m, const struct rs_route *r),
                       void *arg)
{
    size_t n[2];
    const struct rs_mount *mounts[] = {rs_mlflow_mounts(&n[0]), rs_native_mounts(&n[1])};

    for (size_t k = 0; k < 2; k++) {
        for (size_t m = 0; m < n[k]; m++) {
            for (size_t i = 0; i < mounts[k][m].n; i++) {
                see(arg, &mounts[k][m], &mounts[k][m].routes[i]);
            }
        }
    }
}

struct wanted {
    struct rs_str name;
    uint64_t left; /* routes to pass by; counts down */
    const struct rs_fields *found;
    size_t n; /* routes with a request */
};

static void count(void *arg, const struct rs_mount *m, const struct rs_route *r)
{
    struct wanted *w = arg;

    (void)m;
    if (request_of(r) != NULL) {
        w->n++;
        w->found = rs_str_is(w->name, r->name) ? request_of(r) : w->found;
    }
}

static void pick(void *arg, const struct rs_mount *m, const struct rs_route *r)
{
    struct wanted *w = arg;

    (void)m;
    if (request_of(r) != NULL && w->left-- == 0) {
        w->found = request_of(r);
    }
}

const struct rs_fields *fuzz_request_named(struct rs_str name)
{
    struct wanted w = {.name = name};

    each_route(count, &w);
    if (w.found == NULL) {
        w.left = rs_str_hash(RS_HASH_START, name) % w.n;
        each_route(pick, &w);
    }
    return w.found;
}

static void put_fields(const struct rs_fields *fields, void (*put)(struct rs_str word))
{
    for (size_t i = 0; i < fields->n; i++) {
        const struct rs_field *f = &fields->field[i];

        put(f->name);
        for (const struct rs_enum_name *e = f->names; e != NULL && e->name != NULL; e++) {
            put(rs_str_of(e->name));
        }
        if (f->sub != NULL) {
            put_fields(f->sub, put);
        }
    }
}

struct words {
    void (*put)(struct rs_str word);
    struct rs_arena arena;
};

static void put_message(void *arg, const struct rs_mount *m, const struct rs_route *r)
{
    const struct words *w = arg;

    (void)m;
    if (request_of(r) != NULL) {
        w->put(rs_str_of(r->name));
        put_fields(request_of(r), w->put);
    }
}

void fuzz_message_words(void (*put)(struct rs_str word))
{
    struct words w = {.put = put};

    each_route(put_message, &w);
}

static void put_route(void *arg, const struct rs_mount *m, const struct rs_route *r)
{
    struct words *w = arg;

    w->put(rs_arena_fmt(&w->arena, "%s %s%s", rs_method_name(r->method), m->prefix, r->path));
    rs_arena_reset(&w->arena);
}

void fuzz_route_words(void (*put)(struct rs_str word))
{
    struct words w = {.put = put};

    each_route(put_route, &w);
    rs_arena_fini(&w.arena);
}
