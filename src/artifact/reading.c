/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a blob as a whole. The disk's own error is the same to us as wrong bytes: what was stored
 * is not to be had. */
#include "artifact/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 }; /* on the stack */

enum rs_code rs_blob_reading_begin(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key,
                                   int64_t size, struct rs_blob_reading *r)
{
    const bool is_polite = r->is_polite;
    int fd = -1;
    int64_t stored = 0;

    *r = (struct rs_blob_reading){.fd = -1, .is_polite = is_polite};
    RS_TRY(rs_blob_open(cx, s, key, &fd, &stored));
    r->fd = fd;
    r->size = stored;
    if (stored != size) {
        return rs_fail(cx, RS_CORRUPT, "blob \"" RS_FMT "\" has %lld bytes, but %lld were stored",
                       RS_ARG(key), (long long)stored, (long long)size);
    }
    r->sha256 = rs_digest_new(RS_DIGEST_SHA256);
    return RS_OK;
}

enum rs_code rs_blob_reading_next(struct rs_cx *cx, struct rs_blob_reading *r, void *out,
                                  size_t most, size_t *n)
{
    const int64_t left = r->size - r->at;
    const size_t want = left < (int64_t)most ? (size_t)left : most;
    const bool was_warm = r->is_polite && rs_blob_is_warm(r->fd, r->at, (int64_t)want);
    ssize_t got = 0;

    *n = 0;
    if (want == 0) {
        return RS_OK;
    }
    do {
        got = pread(r->fd, out, want, r->at);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        return rs_fail(cx, RS_CORRUPT, "could not read byte %lld of a blob of %lld: %s",
                       (long long)r->at, (long long)r->size,
                       got < 0 ? strerror(errno) : "the file has become shorter");
    }
    rs_digest_add(r->sha256, out, (size_t)got);
    if (r->is_polite && !was_warm) {
        (void)posix_fadvise(r->fd, r->at, got, POSIX_FADV_DONTNEED);
    }
    r->at += got;
    *n = (size_t)got;
    return RS_OK;
}

enum rs_code rs_blob_reading_check(struct rs_cx *cx, struct rs_blob_reading *r,
                                   struct rs_str sha256)
{
    unsigned char raw[RS_SHA256_LEN];

    rs_digest_end(r->sha256, raw);
    const struct rs_str found = rs_hex(cx->arena, raw, sizeof raw);
    if (!rs_str_eq(found, sha256)) {
        return rs_fail(cx, RS_CORRUPT, "the SHA-256 of the bytes is " RS_FMT ", but was " RS_FMT,
                       RS_ARG(found), RS_ARG(sha256));
    }
    return RS_OK;
}

void rs_blob_reading_end(struct rs_blob_reading *r)
{
    if (r->fd >= 0) {
        close(r->fd);
        r->fd = -1;
    }
    rs_digest_free(r->sha256);
    r->sha256 = NULL;
}

static enum rs_code read_all(struct rs_cx *cx, struct rs_blob_reading *r, struct rs_str sha256)
{
    char piece[PIECE];
    size_t n = 0;

    do {
        RS_TRY(rs_blob_reading_next(cx, r, piece, PIECE, &n));
    } while (n > 0);
    return rs_blob_reading_check(cx, r, sha256);
}

enum rs_code rs_blob_verify(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key,
                            int64_t size, struct rs_str sha256)
{
    struct rs_blob_reading r = {.fd = -1};
    enum rs_code code = rs_blob_reading_begin(cx, s, key, size, &r);

    if (code == RS_OK) {
        code = read_all(cx, &r, sha256);
    }
    rs_blob_reading_end(&r);
    return code;
}
