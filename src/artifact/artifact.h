/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of artifacts. A blob is a run of bytes under a key that we made; whose artifact it is,
 * under which path, is a row of the metadata store and not known here. May be included by service,
 * api (for the two calls on a descriptor), server, and this room.
 *
 * One const struct of operations per backend; callers use the functions below it. On every backend:
 *   - a blob is absent or complete, and durable before its upload is ended (P1, P3);
 *   - no key or file name ever comes from bytes of a client: keys are random, and one that comes
 *     back from the database is checked before it is used;
 *   - a store may be used by all threads at once, an upload by one thread at a time;
 *   - RS_UNAVAILABLE says that the place does not take or give bytes (full, unwritable, failing),
 *     RS_CORRUPT that something else stands where a blob was put;
 *   - a call may block on a disk or a network: never on an I/O thread (workers.h, intake.h). */
#ifndef RS_ARTIFACT_ARTIFACT_H
#define RS_ARTIFACT_ARTIFACT_H

#include "base/cx.h"

enum {
    RS_BLOB_KEY_LEN = 35, /* "ab/abcd...": two hexadecimal digits, '/', 32 that begin with them */
    RS_SHA256_HEX_LEN = 64,
    RS_MD5_HEX_LEN = 32,
    RS_PART_TAG_MAX = 72, /* our tag is a SHA-256; S3's ETag is 32 digits, or 32, '-' and 5 */
    RS_MULTIPART_ID_MAX = 1024,
    RS_PART_NUMBER_MAX = 10000, /* S3's limit, so everybody's */
};

/* What became of an upload. A value: copy it freely. Texts end with NUL; those that do not apply
 * are empty. The tag is what rs_multipart_compose wants back, on the wire the ETag of the part. */
struct rs_blob {
    int64_t size;                       /* bytes */
    char key[RS_BLOB_KEY_LEN + 1];      /* where it is; empty for a part */
    char tag[RS_PART_TAG_MAX + 1];      /* of a part; empty for a whole blob */
    char sha256[RS_SHA256_HEX_LEN + 1]; /* lower-case hexadecimal */
    char md5[RS_MD5_HEX_LEN + 1];       /* likewise, when the options asked for it */
};

/* {0} is valid: a whole blob of a size that is not known yet, without MD5. */
struct rs_upload_options {
    int64_t size_hint; /* bytes that will come; 0: not known. What cannot fit is refused at once */
    bool md5;          /* costs as much again as SHA-256 */
    struct rs_str part_of; /* borrowed; from rs_multipart_begin when this is a part, else absent */
    int part_number;       /* with part_of: 1 to RS_PART_NUMBER_MAX */

    /* For a copy of a blob that is kept elsewhere: both borrowed until the upload is over. */
    struct rs_str key;    /* the copy's, a blob's key; what stands there is replaced. Absent: new */
    struct rs_str sha256; /* what the bytes must hash to, or the upload ends in RS_CORRUPT */
};

/* One part of a multipart upload, as the client that completes it names it. */
struct rs_part {
    int number;
    struct rs_str tag; /* borrowed; blob.tag of that part's upload */
};

/* A multipart upload to be completed: which, and of what. */
struct rs_parts {
    struct rs_str id;           /* borrowed; from rs_multipart_begin */
    const struct rs_part *part; /* borrowed; numbers rise, gaps are fine */
    size_t n;                   /* 1 to RS_PART_NUMBER_MAX */
};

/* What a sweep may remove, and what it did remove. */
struct rs_sweep {
    int64_t now_ms;      /* wall time of its beginning: the clock may be set while it runs */
    int64_t blob_age_ms; /* blobs younger than this stay: their row may be on its way */
    int64_t part_age_ms; /* a multipart upload goes when nothing was added to it for so long */

    /* Says whether a row names this key; any code but RS_OK ends the sweep and is its answer. */
    enum rs_code (*is_known)(struct rs_cx *cx, void *arg, struct rs_str key, bool *known);
    void *arg;

    int64_t blobs;   /* removed: blobs without a row */
    int64_t uploads; /* removed: abandoned multipart uploads */
    int64_t temps;   /* removed: leftovers of a crash that never had a key */
    int64_t bytes;   /* of all of them */
    int64_t foreign; /* left alone: names that are not ours */
};

