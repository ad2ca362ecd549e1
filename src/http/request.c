/* SPDX-License-Identifier: Apache-2.0 */
/* From the request line and headers to a route, or to a refusal. */
#include <stdio.h>

#include "http/guard.h"
#include "http/io.h"

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

struct rs_str rs_exchange_base(const struct rs_exchange *x)
{
    const struct rs_str host = rs_exchange_header(x, "Host");

    if (!rs_host_is_valid(host)) {
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

/* What is wrong with a target: 0, 400 or 404. Cuts it at '?', takes the base path off, and decodes
 * the rest once: nothing, where it is the base path itself. */
static unsigned read_target(struct rs_exchange *x, struct rs_str target)
{
    const struct rs_str base = x->io->http->o.base_path;
    const size_t mark = rs_str_find(target, '?', 0);

    if (mark < target.n) {
        x->query = rs_str_from(target, mark + 1);
    }
    x->path = (struct rs_str){target.p, mark};
    if (!rs_str_starts(x->path, RS_STR("/"))) {
        return 400;
    }
    if (!rs_str_starts(x->path, base) || (x->path.n > base.n && x->path.p[base.n] != '/')) {
        return 404;
    }
    const struct rs_str path = rs_str_from(x->path, base.n);
    return rs_uri_decode(x->cx.arena, path, false, &x->path) ? 0 : 400;
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

static void refuse_path(struct rs_exchange *x)
{
    refuse(x, 404, RS_NOT_FOUND, "no such path on this server");
}

/* The base path without a slash behind it is no place for a page: what the page names would be
 * looked for beside it. */
static void lead_to_root(struct rs_exchange *x)
{
    const bool asks = x->query.p != NULL;

    x->reply.status = 308;
    rs_exchange_set(x, "Location",
                    rs_arena_fmt(x->cx.arena, RS_FMT "/%s" RS_FMT, RS_ARG(x->io->http->o.base_path),
                                 asks ? "?" : "", RS_ARG(x->query)));
}

/* What a page of an allowed origin asks before it calls. */
static void answer_preflight(struct rs_exchange *x, struct rs_str methods)
{
    const struct rs_str wanted = rs_exchange_header(x, "Access-Control-Request-Headers");

    x->reply.status = 204;
    if (x->io->is_cross_origin) {
        rs_exchange_set(x, "Access-Control-Allow-Methods", methods);
        rs_exchange_set(x, "Access-Control-Max-Age", RS_STR("600"));
    }
    if (x->io->is_cross_origin && wanted.n > 0) {
        rs_exchange_set(x, "Access-Control-Allow-Headers", wanted);
    }
}

static void take_route(struct rs_exchange *x, const struct rs_match *match)
{
    if (x->path.n == 0 && (x->method == RS_GET || x->method == RS_HEAD)) {
        lead_to_root(x);
        return;
    }
    if (match->allowed == 0) {
        refuse_path(x);
        return;
    }
    if (match->route != NULL) {
        x->route = match->route;
        x->is_of_page = match->is_for_pages;
        memcpy(x->param, match->param, sizeof x->param);
        x->n_params = match->n_params;
        return;
    }
    const struct rs_str methods = allow_text(x, match->allowed);
    rs_exchange_set(x, "Allow", methods);
    if (x->method == RS_OPTIONS) {
        answer_preflight(x, methods);
        return;
    }
    refuse(x, 405, RS_INVALID,
           "this path does not know this method; the header Allow names those it knows");
}

static bool changes_state(enum rs_method m)
{
    return m == RS_POST || m == RS_PUT || m == RS_PATCH || m == RS_DELETE;
}

/* A browser sends Origin with what a page asks of another server than its own. A page may ask us to
 * change something only where the operator said so; without that, no header lets it read either. */
static bool is_origin_welcome(struct rs_exchange *x, struct rs_str host)
{
    const struct rs_str origin = rs_exchange_header(x, "Origin");

    if (origin.p == NULL || rs_origin_is_own(origin, host)) {
        return true;
    }
    if (rs_origin_is_allowed(origin, x->io->http->o.allowed_origins)) {
        x->io->is_cross_origin = true;
        rs_exchange_set(x, "Access-Control-Allow-Origin", origin);
        rs_exchange_set(x, "Vary", RS_STR("Origin"));
        return true;
    }
    return !changes_state(x->method);
}

/* MLflow's words, and where to look. */
static bool is_welcome(struct rs_exchange *x, const struct rs_route *route)
{
    const struct rs_http_options *o = &x->io->http->o;
    const struct rs_str host = rs_exchange_header(x, "Host");

    if (route != NULL && o->is_public != NULL && o->is_public(route)) {
        return true;
    }
    if (!rs_host_is_allowed(host, o->allowed_hosts)) {
        refuse(x, 403, RS_DENIED,
               "Invalid Host header - possible DNS rebinding attack detected (the server's setting "
               "allowed-hosts names its hosts)");
        return false;
    }
    if (!is_origin_welcome(x, host)) {
        refuse(
            x, 403, RS_DENIED,
            "Cross-origin request blocked (the server's setting allowed-origins names the origins "
            "of pages that may call it)");
        return false;
    }
    return true;
}

static void find_route(struct rs_exchange *x, bool is_ours)
{
    struct rs_match match = {0};

    if (is_ours) {
        rs_router_find(x->io->http->o.router, x->method, x->path, &match);
    }
    if (is_welcome(x, match.route)) {
        take_route(x, &match);
    }
}

/* What says where a request ends, and whom it is for: its request line and its headers. */
struct framing {
    const char *next; /* where the next line starts */
    unsigned hosts;
    unsigned lengths;
    unsigned encodings;
    bool is_old; /* libmicrohttpd 0.9.75 or before */
    bool is_odd; /* a broken line, a name that is none, a length that is no number, an unknown
                    coding */
};

static bool is_number(const char *p, size_t n)
{
    size_t i = 0;

    while (p != NULL && i < n && p[i] >= '0' && p[i] <= '9') {
        i++;
    }
    return n > 0 && i == n;
}

/* A name as RFC 9110 has it (section 5.6.2): no blank, bracket, control character or NUL. */
static bool is_token(struct rs_str s)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i];
        const bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!alnum && memchr(others, c, sizeof others - 1) == NULL) {
            return false;
        }
    }
    return s.n > 0;
}

