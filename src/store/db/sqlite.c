/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite as an engine. One connection may write, and the same thread does every checkpoint: SQLite
 * before 3.51.3 can lose a commit when two connections write or checkpoint at the same moment
 * ("WAL-reset"). Readers are opened read-only. Files, locks and pragmas are in sqlite_open.c. */
#include "store/db/sqlite.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"

/* After how many steps of SQLite's machine the deadline is looked at: about a tenth of a
 * millisecond. */
enum { PROGRESS_STEPS = 4000 };

static const struct rs_sql verbs[RS_DB_N_VERBS] = {
    [RS_DB_BEGIN_READ] = {.name = "begin_read", .text = "BEGIN"},
    [RS_DB_BEGIN_WRITE] = {.name = "begin_write", .text = "BEGIN IMMEDIATE"},
    [RS_DB_COMMIT] = {.name = "commit", .text = "COMMIT"},
    [RS_DB_ROLLBACK] = {.name = "rollback", .text = "ROLLBACK"},
    [RS_DB_SAVEPOINT] = {.name = "savepoint", .text = "SAVEPOINT call"},
    [RS_DB_RELEASE] = {.name = "release", .text = "RELEASE call"},
    [RS_DB_ROLLBACK_TO] = {.name = "rollback_to", .text = "ROLLBACK TO call"},
};

static const char *sqlite_failure(const struct rs_db *db)
{
    const struct rs_sqlite *s = (const struct rs_sqlite *)db;

    return atomic_load(&s->failed) ? s->failure : NULL;
}

static int errno_of(sqlite3_file *file)
{
    int why = 0;

    if (file != NULL && file->pMethods != NULL) {
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &why);
    }
    return why;
}

/* What the system last said of the log or of the file; NULL when it had nothing to say.
 * sqlite3_system_errno does not know it when it was a COMMIT that failed. */
static const char *system_error(struct rs_sqlite *s)
{
    sqlite3_file *log = NULL;
    sqlite3_file *file = NULL;

    sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    const int of_log = errno_of(log);
    const int why = of_log != 0 ? of_log : errno_of(file);
    return why != 0 ? strerror(why) : NULL;
}

/* Without room for its last byte, or with one that was not written, a commit is none: its checksum
 * is wrong. After other errors it may be whole in the log, though SQLite never looked at it again.
 */
static bool may_stand(struct rs_sqlite *s)
{
    const int rc = sqlite3_extended_errcode(s->handle);

    return rc != SQLITE_IOERR_WRITE && (rc & 0xFF) != SQLITE_FULL && (rc & 0xFF) != SQLITE_BUSY;
}

static bool sqlite_in_doubt(const struct rs_db *db)
{
    return ((const struct rs_sqlite *)db)->in_doubt;
}

/* From now on nothing is changed: no commit, no checkpoint, nor the one that SQLite does when it
 * closes. The log stays as it is; the next start reads what is really there. */
static void stop_writes(struct rs_sqlite *s, const char *what, const char *until)
{
    if (!atomic_load(&s->failed)) {
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        snprintf(s->failure, sizeof s->failure,
                 "could not change anything: %s; reads go on, changes are refused until %s and the "
                 "server started again",
                 what, until);
        atomic_store(&s->failed, true);
    }
}

/* After a failed sync the kernel may have dropped what it could not write, and answers the next
 * sync with success. So there is no next one. */
static enum rs_code fail_sync(struct rs_cx *cx, struct rs_sqlite *s, const char *what)
{
    const char *said = system_error(s);
    const char *why = said != NULL ? said : sqlite3_errmsg(s->handle);

    char event[128];

    snprintf(event, sizeof event, "the disk has failed to sync the database (%s)", why);
    stop_writes(s, event, "the disk is checked");
    return rs_fail(
        cx, RS_UNAVAILABLE,
        "could not run %s: the disk failed to sync the database (%s); what was acknowledged stands, "
        "and no change is accepted until the disk is checked and the server started again",
        what, why);
}

/* What kept the system from reading or writing; also what is not in SQLite's own words, such as a
 * quota. */
static enum rs_code fail_io(struct rs_cx *cx, struct rs_sqlite *s, const char *what)
{
    const char *why = system_error(s);

    return rs_fail(cx, RS_UNAVAILABLE, "could not run %s: %s%s%s", what, sqlite3_errmsg(s->handle),
                   why != NULL ? ": " : "", why != NULL ? why : "");
}