/* A look at every stored blob. */
struct rs_blob_walk {
    /* Any code but RS_OK ends the walk and is its answer. The key is borrowed. named_ms: the wall
     * time at which it got its name. */
    enum rs_code (*found)(struct rs_cx *cx, void *arg, struct rs_str key, int64_t size,
                          int64_t named_ms);
    void *arg;
    int64_t foreign; /* names among the blobs that are not ours */
};

/* Who holds blobs, and for what, across all processes that have the place open. */
enum rs_hold {
    RS_HOLD_OFF,
    RS_HOLD_KEEP,   /* a copy is being made: no row of a blob may be forgotten; several may keep */
    RS_HOLD_REMOVE, /* rows of blobs are being forgotten: nobody else may hold */
};

/* The heads of a backend's own structs. */
struct rs_artifact_store {
    const struct rs_artifact_ops *ops;
    bool is_view; /* from rs_artifact_view */
};
struct rs_upload {
    const struct rs_artifact_ops *ops;
};

/* A backend. What each operation does is said at the function of its name, which checks keys, part
 * numbers and their order before. */
struct rs_artifact_ops {
    const char *name;
    enum rs_code (*open)(struct rs_cx *cx, struct rs_str place, struct rs_artifact_store **out);
    enum rs_code (*view)(struct rs_cx *cx, struct rs_str place, struct rs_artifact_store **out);
    void (*close)(struct rs_artifact_store *s);
    enum rs_code (*upload_begin)(struct rs_cx *cx, struct rs_artifact_store *s,
                                 const struct rs_upload_options *o, struct rs_upload **out);
    enum rs_code (*upload_write)(struct rs_cx *cx, struct rs_upload *up, const void *bytes,
                                 size_t n);
    enum rs_code (*upload_end)(struct rs_cx *cx, struct rs_upload *up, struct rs_blob *out);
    void (*upload_drop)(struct rs_upload *up);
    enum rs_code (*blob_open)(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key,
                              int *fd, int64_t *size);
    enum rs_code (*blob_remove)(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key);
    enum rs_code (*multipart_begin)(struct rs_cx *cx, struct rs_artifact_store *s,
                                    struct rs_str *id);
    enum rs_code (*multipart_compose)(struct rs_cx *cx, struct rs_artifact_store *s,
                                      const struct rs_parts *parts, struct rs_blob *out);
    enum rs_code (*multipart_drop)(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str id);
    enum rs_code (*sweep)(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_sweep *sweep);
    enum rs_code (*blob_list)(struct rs_cx *cx, struct rs_artifact_store *s,
                              struct rs_blob_walk *walk);
    enum rs_code (*hold)(struct rs_cx *cx, struct rs_artifact_store *s, enum rs_hold how,
                         bool *held);
};

/* Opens a place, and makes it ready where it is empty. For fs.h: a folder, whose parent must exist.
 * *out is yours: rs_artifact_close. RS_UNAVAILABLE when it cannot be made or written. */
enum rs_code rs_artifact_open(struct rs_cx *cx, const struct rs_artifact_ops *ops,
                              struct rs_str place, struct rs_artifact_store **out);

/* Opens a place that is there, for reading: nothing in it is made or changed, and every call that
 * would change something answers RS_UNSUPPORTED. *out is yours: rs_artifact_close. RS_NOT_FOUND
 * when there is no such place, RS_UNAVAILABLE. */
enum rs_code rs_artifact_view(struct rs_cx *cx, const struct rs_artifact_ops *ops,
                              struct rs_str place, struct rs_artifact_store **out);

/* Uploads must be ended or dropped before. NULL is fine. */
void rs_artifact_close(struct rs_artifact_store *s);

/* Starts an upload that nobody sees until it is ended. *out is yours: end it or drop it, once.
 * RS_UNAVAILABLE, also when size_hint is more than the free space; for a part RS_NOT_FOUND (no such
 * multipart upload, or it is over) and RS_INVALID (the number, or an id that is not one). */
enum rs_code rs_upload_begin(struct rs_cx *cx, struct rs_artifact_store *s,
                             const struct rs_upload_options *o, struct rs_upload **out);

/* Appends. After an error the upload can only be dropped. RS_UNAVAILABLE. */
enum rs_code rs_upload_write(struct rs_cx *cx, struct rs_upload *up, const void *bytes, size_t n);

