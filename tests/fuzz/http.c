/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a whole server, one after the other, in the form of world.h. Each is answered, by no
 * fault of the server; and a refused one has changed nothing. */
#include <zlib.h>

#include "is_json.h"
#include "messages.h"
#include "target.h"
#include "world.h"

enum { UNPACKED_MAX = 4 << 20 }; /* far more than the world's replies have */

static void check_status(const struct fake_reply *r, struct rs_str request)
{
    /* A method or a transfer that we do not know may be answered so; nothing else is our fault. */
    FUZZ_HOLDS(r->status == 0 || (r->status >= 200 && r->status < 500) || r->status == 501,
               rs_buf_view(&r->body).n > 0 ? rs_buf_view(&r->body) : request);
    FUZZ_HOLDS(!r->is_broken, request);
}

/* The body as its client reads it: unpacked, where it came packed. */
static struct rs_str read_body(struct rs_arena *a, const struct fake_reply *r)
{
    struct rs_str body = rs_buf_view(&r->body);
    z_stream z = {.next_in = (Bytef *)r->body.p, .avail_in = (uInt)body.n};

    if (body.n == 0 || !rs_str_is(fake_reply_header(r, "Content-Encoding"), "gzip")) {
        return body;
    }
    char *room = rs_arena_alloc(a, 1, UNPACKED_MAX);
    z.next_out = (Bytef *)room;
    z.avail_out = UNPACKED_MAX;
    FUZZ_HOLDS(inflateInit2(&z, MAX_WBITS + 16) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END &&
                   z.avail_in == 0,
               body);
    body = (struct rs_str){room, z.total_out};
    inflateEnd(&z);
    return body;
}

static void check_body(struct rs_arena *a, const struct fake_reply *r, struct rs_str request)
{
    const struct rs_str type = fake_reply_header(r, "Content-Type");
    const struct rs_str body = read_body(a, r);
    const bool is_file = fake_reply_header(r, "ETag").p != NULL;

    if (body.n > 0 && !is_file && rs_str_starts(type, RS_STR("application/json"))) {
        FUZZ_HOLDS(fuzz_is_json(body), body);
    }
    if (r->status >= 400 && body.n > 0) {
        FUZZ_HOLDS(rs_str_starts(body, RS_STR("{\"error_code\":\"")) ||
                       rs_str_starts(body, RS_STR("{\"data\":null,\"errors\":[\"")), /* GraphQL */
                   request);
        FUZZ_HOLDS(rs_str_find(body, '\0', 0) == body.n, body);
    }
    FUZZ_HOLDS(r->status != 204 || body.n == 0, body);
}

static void try_request(struct rs_cx *cx, struct rs_str request)
{
    const uint64_t before = world_digest();
    struct fake_reply reply = world_ask(cx->arena, request);

    check_status(&reply, request);
    check_body(cx->arena, &reply, request);
    FUZZ_HOLDS(reply.status < 400 || world_digest() == before, request);
    fake_forget(&reply);
}

static void try_requests(struct rs_cx *cx, struct rs_str input)
{
    const int64_t before = world_version();
    struct rs_str rest = input;

    world_begin();
    while (rest.n > 0) {
        try_request(cx, world_next(&rest));
    }
    if (world_version() != before) {
        world_reset();
    }
}

static void put_words(void (*put)(struct rs_str word))
{
    static const char *const words[] = {"\n%%\n",
                                        "Content-Type: application/json\n",
                                        "Accept-Encoding: gzip\n",
                                        "Range: bytes=0-1\n",
                                        "If-None-Match: \"\"\n",
                                        "If-Match: *\n",
                                        "If-Range: \"\"\n",
                                        "Content-Length: 5\n",
                                        "Transfer-Encoding: chunked\n",
                                        "Expect: 100-continue\n",
                                        "Content-MD5: \n",
                                        "Host: x\n",
                                        "x-amz-checksum-sha256: \n",
                                        "OPTIONS *",
                                        "HEAD /",
                                        " HTTP/1.0\n"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        put(rs_str_of(words[i]));
    }
    fuzz_route_words(put);
    fuzz_message_words(put);
}

const struct fuzz_target fuzz_http = {.name = "http",
                                      .what = "requests to a whole server without its sockets",
                                      .is_slow = true,
                                      .open = world_open,
                                      .one = try_requests,
                                      .words = put_words};
