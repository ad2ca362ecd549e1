/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-coding, query strings, and the parts of a URI (RFC 3986). May be included by every
 * room. */
#ifndef RS_BASE_URI_H
#define RS_BASE_URI_H

#include "base/arena.h"

/* Decodes %XX once. False on a broken escape, on %00 or a raw NUL, and on bytes that are not UTF-8
 * after decoding. `plus_is_space` is the rule of query strings. *out is the arena's. */
bool rs_uri_decode(struct rs_arena *a, struct rs_str text, bool plus_is_space, struct rs_str *out);

/* Encodes all but the unreserved characters and those in `keep` ("/" for paths); the arena's. */
struct rs_str rs_uri_encode(struct rs_arena *a, struct rs_str text, const char *keep);

struct rs_query_arg {
    struct rs_str name;
    struct rs_str value; /* empty when there is no '=' */
};

/* Far above what any caller needs: a query of a megabyte of "a&" must not cost 48 MB. */
enum { RS_QUERY_ARGS_MAX = 1000 };

/* Splits and decodes a query string (without '?') into an array of the arena's; empty pieces are
 * skipped. False on a piece that cannot be decoded or on more than RS_QUERY_ARGS_MAX. */
bool rs_uri_query(struct rs_arena *a, struct rs_str query, struct rs_query_arg **args, size_t *n);

struct rs_uri {
    struct rs_str scheme;    /* as written; absent when there is none */
    struct rs_str authority; /* absent without "//"; may be empty */
    struct rs_str path;
    struct rs_str query;    /* absent without '?' */
    struct rs_str fragment; /* absent without '#' */
};

/* Cuts a URI reference into its five parts, which point into `text`; nothing is decoded or checked
 * but the letters of the scheme: "a b:c" has none. */
struct rs_uri rs_uri_split(struct rs_str text);

#endif
