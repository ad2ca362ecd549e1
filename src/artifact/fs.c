/* SPDX-License-Identifier: Apache-2.0 */
/* The local backend: opening the folder, and blobs as they are read and removed. Uploads are in
 * fs_upload.c, multipart uploads in fs_parts.c, the janitor's work in fs_sweep.c. */
#include "artifact/fs.h"
#include "artifact/fs_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FOLDER_MODE = 0700,
    SHARDS = 256, /* folders of blobs: a million blobs are 4,000 a folder */
};

int rs_fs_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool rs_fs_is_id(struct rs_str name)
{
    for (size_t i = 0; i < name.n; i++) {
        const char c = name.p[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return false;
        }
    }
    return name.n == RS_ID_LEN;
}

void rs_fs_new_id(struct rs_cx *cx, char out[RS_ID_LEN + 1])
{
    memcpy(out, rs_id_new(cx->arena).p, RS_ID_LEN);
    out[RS_ID_LEN] = '\0';
}

/* Clients read this: where the folder is concerns nobody but the operator, who gave its path. */
enum rs_code rs_fs_fail(struct rs_cx *cx, const char *what, int why)
{
    return rs_fail(cx, RS_UNAVAILABLE, "could not %s the artifact folder: %s", what, strerror(why));
}

/* At the start, whose messages the operator reads. */
static enum rs_code fail_open(struct rs_cx *cx, const struct rs_fs_store *s, const char *what,
                              int why)
{
    return rs_fail(cx, RS_UNAVAILABLE, "could not %s \"%s\": %s", what, s->path, strerror(why));
}

static void fs_close(struct rs_artifact_store *store)
{
    struct rs_fs_store *s = rs_fs_of(store);
    const int folders[] = {s->temps, s->parts, s->blobs, s->root};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (folders[i] >= 0) {
            close(folders[i]);
        }
    }
    free(s->path);
    free(s);
}

/* Makes a folder below the root where it is missing, and opens it. One that takes no files is told
 * now, not by every upload. */
