/* SPDX-License-Identifier: Apache-2.0 */
/* A blob read from its first byte to its last, and hashed on the way: for who copies blobs or looks
 * whether they are still what was stored. Blocks on the disk. May be included by service, upkeep
 * and this room. */
#ifndef RS_ARTIFACT_READING_H
#define RS_ARTIFACT_READING_H

#include "artifact/artifact.h"
#include "base/digest.h"

/* One thread at a time. */
struct rs_blob_reading {
    struct rs_digest *sha256;
    int64_t size; /* bytes, as stored */
    int64_t at;   /* bytes read so far */
    int fd;
    bool is_polite; /* what was not in the page cache before is not left there */
};

/* Opens a blob; then end it, whatever happens. RS_CORRUPT, also when the stored size is not `size`;
 * RS_NOT_FOUND, RS_UNAVAILABLE. */
enum rs_code rs_blob_reading_begin(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key,
                                   int64_t size, struct rs_blob_reading *r);

/* The next up to `most` bytes; *n is 0 at the end. RS_CORRUPT when the disk does not give them or
 * the file ends early. */
enum rs_code rs_blob_reading_next(struct rs_cx *cx, struct rs_blob_reading *r, void *out,
                                  size_t most, size_t *n);

/* After the last byte: RS_CORRUPT unless the bytes have this SHA-256 (hexadecimal). */
enum rs_code rs_blob_reading_check(struct rs_cx *cx, struct rs_blob_reading *r,
                                   struct rs_str sha256);

/* Closes it; also after a begin that failed. */
void rs_blob_reading_end(struct rs_blob_reading *r);

/* Reads all of a blob into nothing: RS_OK when it is there with that size and SHA-256. */
enum rs_code rs_blob_verify(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key,
                            int64_t size, struct rs_str sha256);

#endif
