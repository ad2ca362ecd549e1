/* SPDX-License-Identifier: Apache-2.0 */
/* A client of plain sockets: it sends exactly the bytes that a test says, and reads replies as they
 * are. */
#ifndef RS_TESTS_UNIT_HTTP_WIRE_H
#define RS_TESTS_UNIT_HTTP_WIRE_H

#include "base/buf.h"

struct wire {
    int fd;
    struct rs_buf got; /* what came and was not read yet */
};

struct wire_reply {
    int status;      /* 0: the connection ended instead */
    char head[4096]; /* the status line and the headers, with a NUL */
    char *body;      /* with a NUL; free it with wire_forget */
    size_t n;        /* bytes of the body */
};

/* Connects to a port of 127.0.0.1. False when nobody listens there. */
bool wire_open(struct wire *w, unsigned port);
void wire_close(struct wire *w);

/* Sends all of it; a peer that has closed is no failure. */
void wire_send(struct wire *w, struct rs_str bytes);

/* Sends a request line and headers, and perhaps a body: "GET /x", "", "" or "PUT /x", "A: b\r\n",
 * "text". */
void wire_ask(struct wire *w, const char *line, const char *headers, struct rs_str body);

/* Reads one reply to the end of its body; `headless`: of a HEAD. Fails the test when none comes in
 * half a minute. */
struct wire_reply wire_read(struct wire *w, bool headless);
void wire_forget(struct wire_reply *r);

/* The value of a header, in a buffer that the next call overwrites; NULL when it is not there. */
const char *wire_header(const struct wire_reply *r, const char *name);

/* Whether the peer has ended the connection and nothing is left to read; waits for it. */
bool wire_is_ended(struct wire *w);

/* Reads to the end of the connection into w->got; likewise. */
void wire_finish(struct wire *w);

/* Reads to the end of the connection, whatever comes. Fails the test when it stays open for half a
 * minute. */
void wire_await_end(struct wire *w);

#endif
