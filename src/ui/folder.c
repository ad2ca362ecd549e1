/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through the folder at the start; a request is then a search in a sorted table, and no
 * spelling of a path leads anywhere else. */
#include "ui/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

enum {
    FILES_MAX = 10000, /* MLflow's has about 400 */
    DEPTH_MAX = 16,
    PACK_FROM = 1024, /* bytes: below, a packet is a packet */
    TAG_BYTES = 16,
};

struct kind {
    const char *ending;
    const char *media_type;
    bool is_text; /* it becomes smaller */
};

static const struct kind kinds[] = {
    {"js", "text/javascript; charset=utf-8", true},
    {"mjs", "text/javascript; charset=utf-8", true},
    {"cjs", "text/javascript; charset=utf-8", true},
    {"css", "text/css; charset=utf-8", true},
    {"html", "text/html; charset=utf-8", true},
    {"svg", "image/svg+xml", true},
    {"json", "application/json", true},
    {"map", "application/json", true},
    {"txt", "text/plain; charset=utf-8", true},
    {"md", "text/plain; charset=utf-8", true},
    {"xml", "application/xml", true},
    {"webmanifest", "application/manifest+json", true},
    {"wasm", "application/wasm", true},
    {"ico", "image/vnd.microsoft.icon", true},
    {"ttf", "font/ttf", true},
    {"otf", "font/otf", true},
    {"eot", "application/vnd.ms-fontobject", true},
    {"woff", "font/woff", false},
    {"woff2", "font/woff2", false},
    {"png", "image/png", false},
    {"jpg", "image/jpeg", false},
    {"jpeg", "image/jpeg", false},
    {"gif", "image/gif", false},
    {"webp", "image/webp", false},
    {"avif", "image/avif", false},
    {"mp4", "video/mp4", false},
    {"webm", "video/webm", false},
    {"pdf", "application/pdf", false},
};

static const struct kind *kind_of(struct rs_str path)
{
    static const struct kind other = {"", "application/octet-stream", false};
    size_t dot = path.n;

    while (dot > 0 && path.p[dot - 1] != '.' && path.p[dot - 1] != '/') {
        dot--;
    }
    if (dot == 0 || path.p[dot - 1] != '.') {
        return &other;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (rs_str_eq_nocase(rs_str_from(path, dot), rs_str_of(kinds[i].ending))) {
            return &kinds[i];
        }
    }
    return &other;
}

static int64_t ns_of(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Other bytes have another tag: whoever writes a file cannot choose when its inode changed. */
static struct rs_str tag_of(struct rs_arena *a, struct rs_str path, const struct stat *st)
{
    unsigned char raw[RS_SHA256_LEN];
    struct rs_digest *d = rs_digest_new(RS_DIGEST_SHA256);
    const int64_t facts[] = {st->st_size, ns_of(st->st_mtim), ns_of(st->st_ctim)};

    rs_digest_add(d, facts, sizeof facts);
    rs_digest_add(d, path.p, path.n);
    rs_digest_end(d, raw);
    rs_digest_free(d);
    return rs_hex(a, raw, TAG_BYTES);
}

/* A walk in progress. */
struct walk {
    struct rs_cx *cx;
    struct rs_ui_folder *folder;
    size_t cap;
};

static enum rs_code fail(struct rs_cx *cx, const char *path, const char *why)
{
    return rs_fail(cx, RS_INVALID, "could not read the folder \"%s\" of the UI: %s", path, why);
}

static enum rs_code add_file(struct walk *w, struct rs_str path, const struct stat *st)
{
    struct rs_ui_folder *f = w->folder;
    const struct kind *kind = kind_of(path);

    if (f->n == FILES_MAX) {
        return fail(w->cx, f->path, "it has more than 10000 files, and is no build of MLflow's UI");
    }
    f->file = rs_arena_grow(w->cx->arena, f->file, f->n, &w->cap, sizeof *f->file);
    f->file[f->n++] = (struct rs_ui_file){
        .path = path,
        .media_type = kind->media_type,
        .is_worth_packing = kind->is_text && st->st_size >= PACK_FROM,
        .size = (uint64_t)st->st_size,
        .modified_ns = ns_of(st->st_mtim),
        .device = st->st_dev,
        .inode = st->st_ino,
        .tag = tag_of(w->cx->arena, path, st),
    };
    f->bytes += (uint64_t)st->st_size;
    return RS_OK;
}

static enum rs_code walk_folder(struct walk *w, int at, const char *below, unsigned depth);

static enum rs_code add_entry(struct walk *w, int at, const char *below, const char *name,
                              unsigned depth)
{
    struct rs_arena *a = w->cx->arena;
    struct stat st;

    if (name[0] == '.' || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return RS_OK; /* gone again */
    }
    if (S_ISREG(st.st_mode)) {
        return add_file(w, rs_arena_fmt(a, "%s%s", below, name), &st);
    }
    if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX) {
        return RS_OK;
    }
    const int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return walk_folder(w, fd, rs_arena_fmt(a, "%s%s/", below, name).p, depth + 1);
}

