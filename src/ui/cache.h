/* SPDX-License-Identifier: Apache-2.0 */
/* The compressed files, TAG.gz in one folder. Nothing in it matters: whatever is lost is made anew.
 * All of it blocks on the disk, and is called by one thread at a time, but rs_ui_cache_read. May be
 * included by ui. */
#ifndef RS_UI_CACHE_H
#define RS_UI_CACHE_H

#include "base/cx.h"

struct rs_ui_cache {
    int fd; /* of the folder; -1: there is none */
};

/* Makes the folder, and the one above it, when they are missing. RS_UNAVAILABLE. */
enum rs_code rs_ui_cache_open(struct rs_cx *cx, const char *path, struct rs_ui_cache *out);
void rs_ui_cache_close(struct rs_ui_cache *c);

/* Looks through the compressed form of a file of so many bytes: RS_OK, RS_NOT_FOUND, RS_CORRUPT. */
enum rs_code rs_ui_cache_check(struct rs_cx *cx, const struct rs_ui_cache *c, struct rs_str tag,
                               uint64_t size);

/* Makes it of what can be read from `plain`: under its name it is whole or not there.
 * RS_UNAVAILABLE. */
enum rs_code rs_ui_cache_make(struct rs_cx *cx, const struct rs_ui_cache *c, struct rs_str tag,
                              int plain);

/* Opens it; -1, with errno. *size: bytes. */
int rs_ui_cache_read(const struct rs_ui_cache *c, struct rs_str tag, uint64_t *size);

/* Removes all that is not TAG.gz of a tag that is wanted. */
void rs_ui_cache_sweep(const struct rs_ui_cache *c,
                       bool (*is_wanted)(const void *user, struct rs_str tag), const void *user);

#endif
