/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952), of files and of replies. May be included by http and ui. */
#ifndef RS_HTTP_GZIP_H
#define RS_HTTP_GZIP_H

#include "base/buf.h"
#include "base/cx.h"

/* Compresses what can be read from `from` into `to`, which is empty, as small as may be: for what
 * is read often. Blocks on the disk. RS_UNAVAILABLE. */
enum rs_code rs_gzip_write(struct rs_cx *cx, int from, int to);

/* Whether what can be read from fd is one whole gzip file, by its own checksum, of so many bytes:
 * RS_OK, RS_CORRUPT. Blocks on the disk. */
enum rs_code rs_gzip_check(struct rs_cx *cx, int fd, uint64_t size);

/* Replaces bytes by their gzip form, as fast as may be, for what is read once: about 8 ms a MB.
 * Takes all of them at a time, at most 4 GB. False, and nothing has changed, where the form would
 * not be smaller, or where memory is out. */
bool rs_gzip_shrink(struct rs_buf *b);

#endif
