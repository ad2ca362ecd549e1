/* SPDX-License-Identifier: Apache-2.0 */
/* All blobs that a database names, one after the other: copied to another place, or looked at where
 * they are. May be included by upkeep. */
#ifndef RS_UPKEEP_BLOBS_H
#define RS_UPKEEP_BLOBS_H

#include "artifact/artifact.h"
#include "upkeep/report.h"

struct rs_store;

/* Which blobs, where they are, and who is told. */
struct rs_blob_tour {
    struct rs_store *rows;
    struct rs_artifact_store *from;
    struct rs_artifact_store *to; /* of a copy */
    bool trusts_size;             /* of a copy: what is there with the right size is not copied */
    struct rs_store *newer;       /* of a check beside a server: a blob that is missing is none any
                                     more when its row has gone here; NULL: rows do not change */
    struct rs_report *report;
    const char *step;   /* its name in the progress */
    const char *advice; /* for who lost a blob */

    int64_t n; /* blobs, and their bytes */
    int64_t bytes;
    int64_t copied; /* of a copy: those that were not there */
    int64_t lost;   /* findings: blobs that are missing or not what was stored */
};

/* Copies each blob under its own key, synced, its hash compared on the way. One that is damaged or
 * missing is a finding and left out. RS_UNAVAILABLE: the place does not take more, or the rows
 * cannot be read. */
enum rs_code rs_blobs_copy(struct rs_cx *cx, struct rs_blob_tour *tour);

/* Reads each blob and compares its size and hash; what differs is a finding. */
enum rs_code rs_blobs_verify(struct rs_cx *cx, struct rs_blob_tour *tour);

#endif
