/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders by their paths: the operator's own, on the machine where the command runs. */
#include "upkeep/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/id.h"

enum { PIECE = 64 * 1024 /* on the stack */ };

static const char UNFINISHED[] = "restore-unfinished";

const char *rs_folder_path(struct rs_arena *a, const char *folder, const char *name)
{
    return rs_arena_fmt(a, "%s/%s", folder, name).p;
}

const char *rs_data_database(struct rs_arena *a, const char *data)
{
    return rs_folder_path(a, data, "runestone.db");
}

const char *rs_data_artifacts(struct rs_arena *a, const char *data)
{
    return rs_folder_path(a, data, "artifacts");
}

bool rs_path_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static enum rs_code fail(struct rs_cx *cx, const char *what, const char *path)
{
    return rs_fail(cx, errno == ENOENT ? RS_NOT_FOUND : RS_UNAVAILABLE, "could not %s \"%s\": %s",
                   what, path, strerror(errno));
}

/* Syncs the folder that holds another one. 0, or an errno. */
static int sync_parent(const char *path)
{
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int parent = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* One that we may not read is not one in which we made a folder. */
    const int why = parent >= 0 && fsync(parent) != 0 ? errno : 0;

    if (parent >= 0) {
        close(parent);
    }
    if (folder >= 0) {
        close(folder);
    }
    return why;
}

enum rs_code rs_folder_make(struct rs_cx *cx, const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return fail(cx, "make the folder", path);
    }
    errno = sync_parent(path);
    return errno == 0 ? RS_OK : fail(cx, "sync the folder of", path);
}

enum rs_code rs_folder_is_empty(struct rs_cx *cx, const char *path, bool *empty)
{
    DIR *dir = opendir(path);
    const struct dirent *e;

    if (dir == NULL) {
        return fail(cx, "open the folder", path);
    }
    do {
        e = readdir(dir);
    } while (e != NULL && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
                           strcmp(e->d_name, "lost+found") == 0));
    *empty = e == NULL;
    closedir(dir);
    return RS_OK;
}

enum rs_code rs_path_sync(struct rs_cx *cx, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return fail(cx, "open", path);
    }
    const enum rs_code code = fsync(fd) == 0 ? RS_OK : fail(cx, "sync", path);
    close(fd);
    return code;
}

static enum rs_code write_all(struct rs_cx *cx, int fd, const char *path, struct rs_str bytes)
{
    while (bytes.n > 0) {
        const ssize_t wrote = write(fd, bytes.p, bytes.n);

        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            return fail(cx, "write", path);
        }
        bytes = rs_str_from(bytes, (size_t)wrote);
    }
    return RS_OK;
}

static enum rs_code open_new(struct rs_cx *cx, const char *path, int *fd)
{
    *fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    return *fd >= 0 ? RS_OK : fail(cx, "make the file", path);
}

enum rs_code rs_file_write(struct rs_cx *cx, const char *path, struct rs_str bytes)
{
    int fd = -1;

    RS_TRY(open_new(cx, path, &fd));
    enum rs_code code = write_all(cx, fd, path, bytes);
    if (code == RS_OK && fsync(fd) != 0) {
        code = fail(cx, "sync", path);
    }
    close(fd);
    return code;
}

/* A file that is read to its end and hashed, and written to another one when there is one. */
struct pass {
    const char *path;
    int from;
    int to; /* -1: none */
    struct rs_digest *sha256;
    int64_t size;
};

static enum rs_code read_all(struct rs_cx *cx, struct pass *p)
{
    char piece[PIECE];

    for (;;) {
        const ssize_t got = read(p->from, piece, sizeof piece);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(cx, "read", p->path);
        }
        if (got == 0) {
            return RS_OK;
        }
        p->size += got;
        rs_digest_add(p->sha256, piece, (size_t)got);
        if (p->to >= 0) {
            RS_TRY(write_all(cx, p->to, p->path, (struct rs_str){piece, (size_t)got}));
        }
    }
}

static enum rs_code hash_and_copy(struct rs_cx *cx, const char *path, int to, int64_t *size,
                                  struct rs_str *sha256)
{
    struct pass p = {.path = path, .from = open(path, O_RDONLY | O_CLOEXEC), .to = to};
    unsigned char raw[RS_SHA256_LEN];

    if (p.from < 0) {
        return fail(cx, "open", path);
    }
    p.sha256 = rs_digest_new(RS_DIGEST_SHA256);
    const enum rs_code code = read_all(cx, &p);
    rs_digest_end(p.sha256, raw);
    rs_digest_free(p.sha256);
    close(p.from);
    *size = p.size;
    *sha256 = rs_hex(cx->arena, raw, sizeof raw);
    return code;
}

