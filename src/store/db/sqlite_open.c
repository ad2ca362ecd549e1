/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a SQLite file: who may, how durable, and what is switched off. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/db/sqlite.h"

/* Filesystems whose locks or shared memory SQLite's log cannot trust. Numbers: statfs(2). */
static const struct {
    unsigned magic;
    const char *name;
} network_filesystems[] = {
    {NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},     {AFS_SUPER_MAGIC, "AFS"}, {CODA_SUPER_MAGIC, "Coda"},
    {0x00C36400, "Ceph"},     {0x0BD00BD0, "Lustre"},
};

/* Cells are checked where pages are read once; a reader that maps the file would check them at
 * every look. FULL syncs the log at every commit: what is acknowledged survives a power cut.
 * Checkpoints are ours (maintain). */
static const char WRITER_PRAGMAS[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA journal_size_limit = 67108864;"
                                     "PRAGMA cache_size = -65536;";
/* A reader's cache is void after every commit of the writer; mapped pages are not: decision 7. */
static const char READER_PRAGMAS[] = "PRAGMA query_only = ON;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA mmap_size = 4294967296;"
                                     "PRAGMA cache_size = -16384;";
/* Damage is what this one looks for: no mapping, no trust in cells. */
static const char CAREFUL_PRAGMAS[] = "PRAGMA query_only = ON;"
                                      "PRAGMA wal_autocheckpoint = 0;"
                                      "PRAGMA cell_size_check = ON;"
                                      "PRAGMA mmap_size = 0;"
                                      "PRAGMA cache_size = -65536;";
/* LIKE follows case, as MLflow's does; temporary trees stay in memory. */
static const char COMMON_PRAGMAS[] = "PRAGMA case_sensitive_like = ON;"
                                     "PRAGMA foreign_keys = OFF;"
                                     "PRAGMA temp_store = MEMORY;";

static const struct {
    int id;
    int value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, 64 << 20},
    {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
    {SQLITE_LIMIT_EXPR_DEPTH, 500},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_VARIABLE_NUMBER, RS_SQLITE_ARGS_MAX},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 8192},
    {SQLITE_LIMIT_ATTACHED, 0},
};

/* Process-wide settings; sqlite3_config refuses silently once SQLite is in use, which is as good.
 */
static void configure_once(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);  /* a connection belongs to one thread */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its counters are a global mutex */
}

/* The folder of the file, in a buffer of `size` bytes. */
static void folder_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const int n = slash != NULL ? (int)(slash - path) : 0;

    snprintf(out, size, "%.*s", n > 0 ? n : 1, n > 0 ? path : slash != NULL ? "/" : ".");
}

static enum rs_code refuse_network_filesystem(struct rs_cx *cx, const char *path)
{
    char folder[4096];
    struct statfs fs;

    folder_of(path, folder, sizeof folder);
    if (statfs(folder, &fs) != 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", path, strerror(errno));
    }
    for (size_t i = 0; i < sizeof network_filesystems / sizeof network_filesystems[0]; i++) {
        if ((unsigned)fs.f_type == network_filesystems[i].magic) {
            return rs_fail(
                cx, RS_INVALID,
                "could not open \"%s\": it is on a network filesystem (%s), where SQLite loses data; "
                "give a local folder",
                path, network_filesystems[i].name);
        }
    }
    return RS_OK;
}

/* SQLite opens read-only what it may not write, and fails at the first change. */
static enum rs_code check_rights(struct rs_cx *cx, const char *path)
{
    char folder[4096];

    folder_of(path, folder, sizeof folder);
    if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not write to the folder \"%s\": %s", folder,
                       strerror(errno));
    }
    if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0 && errno != ENOENT) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\" for writing: %s", path,
                       strerror(errno));
    }
    return RS_OK;
}

/* Holds <file>.lock for the life of the writer: a second server on the same data must not start. */
static enum rs_code lock_file(struct rs_cx *cx, struct rs_sqlite *s, const char *path)
{
    char lock[4096];

    snprintf(lock, sizeof lock, "%s.lock", path);
    s->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", lock, strerror(errno));
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return rs_fail(cx, RS_UNAVAILABLE,
                       "could not lock \"%s\": another server is running on this data folder, or "
                       "it is being checked",
                       lock);
    }
    return RS_OK;
}

