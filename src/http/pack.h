/* SPDX-License-Identifier: Apache-2.0 */
/* Large replies to pages, which people look at from afar, are compressed. May be included by
 * api and ui. */
#ifndef RS_HTTP_PACK_H
#define RS_HTTP_PACK_H

#include "http/exchange.h"

/* Bytes of a body from which on it is packed: a smaller one is a few packets either way. */
enum { RS_PACK_MIN = 16 << 10 };

/* Whether the client takes gzip. */
bool rs_reply_may_be_packed(const struct rs_exchange *x);

/* Packs the body of a reply that was made in memory, where a page has asked for it (rs_mount), its
 * client takes gzip, and it is worth it. On the thread that made the reply, before it is given. */
void rs_reply_pack(struct rs_exchange *x);

#endif
