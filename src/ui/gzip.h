/* SPDX-License-Identifier: Apache-2.0 */
/* Files as gzip (RFC 1952). All of it blocks on the disk. May be included by ui. */
#ifndef RS_UI_GZIP_H
#define RS_UI_GZIP_H

#include "base/cx.h"

/* Compresses what can be read from `from` into `to`, which is empty. RS_UNAVAILABLE. */
enum rs_code rs_gzip_write(struct rs_cx *cx, int from, int to);

/* Whether what can be read from fd is one whole gzip file, by its own checksum, of so many bytes:
 * RS_OK, RS_CORRUPT. */
enum rs_code rs_gzip_check(struct rs_cx *cx, int fd, uint64_t size);

#endif