/* Takes the descriptor. */
static enum rs_code walk_folder(struct walk *w, int at, const char *below, unsigned depth)
{
    DIR *dir = at >= 0 ? fdopendir(at) : NULL;
    enum rs_code code = RS_OK;

    if (dir == NULL) {
        code = fail(w->cx, rs_arena_fmt(w->cx->arena, "%s/%s", w->folder->path, below).p,
                    strerror(errno));
        if (at >= 0) {
            close(at);
        }
        return code;
    }
    for (const struct dirent *e = readdir(dir); code == RS_OK && e != NULL; e = readdir(dir)) {
        code = add_entry(w, at, below, e->d_name, depth);
    }
    closedir(dir);
    return code;
}

static int compare(const void *a, const void *b)
{
    return rs_str_cmp(((const struct rs_ui_file *)a)->path, ((const struct rs_ui_file *)b)->path);
}

static enum rs_code check_index(struct rs_cx *cx, const struct rs_ui_folder *f)
{
    if (rs_ui_folder_find(f, RS_STR("index.html")) != NULL) {
        return RS_OK;
    }
    return rs_fail(cx, RS_INVALID,
                   "there is no file \"%s/index.html\": --ui names the folder "
                   "mlflow/server/js/build of an installed mlflow (the full package: mlflow-skinny "
                   "has no UI), or is auto",
                   f->path);
}

enum rs_code rs_ui_folder_open(struct rs_cx *cx, const char *path, struct rs_ui_folder *out)
{
    *out = (struct rs_ui_folder){.path = path,
                                 .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (out->fd < 0) {
        return fail(cx, path, strerror(errno));
    }
    struct stat st;
    if (fstatat(out->fd, "index.html", &st, 0) != 0) {
        return check_index(cx, out); /* before a walk through something else */
    }
    struct walk w = {.cx = cx, .folder = out};
    RS_TRY(walk_folder(&w, openat(out->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0));
    if (out->n > 0) {
        qsort(out->file, out->n, sizeof *out->file, compare);
    }
    return check_index(cx, out);
}

void rs_ui_folder_close(struct rs_ui_folder *f)
{
    if (f->fd >= 0) {
        close(f->fd);
        f->fd = -1;
    }
}

struct rs_ui_file *rs_ui_folder_find(const struct rs_ui_folder *f, struct rs_str path)
{
    const struct rs_ui_file wanted = {.path = path};

    return f->n > 0 ? bsearch(&wanted, f->file, f->n, sizeof *f->file, compare) : NULL;
}

int rs_ui_folder_read(const struct rs_ui_folder *f, const struct rs_ui_file *file)
{
    const int fd = openat(f->fd, file->path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &st) != 0 || st.st_dev != file->device || st.st_ino != file->inode ||
        (uint64_t)st.st_size != file->size || ns_of(st.st_mtim) != file->modified_ns) {
        close(fd);
        errno = ESTALE;
        return -1;
    }
    return fd;
}