static enum rs_code make_folder(struct rs_cx *cx, const struct rs_fs_store *s, const char *name,
                                int *out)
{
    if (mkdirat(s->root, name, FOLDER_MODE) != 0 && errno != EEXIST) {
        return fail_open(cx, s, "make a folder for artifacts in", errno);
    }
    *out = rs_fs_folder(s->root, name);
    if (*out < 0) {
        return fail_open(cx, s, "open a folder for artifacts in", errno);
    }
    if (faccessat(*out, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return fail_open(cx, s, "write to a folder for artifacts in", errno);
    }
    return RS_OK;
}

/* Makes all folders of blobs now, so that an upload has one folder less to make durable. */
static enum rs_code make_shards(struct rs_cx *cx, const struct rs_fs_store *s)
{
    char name[8];

    for (int i = 0; i < SHARDS; i++) {
        snprintf(name, sizeof name, "%02x", (unsigned)i);
        if (mkdirat(s->blobs, name, FOLDER_MODE) != 0 && errno != EEXIST) {
            return fail_open(cx, s, "make a folder for artifacts in", errno);
        }
    }
    if (fsync(s->blobs) != 0 || fsync(s->root) != 0) {
        return fail_open(cx, s, "sync the folders for artifacts in", errno);
    }
    return RS_OK;
}

/* Whether a file can be made without a name and get one later: not so on NFS, or without /proc. */
static bool has_unnamed_files(const struct rs_fs_store *s)
{
    /* The same each time, so that a start removes what an earlier one could not. */
    static const char name[] = "00000000000000000000000000000000";
    char self[32];

    const int fd = openat(s->blobs, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    (void)unlinkat(s->temps, name, 0);
    const bool links = linkat(AT_FDCWD, self, s->temps, name, AT_SYMLINK_FOLLOW) == 0;
    if (links) {
        (void)unlinkat(s->temps, name, 0);
    }
    close(fd);
    return links;
}

/* Opens or makes the folder itself, which may be a link: that is the operator's choice. */
static enum rs_code open_root(struct rs_cx *cx, struct rs_fs_store *s)
{
    if (mkdir(s->path, FOLDER_MODE) != 0 && errno != EEXIST) {
        return fail_open(cx, s, "make the artifact folder", errno);
    }
    s->root = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0) {
        return fail_open(cx, s, "open the artifact folder", errno);
    }
    const int parent = openat(s->root, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent >= 0) { /* one that we may not read is not one in which we made a folder */
        (void)fsync(parent);
        close(parent);
    }
    return RS_OK;
}

static enum rs_code open_folders(struct rs_cx *cx, struct rs_fs_store *s)
{
    RS_TRY(open_root(cx, s));
    RS_TRY(make_folder(cx, s, "blobs", &s->blobs));
    RS_TRY(make_folder(cx, s, "parts", &s->parts));
    RS_TRY(make_folder(cx, s, "temps", &s->temps));
    RS_TRY(make_shards(cx, s));
    s->named_temps = !has_unnamed_files(s);
    return RS_OK;
}

static enum rs_code view_folders(struct rs_cx *cx, struct rs_fs_store *s)
{
    s->root = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s->blobs = s->root >= 0 ? rs_fs_folder(s->root, "blobs") : -1;
    if (s->blobs < 0) {
        return errno == ENOENT
                   ? rs_fail(cx, RS_NOT_FOUND,
                             "could not open the artifacts in \"%s\": they are not there", s->path)
                   : rs_fs_fail(cx, "open the artifact folder", errno);
    }
    return RS_OK;
}

static enum rs_code open_with(struct rs_cx *cx, struct rs_str place,
                              enum rs_code (*folders)(struct rs_cx *cx, struct rs_fs_store *s),
                              struct rs_artifact_store **out)
{
    struct rs_fs_store *s = malloc(sizeof *s);
    char *path = strndup(place.p, place.n);

    if (s == NULL || path == NULL) {
        free(s);
        free(path);
        return rs_fail(cx, RS_UNAVAILABLE, "could not open the artifact folder: out of memory");
    }
    *s = (struct rs_fs_store){.head = {.ops = &rs_artifact_fs}, .path = path};
    s->root = s->blobs = s->parts = s->temps = -1;
    const enum rs_code code = folders(cx, s);
    if (code != RS_OK) {
        fs_close(&s->head);
        return code;
    }
    *out = &s->head;
    return RS_OK;
}

static enum rs_code fs_open(struct rs_cx *cx, struct rs_str place, struct rs_artifact_store **out)
{
    return open_with(cx, place, open_folders, out);
}

static enum rs_code fs_view(struct rs_cx *cx, struct rs_str place, struct rs_artifact_store **out)
{
    return open_with(cx, place, view_folders, out);
}

/* Opens the folder of a key; RS_NOT_FOUND where there is none. *out is yours: close(2). */
static enum rs_code open_shard(struct rs_cx *cx, struct rs_fs_store *s, struct rs_str key, int *out)
{
    const char name[] = {key.p[0], key.p[1], '\0'};

    *out = rs_fs_folder(s->blobs, name);
    if (*out >= 0) {
        return RS_OK;
    }
    if (errno == ENOENT) {
        return rs_fail(cx, RS_NOT_FOUND, "blob \"" RS_FMT "\" does not exist", RS_ARG(key));
    }
    if (errno == ELOOP || errno == ENOTDIR) {
        return rs_fail(cx, RS_CORRUPT, "the folder of blob \"" RS_FMT "\" is not a folder",
                       RS_ARG(key));
    }
    return rs_fs_fail(cx, "open a folder of artifacts in", errno);
}

/* Opens the file of a key below its folder. O_NONBLOCK: a pipe that someone put there must not hold
 * a worker. */
static enum rs_code open_file(struct rs_cx *cx, int shard, struct rs_str key, int *out)
{
    char name[RS_ID_LEN + 1];

    memcpy(name, key.p + 3, RS_ID_LEN);
    name[RS_ID_LEN] = '\0';
    *out = openat(shard, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*out >= 0) {
        return RS_OK;
    }
    if (errno == ENOENT) {
        return rs_fail(cx, RS_NOT_FOUND, "blob \"" RS_FMT "\" does not exist", RS_ARG(key));
    }
    if (errno == ELOOP || errno == ENXIO) {
        return rs_fail(cx, RS_CORRUPT, "blob \"" RS_FMT "\" is not a file", RS_ARG(key));
    }
    return rs_fs_fail(cx, "open an artifact in", errno);
}

static enum rs_code fs_blob_open(struct rs_cx *cx, struct rs_artifact_store *store,
                                 struct rs_str key, int *fd, int64_t *size)
{
    struct rs_fs_store *s = rs_fs_of(store);
    struct stat st;
    int shard = -1;

    RS_TRY(open_shard(cx, s, key, &shard));
    const enum rs_code code = open_file(cx, shard, key, fd);
    close(shard);
    RS_TRY(code);
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        return rs_fail(cx, RS_CORRUPT, "blob \"" RS_FMT "\" is not a file", RS_ARG(key));
    }
    *size = st.st_size;
    return RS_OK;
}

