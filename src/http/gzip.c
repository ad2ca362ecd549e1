/* SPDX-License-Identifier: Apache-2.0 */
/* zlib: files block by block, replies in one go. */
#include "http/gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum {
    BLOCK = 64 << 10,          /* on the stack, twice */
    WINDOW = MAX_WBITS + 16,   /* zlib's way to say gzip and not zlib's own format */
    MEMORY = 9,                /* the most: a quarter of a MB */
    LEVEL_ONCE = Z_BEST_SPEED, /* decision 14 has the figures */
};

struct blocks {
    Bytef in[BLOCK];
    Bytef out[BLOCK];
};

/* The next bytes of a file into the stream; false at an error. None: the end. */
static bool fill(z_stream *z, int fd, Bytef *block)
{
    ssize_t got = 0;

    do {
        got = read(fd, block, BLOCK);
    } while (got < 0 && errno == EINTR);
    z->next_in = block;
    z->avail_in = got > 0 ? (uInt)got : 0;
    return got >= 0;
}

static bool write_all(int fd, const Bytef *p, size_t n)
{
    while (n > 0) {
        const ssize_t wrote = write(fd, p, n);

        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        if (wrote > 0) {
            p += wrote;
            n -= (size_t)wrote;
        }
    }
    return true;
}

/* Whether all went well; errno says what did not. */
static bool deflate_all(z_stream *z, int from, int to, struct blocks *b)
{
    int told = Z_OK;

    while (told != Z_STREAM_END) {
        if (z->avail_in == 0 && !fill(z, from, b->in)) {
            return false;
        }
        z->next_out = b->out;
        z->avail_out = BLOCK;
        told = deflate(z, z->avail_in == 0 ? Z_FINISH : Z_NO_FLUSH);
        if (!write_all(to, b->out, BLOCK - z->avail_out)) {
            return false;
        }
    }
    return true;
}

enum rs_code rs_gzip_write(struct rs_cx *cx, int from, int to)
{
    struct blocks b;
    z_stream z = {0};

    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not compress: out of memory");
    }
    const bool is_done = deflate_all(&z, from, to, &b);
    const int why = errno;
    deflateEnd(&z);
    return is_done ? RS_OK : rs_fail(cx, RS_UNAVAILABLE, "could not compress: %s", strerror(why));
}

/* Whether the stream ends, and the file with it. */
static bool inflate_all(z_stream *z, int fd, struct blocks *b)
{
    int told = Z_OK;

    while (told == Z_OK) {
        if (z->avail_in == 0 && (!fill(z, fd, b->in) || z->avail_in == 0)) {
            return false;
        }
        z->next_out = b->out;
        z->avail_out = BLOCK;
        told = inflate(z, Z_NO_FLUSH);
    }
    return told == Z_STREAM_END && z->avail_in == 0 && fill(z, fd, b->in) && z->avail_in == 0;
}

enum rs_code rs_gzip_check(struct rs_cx *cx, int fd, uint64_t size)
{
    struct blocks b;
    z_stream z = {0};

    if (inflateInit2(&z, WINDOW) != Z_OK) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not look at a compressed file: out of memory");
    }
    const bool is_whole = inflate_all(&z, fd, &b) && z.total_out == size;
    inflateEnd(&z);
    return is_whole ? RS_OK
                    : rs_fail(cx, RS_CORRUPT, "it is not what was compressed: damaged or cut off");
}

/* Whether all of it found room. */
static bool deflate_once(z_stream *z)
{
    if (deflateInit2(z, LEVEL_ONCE, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    const int told = deflate(z, Z_FINISH);
    deflateEnd(z);
    return told == Z_STREAM_END;
}

/* The room is as large as the bytes, and costs less: the kernel gives what is written to. */
bool rs_gzip_shrink(struct rs_buf *b)
{
    char *room = malloc(b->n);
    z_stream z = {.next_in = (Bytef *)b->p,
                  .avail_in = (uInt)b->n,
                  .next_out = (Bytef *)room,
                  .avail_out = (uInt)b->n};

    if (room == NULL || !deflate_once(&z)) {
        free(room);
        return false;
    }
    free(b->p);
    b->p = realloc(room, z.total_out);
    if (b->p == NULL) {
        b->p = room;
    }
    b->n = b->cap = z.total_out;
    return true;
}
