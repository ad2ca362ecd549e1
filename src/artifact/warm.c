/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps sendfile on I/O threads away from the disk: is a range in the page cache, and if not, bring
 * it there. */
#include "artifact/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    SAMPLE = 256 * 1024,    /* bytes between two looks: a window of some MiB costs some ten system
                               calls */
    READ_PIECE = 128 * 1024 /* bytes: what the kernel reads ahead by itself */
};

/* Whether the byte at this offset can be read at once. File systems that cannot tell count as warm:
 * asking them to read ahead would never end. */
static bool is_byte_warm(int fd, int64_t at)
{
    char byte;
    struct iovec v = {&byte, 1};

    return preadv2(fd, &v, 1, at, RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

bool rs_blob_is_warm(int fd, int64_t offset, int64_t n)
{
    if (n <= 0) {
        return true;
    }
    for (int64_t at = offset; at < offset + n; at += SAMPLE) {
        if (!is_byte_warm(fd, at)) {
            return false;
        }
    }
    return is_byte_warm(fd, offset + n - 1);
}

void rs_blob_warm(int fd, int64_t offset, int64_t n)
{
    char byte;

    /* The advice queues the reads; the bytes read here wait for them to arrive. */
    (void)posix_fadvise(fd, offset, n, POSIX_FADV_WILLNEED);
    for (int64_t at = offset; at < offset + n; at += READ_PIECE) {
        if (pread(fd, &byte, 1, at) != 1) {
            return;
        }
    }
}

ptrdiff_t rs_blob_read_warm(int fd, void *out, size_t n, int64_t offset)
{
    struct iovec v = {out, n};
    ssize_t got = preadv2(fd, &v, 1, offset, RWF_NOWAIT);

    if (got < 0 && errno == EAGAIN) {
        return 0;
    }
    if (got < 0) { /* a file system that cannot tell */
        got = pread(fd, out, n, offset);
    }
    return got > 0 ? got : -1;
}
