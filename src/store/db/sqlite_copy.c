/* SPDX-License-Identifier: Apache-2.0 */
/* A whole database into another file, by SQLite's backup API. The source connection only reads, and
 * its transaction holds one snapshot from the first page to the last: a server in another process
 * goes on writing to its log, and nobody but that server writes or checkpoints here. The log cannot
 * start over while the snapshot lasts, so it grows by what is written meanwhile. */
#include "store/db/sqlite.h"

#include <sqlite3.h>

/* The copy is worth nothing before it is whole, so it has neither journal nor syncs while it is
 * made; its maker syncs it. */
static const char TARGET_PRAGMAS[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";

/* The pages say that the database has a write-ahead log, as their source does. A copy is one file.
 */
static const char SINGLE_FILE[] = "PRAGMA journal_mode = DELETE;";

static enum rs_code fail(struct rs_cx *cx, sqlite3 *to, const char *path)
{
    const int rc = sqlite3_errcode(to) & 0xFF;

    return rs_fail(cx, rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? RS_CORRUPT : RS_UNAVAILABLE,
                   "could not copy the database to \"%s\": %s", path,
                   to != NULL ? sqlite3_errmsg(to) : "out of memory");
}

static enum rs_code copy_pages(struct rs_cx *cx, struct rs_sqlite *from, sqlite3 *to,
                               const char *path)
{
    if (sqlite3_exec(to, TARGET_PRAGMAS, NULL, NULL, NULL) != SQLITE_OK) {
        return fail(cx, to, path);
    }
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from->handle, "main");
    if (backup == NULL) {
        return fail(cx, to, path);
    }
    (void)sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK ||
        sqlite3_exec(to, SINGLE_FILE, NULL, NULL, NULL) != SQLITE_OK) {
        return fail(cx, to, path);
    }
    return RS_OK;
}

enum rs_code rs_sqlite_copy(struct rs_cx *cx, struct rs_db *db, const char *path)
{
    sqlite3 *to = NULL;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum rs_code code = RS_OK;

    if (sqlite3_open_v2(path, &to, flags, NULL) != SQLITE_OK) {
        code = fail(cx, to, path);
    } else {
        code = copy_pages(cx, (struct rs_sqlite *)db, to, path);
    }
    /* A write may fail as late as here. */
    if (sqlite3_close(to) != SQLITE_OK && code == RS_OK) {
        code = rs_fail(cx, RS_UNAVAILABLE, "could not finish the copy of the database \"%s\"",
                       path);
    }
    return code;
}
