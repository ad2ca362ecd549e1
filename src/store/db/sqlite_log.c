/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log before SQLite uses it. SQLite takes what it can: without a log it starts from
 * the database as it is, and a damaged one it reads up to the damage. What was acknowledged and
 * stood behind would be gone in silence. So the lock's file says whether a log must be there, and
 * what is there is looked through.
 *
 * The mark is "open" from a commit on, and "closed" before the log is removed or cut to nothing,
 * when all of it is in the database. It is "merged" when the log was moved or removed under the
 * server, which has then copied what SQLite still held of it: a log that comes back is older.
 *
 * The log, as sqlite.org/fileformat2.html describes it, numbers big-endian: a header of 32 bytes
 * (magic, version, page size, sequence, two salts, two checksums), then frames of 24 bytes and a
 * page (page number, size of the database after a commit or 0, the salts, two checksums). A
 * checksum goes on from the one before it. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/db/sqlite.h"

enum {
    HEADER = 32,
    FRAME_HEADER = 24,
    MAGIC = 0x377f0682, /* the last bit: checksums are of big-endian words */
    PAGE_LEAST = 512,
    PAGE_MOST = 65536,
    MARK = 7,
    /* One commit may be torn: it was being written when the power went. SQLite syncs it before the
     * next one begins, so two that follow each other were whole once. */
    TORN_MOST = 1,
};

static const char MARK_OPEN[MARK + 1] = "open  \n";
static const char MARK_CLOSED[MARK + 1] = "closed\n";
static const char MARK_MERGED[MARK + 1] = "merged\n";

struct sum {
    uint32_t a;
    uint32_t b;
};

struct log {
    int fd;
    bool big_endian;
    uint32_t page_size;
    unsigned char salts[8];
    struct sum start; /* of the first frame: the header's own */
    unsigned char *frame;
};

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* n is a multiple of 8. */
static struct sum add(const struct log *l, struct sum s, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        s.a += (l->big_endian ? be32(p + i) : le32(p + i)) + s.b;
        s.b += (l->big_endian ? be32(p + i + 4) : le32(p + i + 4)) + s.a;
    }
    return s;
}

static struct sum stored_sum(const unsigned char *p)
{
    return (struct sum){be32(p), be32(p + 4)};
}

static bool is_same(struct sum x, struct sum y)
{
    return x.a == y.a && x.b == y.b;
}

static bool read_header(struct log *l)
{
    unsigned char h[HEADER];

    if (pread(l->fd, h, HEADER, 0) != HEADER) {
        return false;
    }
    l->big_endian = be32(h) & 1;
    l->page_size = be32(h + 8);
    memcpy(l->salts, h + 16, sizeof l->salts);
    l->start = stored_sum(h + 24);
    const bool is_page = l->page_size >= PAGE_LEAST && l->page_size <= PAGE_MOST &&
                         (l->page_size & (l->page_size - 1)) == 0;
    return (be32(h) & ~1U) == MAGIC && is_page &&
           is_same(add(l, (struct sum){0}, h, HEADER - 8), l->start);
}

/* What a walk through the frames has found. */
struct walk {
    struct sum before; /* the stored checksum of the frame before */
    bool broken;       /* the chain from the header on has ended */
    uint32_t frames;   /* seen */
    uint32_t whole;    /* of them, before the chain ended */
    unsigned run;      /* commits of the chain of its own that this frame is in */
    unsigned longest;  /* of those behind the end */
};

static void take_frame(const struct log *l, struct walk *w)
{
    const unsigned char *f = l->frame;
    const struct sum stored = stored_sum(f + 16);
    const struct sum sum = add(l, add(l, w->before, f, 8), f + FRAME_HEADER, l->page_size);
    const bool fits = memcmp(f + 8, l->salts, sizeof l->salts) == 0 && is_same(sum, stored);
    const bool commits = be32(f + 4) != 0;

    w->frames++;
    w->before = stored;
    w->broken = w->broken || !fits;
    w->whole += !w->broken;
    w->run = fits ? w->run + commits : 0;
    if (w->broken && w->run > w->longest) {
        w->longest = w->run;
    }
}

/* Whether more than one commit stands behind the first frame that does not fit. Frames that fit
 * each other there are what was once written in one go; frames of an older log have other salts. */
static enum rs_code check_frames(struct rs_cx *cx, struct log *l, const char *path)
{
    const size_t size = FRAME_HEADER + l->page_size;
    struct walk w = {.before = l->start};
    off_t at = HEADER;

    l->frame = malloc(size);
    while (l->frame != NULL && pread(l->fd, l->frame, size, at) == (ssize_t)size) {
        take_frame(l, &w);
        at += (off_t)size;
    }
    free(l->frame);
    return w.longest <= TORN_MOST
               ? RS_OK
               : rs_fail(cx, RS_CORRUPT,
                         "the log \"%s\" is damaged behind %u of %u pages, and changes that were "
                         "acknowledged stand behind the damage",
                         path, w.whole, w.frames);
}

static enum rs_code check_log(struct rs_cx *cx, const char *path, int fd)
{
    struct log l = {.fd = fd};

    if (fd < 0) {
        return rs_fail(
            cx, RS_CORRUPT,
            "the log \"%s\", in which changes stand that were acknowledged, is missing (if "
            "another program has merged it into the database, as sqlite3 does when it "
            "ends, remove \"%.*s.lock\" and start again)",
            path, (int)(strlen(path) - 4), path);
    }
    if (!read_header(&l)) {
        return rs_fail(cx, RS_CORRUPT,
                       "the log \"%s\", in which changes stand that were acknowledged, is damaged",
                       path);
    }
    return check_frames(cx, &l, path);
}

