/* SPDX-License-Identifier: Apache-2.0 */
/* Page tokens: where a search goes on, as the sort key of the last row that was given (keyset
 * paging), so that no row comes twice and none is skipped while rows are being inserted. Pure. May
 * be included by model, store, service and api. The text is opaque to clients: base64. */
#ifndef RS_MODEL_PAGE_H
#define RS_MODEL_PAGE_H

#include "base/cx.h"
#include "base/val.h"

enum { RS_PAGE_VALUES_MAX = 64 }; /* two an order key, and the tie-breaks */

struct rs_page {
    uint64_t query;              /* fingerprint of the search that the token belongs to */
    const struct rs_val *values; /* doubles come back bit for bit */
    size_t n;
};

/* A fingerprint of a search's arguments (filter, order, ids, view), all but the page size; 64-bit
 * FNV-1a over the parts and their lengths. Not a secret: a forged token can do no more than an
 * honest one. */
uint64_t rs_page_query(const struct rs_str *parts, size_t n);

/* The token's text; the arena's. */
struct rs_str rs_page_text(struct rs_arena *a, const struct rs_page *page);

/* Reads a token that belongs to `query`. RS_INVALID with MLflow's words ("Invalid page token, could
 * not base64-decode", "Invalid page token, decoded value=...") on text that is none, and on one
 * that belongs to another search. out->values is cx's. Anybody can make a token: the store looks at
 * the number and kinds of the values. */
enum rs_code rs_page_parse(struct rs_cx *cx, struct rs_str text, uint64_t query,
                           struct rs_page *out);

#endif
