/* SPDX-License-Identifier: Apache-2.0 */
/* From a reply to libmicrohttpd's response. */
#include <unistd.h>

#include "base/clock.h"
#include "http/io.h"

static bool is_clean(struct rs_str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\r' || value.p[i] == '\n' || value.p[i] == '\0') {
            return false;
        }
    }
    return true;
}

void rs_exchange_set(struct rs_exchange *x, const char *name, struct rs_str value)
{
    struct rs_reply *r = &x->reply;

    if (r->n_headers < RS_REPLY_HEADERS_MAX && is_clean(value)) {
        /* libmicrohttpd wants the NUL. */
        r->header[r->n_headers++] = (struct rs_header){name, rs_arena_str(x->cx.arena, value)};
    }
}

uint64_t rs_exchange_sends(const struct rs_exchange *x)
{
    const bool is_file = x->reply.fd >= 0 || x->reply.length > 0;

    return x->method == RS_HEAD || x->reply.is_stream ? 0
           : is_file                                  ? x->reply.length
                                                      : x->reply.body.n;
}

enum {
    READ_BLOCK = 256 << 10, /* bytes of a file that are read at once, where sendfile does not */
    STREAM_BLOCK = 4 << 10, /* likewise of a stream, of which there may be thousands */
};

static ssize_t read_on(void *cls, uint64_t at, char *out, size_t n)
{
    struct rs_exchange *x = cls;

    if (!rs_http_enter(x->io->http)) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    rs_watched_enter(x->io->watched, RS_PHASE_REPLY);
    const ptrdiff_t got = x->reply.read(x, at, out, n);
    rs_http_leave(x->io->http);
    if (got == RS_READ_END && x->reply.is_stream) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    return got < 0 ? MHD_CONTENT_READER_END_WITH_ERROR : got;
}

/* The response's body lives in the exchange, which outlives it; a file is closed by libmicrohttpd.
 */
static struct MHD_Response *make_response(struct rs_exchange *x)
{
    struct rs_reply *r = &x->reply;

    if (r->is_stream) {
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_on, x, NULL);
    }
    if (r->read != NULL) {
        return MHD_create_response_from_callback(r->length, READ_BLOCK, read_on, x, NULL);
    }
    if (r->fd >= 0) {
        struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(r->length, r->fd,
                                                                                r->offset);

        if (response != NULL) {
            r->fd = -1;
        }
        return response;
    }
    return MHD_create_response_from_buffer(r->body.n, r->body.p, MHD_RESPMEM_PERSISTENT);
}

/* A client may take long to read the reply: all else that the request needed goes now. */
static void keep_reply_only(struct rs_exchange *x)
{
    if (x->scratch != NULL || x->reply.read != NULL) {
        return; /* a body or a file is still under way, and its state is in the arena */
    }
    rs_buf_fini(&x->body);
    rs_arena_reset(&x->arena);
    x->cx.request_id = x->cx.principal = x->path = x->query = (struct rs_str){0};
}

enum MHD_Result rs_reply_send(struct rs_exchange *x)
{
    struct rs_reply *r = &x->reply;

    if (!rs_exchange_hold(x, r->body.n)) {
        rs_exchange_refuse_full(x);
    }
    struct MHD_Response *response = make_response(x);

    if (response == NULL) {
        return MHD_NO;
    }
    MHD_add_response_header(response, RS_REQUEST_ID_HEADER, x->cx.request_id.p);
    if (r->content_type != NULL) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    }
    for (size_t i = 0; i < r->n_headers; i++) {
        MHD_add_response_header(response, r->header[i].name, r->header[i].value.p);
    }
    /* No browser guesses what a reply is, or shows it within a page of somebody else. */
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "SAMEORIGIN");
    if (r->close || x->io->is_last ||
        atomic_load_explicit(&x->io->http->draining, memory_order_relaxed)) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
    x->io->state = RS_IO_ANSWERED; /* first: it tells our replies from the library's */
    const enum MHD_Result rc = MHD_queue_response(x->io->connection, r->status, response);
    MHD_destroy_response(response);
    rs_watched_enter(x->io->watched, RS_PHASE_REPLY);
    x->times.took_ns = rs_clock_mono_ns() - x->times.start_ns;
    if (x->io->http->o.answered != NULL) {
        x->io->http->o.answered(x);
    }
    if (r->body.n > RS_HELD_FREE) {
        keep_reply_only(x);
    }
    return rc;
}