void rs_sqlite_unlock(struct rs_sqlite *s)
{
    if (s->lock_fd >= 0) {
        close(s->lock_fd);
        s->lock_fd = -1;
    }
}

/* Makes it last that the file and its log are there and that the journal of the file's birth is
 * gone: SQLite does not look whether a folder was synced. */
static enum rs_code sync_folder(struct rs_cx *cx, const char *path)
{
    char folder[4096];

    folder_of(path, folder, sizeof folder);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int why = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
    if (fd >= 0) {
        close(fd);
    }
    return why == 0 ? RS_OK
                    : rs_fail(cx, RS_UNAVAILABLE, "could not sync the folder \"%s\": %s", folder,
                              strerror(why));
}

/* Holds the same lock for a reader, so that no writer starts meanwhile; several readers may. Where
 * no writer has ever been there is no file to lock: one made by another user would keep the server
 * out for ever. */
static void share_lock(struct rs_sqlite *s, const char *path)
{
    char lock[4096];

    snprintf(lock, sizeof lock, "%s.lock", path);
    s->lock_fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    s->is_alone = s->lock_fd >= 0 ? flock(s->lock_fd, LOCK_SH | LOCK_NB) == 0 : errno == ENOENT;
    if (!s->is_alone) {
        rs_sqlite_unlock(s);
    }
}

static enum rs_code harden(struct rs_cx *cx, struct rs_sqlite *s, bool read_only)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        sqlite3_limit(s->handle, limits[i].id, limits[i].value);
    }
    /* Only the writer's connection is one whose end may copy the log into the database. */
    if (sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, read_only, NULL) !=
            SQLITE_OK ||
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK) {
        return rs_sqlite_fail(cx, s, "the hardening of a connection");
    }
    return RS_OK;
}

static enum rs_code connect_file(struct rs_cx *cx, struct rs_sqlite *s,
                                 const struct rs_db_options *o)
{
    const int flags = (o->read_only ? SQLITE_OPEN_READONLY
                                    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      SQLITE_OPEN_NOMUTEX;

    if (!o->read_only) {
        RS_TRY(refuse_network_filesystem(cx, o->where));
        RS_TRY(check_rights(cx, o->where));
        RS_TRY(lock_file(cx, s, o->where));
        RS_TRY(rs_sqlite_log_begin(cx, s, o->where));
    } else if (o->alone) {
        share_lock(s, o->where);
    }
    if (sqlite3_open_v2(o->where, &s->handle, flags, o->read_only ? NULL : rs_sqlite_vfs()) !=
        SQLITE_OK) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", o->where,
                       s->handle ? sqlite3_errmsg(s->handle) : "out of memory");
    }
    RS_TRY(harden(cx, s, o->read_only));
    RS_TRY(rs_sqlite_functions(cx, s));
    sqlite3_busy_timeout(s->handle, RS_SQLITE_BUSY_MS);
    RS_TRY(s->db.ops->script(cx, &s->db, COMMON_PRAGMAS));
    RS_TRY(s->db.ops->script(cx, &s->db,
                             !o->read_only ? WRITER_PRAGMAS
                             : o->careful  ? CAREFUL_PRAGMAS
                                           : READER_PRAGMAS));
    rs_sqlite_watch(s);
    if (o->read_only) {
        return RS_OK;
    }
    rs_sqlite_count_wal(s);
    s->is_writer = true;
    return sync_folder(cx, o->where);
}

enum rs_code rs_sqlite_open(struct rs_cx *cx, const struct rs_db_options *o, struct rs_db **db)
{
    configure_once();
    struct rs_sqlite *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not open \"%s\": out of memory", o->where);
    }
    s->db.ops = &rs_db_sqlite;
    s->checkpoints.scale = &rs_scale_time;
    s->lock_fd = -1;
    const enum rs_code code = connect_file(cx, s, o);
    if (code != RS_OK) {
        s->db.ops->close(&s->db);
        return code;
    }
    *db = &s->db;
    return RS_OK;
}
