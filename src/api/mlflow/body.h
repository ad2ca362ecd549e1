/* SPDX-License-Identifier: Apache-2.0 */
/* A request's body on its way to the file workers, with back-pressure: what every route that takes
 * bytes shares. The route's begin() opens it, put() and drop() are rs_body_put and rs_body_drop,
 * and its serve() starts with rs_body_take. May be included by api/mlflow.
 *
 * A refused body of a moderate length is still read to its end: a client that is writing sees a
 * reset connection, and not the reply, when the server stops reading. */
#ifndef RS_API_MLFLOW_BODY_H
#define RS_API_MLFLOW_BODY_H

#include "artifact/intake.h"
#include "http/exchange.h"

/* First in the route's own struct, which is the exchange's scratch. */
struct rs_body {
    struct rs_intake *intake; /* NULL: refused, the exchange's error says why */
    int64_t size;             /* bytes that came */
    struct rs_str md5;    /* what the client says of the body, as hexadecimal; absent: nothing */
    struct rs_str sha256; /* likewise */
    bool ended;           /* the whole body has been handed over */
    struct rs_blob blob;  /* from rs_body_take on */
};

/* Opens the way for the body of `x`; `upload` says whether it is a part. The digests that the
 * headers Content-MD5 and x-amz-checksum-sha256 name are checked at the end. RS_INVALID (a header),
 * RS_BUSY. */
enum rs_code rs_body_open(struct rs_exchange *x, const struct rs_upload_options *upload,
                          struct rs_body *b);

/* In begin(), after an error: answers it now, or once the body has come. */
void rs_body_refuse(struct rs_exchange *x);

/* The operations of struct rs_body_ops. */
size_t rs_body_put(struct rs_exchange *x, const char *bytes, size_t n);
void rs_body_drop(struct rs_exchange *x);

/* In serve(): whether the blob is there, durable and what the client sent. If not, the exchange is
 * suspended and serve() will be called again, or the error has been answered. */
bool rs_body_take(struct rs_exchange *x, struct rs_body *b);

/* After rs_body_take: the blob is not wanted, and will be removed. */
void rs_body_give_back(struct rs_body *b);

#endif
