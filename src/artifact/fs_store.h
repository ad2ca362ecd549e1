/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the local backend share. May be included by fs*.c and their tests only.
 *
 *     DIR/blobs/ab/ab34...   a complete blob, under a random name; the 256 folders are made at open
 *     DIR/parts/<id>/        one multipart upload; a part is 00001-<sha256>
 *     DIR/temps/             uploads in the making, where the file system has no unnamed files
 *
 * A lock on DIR keeps removing and copying apart. Nothing is ever reached by a path: each step is
 * an openat below a held descriptor that follows no link (A19). */
#ifndef RS_ARTIFACT_FS_STORE_H
#define RS_ARTIFACT_FS_STORE_H

#include "artifact/artifact.h"
#include "base/id.h"

#include <dirent.h>

/* The opened place. Its members do not change while it is open: all threads read them. */
struct rs_fs_store {
    struct rs_artifact_store head;
    char *path; /* for messages only */
    int root;   /* descriptors of the folders */
    int blobs;
    int parts;
    int temps;
    bool named_temps; /* O_TMPFILE or its link does not work here: uploads have names in temps */
};

static inline struct rs_fs_store *rs_fs_of(struct rs_artifact_store *s)
{
    return (struct rs_fs_store *)s;
}

/* Opens a folder below another one, links refused. Yours: close(2). -1 and errno. */
int rs_fs_folder(int parent, const char *name);

/* Whether a name consists of RS_ID_LEN lower-case hexadecimal digits, as all that we make do. */
bool rs_fs_is_id(struct rs_str name);

/* Writes a new random name. */
void rs_fs_new_id(struct rs_cx *cx, char out[RS_ID_LEN + 1]);

/* RS_UNAVAILABLE: could not <what> the artifact folder: <why>. why is an errno. */
enum rs_code rs_fs_fail(struct rs_cx *cx, const char *what, int why);

/* fs_upload.c: the operations of an upload. */
enum rs_code rs_fs_upload_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                                const struct rs_upload_options *o, struct rs_upload **out);
enum rs_code rs_fs_upload_write(struct rs_cx *cx, struct rs_upload *up, const void *bytes,
                                size_t n);
enum rs_code rs_fs_upload_end(struct rs_cx *cx, struct rs_upload *up, struct rs_blob *out);
void rs_fs_upload_drop(struct rs_upload *up);

/* fs_parts.c: the operations of multipart uploads, and the folder of one of them. */

/* Yours: close(2). RS_INVALID (not an id), RS_NOT_FOUND. */
enum rs_code rs_fs_parts_open(struct rs_cx *cx, struct rs_fs_store *s, struct rs_str id, int *out);

enum { RS_FS_PART_NAME = 5 + 1 + RS_SHA256_HEX_LEN }; /* "00001-<sha256>" */

/* Writes the file name of a part, RS_FS_PART_NAME bytes and a NUL. */
void rs_fs_part_name(int number, const char *sha256, char *out);

enum rs_code rs_fs_multipart_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                                   struct rs_str *id);
enum rs_code rs_fs_multipart_compose(struct rs_cx *cx, struct rs_artifact_store *s,
                                     const struct rs_parts *parts, struct rs_blob *out);
enum rs_code rs_fs_multipart_drop(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str id);

/* Removes one multipart upload by the name of its folder, adding what it held to *bytes. 0, or an
 * errno. */
int rs_fs_parts_remove(struct rs_fs_store *s, const char *name, int64_t *bytes);

/* fs_sweep.c: the janitor's operation, the list of blobs, and walking a folder. */

/* The entries of a folder one by one, without "." and "..", until NULL. The name is borrowed until
 * the next call. */
struct rs_fs_walk {
    DIR *dir; /* NULL when the folder could not be opened: then there are no entries */
};

/* Opens a folder below a parent: end with rs_fs_walk_end. False and errno when that fails. */
bool rs_fs_walk_begin(struct rs_fs_walk *w, int parent, const char *name);
const char *rs_fs_walk_next(struct rs_fs_walk *w);
int rs_fs_walk_fd(const struct rs_fs_walk *w);
void rs_fs_walk_end(struct rs_fs_walk *w);

enum rs_code rs_fs_sweep(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_sweep *sweep);
enum rs_code rs_fs_blob_list(struct rs_cx *cx, struct rs_artifact_store *s,
                             struct rs_blob_walk *walk);

#endif