/* Writes the bytes of a file again, where they are, and syncs them. */
static int write_again(int fd)
{
    enum { PIECE = 1 << 20 };
    char *piece = malloc(PIECE);
    off_t at = 0;
    ssize_t n = piece != NULL ? 1 : -1;

    while (n > 0) {
        n = pread(fd, piece, PIECE, at);
        n = n > 0 ? pwrite(fd, piece, (size_t)n, at) : n; /* what it leaves, the next round takes */
        at += n > 0 ? n : 0;
    }
    const int why = n == 0 && fdatasync(fd) == 0 ? 0 : errno;
    free(piece);
    return why;
}

/* A log that is there was left by a server that has not ended well, perhaps because the disk failed
 * to sync. Then pages that the disk never got may count as written, and SQLite's own sync before a
 * checkpoint would believe it. Written once more, the log is on the disk before its first use. */
static enum rs_code renew_log(struct rs_cx *cx, const char *path, int fd)
{
    const int why = write_again(fd);

    return why == 0 ? RS_OK
                    : rs_fail(cx, RS_UNAVAILABLE, "could not write and sync \"%s\": %s", path,
                              strerror(why));
}

static enum rs_code check_database(struct rs_cx *cx, const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && st.st_size > 0) {
        return RS_OK;
    }
    return rs_fail(cx, RS_CORRUPT,
                   "the database \"%s\" is missing or empty (to begin with an empty one, remove "
                   "\"%s.lock\" and start again)",
                   path, path);
}

/* Its pages, written over those of the database, would undo what was acknowledged later. */
static enum rs_code refuse_older(struct rs_cx *cx, const char *path, int fd)
{
    struct stat st;

    if (fd < 0 || (fstat(fd, &st) == 0 && st.st_size == 0)) {
        return RS_OK;
    }
    return rs_fail(
        cx, RS_CORRUPT,
        "the log \"%s\" is older than the database, into which everything acknowledged "
        "was copied when the log was taken from under a server: remove it and start again",
        path);
}

static enum rs_code look_through(struct rs_cx *cx, struct rs_sqlite *s, const char *mark,
                                 const char *path, int fd)
{
    if (s->is_marked_open) {
        return check_log(cx, path, fd);
    }
    return memcmp(mark, MARK_MERGED, MARK) == 0 ? refuse_older(cx, path, fd) : RS_OK;
}

enum rs_code rs_sqlite_log_begin(struct rs_cx *cx, struct rs_sqlite *s, const char *path)
{
    char log[4096];
    char mark[MARK] = {0};
    const ssize_t n = pread(s->lock_fd, mark, MARK, 0);

    s->is_marked_open = n == MARK && memcmp(mark, MARK_OPEN, MARK) == 0;
    if (n > 0) {
        RS_TRY(check_database(cx, path));
    }
    snprintf(log, sizeof log, "%s-wal", path);
    const int fd = open(log, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", log, strerror(errno));
    }
    enum rs_code code = look_through(cx, s, mark, log, fd);
    if (fd >= 0) {
        code = code == RS_OK ? renew_log(cx, log, fd) : code;
        close(fd);
    }
    return code;
}

static void mark(struct rs_sqlite *s, const char *text, bool is_open)
{
    if (s->is_marked_open != is_open && pwrite(s->lock_fd, text, MARK, 0) == MARK &&
        fdatasync(s->lock_fd) == 0) {
        s->is_marked_open = is_open;
    }
}

/* Only makes later damage known: where it cannot be written, nothing else is worse for it. */
void rs_sqlite_log_committed(struct rs_sqlite *s)
{
    if (!s->is_marked_open) {
        mark(s, MARK_OPEN, true);
    }
}

bool rs_sqlite_log_end(struct rs_sqlite *s)
{
    mark(s, MARK_CLOSED, false);
    return !s->is_marked_open;
}

void rs_sqlite_log_merged(struct rs_sqlite *s)
{
    mark(s, MARK_MERGED, false);
}

/* Whether the name leads to another file than at first, or to none. */
static bool is_gone(const char *path, struct rs_sqlite_file *f)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return f->inode != 0 && errno == ENOENT;
    }
    if (f->inode == 0) {
        *f = (struct rs_sqlite_file){st.st_dev, st.st_ino};
    }
    return f->device != st.st_dev || f->inode != st.st_ino;
}

enum rs_sqlite_gone rs_sqlite_log_gone(struct rs_sqlite *s)
{
    const char *path = sqlite3_db_filename(s->handle, "main");
    const int64_t now_ns = rs_clock_mono_ns();
    char index[4096];

    if (s->looked_ns != 0 && now_ns - s->looked_ns < RS_MS_AS_NS(RS_SQLITE_LOOK_MS)) {
        return RS_SQLITE_ALL_THERE;
    }
    s->looked_ns = now_ns;
    snprintf(index, sizeof index, "%s-shm", path);
    if (is_gone(sqlite3_filename_wal(path), &s->log)) {
        return RS_SQLITE_LOG_GONE;
    }
    return is_gone(index, &s->index) ? RS_SQLITE_INDEX_GONE : RS_SQLITE_ALL_THERE;
}
