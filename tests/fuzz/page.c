/* SPDX-License-Identifier: Apache-2.0 */
/* Page tokens: the input as a token, and as the bytes behind one. */
#include "model/page.h"

#include "base/digest.h"
#include "target.h"

/* The fingerprint that stands in a token, so that what lies behind it is read too. */
static uint64_t query_in(struct rs_cx *cx, struct rs_str token)
{
    struct rs_str bytes;
    uint64_t query = 0;

    if (rs_base64_decode(cx->arena, token, &bytes) && bytes.n >= 9) {
        for (size_t i = 0; i < 8; i++) {
            query |= (uint64_t)(unsigned char)bytes.p[1 + i] << 8 * i;
        }
    }
    return query;
}

static void check_token(struct rs_cx *cx, struct rs_str token)
{
    struct rs_page page = {0};
    struct rs_page again = {0};
    const uint64_t query = query_in(cx, token);
    const enum rs_code code = rs_page_parse(cx, token, query, &page);

    fuzz_refused(cx, code, token);
    rs_cx_clear(cx);
    if (code != RS_OK) {
        return;
    }
    FUZZ_HOLDS(page.n <= RS_PAGE_VALUES_MAX && page.query == query, token);
    const struct rs_str text = rs_page_text(cx->arena, &page);
    FUZZ_HOLDS(rs_page_parse(cx, text, query, &again) == RS_OK, text);
    FUZZ_HOLDS(rs_str_eq(text, rs_page_text(cx->arena, &again)), text);
    /* Padding alone may have been missing. */
    FUZZ_HOLDS(rs_str_starts(text, token), token);
    FUZZ_HOLDS(rs_page_parse(cx, token, query + 1, &again) == RS_INVALID, token);
    rs_cx_clear(cx);
}

static void check_base64(struct rs_cx *cx, struct rs_str bytes)
{
    const struct rs_str text = rs_base64(cx->arena, bytes.p, bytes.n);
    struct rs_str again;

    FUZZ_HOLDS(rs_base64_decode(cx->arena, text, &again) && rs_str_eq(bytes, again), text);
    check_token(cx, text);
}

static void try_token(struct rs_cx *cx, struct rs_str input)
{
    check_token(cx, input);
    check_base64(cx, input);
}

const struct fuzz_target fuzz_page = {
    .name = "page", .what = "page tokens and base64", .one = try_token};
