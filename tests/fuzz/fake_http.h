/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's part, played by a fake: a request that was taken apart already is given to the
 * callbacks of the server that was started last, on the caller's thread, and the reply is caught.
 * No socket, no thread; all that lies above libmicrohttpd is the server's own code. May be included
 * by tests/fuzz.
 *
 * What the server may not do (answer within a body, take nothing and not suspend, never resume,
 * break a header) ends the program. A function of libmicrohttpd that the server begins to use must
 * be played here too: the programs are linked without the library. */
#ifndef RS_TESTS_FUZZ_FAKE_HTTP_H
#define RS_TESTS_FUZZ_FAKE_HTTP_H

#include "base/buf.h"

struct fake_header {
    struct rs_str name;
    struct rs_str value;
};

struct fake_request {
    const char *method;
    const char *target; /* as it stands in the request line */
    const char *version;
    const struct fake_header *header;
    size_t n_headers;
    struct rs_str body;
    size_t piece;    /* bytes of the body that arrive at a time; at least one */
    bool goes_early; /* the client leaves when the body has come, before its end was seen */
};

struct fake_reply {
    unsigned status;    /* 0: the connection was ended without a reply */
    struct rs_buf head; /* "name: value\n" for each header */
    struct rs_buf body;
    bool is_broken; /* the body ended before its length */
};

/* Yours: fake_forget. */
struct fake_reply fake_ask(const struct fake_request *request);
void fake_forget(struct fake_reply *reply);

/* The value of a header of the reply; absent when it has none of that name. */
struct rs_str fake_reply_header(const struct fake_reply *reply, const char *name);

#endif
