/* SPDX-License-Identifier: Apache-2.0 */
/* A name for each request, by which its reply and its lines in the log are found. May be included
 * by http. */
#ifndef RS_HTTP_REQUEST_ID_H
#define RS_HTTP_REQUEST_ID_H

#include <stdatomic.h>

#include "base/arena.h"

#define RS_REQUEST_ID_HEADER "X-Request-Id"

enum {
    RS_REQUEST_ID_MAX = 64, /* bytes of a client's own */
    RS_REQUEST_ID_PREFIX = 8,
};

/* The source of a server's own: a random prefix of its life, and a number. */
struct rs_request_ids {
    char prefix[RS_REQUEST_ID_PREFIX];
    atomic_ullong next;
};

void rs_request_ids_init(struct rs_request_ids *ids);

/* The client's own name where it is 1 to RS_REQUEST_ID_MAX characters of [A-Za-z0-9._-], else a new
 * one, "5f0c2a91-000000002a". The arena's, with a NUL behind it. Any thread. */
struct rs_str rs_request_id(struct rs_request_ids *ids, struct rs_arena *a, struct rs_str own);

#endif