/* Whether name and value are one whole line that ended in CR LF, right behind the line before. Both
 * stand where they came in, and libmicrohttpd 0.9.75 has overwritten CR LF by two NULs. It appends
 * a folded line to the name, of all things, and moves that elsewhere: "Content-Length: 1" and " 0"
 * become "Content-Length0: 1". A NUL within a value ends it early, and a bare CR or LF ends a line:
 * then the next line is not where it should be. (Later versions refuse all these themselves.) */
static bool is_one_line(struct framing *f, const char *name, const char *value, size_t n_value)
{
    const bool follows = f->next == name;

    f->next = value + n_value + 2;
    return follows && (uintptr_t)value > (uintptr_t)name && value[n_value + 1] == '\0';
}

static enum MHD_Result look_at_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                      size_t n_name, const char *value, size_t n_value)
{
    const struct rs_str header = {name, n_name};
    struct framing *f = cls;

    (void)kind;
    f->is_odd = f->is_odd || !is_token(header) ||
                (f->is_old && !is_one_line(f, name, value, n_value));
    if (rs_str_eq_nocase(header, RS_STR("Host"))) {
        f->hosts++;
    } else if (rs_str_eq_nocase(header, RS_STR("Content-Length"))) {
        f->lengths++;
        f->is_odd = f->is_odd || !is_number(value, n_value);
    } else if (rs_str_eq_nocase(header, RS_STR("Transfer-Encoding"))) {
        f->encodings++;
        f->is_odd = f->is_odd ||
                    !rs_str_eq_nocase((struct rs_str){value, n_value}, RS_STR("chunked"));
    }
    return MHD_YES;
}

/* Whether the request line is three words with one blank between them, and its target all that we
 * read of it: a NUL ends what a C string shows. */
static bool is_one_line_of_three(const struct rs_exchange *x, const char *method,
                                 const char *version)
{
    const char *target = x->io->target;

    return target == method + strlen(method) + 1 && version == target + x->path.n + 1;
}

/* Two readers of a connection that disagree about where a request ends, a proxy and we, can be made
 * to serve a request that nobody checked. libmicrohttpd lets such requests pass; here they end the
 * connection. */
static bool is_framed(struct rs_exchange *x, const char *method, const char *version)
{
    const bool is_11 = strcmp(version, "HTTP/1.1") == 0;
    struct framing f = {.is_old = MHD_VERSION <= 0x00097500, .next = version + strlen(version) + 2};

    f.is_odd = f.is_old && !is_one_line_of_three(x, method, version);

    MHD_get_connection_values_n(x->io->connection, MHD_HEADER_KIND, look_at_header, &f);
    if (f.is_odd || f.lengths + f.encodings > 1 || f.hosts > 1 || (f.hosts == 0 && is_11) ||
        (f.encodings > 0 && !is_11)) {
        x->reply.close = true;
        refuse(
            x, 400, RS_INVALID,
            "the headers Host, Content-Length or Transfer-Encoding are missing, repeated or not valid");
        return false;
    }
    return true;
}

static void check_length(struct rs_exchange *x)
{
    const struct rs_str length = rs_exchange_header(x, "Content-Length");
    int64_t n = 0;

    if (length.p == NULL || x->route->body != NULL) {
        return;
    }
    if (!rs_str_to_i64(length, &n) || (uint64_t)n > x->route->body_max) {
        rs_fail(&x->cx, RS_TOO_LARGE, "the body has " RS_FMT " bytes; this path takes at most %zu",
                RS_ARG(length), x->route->body_max);
        refuse(x, 413, RS_TOO_LARGE, "");
    }
}

void rs_request_read(struct rs_exchange *x, const char *method, const char *version)
{
    x->cx.request_id = rs_request_id(&x->io->http->ids, x->cx.arena,
                                     rs_exchange_header(x, RS_REQUEST_ID_HEADER));
    if (!is_framed(x, method, version)) {
        return;
    }
    if (!find_method(x, method)) {
        x->io->is_last = true;
        refuse(x, 501, RS_UNSUPPORTED, "this server does not know this method");
        return;
    }
    /* x->path still holds the raw target, from the log callback. */
    const unsigned wrong = read_target(x, x->path);
    if (wrong == 400) {
        x->io->is_last = true;
        refuse(x, 400, RS_INVALID, "the path is not valid percent-encoded UTF-8");
        return;
    }
    find_route(x, wrong == 0);
    if (x->reply.status == 0) {
        check_length(x);
    }
}