enum rs_code rs_sqlite_fail(struct rs_cx *cx, struct rs_sqlite *s, const char *what)
{
    const int rc = sqlite3_extended_errcode(s->handle);
    const char *why = sqlite3_errmsg(s->handle);

    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC) {
        return fail_sync(cx, s, what);
    }

    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return rs_fail(cx, RS_BUSY, "could not run %s: the database is locked by another process",
                       what);
    case SQLITE_INTERRUPT:
        return rs_fail(cx, RS_LATE, "could not run %s: it took longer than the server allows",
                       what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return rs_fail(cx, RS_CORRUPT, "could not run %s: the database file is damaged: %s", what,
                       why);
    case SQLITE_FULL:
        return rs_fail(
            cx, RS_UNAVAILABLE,
            "could not run %s: the disk is full; nothing was stored: free some space, then "
            "try again",
            what);
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return fail_io(cx, s, what);
    case SQLITE_NOMEM:
        return rs_fail(cx, RS_UNAVAILABLE, "could not run %s: out of memory", what);
    default:
        return rs_fail(cx, RS_INTERNAL, "could not run %s: %s (SQLite code %d)", what, why, rc);
    }
}

static int over_deadline(void *arg)
{
    const struct rs_sqlite *s = arg;

    return s->deadline_ns != 0 && rs_clock_mono_ns() > s->deadline_ns;
}

void rs_sqlite_watch(struct rs_sqlite *s)
{
    sqlite3_progress_handler(s->handle, PROGRESS_STEPS, over_deadline, s);
}

/* SQLite takes $n for a name, in the order of first use: learns each one's index once. */
static void map_parameters(struct rs_sqlite_stmt *st)
{
    const int n = sqlite3_bind_parameter_count(st->handle);

    for (int i = 1; i <= n; i++) {
        const char *name = sqlite3_bind_parameter_name(st->handle, i);
        int64_t number = 0;

        if (name != NULL && rs_str_to_i64(rs_str_of(name + 1), &number) && number >= 1 &&
            number <= RS_SQLITE_ARGS_MAX) {
            st->index[number - 1] = (unsigned short)i;
            st->n_args = number > st->n_args ? (unsigned short)number : st->n_args;
        }
    }
}

static enum rs_code prepare(struct rs_cx *cx, struct rs_sqlite *s, const struct rs_sql *sql,
                            struct rs_sqlite_stmt *st)
{
    const unsigned flags = sql->once ? 0 : SQLITE_PREPARE_PERSISTENT;

    if (sqlite3_prepare_v3(s->handle, sql->text, -1, flags, &st->handle, NULL) != SQLITE_OK) {
        return rs_sqlite_fail(cx, s, sql->name);
    }
    st->rows.db = &s->db;
    st->sql = sql;
    map_parameters(st);
    return RS_OK;
}

/* The cached statement, or a new one, that belongs to `sql`. */
static enum rs_code find_statement(struct rs_cx *cx, struct rs_sqlite *s, const struct rs_sql *sql,
                                   struct rs_sqlite_stmt **out)
{
    size_t slot = ((uintptr_t)sql / sizeof(void *)) % RS_SQLITE_CACHE;

    if (sql->once) {
        *out = RS_NEW(cx->arena, struct rs_sqlite_stmt);
        return prepare(cx, s, sql, *out);
    }
    while (s->cache[slot] != NULL && s->cache[slot]->sql != sql) {
        slot = (slot + 1) % RS_SQLITE_CACHE;
    }
    if (s->cache[slot] == NULL) {
        if (s->cached == RS_SQLITE_CACHE - 1) {
            return rs_fail(cx, RS_INTERNAL, "could not run %s: too many statements", sql->name);
        }
        struct rs_sqlite_stmt *st = calloc(1, sizeof *st);
        if (st == NULL) {
            return rs_fail(cx, RS_INTERNAL, "could not run %s: out of memory", sql->name);
        }
        const enum rs_code code = prepare(cx, s, sql, st);
        if (code != RS_OK) {
            free(st);
            return code;
        }
        s->cache[slot] = st;
        s->cached++;
    }
    *out = s->cache[slot];
    return RS_OK;
}

