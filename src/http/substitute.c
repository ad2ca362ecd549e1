/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd 0.9.75 answers 500 of its own accord when a line of a chunk's size, with an
 * extension that does not end, is longer than the connection's memory. That is a client's mistake:
 * it gets our 400 instead, which has a name and is counted and logged like any other refusal.
 *
 * The library hands its own replies to MHD_queue_response, and finds that function as everybody
 * does, by its name: the program's is found first. This one passes on whatever it is given, but for
 * that 500. (Version 1.0 answers 413 itself; where the library does not look its own functions up,
 * its 500 stays, and nothing else changes: decision 13.) */
#include <assert.h>
#include <dlfcn.h>

#include "http/io.h"

typedef enum MHD_Result queue_function(struct MHD_Connection *, unsigned, struct MHD_Response *);

/* The library's function of this name. Threads that ask at once find the same. */
static queue_function *librarys(void)
{
    static _Atomic(queue_function *) known;
    queue_function *f = atomic_load_explicit(&known, memory_order_relaxed);

    if (f == NULL) {
        void *address = dlsym(RTLD_NEXT, "MHD_queue_response");

        assert(address != NULL);
        memcpy(&f, &address, sizeof f);
        atomic_store_explicit(&known, f, memory_order_relaxed);
    }
    return f;
}

/* The exchange whose body the library could not go on reading; NULL when it is about something
 * else. Of a reply of ours the state is RS_IO_ANSWERED. */
static struct rs_exchange *stuck_exchange(struct MHD_Connection *connection)
{
    const struct rs_peer *peer = rs_peer_of(connection);
    struct rs_exchange *x = peer != NULL ? peer->exchange : NULL;

    return x != NULL && (x->io->state == RS_IO_BODY || x->io->state == RS_IO_REFUSED) ? x : NULL;
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                   struct MHD_Response *response)
{
    struct rs_exchange *x = status == MHD_HTTP_INTERNAL_SERVER_ERROR ? stuck_exchange(connection)
                                                                     : NULL;

    if (x == NULL) {
        return librarys()(connection, status, response);
    }
    if (x->io->state == RS_IO_BODY) {
        rs_fail(&x->cx, RS_INVALID,
                "the body is not valid: a line with the size of a chunk is too long");
        x->reply.status = 400;
        x->io->http->o.refuse(x);
    }
    return rs_reply_send(x);
}
