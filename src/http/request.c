/* SPDX-License-Identifier: Apache-2.0 */
/* From the request line and headers to a route, or to a refusal. */
#include <stdio.h>

#include "http/io.h"

enum { HOST_MAX = 255 + 6 }; /* bytes: a name of the DNS, and a port */

static const char *const method_names[RS_N_METHODS] = {
    [RS_GET] = "GET",     [RS_HEAD] = "HEAD",     [RS_POST] = "POST",       [RS_PUT] = "PUT",
    [RS_PATCH] = "PATCH", [RS_DELETE] = "DELETE", [RS_OPTIONS] = "OPTIONS",
};

const char *rs_method_name(enum rs_method m)
{
    return method_names[m];
}

struct rs_str rs_exchange_header(const struct rs_exchange *x, const char *name)
{
    struct rs_str value = {0};

    MHD_lookup_connection_value_n(x->io->connection, MHD_HEADER_KIND, name, strlen(name), &value.p,
                                  &value.n);
    return value;
}

struct rs_str rs_exchange_param(const struct rs_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->n_params; i++) {
        if (rs_str_is(x->param[i].name, name)) {
            return x->param[i].value;
        }
    }
    return (struct rs_str){0};
}

/* A name or an address, and perhaps a port (RFC 3986, section 3.2.2): nothing that could end the authority of a URL. */
static bool is_host(struct rs_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!alnum && (c == '\0' || strchr(".-_:[]", c) == NULL)) {
            return false;
        }
    }
    return s.n > 0 && s.n <= HOST_MAX;
}

struct rs_str rs_exchange_base(const struct rs_exchange *x)
{
    const struct rs_str host = rs_exchange_header(x, "Host");

    if (!is_host(host)) {
        return (struct rs_str){0};
    }
    return rs_arena_fmt(x->cx.arena, "http://" RS_FMT RS_FMT, RS_ARG(host),
                        RS_ARG(x->io->http->o.base_path));
}

static void refuse(struct rs_exchange *x, unsigned status, enum rs_code code, const char *why)
{
    rs_fail(&x->cx, code, "%s", why);
    x->reply.status = status;
    x->io->http->o.refuse(x);
}

static bool find_method(struct rs_exchange *x, const char *name)
{
    for (unsigned m = 0; m < RS_N_METHODS; m++) {
        if (strcmp(name, method_names[m]) == 0) {
            x->method = (enum rs_method)m;
            return true;
        }
    }
    return false;
}

/* Cuts the raw target at '?', takes the base path off, and decodes the rest once. */
static bool read_target(struct rs_exchange *x, struct rs_str target)
{
    const struct rs_str base = x->io->http->o.base_path;
    const size_t mark = rs_str_find(target, '?', 0);

    if (mark < target.n) {
        x->query = rs_str_from(target, mark + 1);
    }
    struct rs_str path = {target.p, mark};
    if (!rs_str_starts(path, base)) {
        x->path = path;
        return true; /* finds no route */
    }
    path = rs_str_from(path, base.n);
    if (path.n == 0 || path.p[0] != '/') {
        return path.n == 0 && base.n > 0 ? (x->path = RS_STR("/"), true) : false;
    }
    return rs_uri_decode(x->cx.arena, path, false, &x->path);
}

/* "GET, HEAD, POST" for a set of methods. */
static struct rs_str allow_text(struct rs_exchange *x, unsigned allowed)
{
    struct rs_str text = {"OPTIONS", 7};

    for (unsigned m = 0; m < RS_OPTIONS; m++) {
        if ((allowed & 1U << m) != 0) {
            text = rs_arena_fmt(x->cx.arena, RS_FMT ", %s", RS_ARG(text), method_names[m]);
        }
    }
    return text;
}

static void find_route(struct rs_exchange *x)
{
    struct rs_match match;

    rs_router_find(x->io->http->o.router, x->method, x->path, &match);
    if (match.allowed == 0) {
        refuse(x, 404, RS_NOT_FOUND, "no such path on this server");
        return;
    }
    if (match.route != NULL) {
        x->route = match.route;
        memcpy(x->param, match.param, sizeof x->param);
        x->n_params = match.n_params;
        return;
    }
    rs_exchange_set(x, "Allow", allow_text(x, match.allowed));
    if (x->method == RS_OPTIONS) {
        x->reply.status = 204;
        return;
    }
    refuse(x, 405, RS_INVALID, "this path does not know this method; the header Allow names those it knows");
}

static void check_length(struct rs_exchange *x)
{
    const struct rs_str length = rs_exchange_header(x, "Content-Length");
    int64_t n = 0;

    if (length.p == NULL || x->route->body != NULL) {
        return;
    }
    if (!rs_str_to_i64(length, &n) || n < 0) {
        refuse(x, 400, RS_INVALID, "the header Content-Length is not a number");
        x->reply.close = true;
        return;
    }
    if ((uint64_t)n > x->route->body_max) {
        rs_fail(&x->cx, RS_TOO_LARGE, "the body has %lld bytes; this path takes at most %zu",
                (long long)n, x->route->body_max);
        refuse(x, 413, RS_TOO_LARGE, "");
        x->reply.close = true;
    }
}

void rs_request_read(struct rs_exchange *x, const char *method, const char *version)
{
    (void)version;
    if (!find_method(x, method)) {
        refuse(x, 501, RS_UNSUPPORTED, "this server does not know this method");
        x->reply.close = true;
        return;
    }
    /* x->path still holds the raw target, from the log callback. */
    if (!read_target(x, x->path)) {
        refuse(x, 400, RS_INVALID, "the path is not valid percent-encoded UTF-8");
        return;
    }
    find_route(x);
    if (x->reply.status == 0) {
        check_length(x);
    }
}
