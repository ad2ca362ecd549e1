/* SPDX-License-Identifier: Apache-2.0 */
/* Whether it is packed or not, a cache is told what it depends on. */
#include "http/pack.h"

#include "http/coding.h"
#include "http/gzip.h"

bool rs_reply_may_be_packed(const struct rs_exchange *x)
{
    return rs_coding_is_taken(rs_exchange_header(x, "Accept-Encoding"), RS_STR("gzip"));
}

void rs_reply_pack(struct rs_exchange *x)
{
    if (!x->is_of_page || x->reply.body.n < RS_PACK_MIN) {
        return;
    }
    rs_exchange_set(x, "Vary", RS_STR("Accept-Encoding"));
    if (rs_reply_may_be_packed(x) && rs_gzip_shrink(&x->reply.body)) {
        rs_exchange_set(x, "Content-Encoding", RS_STR("gzip"));
    }
}