static int bind_one(sqlite3_stmt *h, int at, const struct rs_val *v)
{
    switch (v->kind) {
    case RS_VAL_I64:
        return sqlite3_bind_int64(h, at, v->i);
    case RS_VAL_F64:
        return sqlite3_bind_double(h, at, v->f);
    case RS_VAL_STR:
        return sqlite3_bind_text64(h, at, v->s.p, v->s.n, SQLITE_STATIC, SQLITE_UTF8);
    case RS_VAL_NULL:
        break;
    }
    return sqlite3_bind_null(h, at);
}

static enum rs_code sqlite_query(struct rs_cx *cx, struct rs_db *db, const struct rs_sql *sql,
                                 struct rs_bind bind, struct rs_rows **rows)
{
    struct rs_sqlite *s = (struct rs_sqlite *)db;
    struct rs_sqlite_stmt *st = NULL;

    RS_TRY(find_statement(cx, s, sql, &st));
    *rows = &st->rows;
    /* Fewer would run with what the call before has bound. */
    if (bind.n > RS_SQLITE_ARGS_MAX || bind.n < st->n_args) {
        return rs_fail(cx, RS_INTERNAL, "could not run %s: %zu parameters for $%d", sql->name,
                       bind.n, (int)st->n_args);
    }
    /* Cutting a change short would undo the whole transaction, and with it the calls of others. */
    st->deadline_ns = sqlite3_stmt_readonly(st->handle) ? cx->deadline_ns : 0;
    st->ended = false;
    for (size_t i = 0; i < bind.n; i++) {
        /* A parameter that the text does not use has index 0. */
        if (st->index[i] != 0 && bind_one(st->handle, st->index[i], &bind.args[i]) != SQLITE_OK) {
            return rs_sqlite_fail(cx, s, sql->name);
        }
    }
    return RS_OK;
}

static enum rs_code sqlite_next(struct rs_cx *cx, struct rs_rows *rows, bool *has_row)
{
    struct rs_sqlite_stmt *st = (struct rs_sqlite_stmt *)rows;

    *has_row = false;
    if (st->ended) {
        return RS_OK; /* SQLite would run the statement again */
    }
    ((struct rs_sqlite *)rows->db)->deadline_ns = st->deadline_ns;
    const int rc = sqlite3_step(st->handle);
    *has_row = rc == SQLITE_ROW;
    st->ended = !*has_row;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        return RS_OK;
    }
    return rs_sqlite_fail(cx, (struct rs_sqlite *)rows->db, st->sql->name);
}

/* One look-up of the column, and then its value, which is safe here: SQLite warns of values without
 * a mutex, and a connection belongs to one thread. Text is asked for as bytes, which spares a copy
 * with a NUL behind it. */
static struct rs_val sqlite_column(struct rs_rows *rows, unsigned i)
{
    sqlite3_value *v = sqlite3_column_value(((struct rs_sqlite_stmt *)rows)->handle, (int)i);

    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        return rs_i64(sqlite3_value_int64(v));
    case SQLITE_FLOAT:
        return rs_f64(sqlite3_value_double(v));
    case SQLITE_TEXT: {
        const char *p = sqlite3_value_blob(v); /* NULL for no bytes */

        return rs_text((struct rs_str){p != NULL ? p : "", (size_t)sqlite3_value_bytes(v)});
    }
    default:
        return rs_null();
    }
}

static int64_t sqlite_column_i64(struct rs_rows *rows, unsigned i)
{
    return sqlite3_column_int64(((struct rs_sqlite_stmt *)rows)->handle, (int)i);
}

static double sqlite_column_f64(struct rs_rows *rows, unsigned i)
{
    return sqlite3_column_double(((struct rs_sqlite_stmt *)rows)->handle, (int)i);
}

static void sqlite_done(struct rs_rows *rows)
{
    struct rs_sqlite_stmt *st = (struct rs_sqlite_stmt *)rows;

    if (st->sql->once) {
        sqlite3_finalize(st->handle);
        return;
    }
    sqlite3_reset(st->handle);
}

static int64_t sqlite_changed(struct rs_db *db)
{
    return sqlite3_changes64(((struct rs_sqlite *)db)->handle);
}

static int64_t sqlite_touched(struct rs_db *db)
{
    return sqlite3_total_changes64(((struct rs_sqlite *)db)->handle);
}

/* What is committed into a file that has lost its name is gone with the process, though its client
 * was told that it stands. */
static bool has_moved(struct rs_sqlite *s)
{
    int moved = 0;

    return sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
           moved != 0;
}

/* Copies what SQLite still holds of a log without a name into the database: no client is told
 * anything new before that. */
