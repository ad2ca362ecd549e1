/* SPDX-License-Identifier: Apache-2.0 */
/* Checking artifact locations. What makes a URI name a host depends on its scheme, so there is a
 * table of those. */
#include "model/location.h"

#include "base/uri.h"
#include "model/artifact_path.h"
#include "model/limits.h"
#include "model/where.h"

/* Schemes whose authority is a host that somebody connects to. One family is one service under
 * several names. */
struct host_scheme {
    const char *name;
    const char *family;
    int64_t ports[2]; /* when the URI names none; 0: not known */
};

static const struct host_scheme host_schemes[] = {
    {"ftp", "ftp", {21, 21}},       {"sftp", "sftp", {22, 22}},
    {"hdfs", "hdfs", {0, 0}},       {"viewfs", "hdfs", {0, 0}},
    {"http", "http", {80, 80}},     {"https", "http", {443, 443}},
    {"r2", "r2", {443, 443}},       {"b2", "b2", {443, 443}},
    {"abfss", "abfss", {443, 443}}, {"mlflow-artifacts", "http", {80, 443}},
};

struct target {
    const struct host_scheme *scheme; /* NULL: the URI names no host */
    struct rs_str host;
    int64_t ports[2];
    bool is_malformed;
};

static const struct host_scheme *find_scheme(struct rs_str name)
{
    for (size_t i = 0; i < sizeof host_schemes / sizeof host_schemes[0]; i++) {
        if (rs_str_eq_nocase(name, rs_str_of(host_schemes[i].name))) {
            return &host_schemes[i];
        }
    }
    return NULL;
}

/* HTTP clients end the authority at a backslash where others do not: such a host is nobody's. */
static bool is_odd_authority(struct rs_str authority)
{
    for (size_t i = 0; i < authority.n; i++) {
        const unsigned char c = (unsigned char)authority.p[i];

        if (c == '\\' || c <= 0x20 || c >= 0x7F) {
            return true;
        }
    }
    return false;
}

/* Cuts "user@host:port" into host and port; the port stays what it was when there is none. */
static bool split_authority(struct rs_str authority, struct target *t)
{
    size_t start = authority.n;
    size_t colon;
    int64_t port;

    while (start > 0 && authority.p[start - 1] != '@') {
        start--;
    }
    t->host = rs_str_from(authority, start);
    colon = t->host.n > 0 && t->host.p[0] == '[' ? rs_str_find(t->host, ']', 0) : 0;
    colon = rs_str_find(t->host, ':', colon);
    if (colon >= t->host.n) {
        return true;
    }
    const struct rs_str digits = rs_str_from(t->host, colon + 1);

    t->host.n = colon;
    if (digits.n == 0) {
        return true;
    }
    if (!rs_str_to_i64(digits, &port) || port < 0 || port > 65535) {
        return false;
    }
    t->ports[0] = t->ports[1] = port;
    return true;
}

static struct target target_of(struct rs_str location)
{
    const struct rs_uri uri = rs_uri_split(location);
    struct target t = {.scheme = find_scheme(uri.scheme)};

    if (t.scheme == NULL) {
        return t;
    }
    if (uri.authority.n == 0 && strcmp(t.scheme->name, "mlflow-artifacts") == 0) {
        t.scheme = NULL; /* the server itself */
        return t;
    }
    t.ports[0] = t.scheme->ports[0];
    t.ports[1] = t.scheme->ports[1];
    t.is_malformed = is_odd_authority(uri.authority) || !split_authority(uri.authority, &t);
    return t;
}

static bool is_same_target(const struct target *a, const struct target *b)
{
    if (b->scheme == NULL || a->is_malformed || b->is_malformed) {
        return false;
    }
    return strcmp(a->scheme->family, b->scheme->family) == 0 &&
           rs_str_eq_nocase(a->host, b->host) &&
           (a->ports[0] == b->ports[0] || a->ports[0] == b->ports[1] ||
            a->ports[1] == b->ports[0] || a->ports[1] == b->ports[1]);
}

static bool is_allowed(const struct target *t, const struct rs_location_policy *policy)
{
    for (size_t i = 0; i < policy->n_schemes; i++) {
        if (rs_str_is(policy->schemes[i], t->scheme->name)) {
            return true;
        }
    }
    for (size_t i = 0; i < policy->n_roots; i++) {
        const struct target root = target_of(policy->roots[i]);

        if (is_same_target(t, &root)) {
            return true;
        }
    }
    return false;
}

enum rs_code rs_uri_host_check(struct rs_cx *cx, const char *field, struct rs_str location,
                               const struct rs_location_policy *policy)
{
    const struct target t = target_of(location);

    if (t.scheme == NULL || is_allowed(&t, policy)) {
        return RS_OK;
    }
    return rs_fail(
        cx, RS_INVALID,
        "'%s' cannot use the '%s' scheme: the '%s' scheme addresses a host other than the "
        "tracking server's configured artifact storage, so the server would connect to the "
        "host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES "
        "environment variable on the server to allow it.",
        field, t.scheme->name, t.scheme->name);
}

/* Python's urlparse knows params (";") only of a plain path and of the older schemes of the web. */
static bool has_params(const struct rs_uri *uri)
{
    const bool may = uri->scheme.n == 0 || rs_str_eq_nocase(uri->scheme, RS_STR("http")) ||
                     rs_str_eq_nocase(uri->scheme, RS_STR("https")) ||
                     rs_str_eq_nocase(uri->scheme, RS_STR("ftp")) ||
                     rs_str_eq_nocase(uri->scheme, RS_STR("sftp"));

    return may && rs_str_find(uri->path, ';', 0) < uri->path.n;
}

static bool has_dots(struct rs_arena *a, struct rs_str query)
{
    struct rs_str plain;

    if (!rs_unquote(a, query, &plain)) {
        return true;
    }
    for (size_t i = 1; i < plain.n; i++) {
        if (plain.p[i - 1] == '.' && plain.p[i] == '.') {
            return true;
        }
    }
    return false;
}

enum rs_code rs_artifact_location_check(struct rs_cx *cx, const char *field, struct rs_str location,
                                        const struct rs_location_policy *policy)
{
    const struct rs_uri uri = rs_uri_split(location);

    if (rs_str_find(location, '#', 0) < location.n || has_params(&uri)) {
        return rs_fail(cx, RS_INVALID, "'%s' URL can't include fragments or params.", field);
    }
    if (has_dots(cx->arena, uri.query)) {
        return rs_fail(cx, RS_INVALID, "Invalid query string");
    }
    RS_TRY(rs_uri_host_check(cx, field, location, policy));
    if (rs_str_starts(location, RS_STR("runs:"))) {
        return rs_fail(cx, RS_INVALID,
                       "Artifact location cannot be a runs:/ URI. Given: '" RS_FMT "'",
                       RS_ARG(location));
    }
    if (location.n > RS_ARTIFACT_LOCATION_MAX &&
        rs_utf8_count(location) > RS_ARTIFACT_LOCATION_MAX) {
        return rs_fail(cx, RS_INVALID,
                       "Invalid artifact path length. The length of the artifact path cannot be "
                       "greater than %d characters. To configure this limit, please set the "
                       "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.",
                       RS_ARTIFACT_LOCATION_MAX);
    }
    if (rs_path_climbs(cx->arena, uri.path)) {
        return rs_fail(cx, RS_INVALID, "'%s' must not hold '..' segments", field);
    }
    return RS_OK;
}
