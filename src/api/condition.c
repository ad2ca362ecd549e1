/* SPDX-License-Identifier: Apache-2.0 */
/* If-Match first, then If-None-Match: the order of RFC 9110, section 13.2.2. */
#include "api/condition.h"

#include "base/digest.h"
#include "http/file.h"

enum { LISTED_MAX = 64 }; /* versions that a tag names one by one */

struct rs_str rs_versions_etag(struct rs_arena *a, const int64_t *versions, size_t n)
{
    struct rs_buf text = {.max = RS_REPLY_MAX};
    struct rs_str etag = {0};

    for (size_t i = 0; i < n; i++) {
        rs_buf_fmt(&text, "%s%lld", i > 0 ? "." : "", (long long)versions[i]);
    }
    if (n > LISTED_MAX) {
        etag = rs_sha256_hex(a, rs_buf_view(&text));
    } else if (n > 0) {
        etag = rs_arena_str(a, rs_buf_view(&text));
    }
    rs_buf_fini(&text);
    return etag;
}

void rs_call_set_etag(struct rs_call *c, struct rs_str etag)
{
    if (etag.p != NULL) {
        rs_exchange_set(c->x, "ETag", rs_arena_fmt(c->cx->arena, "\"" RS_FMT "\"", RS_ARG(etag)));
    }
}

bool rs_call_is_conditional(const struct rs_call *c)
{
    return rs_exchange_header(c->x, "If-Match").p != NULL ||
           rs_exchange_header(c->x, "If-None-Match").p != NULL;
}

/* What is not there has no tag, not even an empty one. */
static bool is_in(struct rs_str list, struct rs_str etag, bool strong)
{
    return etag.p != NULL && rs_etag_is_in(list, etag, strong);
}

enum rs_code rs_condition_check(struct rs_call *c, struct rs_str what, struct rs_str etag)
{
    const struct rs_str match = rs_exchange_header(c->x, "If-Match");
    const struct rs_str none = rs_exchange_header(c->x, "If-None-Match");
    const char *header = NULL;

    if (match.p != NULL && !is_in(match, etag, true)) {
        header = "If-Match";
    } else if (none.p != NULL && is_in(none, etag, false)) {
        header = "If-None-Match";
    }
    if (header == NULL) {
        return RS_OK;
    }
    if (etag.p == NULL) {
        return rs_fail(c->cx, RS_UNMET,
                       RS_FMT " was not moved: it has no version now, which is not what %s asks "
                              "for; look again, and try again if it is still wanted",
                       RS_ARG(what), header);
    }
    return rs_fail(c->cx, RS_UNMET,
                   RS_FMT " was not moved: its entity tag is \"" RS_FMT "\" now, which is not what "
                          "%s asks for; look again, and try again if it is still wanted",
                   RS_ARG(what), RS_ARG(etag), header);
}