static bool rescue_log(struct rs_sqlite *s)
{
    int pages = -1;
    int copied = 0;

    const int rc = sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_FULL, &pages,
                                             &copied);
    if (rc != SQLITE_OK || pages != copied) {
        return false;
    }
    rs_sqlite_log_merged(s);
    return true;
}

/* The log went, or what connections know of it: this one works on, but nobody who opens the
 * database later sees what it writes, and may write over it. */
static enum rs_code check_place(struct rs_cx *cx, struct rs_sqlite *s)
{
    if (has_moved(s)) {
        stop_writes(s, "the file of the database was moved, removed or replaced under the server",
                    "it is back");
    }
    if (atomic_load(&s->failed)) {
        return RS_OK;
    }
    switch (rs_sqlite_log_gone(s)) {
    case RS_SQLITE_ALL_THERE:
        break;
    case RS_SQLITE_INDEX_GONE:
        stop_writes(s, "the index of the database's log was moved or removed under the server",
                    "nobody else uses the data folder");
        break;
    case RS_SQLITE_LOG_GONE:
        if (!rescue_log(s)) {
            s->looked_ns = 0;
            return rs_fail(cx, RS_UNAVAILABLE,
                           "could not change anything: the log of the database was moved, removed "
                           "or replaced under the server, and what it held could not be copied "
                           "into the database yet: try again");
        }
        stop_writes(s, "the log of the database was moved, removed or replaced under the server",
                    "no log is in its place");
        break;
    }
    return RS_OK;
}

static enum rs_code sqlite_verb(struct rs_cx *cx, struct rs_db *db, enum rs_db_verb verb)
{
    struct rs_sqlite *s = (struct rs_sqlite *)db;
    const int64_t deadline_ns = cx->deadline_ns;
    const bool begins = verb == RS_DB_BEGIN_READ || verb == RS_DB_BEGIN_WRITE;

    s->in_doubt = false;
    if (verb == RS_DB_BEGIN_WRITE) {
        RS_TRY(check_place(cx, s));
    }
    if (verb == RS_DB_BEGIN_WRITE && atomic_load(&s->failed)) {
        return rs_fail(cx, RS_UNAVAILABLE, "%s", s->failure);
    }
    if (!begins && sqlite3_get_autocommit(s->handle)) {
        /* A savepoint would now begin, and its release commit, a transaction of its own. */
        return verb == RS_DB_ROLLBACK
                   ? RS_OK
                   : rs_fail(cx, RS_UNAVAILABLE,
                             "could not run %s: the transaction has been undone already, by a full "
                             "disk or an error of the disk",
                             verbs[verb].name);
    }
    /* Ending a transaction is never cut short by the deadline of one call in it. */
    cx->deadline_ns = 0;
    if (verb == RS_DB_COMMIT) {
        rs_sqlite_gather(s, true);
    }
    enum rs_code code = rs_db_run(cx, db, &verbs[verb], RS_NO_ARGS);
    if (verb == RS_DB_COMMIT) {
        const bool is_written = rs_sqlite_gather(s, false);

        assert(is_written || code != RS_OK);
    }
    if (code == RS_OK && verb == RS_DB_ROLLBACK_TO) {
        code = rs_db_run(cx, db, &verbs[RS_DB_RELEASE], RS_NO_ARGS);
    }
    cx->deadline_ns = deadline_ns;
    s->in_doubt = verb == RS_DB_COMMIT && code != RS_OK && may_stand(s);
    return code;
}

static enum rs_code sqlite_script(struct rs_cx *cx, struct rs_db *db, const char *text)
{
    struct rs_sqlite *s = (struct rs_sqlite *)db;

    s->deadline_ns = 0;
    if (sqlite3_exec(s->handle, text, NULL, NULL, NULL) != SQLITE_OK) {
        return rs_sqlite_fail(cx, s, "a script");
    }
    return RS_OK;
}

/* Copies the log into the database when it has grown. A passive checkpoint waits for nobody. One
 * that lets the log begin anew needs a moment at which no reader looks at it: it is tried again
 * after the next commit rather than waited for, because every write waits for this thread. Reads
 * that overlap without end never give it that moment, so beyond a length it waits: a read that
 * begins meanwhile does not need the log, and those that have begun end soon. */
static enum rs_code sqlite_maintain(struct rs_cx *cx, struct rs_db *db, bool idle)
{
    struct rs_sqlite *s = (struct rs_sqlite *)db;
    const bool due = s->wal_pages >= RS_SQLITE_CHECKPOINT_PAGES;

