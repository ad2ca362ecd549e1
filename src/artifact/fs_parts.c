/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads of the local backend: a folder per upload, a file per part and content. Sending
 * a part again adds a file or finds its own; which of them count is said by the tags when the
 * upload is composed. */
#include "artifact/fs_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    COPY_PIECE = 256 * 1024, /* bytes */
    DROP_TRIES = 8, /* parts that end while their upload is dropped can fill the folder again */
};

static enum rs_code id_text(struct rs_cx *cx, struct rs_str id, char out[RS_ID_LEN + 1])
{
    if (!rs_fs_is_id(id)) {
        return rs_fail(cx, RS_INVALID, "this is not the id of a multipart upload");
    }
    memcpy(out, id.p, RS_ID_LEN);
    out[RS_ID_LEN] = '\0';
    return RS_OK;
}

enum rs_code rs_fs_parts_open(struct rs_cx *cx, struct rs_fs_store *s, struct rs_str id, int *out)
{
    char name[RS_ID_LEN + 1];

    RS_TRY(id_text(cx, id, name));
    *out = rs_fs_folder(s->parts, name);
    if (*out >= 0) {
        return RS_OK;
    }
    if (errno == ENOENT) {
        return rs_fail(cx, RS_NOT_FOUND, "multipart upload \"%s\" does not exist", name);
    }
    return rs_fs_fail(cx, "open a multipart upload in", errno);
}

void rs_fs_part_name(int number, const char *sha256, char *out)
{
    snprintf(out, RS_FS_PART_NAME + 1, "%05d-%s", number, sha256);
}

enum rs_code rs_fs_multipart_begin(struct rs_cx *cx, struct rs_artifact_store *store,
                                   struct rs_str *id)
{
    struct rs_fs_store *s = rs_fs_of(store);
    char name[RS_ID_LEN + 1];

    rs_fs_new_id(cx, name);
    if (mkdirat(s->parts, name, 0700) != 0) {
        return rs_fs_fail(cx, "make a multipart upload in", errno);
    }
    if (fsync(s->parts) != 0) {
        const int why = errno;
        (void)unlinkat(s->parts, name, AT_REMOVEDIR);
        return rs_fs_fail(cx, "sync a multipart upload in", why);
    }
    *id = rs_arena_str(cx->arena, (struct rs_str){name, RS_ID_LEN});
    return RS_OK;
}

static bool is_tag(struct rs_str tag)
{
    /* A SHA-256 is as long as two ids. */
    return tag.n == RS_SHA256_HEX_LEN && rs_fs_is_id((struct rs_str){tag.p, RS_ID_LEN}) &&
           rs_fs_is_id(rs_str_from(tag, RS_ID_LEN));
}

/* Opens one part as the client named it; *fd is yours. */
static enum rs_code open_part(struct rs_cx *cx, int folder, const struct rs_part *part, int *fd)
{
    char sha256[RS_SHA256_HEX_LEN + 1] = "";
    char name[RS_FS_PART_NAME + 1];

    *fd = -1;
    errno = ENOENT;
    if (is_tag(part->tag)) {
        memcpy(sha256, part->tag.p, RS_SHA256_HEX_LEN);
        rs_fs_part_name(part->number, sha256, name);
        *fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
    if (*fd >= 0) {
        return RS_OK;
    }
    if (errno == ENOENT) {
        return rs_fail(cx, RS_INVALID, "part %d was not uploaded with the tag \"%.*s\"",
                       part->number,
                       part->tag.n < RS_PART_TAG_MAX ? (int)part->tag.n : RS_PART_TAG_MAX,
                       part->tag.p ? part->tag.p : "");
    }
    return rs_fs_fail(cx, "open a part of an artifact in", errno);
}

/* The size of the whole: looks at every part before the first byte is copied. */
static enum rs_code sum_parts(struct rs_cx *cx, int folder, const struct rs_parts *parts,
                              int64_t *size)
{
    struct stat st;
    int fd;

    *size = 0;
    for (size_t i = 0; i < parts->n; i++) {
        RS_TRY(open_part(cx, folder, &parts->part[i], &fd));
        const int rc = fstat(fd, &st);
        close(fd);
        if (rc != 0 || !S_ISREG(st.st_mode)) {
            return rs_fail(cx, RS_CORRUPT, "part %d is not a file", parts->part[i].number);
        }
        *size += st.st_size;
    }
    return RS_OK;
}

/* Appends a file to an upload. */
static enum rs_code copy_file(struct rs_cx *cx, int fd, char *piece, struct rs_upload *up)
{
    for (;;) {
        const ssize_t n = read(fd, piece, COPY_PIECE);
        if (n == 0) {
            return RS_OK;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return rs_fs_fail(cx, "read a part of an artifact from", errno);
        }
        RS_TRY(rs_fs_upload_write(cx, up, piece, (size_t)n));
    }
}

static enum rs_code copy_parts(struct rs_cx *cx, int folder, const struct rs_parts *parts,
                               struct rs_upload *up)
{
    char *piece = rs_arena_alloc(cx->arena, COPY_PIECE, 1);
    int fd;

