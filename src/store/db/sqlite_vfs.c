/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite writes each page of a commit, and the header before it, with a call to the system of its
 * own. Here the writer's log gathers what one COMMIT appends, and writes it at once before it syncs
 * or reads. Nothing is gathered at any other time, so what a failed write leaves behind is known:
 * the COMMIT has failed, and the bytes are forgotten with its end. All other files, and all other
 * calls, are those of SQLite's own layer. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "store/db/sqlite.h"

enum { GATHERED_MAX = 64 << 10 };

/* The log of a writer. */
struct log_file {
    sqlite3_file base; /* first */
    sqlite3_file *real;
    char *bytes; /* of GATHERED_MAX; NULL: nothing is gathered */
    int n;
    sqlite3_int64 at; /* where the first of them belongs */
    bool gathers;
};

static const char VFS_NAME[] = "runestone";

static struct log_file *log_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

static int flush(struct log_file *l)
{
    const int n = l->n;

    l->n = 0; /* after an error, too: nobody writes these once more */
    return n == 0 ? SQLITE_OK : l->real->pMethods->xWrite(l->real, l->bytes, n, l->at);
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    struct log_file *l = log_of(file);
    const bool fits = l->n == 0 || (at == l->at + l->n && n <= GATHERED_MAX - l->n);

    if (!fits) {
        const int rc = flush(l);

        if (rc != SQLITE_OK) {
            return rc;
        }
    }
    if (!l->gathers || n > GATHERED_MAX) {
        return l->real->pMethods->xWrite(l->real, bytes, n, at);
    }
    l->at = l->n == 0 ? at : l->at;
    memcpy(l->bytes + l->n, bytes, (size_t)n);
    l->n += n;
    return SQLITE_OK;
}

static int log_close(sqlite3_file *file)
{
    struct log_file *l = log_of(file);

    free(l->bytes);
    return l->real->pMethods->xClose(l->real);
}

static int log_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    struct log_file *l = log_of(file);
    const int rc = flush(l);

    return rc != SQLITE_OK ? rc : l->real->pMethods->xRead(l->real, out, n, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *l = log_of(file);
    const int rc = flush(l);

    return rc != SQLITE_OK ? rc : l->real->pMethods->xTruncate(l->real, size);
}

static int log_sync(sqlite3_file *file, int flags)
{
    struct log_file *l = log_of(file);
    const int rc = flush(l);

    return rc != SQLITE_OK ? rc : l->real->pMethods->xSync(l->real, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct log_file *l = log_of(file);
    const int rc = flush(l);

    return rc != SQLITE_OK ? rc : l->real->pMethods->xFileSize(l->real, size);
}

static int log_lock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xLock(log_of(file)->real, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
    return log_of(file)->real->pMethods->xUnlock(log_of(file)->real, level);
}

static int log_check_lock(sqlite3_file *file, int *out)
{
    return log_of(file)->real->pMethods->xCheckReservedLock(log_of(file)->real, out);
}

static int log_control(sqlite3_file *file, int what, void *arg)
{
    return log_of(file)->real->pMethods->xFileControl(log_of(file)->real, what, arg);
}

static int log_sector(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xSectorSize(log_of(file)->real);
}

static int log_traits(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xDeviceCharacteristics(log_of(file)->real);
}

/* Version 1: a log is neither mapped nor has it shared memory. */
static const sqlite3_io_methods LOG = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xLock = log_lock,
    .xUnlock = log_unlock,
    .xCheckReservedLock = log_check_lock,
    .xFileControl = log_control,
    .xSectorSize = log_sector,
    .xDeviceCharacteristics = log_traits,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    sqlite3_vfs *system_vfs = sqlite3_vfs_find(NULL); /* SQLite's own: ours is not the default */
    struct log_file *l = log_of(file);

    (void)vfs;
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return system_vfs->xOpen(system_vfs, name, file, flags, got);
    }
    *l = (struct log_file){.real = (sqlite3_file *)(l + 1), .bytes = malloc(GATHERED_MAX)};
    const int rc = l->bytes != NULL ? system_vfs->xOpen(system_vfs, name, l->real, flags, got)
                                    : SQLITE_NOMEM;
    if (rc != SQLITE_OK) {
        free(l->bytes); /* without methods a file is not closed */
        return rc;
    }
    l->base.pMethods = &LOG;
    return SQLITE_OK;
}

static void make_vfs(void)
{
    static sqlite3_vfs ours;

    ours = *sqlite3_vfs_find(NULL);
    ours.zName = VFS_NAME;
    ours.pNext = NULL;
    ours.szOsFile += (int)sizeof(struct log_file);
    ours.xOpen = vfs_open;
    sqlite3_vfs_register(&ours, 0);
}

const char *rs_sqlite_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_vfs);
    return VFS_NAME;
}

bool rs_sqlite_gather(struct rs_sqlite *s, bool on)
{
    sqlite3_file *file = NULL;
    bool is_written = true;

    sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (file != NULL && file->pMethods == &LOG) {
        is_written = log_of(file)->n == 0;
        log_of(file)->gathers = on;
        log_of(file)->n = 0;
    }
    return is_written;
}