    if (atomic_load(&s->failed) || (!due && !(idle && s->wal_pages > 0))) {
        return RS_OK;
    }
    const bool shrink = s->wal_pages >= RS_SQLITE_RESTART_PAGES;
    const int mode = shrink ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    const int64_t start_ns = rs_clock_mono_ns();
    const bool waits = s->wal_pages >= RS_SQLITE_WAIT_PAGES;
    sqlite3_busy_timeout(s->handle, waits ? RS_SQLITE_RESTART_MS : 0);
    int rc = sqlite3_wal_checkpoint_v2(s->handle, NULL, mode, NULL, NULL);
    /* Nothing is in it any more. */
    if (rc == SQLITE_OK && shrink && rs_sqlite_log_end(s)) {
        rc = sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    sqlite3_busy_timeout(s->handle, RS_SQLITE_BUSY_MS);
    rs_histogram_add(&s->checkpoints, rs_clock_mono_ns() - start_ns);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
        return rs_sqlite_fail(cx, s, "a checkpoint");
    }
    s->wal_pages = 0;
    return RS_OK;
}

static uint64_t size_of(const char *path)
{
    struct stat st;

    return path != NULL && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void sqlite_figures(const struct rs_db *db, struct rs_db_figures *out)
{
    const struct rs_sqlite *s = (const struct rs_sqlite *)db;
    const char *path = sqlite3_db_filename(s->handle, "main"); /* constant while it is open */
    struct statvfs fs = {0};

    out->bytes = size_of(path);
    out->log_bytes = size_of(sqlite3_filename_wal(path));
    out->free_bytes = statvfs(path, &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
    out->checkpoints = &s->checkpoints;
}

/* Tells how long the log is after each commit. */
static int on_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
    struct rs_sqlite *s = arg;

    (void)handle;
    (void)name;
    s->wal_pages = pages;
    rs_sqlite_log_committed(s);
    return SQLITE_OK;
}

void rs_sqlite_count_wal(struct rs_sqlite *s)
{
    sqlite3_wal_hook(s->handle, on_wal, s);
}

static void sqlite_close(struct rs_db *db)
{
    struct rs_sqlite *s = (struct rs_sqlite *)db;

    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < RS_SQLITE_CACHE; i++) {
        if (s->cache[i] != NULL) {
            sqlite3_finalize(s->cache[i]->handle);
            free(s->cache[i]);
        }
    }
    if (s->is_writer && !atomic_load(&s->failed) && !rs_sqlite_log_end(s)) {
        sqlite3_db_config(s->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    sqlite3_close(s->handle);
    rs_sqlite_unlock(s);
    free(s);
}

static const struct rs_db_word words[] = {
    /* Never used twice, also after the newest row is deleted. */
    {"id", "INTEGER PRIMARY KEY AUTOINCREMENT"},
    /* Rows live in the primary key's tree. */
    {"clustered", "WITHOUT ROWID"},
    /* Without an affinity a double stays one: REAL would turn -0.0 into the integer 0. */
    {"double", "BLOB"},
    {NULL, NULL},
};

static bool sqlite_is_alone(struct rs_db *db)
{
    return ((struct rs_sqlite *)db)->is_alone;
}

static const struct rs_sql INTEGRITY = {"integrity", "PRAGMA integrity_check", false};
/* AUTOINCREMENT notes it, in the transaction of the row. */
static const struct rs_sql LAST_ID = {"last_id", "SELECT seq FROM sqlite_sequence WHERE name = $1",
                                      false};

const struct rs_db_ops rs_db_sqlite = {
    .name = "sqlite",
    .words = words,
    .open = rs_sqlite_open,
    .close = sqlite_close,
    .verb = sqlite_verb,
    .script = sqlite_script,
    .query = sqlite_query,
    .next = sqlite_next,
    .column = sqlite_column,
    .column_i64 = sqlite_column_i64,
    .column_f64 = sqlite_column_f64,
    .done = sqlite_done,
    .changed = sqlite_changed,
    .touched = sqlite_touched,
    .maintain = sqlite_maintain,
    .in_doubt = sqlite_in_doubt,
    .failure = sqlite_failure,
    .figures = sqlite_figures,
    .copy = rs_sqlite_copy,
    .is_alone = sqlite_is_alone,
    .integrity = &INTEGRITY,
    .last_id = &LAST_ID,
};