enum rs_code rs_file_hash(struct rs_cx *cx, const char *path, int64_t *size, struct rs_str *sha256)
{
    return hash_and_copy(cx, path, -1, size, sha256);
}

enum rs_code rs_file_copy(struct rs_cx *cx, const char *from, const char *to, struct rs_str sha256)
{
    struct rs_str found = {0};
    int64_t size = 0;
    int fd = -1;

    RS_TRY(open_new(cx, to, &fd));
    enum rs_code code = hash_and_copy(cx, from, fd, &size, &found);
    if (code == RS_OK && !rs_str_eq(found, sha256)) {
        code = rs_fail(cx, RS_CORRUPT, "the SHA-256 of \"%s\" is " RS_FMT ", but should be " RS_FMT,
                       from, RS_ARG(found), RS_ARG(sha256));
    }
    if (code == RS_OK && fsync(fd) != 0) {
        code = fail(cx, "sync", to);
    }
    close(fd);
    return code;
}

enum rs_code rs_data_check_whole(struct rs_cx *cx, const char *data)
{
    const char *mark = rs_folder_path(cx->arena, data, UNFINISHED);

    if (!rs_path_exists(mark)) {
        return RS_OK;
    }
    return rs_fail(cx, RS_CONFLICT,
                   "could not use \"%s\": a restore into it was not finished; empty the folder and "
                   "restore again",
                   data);
}

enum rs_code rs_data_begin_restore(struct rs_cx *cx, const char *data)
{
    RS_TRY(rs_file_write(cx, rs_folder_path(cx->arena, data, UNFINISHED), RS_STR("")));
    return rs_path_sync(cx, data);
}

enum rs_code rs_data_end_restore(struct rs_cx *cx, const char *data)
{
    const char *mark = rs_folder_path(cx->arena, data, UNFINISHED);

    RS_TRY(rs_path_sync(cx, data)); /* all that the mark spoke of, before it goes */
    if (unlink(mark) != 0) {
        return fail(cx, "remove", mark);
    }
    return rs_path_sync(cx, data);
}

#define SEAL_KEY "webhook.key"

/* Reads the key as hexadecimal digits; RS_NOT_FOUND. */
static enum rs_code read_seal_key(struct rs_cx *cx, const char *path, struct rs_str *digits)
{
    char *text = rs_arena_alloc(cx->arena, 2 * RS_SEAL_KEY_LEN + 1, 1);
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0) {
        return fail(cx, "open", path);
    }
    const ssize_t n = read(fd, text, 2 * RS_SEAL_KEY_LEN + 1);
    close(fd);
    if (n != 2 * RS_SEAL_KEY_LEN ||
        strspn(text, "0123456789abcdef") != (size_t)2 * RS_SEAL_KEY_LEN) {
        return rs_fail(cx, RS_CORRUPT,
                       "\"%s\" is no key: restore it from a backup, or remove it and set the "
                       "secrets of all webhooks anew",
                       path);
    }
    *digits = (struct rs_str){text, (size_t)n};
    return RS_OK;
}

/* Under another name first: a key that is there is whole. */
static enum rs_code write_seal_key(struct rs_cx *cx, const char *folder, struct rs_str digits)
{
    const char *fresh = rs_folder_path(cx->arena, folder, SEAL_KEY ".new");
    const char *path = rs_folder_path(cx->arena, folder, SEAL_KEY);

    RS_TRY(rs_file_write(cx, fresh, digits));
    if (rename(fresh, path) != 0) {
        return fail(cx, "rename", fresh);
    }
    return rs_path_sync(cx, folder);
}

enum rs_code rs_data_seal_key(struct rs_cx *cx, const char *data, struct rs_seal_key *key)
{
    const char *path = rs_folder_path(cx->arena, data, SEAL_KEY);
    struct rs_str digits;
    enum rs_code code = read_seal_key(cx, path, &digits);

    if (code == RS_NOT_FOUND) {
        rs_cx_clear(cx);
        rs_random(key->bytes, sizeof key->bytes);
        digits = rs_hex(cx->arena, key->bytes, sizeof key->bytes);
        code = write_seal_key(cx, data, digits);
    }
    for (size_t i = 0; code == RS_OK && i < sizeof key->bytes; i++) {
        key->bytes[i] = (unsigned char)(rs_hex_value(digits.p[2 * i]) << 4 |
                                        rs_hex_value(digits.p[2 * i + 1]));
    }
    return code;
}

enum rs_code rs_data_copy_seal_key(struct rs_cx *cx, const char *from, const char *to)
{
    struct rs_str digits;
    const enum rs_code code = read_seal_key(cx, rs_folder_path(cx->arena, from, SEAL_KEY), &digits);

    if (code == RS_NOT_FOUND) {
        rs_cx_clear(cx);
        return RS_OK;
    }
    RS_TRY(code);
    return write_seal_key(cx, to, digits);
}
