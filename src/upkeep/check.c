/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at everything: the engine's file, the rows' rules, every blob's bytes, and files that no
 * row names. Beside a running server only what it may not be changing at the moment is a finding.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/artifact.h"
#include "store/audit.h"
#include "store/store.h"
#include "upkeep/blobs.h"
#include "upkeep/folder.h"
#include "upkeep/manifest.h"
#include "upkeep/source.h"
#include "upkeep/upkeep.h"

enum {
    YOUNG_MS = 60 * 60 * 1000, /* a file may be so old and still be waiting for its row */
    ORPHANS_MOST = 20,         /* that are told one by one */
};

static const char LOST_DATA[] = "remove the file below artifacts/blobs, if it is there, and upload "
                                "the artifact again";
static const char LOST_BACKUP[] = "remove the file below artifacts/blobs of the backup, if it is "
                                  "there, and back up again";

/* A check at work. */
struct work {
    const struct rs_upkeep *u;
    struct rs_store *rows;
    struct rs_artifact_store *from;
    const char *advice; /* for a blob that is lost */
    bool is_live;       /* a server is running: rows and files change meanwhile */
    int64_t blobs;
    int64_t bytes;
    int64_t orphans;
    int64_t orphan_bytes;
};

static void tell_finding(void *arg, const struct rs_audit_finding *f)
{
    struct work *w = arg;

    rs_report_finding(w->u->report, f->what, f->where, f->advice);
}

static void tell_rule(void *arg, const char *rule)
{
    struct work *w = arg;
    const struct rs_progress step = {.step = rule};

    rs_report_progress(w->u->report, &step);
}

/* An error that is what a check looks for: a finding, and the rest cannot be asked. */
static enum rs_code tell_error(struct rs_cx *cx, struct work *w, enum rs_code code)
{
    if (code != RS_CORRUPT && code != RS_INVALID && code != RS_CONFLICT) {
        return code;
    }
    rs_report_finding(w->u->report, "the database cannot be used",
                      rs_arena_str(cx->arena, rs_str_of(cx->error.message)),
                      code == RS_CORRUPT    ? "restore the latest backup into another folder"
                      : code == RS_CONFLICT ? "start the server once, then check again"
                                            : "use the program that made it");
    rs_cx_clear(cx);
    return RS_OK;
}

/* *usable says whether its rows can be asked at all. */
static enum rs_code check_database(struct rs_cx *cx, struct work *w, bool *usable)
{
    struct rs_audit audit = {.found = tell_finding, .began = tell_rule, .arg = w};
    struct rs_str schema;

    *usable = false;
    enum rs_code code = rs_store_audit_file(cx, w->rows, &audit);
    if (code == RS_OK) {
        code = rs_store_schema_check(cx, w->rows, &schema);
    }
    if (code == RS_OK) {
        code = rs_store_audit_rows(cx, w->rows, &audit);
    }
    *usable = code == RS_OK;
    return *usable ? RS_OK : tell_error(cx, w, code);
}

static enum rs_code check_blobs(struct rs_cx *cx, struct work *w)
{
    struct rs_blob_tour tour = {.rows = w->rows,
                                .from = w->from,
                                .newer = w->is_live ? w->rows : NULL,
                                .report = w->u->report,
                                .step = "artifacts",
                                .advice = w->advice};

    RS_TRY(rs_blobs_verify(cx, &tour));
    w->blobs = tour.n;
    w->bytes = tour.bytes;
    return RS_OK;
}

static enum rs_code look_for_row(struct rs_cx *cx, void *arg, struct rs_str key, int64_t size,
                                 int64_t named_ms)
{
    struct work *w = arg;
    bool known = true;

    if (w->is_live && named_ms > rs_clock_wall_ms() - YOUNG_MS) {
        return RS_OK;
    }
    RS_TRY(rs_store_blob_is_known(cx, w->rows, key, &known));
    if (known) {
        return RS_OK;
    }
    w->orphan_bytes += size;
    if (++w->orphans <= ORPHANS_MOST) {
        rs_report_note(w->u->report,
                       "note: no row names the file %s/blobs/" RS_FMT " of %" PRId64 " bytes",
                       rs_data_artifacts(cx->arena, w->u->data), RS_ARG(key), size);
    }
    return RS_OK;
}

/* Files without a row are no fault: a server that is killed while it takes an upload leaves one,
 * and its janitor removes it. */
static enum rs_code list_orphans(struct rs_cx *cx, struct work *w)
{
    struct rs_blob_walk walk = {.found = look_for_row, .arg = w};

