/* SPDX-License-Identifier: Apache-2.0 */
/* Joining a location and a path. */
#include "model/artifact_uri.h"

#include "base/uri.h"

struct rs_str rs_artifact_uri(struct rs_arena *a, struct rs_str location, struct rs_str below)
{
    const struct rs_uri uri = rs_uri_split(location);
    const size_t end = uri.scheme.n > 0 ? rs_str_find(location, '?', 0) : location.n;
    const struct rs_str head = {location.p, end};
    const struct rs_str tail = rs_str_from(location, end);
    const bool is_bare = uri.scheme.n > 0 && uri.path.n == 0 && uri.authority.n == 0;
    const bool has_slash = is_bare || (head.n > 0 && head.p[head.n - 1] == '/');

    return RS_JOIN(a, head, has_slash ? RS_STR("") : RS_STR("/"), below, tail);
}
