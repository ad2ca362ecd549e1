/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator does with a data folder, beside a running server or without one: back it up,
 * restore it, check it, verify its log. May be included by server.
 *
 * Nothing here writes or checkpoints the database of a data folder: that is its server's alone. */
#ifndef RS_UPKEEP_UPKEEP_H
#define RS_UPKEEP_UPKEEP_H

#include "artifact/artifact.h"
#include "upkeep/report.h"

/* Texts are borrowed. */
struct rs_upkeep {
    const char *data;                    /* the data folder */
    const char *backup;                  /* the backup folder; a check may have either */
    const char *anchor;                  /* verify-log: "SEQ:HASH", noted earlier; or NULL */
    const struct rs_artifact_ops *blobs; /* where bytes are kept */
    struct rs_report *report;
};

/* Copies the data folder into the backup folder, which may hold an earlier backup: blobs that it
 * has already are not copied again. All that was acknowledged before the call is in it. The earlier
 * backup stands until the new one is whole and durable. Findings are blobs that could not be copied
 * because they are missing or damaged. RS_NOT_FOUND (no data there), RS_CONFLICT (the backup folder
 * is something else), RS_BUSY (another backup is at work in it), RS_CORRUPT (the database is
 * damaged), RS_INVALID (a newer program's data), RS_UNAVAILABLE. */
enum rs_code rs_backup(struct rs_cx *cx, const struct rs_upkeep *u);

/* Makes a data folder of a backup; it must be empty or not be there. Every byte is verified. A blob
 * that the backup has lost is a finding, and the rest is restored. RS_CONFLICT (the folder is not
 * empty), RS_NOT_FOUND (no finished backup), RS_CORRUPT, RS_INVALID, RS_BUSY, RS_UNAVAILABLE. */
enum rs_code rs_restore(struct rs_cx *cx, const struct rs_upkeep *u);

/* Looks at all of a data folder, or of a backup where u->data is NULL, and changes nothing. What is
 * wrong is a finding; an error says that it could not look. */
enum rs_code rs_check(struct rs_cx *cx, const struct rs_upkeep *u);

/* Reads the log of events of a data folder: a finding names the first event that was altered or is
 * missing, or says that the noted one is another now. The last note is what to note for next time.
 * RS_NOT_FOUND (no data there), RS_CONFLICT (an older schema), RS_INVALID (the noted text),
 * RS_CORRUPT, RS_UNAVAILABLE. */
enum rs_code rs_verify_log(struct rs_cx *cx, const struct rs_upkeep *u);

#endif
