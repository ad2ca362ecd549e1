/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads of the local backend. Bytes go to a file without a name (or one in temps/), which is
 * synced, gets its random name, and whose folder is synced: a crash at any point leaves a complete
 * blob or nothing that has a name in blobs/. A failed fsync is never repeated: the kernel may have
 * dropped the pages and would answer 0. */
#include "artifact/fs_store.h"

#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,
    FLUSH_PIECE = 8 << 20, /* bytes handed to the disk at once while more arrive: keeps the last
                              fsync short */
    DIGEST_MAX = RS_SHA256_LEN,
};

struct fs_upload {
    struct rs_upload head;
    struct rs_fs_store *store;
    int fd;
    int folder;      /* of the multipart upload; -1 for a whole blob */
    int part_number; /* with folder */
    int64_t size;    /* bytes written */
    int64_t flushed; /* bytes whose way to the disk has begun */
    struct rs_digest *sha256;
    struct rs_digest *md5;    /* NULL when nobody asked */
    char temp[RS_ID_LEN + 1]; /* its name in temps/; empty for a file without one */
    struct rs_str key;        /* of a copy, and what its bytes must be; else absent */
    struct rs_str expected;
};

static struct fs_upload *upload_of(struct rs_upload *up)
{
    return (struct fs_upload *)up;
}

/* Refuses at once what cannot fit, so that a client does not send gigabytes in vain (F08). */
static enum rs_code check_space(struct rs_cx *cx, const struct rs_fs_store *s, int64_t wanted)
{
    struct statvfs v;

    if (wanted <= 0 || fstatvfs(s->root, &v) != 0 || v.f_blocks == 0) {
        return RS_OK;
    }
    if ((uint64_t)wanted / v.f_frsize >= v.f_bavail) {
        return rs_fail(cx, RS_UNAVAILABLE,
                       "could not take an artifact of %lld bytes: only %llu bytes are free",
                       (long long)wanted,
                       (unsigned long long)v.f_bavail * (unsigned long long)v.f_frsize);
    }
    return RS_OK;
}

static enum rs_code open_temp(struct rs_cx *cx, struct fs_upload *up)
{
    struct rs_fs_store *s = up->store;

    if (s->named_temps) {
        rs_fs_new_id(cx, up->temp);
        up->fd = openat(s->temps, up->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        FILE_MODE);
    } else {
        up->fd = openat(s->blobs, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
    }
    if (up->fd < 0) {
        up->temp[0] = '\0';
        return rs_fs_fail(cx, "make a file for artifact bytes in", errno);
    }
    return RS_OK;
}

static enum rs_code begin(struct rs_cx *cx, struct fs_upload *up, const struct rs_upload_options *o)
{
    if (o->part_of.p != NULL) {
        up->part_number = o->part_number;
        RS_TRY(rs_fs_parts_open(cx, up->store, o->part_of, &up->folder));
    }
    up->key = o->key;
    up->expected = o->sha256;
    RS_TRY(check_space(cx, up->store, o->size_hint));
    RS_TRY(open_temp(cx, up));
    up->sha256 = rs_digest_new(RS_DIGEST_SHA256);
    up->md5 = o->md5 ? rs_digest_new(RS_DIGEST_MD5) : NULL;
    return RS_OK;
}

enum rs_code rs_fs_upload_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                                const struct rs_upload_options *o, struct rs_upload **out)
{
    struct fs_upload *up = malloc(sizeof *up);

    if (up == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not begin an upload: out of memory");
    }
    *up = (struct fs_upload){.head = {s->ops}, .store = rs_fs_of(s), .fd = -1, .folder = -1};
    const enum rs_code code = begin(cx, up, o);
    if (code != RS_OK) {
        rs_fs_upload_drop(&up->head);
        return code;
    }
    *out = &up->head;
    return RS_OK;
}

static enum rs_code write_all(struct rs_cx *cx, struct fs_upload *up, const char *p, size_t n)
{
    while (n > 0) {
        const ssize_t wrote = write(up->fd, p, n);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            return rs_fs_fail(cx, "write artifact bytes to", errno);
        }
        p += wrote;
        n -= (size_t)wrote;
        up->size += wrote;
    }
    return RS_OK;
}

enum rs_code rs_fs_upload_write(struct rs_cx *cx, struct rs_upload *upload, const void *bytes,
                                size_t n)
{
    struct fs_upload *up = upload_of(upload);

    rs_digest_add(up->sha256, bytes, n);
    if (up->md5 != NULL) {
        rs_digest_add(up->md5, bytes, n);
    }
    RS_TRY(write_all(cx, up, bytes, n));
    if (up->size - up->flushed >= FLUSH_PIECE) {
        /* Only begins the writing. What goes wrong in it, fsync tells. */
        (void)sync_file_range(up->fd, up->flushed, up->size - up->flushed, SYNC_FILE_RANGE_WRITE);
        up->flushed = up->size;
    }
    return RS_OK;
}

