/* SPDX-License-Identifier: Apache-2.0 */
/* A file as a reply: ranges, conditions, names (RFC 9110, RFC 6266). May be included by api. */
#ifndef RS_HTTP_FILE_H
#define RS_HTTP_FILE_H

#include "http/exchange.h"

struct rs_file {
    int fd;        /* takes: the reply closes it, also when it sends nothing of it */
    uint64_t size; /* bytes */
    struct rs_str etag;      /* without quotes; names these bytes and no others */
    int64_t modified_ms;     /* wall time */
    struct rs_str name;      /* as a saved file is called */
    const char *media_type;  /* static */
};

/* Answers 200, 206, 304, 412 or 416 with the headers that belong to it. One range is served; several, or a Range that
 * cannot be read, get the whole, as RFC 9110 allows. The file is always an attachment: a browser saves it and does not
 * show it as a page of ours. */
void rs_reply_file(struct rs_exchange *x, const struct rs_file *f);

/* The value of Content-Disposition for a file of that name; the arena's. */
struct rs_str rs_attachment(struct rs_arena *a, struct rs_str name);

#endif