    for (size_t i = 0; i < parts->n; i++) {
        RS_TRY(open_part(cx, folder, &parts->part[i], &fd));
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        const enum rs_code code = copy_file(cx, fd, piece, up);
        close(fd);
        RS_TRY(code);
    }
    return RS_OK;
}

static enum rs_code compose(struct rs_cx *cx, struct rs_fs_store *s, int folder,
                            const struct rs_parts *parts, struct rs_blob *out)
{
    struct rs_upload_options o = {0};
    struct rs_upload *up = NULL;

    RS_TRY(sum_parts(cx, folder, parts, &o.size_hint));
    RS_TRY(rs_fs_upload_begin(cx, &s->head, &o, &up));
    const enum rs_code code = copy_parts(cx, folder, parts, up);
    if (code != RS_OK) {
        rs_fs_upload_drop(up);
        return code;
    }
    return rs_fs_upload_end(cx, up, out);
}

enum rs_code rs_fs_multipart_compose(struct rs_cx *cx, struct rs_artifact_store *store,
                                     const struct rs_parts *parts, struct rs_blob *out)
{
    struct rs_fs_store *s = rs_fs_of(store);
    int folder = -1;

    RS_TRY(rs_fs_parts_open(cx, s, parts->id, &folder));
    const enum rs_code code = compose(cx, s, folder, parts, out);
    close(folder);
    return code;
}

/* Removes the files of an upload. 0, or an errno. */
static int remove_parts(struct rs_fs_store *s, const char *name, int64_t *bytes)
{
    struct rs_fs_walk walk;
    struct stat st;
    int why = 0;

    if (!rs_fs_walk_begin(&walk, s->parts, name)) {
        return errno;
    }
    const int folder = rs_fs_walk_fd(&walk);
    const char *part;
    while (why == 0 && (part = rs_fs_walk_next(&walk)) != NULL) {
        const int64_t size = fstatat(folder, part, &st, AT_SYMLINK_NOFOLLOW) == 0
                                 ? (int64_t)st.st_size
                                 : 0;
        if (unlinkat(folder, part, 0) == 0) {
            *bytes += size;
        } else {
            why = errno == ENOENT ? 0 : errno;
        }
    }
    rs_fs_walk_end(&walk);
    return why;
}

int rs_fs_parts_remove(struct rs_fs_store *s, const char *name, int64_t *bytes)
{
    int why = ENOTEMPTY;

    for (int i = 0; i < DROP_TRIES && why == ENOTEMPTY; i++) {
        why = remove_parts(s, name, bytes);
        if (why == 0 && unlinkat(s->parts, name, AT_REMOVEDIR) != 0) {
            why = errno;
        }
    }
    return why;
}

/* Not synced: what comes back after a crash is old enough for a sweep one day. */
enum rs_code rs_fs_multipart_drop(struct rs_cx *cx, struct rs_artifact_store *store,
                                  struct rs_str id)
{
    struct rs_fs_store *s = rs_fs_of(store);
    char name[RS_ID_LEN + 1];
    int64_t bytes = 0;

    RS_TRY(id_text(cx, id, name));
    const int why = rs_fs_parts_remove(s, name, &bytes);
    if (why != 0 && why != ENOENT) {
        return rs_fs_fail(cx, "remove a multipart upload from", why);
    }
    return RS_OK;
}