/* Not synced: a blob that comes back after a crash has no row, and a sweep removes it. */
static enum rs_code fs_blob_remove(struct rs_cx *cx, struct rs_artifact_store *store,
                                   struct rs_str key)
{
    struct rs_fs_store *s = rs_fs_of(store);
    char name[RS_ID_LEN + 1];
    int shard = -1;

    const enum rs_code code = open_shard(cx, s, key, &shard);
    if (code == RS_NOT_FOUND) {
        rs_cx_clear(cx);
        return RS_OK;
    }
    RS_TRY(code);
    memcpy(name, key.p + 3, RS_ID_LEN);
    name[RS_ID_LEN] = '\0';
    const int why = unlinkat(shard, name, 0) == 0 ? 0 : errno;
    close(shard);
    if (why != 0 && why != ENOENT) {
        return rs_fs_fail(cx, "remove an artifact from", why);
    }
    return RS_OK;
}

/* The lock of the folder itself: there is no file that may be missing or belong to another user. */
static enum rs_code fs_hold(struct rs_cx *cx, struct rs_artifact_store *store, enum rs_hold how,
                            bool *held)
{
    static const int locks[] = {
        [RS_HOLD_OFF] = LOCK_UN, [RS_HOLD_KEEP] = LOCK_SH, [RS_HOLD_REMOVE] = LOCK_EX | LOCK_NB};
    struct rs_fs_store *s = rs_fs_of(store);
    int rc = 0;

    do {
        rc = flock(s->root, locks[how]);
    } while (rc != 0 && errno == EINTR);
    *held = rc == 0 && how != RS_HOLD_OFF;
    if (rc != 0 && errno != EWOULDBLOCK) {
        return rs_fs_fail(cx, "lock the artifact folder", errno);
    }
    return RS_OK;
}

const struct rs_artifact_ops rs_artifact_fs = {
    .name = "fs",
    .open = fs_open,
    .view = fs_view,
    .close = fs_close,
    .upload_begin = rs_fs_upload_begin,
    .upload_write = rs_fs_upload_write,
    .upload_end = rs_fs_upload_end,
    .upload_drop = rs_fs_upload_drop,
    .blob_open = fs_blob_open,
    .blob_remove = fs_blob_remove,
    .multipart_begin = rs_fs_multipart_begin,
    .multipart_compose = rs_fs_multipart_compose,
    .multipart_drop = rs_fs_multipart_drop,
    .sweep = rs_fs_sweep,
    .blob_list = rs_fs_blob_list,
    .hold = fs_hold,
};
