/* SPDX-License-Identifier: Apache-2.0 */
/* Two functions that libmicrohttpd 0.9.75 finds as everybody does, by their names: the program's
 * are found first. Where the library does not look them up, what is mended here stays as it was,
 * and nothing else changes: decision 13.
 *
 * MHD_queue_response: the library answers 500 of its own accord when a line of a chunk's size, with
 * an extension that does not end, is longer than the connection's memory. That is a client's
 * mistake: it gets our 400 instead, which has a name and is counted and logged like any other
 * refusal. Whatever else it is given is passed on. (Version 1.0 answers 413 itself.)
 *
 * epoll_wait: the library asks for 128 events, and when it gets that many, it asks again and waits,
 * before it looks at those that it has: their connections hang until something else happens. So it
 * never gets as many as it asks for; what is left is told the next time. (Version 1.0.1 has it
 * still.) */
#include <assert.h>
#include <dlfcn.h>
#include <sys/epoll.h>

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

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
    return epoll_pwait(fd, events, most > 1 ? most - 1 : most, timeout_ms, NULL);
}
