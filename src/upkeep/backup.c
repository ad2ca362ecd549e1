/* SPDX-License-Identifier: Apache-2.0 */
/* A backup folder:
 *
 *     DIR/manifest             names the backup that stands; written last
 *     DIR/lock                 held while a backup or a restore is at work
 *     DIR/runestone-<id>.db    a copy of the database, one file
 *     DIR/webhook.key          of the secrets in it
 *     DIR/artifacts/           blobs under their own keys, of all backups that stood here
 *
 * Blobs never change and their names are never used twice, so a backup only adds some, and the one
 * before stays whole. What nobody needs any more is removed when the new manifest is durable. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "store/audit.h"
#include "store/blob.h"
#include "store/store.h"
#include "upkeep/blobs.h"
#include "upkeep/folder.h"
#include "upkeep/manifest.h"
#include "upkeep/source.h"
#include "upkeep/upkeep.h"

static const char ADVICE[] = "upload the artifact again, or restore it from an older backup; the "
                             "backup is made without it";

/* A backup that is being made. */
struct work {
    const struct rs_upkeep *u;
    struct rs_store *source;
    struct rs_artifact_store *from;
    struct rs_artifact_store *to;
    struct rs_store *copy; /* the copied database, opened */
    struct rs_manifest manifest;
    int64_t copied;
};

/* A folder that holds anything else is not one into which we put files, or from which we remove
 * any. */
static enum rs_code check_folder(struct rs_cx *cx, const char *dir)
{
    bool empty = false;

    RS_TRY(rs_folder_is_empty(cx, dir, &empty));
    if (empty || rs_path_exists(rs_folder_path(cx->arena, dir, "lock"))) {
        return RS_OK;
    }
    return rs_fail(
        cx, RS_CONFLICT,
        "could not back up into \"%s\": the folder is not empty and holds no backup; give "
        "another one",
        dir);
}

static enum rs_code open_places(struct rs_cx *cx, struct work *w)
{
    const struct rs_store_options source = {
        .where = rs_data_database(cx->arena, w->u->data), .read_only = true, .careful = true};
    bool held = false;

    RS_TRY(rs_artifact_view(cx, w->u->blobs, rs_str_of(rs_data_artifacts(cx->arena, w->u->data)),
                            &w->from));
    /* From here on no row of a blob is forgotten, so all that the snapshot names stays. */
    RS_TRY(rs_artifact_hold(cx, w->from, RS_HOLD_KEEP, &held));
    RS_TRY(rs_store_open(cx, &source, &w->source));
    const enum rs_code code = rs_store_schema_check(cx, w->source, &w->manifest.schema);
    if (code != RS_OK && code != RS_CONFLICT) {
        return code;
    }
    rs_cx_clear(cx); /* an older schema is backed up as it is: before an upgrade, for one */
    return rs_artifact_open(cx, w->u->blobs, rs_str_of(rs_data_artifacts(cx->arena, w->u->backup)),
                            &w->to);
}

static struct rs_str now_text(struct rs_arena *a)
{
    const time_t seconds = (time_t)(rs_clock_wall_ms() / 1000);
    char text[64] = "";
    struct tm utc;

    gmtime_r(&seconds, &utc);
    return rs_arena_str(
        a, (struct rs_str){text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)});
}

/* The copy is verified as a database, then hashed: what is restored from it is what was whole. */
static enum rs_code copy_database(struct rs_cx *cx, struct work *w)
{
    struct rs_manifest *m = &w->manifest;
    const struct rs_progress step = {.step = "database"};

    const struct rs_str id = rs_id_new(cx->arena);
    m->database = rs_arena_fmt(cx->arena, "runestone-" RS_FMT ".db", RS_ARG(id));
    m->created = now_text(cx->arena);
    const char *path = rs_folder_path(cx->arena, w->u->backup, m->database.p);
    rs_report_progress(w->u->report, &step);
    RS_TRY(rs_store_copy(cx, w->source, path));
    rs_store_close(w->source); /* lets the server's log start over */
    w->source = NULL;
    RS_TRY(rs_path_sync(cx, path));
    RS_TRY(rs_database_open_whole(cx, path, &w->copy));
    RS_TRY(rs_file_hash(cx, path, &m->database_bytes, &m->database_sha256));
    return rs_store_blobs_sum(cx, w->copy, &m->blobs, &m->blob_bytes);
}

