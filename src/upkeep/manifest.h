/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a backup: the file that makes it one. It is written last and replaced at once, so
 * a backup folder holds the last backup that was finished, whatever happened to the next one. It
 * names the copy of the database with its hash, and the rows of that copy name every blob with its
 * own. May be included by upkeep. */
#ifndef RS_UPKEEP_MANIFEST_H
#define RS_UPKEEP_MANIFEST_H

#include "base/cx.h"

enum { RS_MANIFEST_FORMAT = 1 };

/* Texts are cx's, or the caller's on the way in. */
struct rs_manifest {
    int64_t format;         /* RS_MANIFEST_FORMAT */
    struct rs_str program;  /* the version that made it */
    struct rs_str created;  /* RFC 3339, UTC: when the snapshot was taken */
    struct rs_str schema;   /* the latest migration */
    struct rs_str database; /* a file name in the folder */
    int64_t database_bytes;
    struct rs_str database_sha256; /* hexadecimal */
    int64_t blobs;                 /* rows, and their bytes */
    int64_t blob_bytes;
    int64_t missing; /* of them those whose bytes could not be had when it was made */
};

/* Replaces the manifest of a folder, durably. RS_UNAVAILABLE. */
enum rs_code rs_manifest_put(struct rs_cx *cx, const char *folder, const struct rs_manifest *m);

/* RS_NOT_FOUND when the folder holds no finished backup; RS_CORRUPT when the manifest is not what
 * was written; RS_INVALID when a newer program made it; RS_UNAVAILABLE. */
enum rs_code rs_manifest_get(struct rs_cx *cx, const char *folder, struct rs_manifest *out);

#endif