/* Takes the upload, whatever the answer: it became a durable blob (or part), or nothing.
 * RS_UNAVAILABLE; for a part also RS_NOT_FOUND. The caller names the blob in a row, or removes it;
 * else a sweep will. */
enum rs_code rs_upload_end(struct rs_cx *cx, struct rs_upload *up, struct rs_blob *out);

/* Takes the upload and leaves nothing of it. NULL is fine. */
void rs_upload_drop(struct rs_upload *up);

/* Opens a blob for reading at any offset, for sendfile. *fd is yours: close(2). *size is the stored
 * size: that it is the size in the row is the caller's check (RS_CORRUPT). RS_NOT_FOUND, RS_CORRUPT
 * (a key that is not one; a link or folder in the blob's place), RS_UNAVAILABLE; RS_UNSUPPORTED
 * where blobs are not files. */
enum rs_code rs_blob_open(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key, int *fd,
                          int64_t *size);

/* Removes a blob; one that is not there is fine. Descriptors from rs_blob_open stay readable.
 * RS_CORRUPT, RS_UNAVAILABLE. */
enum rs_code rs_blob_remove(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str key);

/* Whether the n bytes from offset can probably be sent without waiting for the disk. Never waits
 * for it: made for I/O threads. A hint: it looks at samples, and the kernel may begin to read. */
bool rs_blob_is_warm(int fd, int64_t offset, int64_t n);

/* Reads the n bytes from offset into the page cache, so that sendfile on an I/O thread finds them
 * there. Blocks: on a worker, a few MiB at a time. A hint: errors show when the bytes are read. */
void rs_blob_warm(int fd, int64_t offset, int64_t n);

/* Reads up to n bytes from offset that need no waiting for the disk: their number, 0 when there are
 * none (warm them first), or -1 when they cannot be had at all. Never blocks. */
ptrdiff_t rs_blob_read_warm(int fd, void *out, size_t n, int64_t offset);

/* Starts a multipart upload, to be recorded before the first part, so that a janitor can drop it.
 * *id is cx's, at most RS_MULTIPART_ID_MAX bytes. Its parts are uploads with options.part_of, in
 * any order and in parallel; a part may be sent again. RS_UNAVAILABLE. */
enum rs_code rs_multipart_begin(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str *id);

/* Makes one durable blob of the parts, in the order given, in constant memory; the SHA-256 is that
 * of the whole. The parts stay until rs_multipart_drop, so that completing may be repeated.
 * RS_NOT_FOUND (no such upload), RS_INVALID (no parts, numbers that do not rise, a part that was
 * not uploaded with that tag), RS_UNAVAILABLE. */
enum rs_code rs_multipart_compose(struct rs_cx *cx, struct rs_artifact_store *s,
                                  const struct rs_parts *parts, struct rs_blob *out);

/* Forgets a multipart upload and its parts; one that is not there is fine. RS_INVALID (an id that
 * is not one), RS_UNAVAILABLE. */
enum rs_code rs_multipart_drop(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_str id);

/* Removes what crashes and clients left behind: see struct rs_sweep. In constant memory, beside
 * running uploads. RS_UNAVAILABLE, or what is_known answered. */
enum rs_code rs_artifact_sweep(struct rs_cx *cx, struct rs_artifact_store *s,
                               struct rs_sweep *sweep);

/* Shows every blob to walk->found, in no order. In constant memory, beside running uploads. Also of
 * a view. RS_UNAVAILABLE, or what found answered. */
enum rs_code rs_blob_list(struct rs_cx *cx, struct rs_artifact_store *s, struct rs_blob_walk *walk);

/* Takes or ends (RS_HOLD_OFF) the one hold of this opened place; the end of its process ends it
 * too. Who copies takes KEEP before its snapshot of the rows: every blob that the snapshot names
 * then stays until the hold is over. KEEP waits for who removes, which is over in milliseconds;
 * REMOVE waits for nobody: *held is false when another one holds. Also of a view. RS_UNAVAILABLE.
 */
enum rs_code rs_artifact_hold(struct rs_cx *cx, struct rs_artifact_store *s, enum rs_hold how,
                              bool *held);

/* RS_CORRUPT when a key, as it came back from the database, is not one that we could have made. */
enum rs_code rs_blob_key_check(struct rs_cx *cx, struct rs_str key);

#endif
