/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a folder, listed once: only these are served, under these names. May be included by
 * ui. */
#ifndef RS_UI_FOLDER_H
#define RS_UI_FOLDER_H

#include <stdatomic.h>

#include "base/cx.h"

/* What is known of a file's compressed form. */
enum rs_ui_packing {
    RS_UI_UNTRIED, /* nobody has asked for it since the start */
    RS_UI_TRYING,  /* a thread looks for it, or makes it */
    RS_UI_PACKED,  /* it is in the cache */
    RS_UI_PLAIN,   /* there is none, and will be none before the next start */
};

struct rs_ui_file {
    struct rs_str path;     /* below the folder: "static/js/main.js" */
    const char *media_type; /* static */
    bool is_worth_packing;  /* text of more than about a kilobyte */
    uint64_t size;          /* bytes */
    int64_t modified_ns;    /* wall time */
    uint64_t device;        /* with the inode: this file and no other of that name */
    uint64_t inode;
    struct rs_str tag; /* hexadecimal: of the name, the size and the times, for ETag and the cache
                        */
    _Atomic(enum rs_ui_packing) packing;
};

struct rs_ui_folder {
    const char *path;
    int fd;                  /* -1: not open */
    struct rs_ui_file *file; /* by path, ascending */
    size_t n;
    uint64_t bytes;
};

/* Lists all regular files below the folder; no symbolic link is followed, and what begins with a
 * dot is left out. What it says is the arena's of cx, which must live as long. RS_INVALID with a
 * message for the operator when it is not readable, has too many files, or has no index.html. */
enum rs_code rs_ui_folder_open(struct rs_cx *cx, const char *path, struct rs_ui_folder *out);
void rs_ui_folder_close(struct rs_ui_folder *f);

/* NULL: there was none of that name. */
struct rs_ui_file *rs_ui_folder_find(const struct rs_ui_folder *f, struct rs_str path);

/* Opens a file for reading; -1, with errno, when it cannot be, ESTALE when it is not the file that
 * was listed, or was changed since. May wait for the disk. */
int rs_ui_folder_read(const struct rs_ui_folder *f, const struct rs_ui_file *file);

#endif
