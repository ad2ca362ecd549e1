/* SPDX-License-Identifier: Apache-2.0 */
/* From a backup to a data folder. A mark stands in the folder until everything is durable, so that
 * no server starts on half of it; the database gets its name last. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/store.h"
#include "upkeep/blobs.h"
#include "upkeep/folder.h"
#include "upkeep/manifest.h"
#include "upkeep/source.h"
#include "upkeep/upkeep.h"

static const char ADVICE[] = "the backup has lost it: upload the artifact again, or look for it in "
                             "another backup; the rest is restored";

/* A restore at work. */
struct work {
    const struct rs_upkeep *u;
    struct rs_manifest manifest;
    struct rs_store *rows; /* the database of the backup */
    struct rs_artifact_store *from;
    struct rs_artifact_store *to;
};

static enum rs_code check_empty(struct rs_cx *cx, const char *data)
{
    bool empty = false;

    RS_TRY(rs_data_check_whole(cx, data));
    RS_TRY(rs_folder_make(cx, data));
    RS_TRY(rs_folder_is_empty(cx, data, &empty));
    return empty ? RS_OK
                 : rs_fail(cx, RS_CONFLICT,
                           "could not restore into \"%s\": the folder is not empty; --data names a "
                           "new or empty one",
                           data);
}

/* Under another name, from the very bytes that the manifest vouches for. */
static enum rs_code copy_database(struct rs_cx *cx, struct work *w, const char *fresh)
{
    const struct rs_manifest *m = &w->manifest;
    const struct rs_str from = rs_arena_fmt(cx->arena, "%s/" RS_FMT, w->u->backup,
                                            RS_ARG(m->database));
    const struct rs_progress step = {.step = "database"};
    struct rs_str schema;

    rs_report_progress(w->u->report, &step);
    RS_TRY(rs_file_copy(cx, from.p, fresh, m->database_sha256));
    RS_TRY(rs_database_open_whole(cx, fresh, &w->rows));
    const enum rs_code code = rs_store_schema_check(cx, w->rows, &schema);
    if (code != RS_OK && code != RS_CONFLICT) {
        return code;
    }
    rs_cx_clear(cx); /* an older one is brought up to date by the server */
    return RS_OK;
}

static enum rs_code copy_blobs(struct rs_cx *cx, struct work *w)
{
    const char *from = rs_data_artifacts(cx->arena, w->u->backup);
    const char *to = rs_data_artifacts(cx->arena, w->u->data);

    RS_TRY(rs_artifact_view(cx, w->u->blobs, rs_str_of(from), &w->from));
    RS_TRY(rs_artifact_open(cx, w->u->blobs, rs_str_of(to), &w->to));
    struct rs_blob_tour tour = {.rows = w->rows,
                                .from = w->from,
                                .to = w->to,
                                .report = w->u->report,
                                .step = "artifacts",
                                .advice = ADVICE};
    RS_TRY(rs_blobs_copy(cx, &tour));
    rs_report_note(w->u->report,
                   "restored \"%s\", taken at " RS_FMT ", into \"%s\": a database of %lld bytes, "
                   "%lld of %lld blobs",
                   w->u->backup, RS_ARG(w->manifest.created), w->u->data,
                   (long long)w->manifest.database_bytes, (long long)tour.copied,
                   (long long)tour.n);
    return RS_OK;
}

static enum rs_code make(struct rs_cx *cx, struct work *w)
{
    const char *path = rs_data_database(cx->arena, w->u->data);
    const char *fresh = rs_folder_path(cx->arena, w->u->data, "restoring.db");

    RS_TRY(rs_manifest_get(cx, w->u->backup, &w->manifest));
    RS_TRY(check_empty(cx, w->u->data));
    RS_TRY(rs_data_begin_restore(cx, w->u->data));
    RS_TRY(copy_database(cx, w, fresh));
    RS_TRY(copy_blobs(cx, w));
    RS_TRY(rs_data_copy_seal_key(cx, w->u->backup, w->u->data));
    if (rename(fresh, path) != 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not rename \"%s\": %s", fresh, strerror(errno));
    }
    return rs_data_end_restore(cx, w->u->data);
}

enum rs_code rs_restore(struct rs_cx *cx, const struct rs_upkeep *u)
{
    struct work w = {.u = u};
    int lock = -1;

    RS_TRY(rs_manifest_get(cx, u->backup, &w.manifest));
    RS_TRY(rs_backup_lock(cx, u->backup, &lock));
    const enum rs_code code = make(cx, &w);
    rs_report_end(u->report);
    rs_store_close(w.rows);
    rs_artifact_close(w.to);
    rs_artifact_close(w.from);
    close(lock);
    return code;
}