/* Gives the synced bytes a name in a folder, and syncs the folder. A blob's name that might not
 * last is taken back. A part's name holds its hash: where it is there already the bytes are the
 * same, and were synced before it; so it never needs to be replaced or taken back. */
static enum rs_code publish(struct rs_cx *cx, struct fs_upload *up, int folder, const char *name)
{
    struct rs_fs_store *s = up->store;
    char self[32];
    int rc;

    if (up->temp[0] != '\0') {
        rc = renameat(s->temps, up->temp, folder, name);
    } else {
        snprintf(self, sizeof self, "/proc/self/fd/%d", up->fd);
        rc = linkat(AT_FDCWD, self, folder, name, AT_SYMLINK_FOLLOW);
    }
    if (rc != 0 && errno == ENOENT && up->folder >= 0) {
        return rs_fail(cx, RS_NOT_FOUND, "the multipart upload is over");
    }
    if (rc != 0 && !(errno == EEXIST && up->folder >= 0)) {
        return rs_fs_fail(cx, "name an artifact in", errno);
    }
    if (rc == 0) {
        up->temp[0] = '\0';
    }
    if (fsync(folder) != 0) {
        const int why = errno;
        if (up->folder < 0) {
            (void)unlinkat(folder, name, 0);
        }
        return rs_fs_fail(cx, "sync a folder of artifacts in", why);
    }
    return RS_OK;
}

static enum rs_code publish_blob(struct rs_cx *cx, struct fs_upload *up, struct rs_blob *out)
{
    struct rs_fs_store *s = up->store;
    char name[RS_ID_LEN + 1];

    if (up->key.p != NULL) {
        memcpy(name, up->key.p + 3, RS_ID_LEN);
        name[RS_ID_LEN] = '\0';
    } else {
        rs_fs_new_id(cx, name);
    }
    const char folder_name[] = {name[0], name[1], '\0'};
    const int folder = rs_fs_folder(s->blobs, folder_name);
    if (folder < 0) {
        return rs_fs_fail(cx, "open a folder of artifacts in", errno);
    }
    if (up->key.p != NULL) {
        (void)unlinkat(folder, name, 0); /* a link does not replace; what matters, publish says */
    }
    const enum rs_code code = publish(cx, up, folder, name);
    close(folder);
    snprintf(out->key, sizeof out->key, "%s/%s", folder_name, name);
    return code;
}

static enum rs_code publish_part(struct rs_cx *cx, struct fs_upload *up, struct rs_blob *out)
{
    char name[RS_FS_PART_NAME + 1];

    memcpy(out->tag, out->sha256, sizeof out->sha256);
    rs_fs_part_name(up->part_number, out->sha256, name);
    return publish(cx, up, up->folder, name);
}

/* Ends a hash and writes it as hexadecimal text of 2 * n digits and a NUL. */
static void hash_text(struct rs_cx *cx, struct rs_digest *d, size_t n, char *out)
{
    unsigned char raw[DIGEST_MAX];

    rs_digest_end(d, raw);
    memcpy(out, rs_hex(cx->arena, raw, n).p, 2 * n);
    out[2 * n] = '\0';
}

static enum rs_code end(struct rs_cx *cx, struct fs_upload *up, struct rs_blob *out)
{
    *out = (struct rs_blob){.size = up->size};
    hash_text(cx, up->sha256, RS_SHA256_LEN, out->sha256);
    if (up->md5 != NULL) {
        hash_text(cx, up->md5, RS_MD5_LEN, out->md5);
    }
    if (up->expected.p != NULL && !rs_str_is(up->expected, out->sha256)) {
        return rs_fail(cx, RS_CORRUPT, "the SHA-256 of the bytes is %s, but should be " RS_FMT,
                       out->sha256, RS_ARG(up->expected));
    }
    if (fsync(up->fd) != 0) {
        return rs_fs_fail(cx, "sync artifact bytes to", errno);
    }
    return up->folder >= 0 ? publish_part(cx, up, out) : publish_blob(cx, up, out);
}

enum rs_code rs_fs_upload_end(struct rs_cx *cx, struct rs_upload *upload, struct rs_blob *out)
{
    const enum rs_code code = end(cx, upload_of(upload), out);

    rs_fs_upload_drop(upload);
    return code;
}

void rs_fs_upload_drop(struct rs_upload *upload)
{
    struct fs_upload *up = upload_of(upload);

    if (up->temp[0] != '\0') {
        (void)unlinkat(up->store->temps, up->temp, 0);
    }
    if (up->fd >= 0) {
        close(up->fd);
    }
    if (up->folder >= 0) {
        close(up->folder);
    }
    rs_digest_free(up->sha256);
    rs_digest_free(up->md5);
    free(up);
}
