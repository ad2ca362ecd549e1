/* SPDX-License-Identifier: Apache-2.0 */
/* Written beside, then renamed, and not synced: what a power cut leaves of it is seen by its
 * checksum before it is served. */
#include "ui/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/gzip.h"

enum { NAME_BYTES = 64 };

static const char UNFINISHED[] = "unfinished"; /* one thread makes one at a time */
static const char ENDING[] = ".gz";

static const char *name_of(struct rs_str tag, char out[NAME_BYTES])
{
    snprintf(out, NAME_BYTES, RS_FMT "%s", RS_ARG(tag), ENDING);
    return out;
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

enum rs_code rs_ui_cache_open(struct rs_cx *cx, const char *path, struct rs_ui_cache *out)
{
    struct rs_str parent = rs_str_of(path);

    out->fd = -1;
    while (parent.n > 0 && parent.p[parent.n - 1] != '/') {
        parent.n--;
    }
    if ((parent.n == 0 || make_folder(rs_arena_str(cx->arena, parent).p)) && make_folder(path)) {
        out->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return out->fd >= 0 ? RS_OK
                        : rs_fail(cx, RS_UNAVAILABLE, "could not make the folder \"%s\": %s", path,
                                  strerror(errno));
}

void rs_ui_cache_close(struct rs_ui_cache *c)
{
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
}

int rs_ui_cache_read(const struct rs_ui_cache *c, struct rs_str tag, uint64_t *size)
{
    char name[NAME_BYTES];
    struct stat st;
    const int fd = openat(c->fd, name_of(tag, name),
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    *size = (uint64_t)st.st_size;
    return fd;
}

enum rs_code rs_ui_cache_check(struct rs_cx *cx, const struct rs_ui_cache *c, struct rs_str tag,
                               uint64_t size)
{
    uint64_t packed = 0;
    const int fd = rs_ui_cache_read(c, tag, &packed);

    if (fd < 0) {
        return rs_fail(cx, errno == ENOENT ? RS_NOT_FOUND : RS_CORRUPT, "could not open it: %s",
                       strerror(errno));
    }
    const enum rs_code code = rs_gzip_check(cx, fd, size);
    close(fd);
    return code;
}

enum rs_code rs_ui_cache_make(struct rs_cx *cx, const struct rs_ui_cache *c, struct rs_str tag,
                              int plain)
{
    char name[NAME_BYTES];

    (void)unlinkat(c->fd, UNFINISHED, 0);
    const int fd = openat(c->fd, UNFINISHED, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not make a file in it: %s", strerror(errno));
    }
    enum rs_code code = rs_gzip_write(cx, plain, fd);
    if (close(fd) != 0 && code == RS_OK) {
        code = rs_fail(cx, RS_UNAVAILABLE, "could not write to it: %s", strerror(errno));
    }
    if (code == RS_OK && renameat(c->fd, UNFINISHED, c->fd, name_of(tag, name)) != 0) {
        code = rs_fail(cx, RS_UNAVAILABLE, "could not rename a file in it: %s", strerror(errno));
    }
    if (code != RS_OK) {
        (void)unlinkat(c->fd, UNFINISHED, 0);
    }
    return code;
}

static bool is_needed(const char *name, bool (*is_wanted)(const void *user, struct rs_str tag),
                      const void *user)
{
    const size_t n_ending = sizeof ENDING - 1;
    const struct rs_str s = rs_str_of(name);

    return s.n > n_ending && rs_str_is(rs_str_from(s, s.n - n_ending), ENDING) &&
           is_wanted(user, (struct rs_str){s.p, s.n - n_ending});
}

void rs_ui_cache_sweep(const struct rs_ui_cache *c,
                       bool (*is_wanted)(const void *user, struct rs_str tag), const void *user)
{
    const int fd = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] != '.' && !is_needed(e->d_name, is_wanted, user)) {
            (void)unlinkat(fd, e->d_name, 0);
        }
    }
    closedir(dir);
}
