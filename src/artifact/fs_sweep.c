/* SPDX-License-Identifier: Apache-2.0 */
/* The janitor's walk over the folder of the local backend. Age is that of the inode (ctime): link
 * and rename set it, no client and no restore can turn it back, so a blob counts as young from the
 * moment that it has its name. */
#include "artifact/fs_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool rs_fs_walk_begin(struct rs_fs_walk *w, int parent, const char *name)
{
    w->dir = NULL;
    const int fd = rs_fs_folder(parent, name);
    if (fd < 0) {
        return false;
    }
    w->dir = fdopendir(fd);
    if (w->dir == NULL) {
        const int why = errno;
        close(fd);
        errno = why;
    }
    return w->dir != NULL;
}

const char *rs_fs_walk_next(struct rs_fs_walk *w)
{
    const struct dirent *e;

    do {
        e = w->dir != NULL ? readdir(w->dir) : NULL;
    } while (e != NULL && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
    return e != NULL ? e->d_name : NULL;
}

int rs_fs_walk_fd(const struct rs_fs_walk *w)
{
    return dirfd(w->dir);
}

void rs_fs_walk_end(struct rs_fs_walk *w)
{
    if (w->dir != NULL) {
        closedir(w->dir);
    }
}

/* Wall time. */
static int64_t changed_ms(const struct stat *st)
{
    return (int64_t)st->st_ctim.tv_sec * 1000 + st->st_ctim.tv_nsec / 1000000;
}

/* Whether an entry is of the given kind (S_IFREG, S_IFDIR) and was last changed before
 * before_ms. Young, foreign, or gone: false. */
static bool is_old(int folder, const char *name, mode_t kind, int64_t before_ms, struct stat *st)
{
    if (fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) != 0 || (st->st_mode & S_IFMT) != kind) {
        return false;
    }
    return changed_ms(st) <= before_ms;
}

/* What is done with each file of blobs/ab/, the folder, that has a blob's name. */
struct visit {
    enum rs_code (*blob)(struct rs_cx *cx, int folder, const char *key, void *arg);
    void *arg;
    int64_t *foreign;
};

/* Removes one file when it is old and nobody knows it. */
static enum rs_code sweep_blob(struct rs_cx *cx, int folder, const char *key, void *arg)
{
    struct rs_sweep *sweep = arg;
    const char *name = key + 3;
    struct stat st;
    bool known = true;

    if (!is_old(folder, name, S_IFREG, sweep->now_ms - sweep->blob_age_ms, &st)) {
        return RS_OK;
    }
    RS_TRY(sweep->is_known(cx, sweep->arg, rs_str_of(key), &known));
    if (known) {
        return RS_OK;
    }
    if (unlinkat(folder, name, 0) == 0) {
        sweep->blobs++;
        sweep->bytes += st.st_size;
    } else if (errno != ENOENT) {
        return rs_fs_fail(cx, "remove an artifact from", errno);
    }
    return RS_OK;
}

/* Shows one blob to who lists them. One that is gone again is none. */
static enum rs_code list_blob(struct rs_cx *cx, int folder, const char *key, void *arg)
{
    struct rs_blob_walk *walk = arg;
    struct stat st;

    if (fstatat(folder, key + 3, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return RS_OK;
    }
    if (!S_ISREG(st.st_mode)) {
        walk->foreign++;
        return RS_OK;
    }
    return walk->found(cx, walk->arg, rs_str_of(key), st.st_size, changed_ms(&st));
}

static enum rs_code visit_shard(struct rs_cx *cx, struct rs_fs_store *s, const char *shard,
                                const struct visit *v)
{
    struct rs_fs_walk walk;
    char key[RS_BLOB_KEY_LEN + 1];
    enum rs_code code = RS_OK;
    const char *name;

    if (!rs_fs_walk_begin(&walk, s->blobs, shard)) {
        return rs_fs_fail(cx, "open a folder of artifacts in", errno);
    }
    while (code == RS_OK && (name = rs_fs_walk_next(&walk)) != NULL) {
        if (!rs_fs_is_id(rs_str_of(name)) || strncmp(name, shard, 2) != 0) {
            (*v->foreign)++;
            continue;
        }
        snprintf(key, sizeof key, "%s/%s", shard, name);
        code = v->blob(cx, rs_fs_walk_fd(&walk), key, v->arg);
    }
    rs_fs_walk_end(&walk);
    return code;
}

static enum rs_code visit_blobs(struct rs_cx *cx, struct rs_fs_store *s, const struct visit *v)
{
    char shard[8];

    for (unsigned i = 0; i < 256; i++) {
        snprintf(shard, sizeof shard, "%02x", i);
        RS_TRY(visit_shard(cx, s, shard, v));
    }
    return RS_OK;
}

static enum rs_code sweep_uploads(struct rs_cx *cx, struct rs_fs_store *s, struct rs_sweep *sweep)
{
    struct rs_fs_walk walk;
    struct stat st;
    const char *name;
    int why = 0;

    if (!rs_fs_walk_begin(&walk, s->root, "parts")) {
        return rs_fs_fail(cx, "open the multipart uploads in", errno);
    }
    while (why == 0 && (name = rs_fs_walk_next(&walk)) != NULL) {
        if (!rs_fs_is_id(rs_str_of(name))) {
            sweep->foreign++;
        } else if (is_old(s->parts, name, S_IFDIR, sweep->now_ms - sweep->part_age_ms, &st)) {
            why = rs_fs_parts_remove(s, name, &sweep->bytes);
            sweep->uploads += why == 0;
            why = why == ENOENT ? 0 : why;
        }
    }
    rs_fs_walk_end(&walk);
    return why == 0 ? RS_OK : rs_fs_fail(cx, "remove a multipart upload from", why);
}

static enum rs_code sweep_temps(struct rs_cx *cx, struct rs_fs_store *s, struct rs_sweep *sweep)
{
    struct rs_fs_walk walk;
    struct stat st;
    const char *name;

    if (!rs_fs_walk_begin(&walk, s->root, "temps")) {
        return rs_fs_fail(cx, "open the temporary files in", errno);
    }
    while ((name = rs_fs_walk_next(&walk)) != NULL) {
        if (!rs_fs_is_id(rs_str_of(name))) {
            sweep->foreign++;
        } else if (is_old(s->temps, name, S_IFREG, sweep->now_ms - sweep->blob_age_ms, &st) &&
                   unlinkat(s->temps, name, 0) == 0) {
            sweep->temps++;
            sweep->bytes += st.st_size;
        }
    }
    rs_fs_walk_end(&walk);
    return RS_OK;
}

enum rs_code rs_fs_sweep(struct rs_cx *cx, struct rs_artifact_store *store, struct rs_sweep *sweep)
{
    struct rs_fs_store *s = rs_fs_of(store);

    RS_TRY(visit_blobs(cx, s, &(struct visit){sweep_blob, sweep, &sweep->foreign}));
    RS_TRY(sweep_uploads(cx, s, sweep));
    return sweep_temps(cx, s, sweep);
}

enum rs_code rs_fs_blob_list(struct rs_cx *cx, struct rs_artifact_store *store,
                             struct rs_blob_walk *walk)
{
    return visit_blobs(cx, rs_fs_of(store), &(struct visit){list_blob, walk, &walk->foreign});
}
