/* SPDX-License-Identifier: Apache-2.0 */
/* Whether it is packed or not, a cache is told what it depends on. */
#include "http/pack.h"

#include "http/coding.h"
#include "http/gzip.h"

void rs_reply_pack(struct rs_exchange *x)
{
    static const struct rs_str coding = RS_STR_INIT("gzip");

    if (!x->is_of_page || x->reply.body.n < RS_PACK_MIN) {
        return;
    }
    rs_exchange_set(x, "Vary", RS_STR("Accept-Encoding"));
    if (rs_coding_is_taken(rs_exchange_header(x, "Accept-Encoding"), coding) &&
        rs_gzip_shrink(&x->reply.body)) {
        rs_exchange_set(x, "Content-Encoding", coding);
    }
}
