/* SPDX-License-Identifier: Apache-2.0 */
/* A file as a reply: ranges, conditions, names (RFC 9110, RFC 6266). May be included by api. */
#ifndef RS_HTTP_FILE_H
#define RS_HTTP_FILE_H

#include "http/exchange.h"

struct rs_file {
    int fd;                 /* takes: the reply closes it, also when it sends nothing of it */
    uint64_t size;          /* bytes */
    struct rs_str etag;     /* without quotes; names these bytes and no others */
    int64_t modified_ms;    /* wall time */
    struct rs_str name;     /* as a saved file is called */
    const char *media_type; /* static */
    const char *coding;     /* how its bytes are packed, for Content-Encoding; NULL: not at all */
    const char *keep;       /* Cache-Control; NULL: "no-cache" */
    bool is_ours;           /* a page of ours, or a part of one, and nothing that a client stored */
};

/* Answers 200, 206, 304, 412 or 416 with the headers that belong to it. One range is served;
 * several, or a Range that cannot be read, get the whole, as RFC 9110 allows. A file that is not
 * ours is always an attachment, in a sandbox: a browser saves it and does not show it as a page of
 * ours. */
void rs_reply_file(struct rs_exchange *x, const struct rs_file *f);

/* Whether one of the entity tags in a list such as `"a", W/"b"` is this one; '*' is any. A weak tag
 * is no match where `strong` is asked (RFC 9110, section 8.8.3.2). */
bool rs_etag_is_in(struct rs_str list, struct rs_str etag, bool strong);

enum rs_range { RS_RANGE_WHOLE, RS_RANGE_PART, RS_RANGE_OUTSIDE };

/* Reads "bytes=first-last", "bytes=first-" and "bytes=-suffix" of a file of `size` bytes: the part,
 * whose first byte and length are then set; the whole when it is anything else; or nothing of the
 * file. */
enum rs_range rs_range_read(struct rs_str header, uint64_t size, uint64_t *offset,
                            uint64_t *length);

/* The value of Content-Disposition for a file of that name; the arena's. */
struct rs_str rs_attachment(struct rs_arena *a, struct rs_str name);

#endif