static enum rs_code copy_blobs(struct rs_cx *cx, struct work *w)
{
    struct rs_blob_tour tour = {.rows = w->copy,
                                .from = w->from,
                                .to = w->to,
                                .trusts_size = true,
                                .report = w->u->report,
                                .step = "artifacts",
                                .advice = ADVICE};

    RS_TRY(rs_blobs_copy(cx, &tour));
    w->manifest.missing = tour.lost;
    w->copied = tour.copied;
    return RS_OK;
}

static enum rs_code is_old(struct rs_cx *cx, void *arg, struct rs_str key, int64_t size,
                           int64_t named_ms)
{
    struct work *w = arg;
    bool known = true;

    (void)size;
    (void)named_ms;
    RS_TRY(rs_store_blob_is_known(cx, w->copy, key, &known));
    return known ? RS_OK : rs_blob_remove(cx, w->to, key);
}

/* Copies of the database that the manifest does not name: of the backup before, and of those that
 * were never finished. */
static void remove_old_databases(struct rs_cx *cx, const struct work *w)
{
    DIR *dir = opendir(w->u->backup);
    const struct dirent *e;

    while (dir != NULL && (e = readdir(dir)) != NULL) {
        const struct rs_str name = rs_str_of(e->d_name);

        if (rs_str_starts(name, RS_STR("runestone-")) &&
            !rs_str_starts(name, w->manifest.database)) {
            (void)unlink(rs_folder_path(cx->arena, w->u->backup, e->d_name));
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

/* What only the backup before needed. The new one stands already: what goes wrong here wastes space
 * and is tried again next time. */
static void remove_old(struct rs_cx *cx, struct work *w)
{
    struct rs_blob_walk walk = {.found = is_old, .arg = w};

    remove_old_databases(cx, w);
    if (rs_blob_list(cx, w->to, &walk) != RS_OK) {
        rs_report_note(w->u->report, "note: old bytes stay in \"%s\": %s", w->u->backup,
                       cx->error.message);
        rs_cx_clear(cx);
    }
}

static enum rs_code make(struct rs_cx *cx, struct work *w)
{
    w->manifest.format = RS_MANIFEST_FORMAT;
    w->manifest.program = RS_STR(RS_VERSION);
    RS_TRY(open_places(cx, w));
    RS_TRY(copy_database(cx, w));
    RS_TRY(copy_blobs(cx, w));
    RS_TRY(rs_data_copy_seal_key(cx, w->u->data, w->u->backup));
    RS_TRY(rs_path_sync(cx, w->u->backup));
    RS_TRY(rs_manifest_put(cx, w->u->backup, &w->manifest));
    remove_old(cx, w);
    rs_report_end(w->u->report);
    rs_report_note(w->u->report,
                   "backed up \"%s\" into \"%s\": a database of %lld bytes, %lld blobs of %lld "
                   "bytes, %lld of them new",
                   w->u->data, w->u->backup, (long long)w->manifest.database_bytes,
                   (long long)(w->manifest.blobs - w->manifest.missing),
                   (long long)w->manifest.blob_bytes, (long long)w->copied);
    return RS_OK;
}

enum rs_code rs_backup(struct rs_cx *cx, const struct rs_upkeep *u)
{
    struct work w = {.u = u};
    int lock = -1;

    RS_TRY(rs_data_check(cx, u->data));
    RS_TRY(rs_folder_make(cx, u->backup));
    RS_TRY(check_folder(cx, u->backup));
    RS_TRY(rs_backup_lock(cx, u->backup, &lock));
    const enum rs_code code = make(cx, &w);
    rs_report_end(u->report);
    rs_store_close(w.copy);
    rs_store_close(w.source);
    rs_artifact_close(w.to);
    rs_artifact_close(w.from);
    close(lock);
    return code;
}
