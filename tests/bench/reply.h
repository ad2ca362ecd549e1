/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one HTTP/1.1 reply as its bytes arrive: the status, where the body ends (Content-Length or
 * chunks), and the beginning of the body. Only as strict as is needed to count replies of servers
 * that behave.
 *
 * May be included by: tests/bench.
 */
#ifndef RS_BENCH_REPLY_H
#define RS_BENCH_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_REPLY_HEAD_MAX 8192
#define RS_REPLY_KEEP_MAX                                                                          \
    4096 /* enough for the reply of runs/create, and for an error's message                        \
          */

enum rs_reply_state {
    RS_REPLY_HEAD,
    RS_REPLY_BODY,
    RS_REPLY_CHUNK_SIZE,
    RS_REPLY_CHUNK,
    RS_REPLY_CHUNK_END,
    RS_REPLY_TRAILER,
    RS_REPLY_DONE,
    RS_REPLY_BROKEN, /* not HTTP, or a reply without a length */
};

struct rs_reply {
    enum rs_reply_state state;
    int status;
    bool close;      /* the server said that it closes the connection */
    bool has_length; /* the head said where the body ends */
    uint64_t left;   /* bytes that the body, or this chunk, still has */
    uint64_t n_body; /* bytes of body so far */
    size_t n_line;   /* bytes of this trailer line */
    size_t n_head;   /* bytes of a head that came in pieces */
    size_t n_keep;   /* bytes of `keep` */
    char head[RS_REPLY_HEAD_MAX];
    char keep[RS_REPLY_KEEP_MAX + 1]; /* the body's beginning, ended by a NUL */
};

/* Makes it ready for the next reply. */
void rs_reply_init(struct rs_reply *r);

/* Takes the next bytes. Returns how many belong to this reply: fewer than n only when it is done or
 * broken. */
size_t rs_reply_feed(struct rs_reply *r, const char *p, size_t n);

/* Whether nothing of this reply has come yet. */
bool rs_reply_is_fresh(const struct rs_reply *r);

#endif
