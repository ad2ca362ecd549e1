/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that all requests together may take: a client that reads a long reply slowly, or never
 * ends a long body, must not be able to multiply by its connections. */
#include "http/io.h"

bool rs_exchange_hold(struct rs_exchange *x, uint64_t bytes)
{
    struct rs_http *h = x->io->http;
    const uint64_t counted = bytes > RS_HELD_FREE ? bytes : 0;

    if (counted == x->io->held) {
        return true;
    }
    if (counted < x->io->held) {
        atomic_fetch_sub(&h->held, x->io->held - counted);
    } else {
        const uint64_t more = counted - x->io->held;

        if (atomic_fetch_add(&h->held, more) + more > h->o.held_max) {
            atomic_fetch_sub(&h->held, more);
            return false;
        }
    }
    x->io->held = counted;
    return true;
}

uint64_t rs_http_held(const struct rs_http *h)
{
    return atomic_load(&h->held);
}

void rs_exchange_refuse_full(struct rs_exchange *x)
{
    rs_buf_fini(&x->body);
    rs_buf_fini(&x->reply.body);
    x->reply.body.max = RS_REPLY_MAX;
    x->reply.n_headers = 0;
    x->reply.is_stream = false;
    x->reply.read = NULL;
    (void)rs_exchange_hold(x, 0);
    rs_cx_clear(&x->cx);
    rs_fail(&x->cx, RS_BUSY,
            "the server holds as many bytes of requests and replies as it may; try again in a "
            "second, or ask for fewer results at a time");
    x->reply.status = 503;
    x->io->http->o.refuse(x);
}