    RS_TRY(rs_blob_list(cx, w->from, &walk));
    if (w->orphans > 0) {
        rs_report_note(w->u->report,
                       "note: %" PRId64 " files of %" PRId64 " bytes have no row: a running server "
                       "removes them within a day",
                       w->orphans, w->orphan_bytes);
    }
    if (walk.foreign > 0) {
        rs_report_note(w->u->report, "note: %" PRId64 " names among the blobs are not ours",
                       walk.foreign);
    }
    return RS_OK;
}

static void sum_up(const struct work *w, const char *place)
{
    rs_report_end(w->u->report);
    rs_report_note(w->u->report,
                   "checked \"%s\"%s: %" PRId64 " blobs of %" PRId64 " bytes, %" PRId64 " findings",
                   place, w->is_live ? " beside its server" : "", w->blobs, w->bytes,
                   w->u->report->findings);
}

static enum rs_code check_data(struct rs_cx *cx, struct work *w)
{
    const struct rs_store_options o = {.where = rs_data_database(cx->arena, w->u->data),
                                       .read_only = true,
                                       .careful = true,
                                       .alone = true};
    bool usable = false;

    w->advice = LOST_DATA;
    RS_TRY(rs_data_check(cx, w->u->data));
    const enum rs_code code = rs_store_open(cx, &o, &w->rows);
    if (code != RS_OK) {
        return tell_error(cx, w, code);
    }
    w->is_live = !rs_store_is_alone(w->rows);
    RS_TRY(rs_artifact_view(cx, w->u->blobs, rs_str_of(rs_data_artifacts(cx->arena, w->u->data)),
                            &w->from));
    RS_TRY(check_database(cx, w, &usable));
    if (usable) {
        RS_TRY(check_blobs(cx, w));
        RS_TRY(list_orphans(cx, w));
    }
    sum_up(w, w->u->data);
    return RS_OK;
}

/* The database is hashed: nothing about its rows can then be other than when it was copied. */
static enum rs_code check_backup_database(struct rs_cx *cx, struct work *w,
                                          const struct rs_manifest *m)
{
    const struct rs_str path = rs_arena_fmt(cx->arena, "%s/" RS_FMT, w->u->backup,
                                            RS_ARG(m->database));
    struct rs_str sha256;
    int64_t size = 0;

    RS_TRY(rs_file_hash(cx, path.p, &size, &sha256));
    if (!rs_str_eq(sha256, m->database_sha256)) {
        return rs_fail(cx, RS_CORRUPT, "the SHA-256 of \"" RS_FMT "\" is not that of the manifest",
                       RS_ARG(path));
    }
    return rs_database_open_whole(cx, path.p, &w->rows);
}

static enum rs_code check_backup(struct rs_cx *cx, struct work *w)
{
    struct rs_manifest m;

    w->advice = LOST_BACKUP;
    enum rs_code code = rs_manifest_get(cx, w->u->backup, &m);
    if (code == RS_OK) {
        code = check_backup_database(cx, w, &m);
    }
    if (code == RS_CORRUPT) {
        rs_report_finding(w->u->report, "the backup is damaged",
                          rs_arena_str(cx->arena, rs_str_of(cx->error.message)),
                          "take another backup");
        rs_cx_clear(cx);
        return RS_OK;
    }
    RS_TRY(code);
    RS_TRY(rs_artifact_view(cx, w->u->blobs, rs_str_of(rs_data_artifacts(cx->arena, w->u->backup)),
                            &w->from));
    RS_TRY(check_blobs(cx, w));
    sum_up(w, w->u->backup);
    return RS_OK;
}

static enum rs_code check_locked_backup(struct rs_cx *cx, struct work *w)
{
    struct rs_manifest m;
    int lock = -1;

    /* What holds no backup is left without a lock file, too. */
    const enum rs_code found = rs_manifest_get(cx, w->u->backup, &m);
    if (found != RS_OK && found != RS_CORRUPT) {
        return found;
    }
    rs_cx_clear(cx);
    RS_TRY(rs_backup_lock(cx, w->u->backup, &lock));
    const enum rs_code code = check_backup(cx, w);
    close(lock);
    return code;
}

enum rs_code rs_check(struct rs_cx *cx, const struct rs_upkeep *u)
{
    struct work w = {.u = u};
    const enum rs_code code = u->data != NULL ? check_data(cx, &w) : check_locked_backup(cx, &w);

    rs_report_end(u->report);
    rs_store_close(w.rows);
    rs_artifact_close(w.from);
    return code;
}
