/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in a data folder, and the few things that are done with whole files. May be
 * included by upkeep and server. */
#ifndef RS_UPKEEP_FOLDER_H
#define RS_UPKEEP_FOLDER_H

#include "base/cx.h"
#include "base/seal.h"

/* DATA/runestone.db, DATA/artifacts; the arena's. */
const char *rs_data_database(struct rs_arena *a, const char *data);
const char *rs_data_artifacts(struct rs_arena *a, const char *data);

/* DIR/name; the arena's. */
const char *rs_folder_path(struct rs_arena *a, const char *folder, const char *name);

/* The key that the secrets of webhooks are sealed with: DATA/webhook.key, readable by its owner
 * only; made when it is missing, durably. RS_UNAVAILABLE; RS_CORRUPT when the file is no key. */
enum rs_code rs_data_seal_key(struct rs_cx *cx, const char *data, struct rs_seal_key *key);

/* Copies the key to another folder, if there is one. RS_UNAVAILABLE. */
enum rs_code rs_data_copy_seal_key(struct rs_cx *cx, const char *from, const char *to);

/* RS_CONFLICT when a restore into the folder has begun and was not finished: what is there is not
 * all. A folder that is not there is fine. */
enum rs_code rs_data_check_whole(struct rs_cx *cx, const char *data);

/* Says that a restore has begun, or that it is finished; durable. RS_UNAVAILABLE. */
enum rs_code rs_data_begin_restore(struct rs_cx *cx, const char *data);
enum rs_code rs_data_end_restore(struct rs_cx *cx, const char *data);

/* Makes a folder, readable by its owner only; one that is there is fine. Its own entry is synced in
 * either case, or a power cut could take the folder with all that is in it. RS_UNAVAILABLE,
 * RS_NOT_FOUND. */
enum rs_code rs_folder_make(struct rs_cx *cx, const char *path);

/* Whether nothing is in it; "lost+found" is nothing. RS_UNAVAILABLE. */
enum rs_code rs_folder_is_empty(struct rs_cx *cx, const char *path, bool *empty);

/* Makes names in a folder, and the bytes of a file, durable. RS_UNAVAILABLE. */
enum rs_code rs_path_sync(struct rs_cx *cx, const char *path);

/* Whether something has this path. */
bool rs_path_exists(const char *path);

/* The size and the SHA-256 (hexadecimal, cx's) of a file. RS_NOT_FOUND, RS_UNAVAILABLE. */
enum rs_code rs_file_hash(struct rs_cx *cx, const char *path, int64_t *size, struct rs_str *sha256);

/* Writes a file anew and makes its bytes durable. RS_UNAVAILABLE. */
enum rs_code rs_file_write(struct rs_cx *cx, const char *path, struct rs_str bytes);

/* Copies a file's bytes to a new one and makes them durable; their SHA-256 (hexadecimal) must be
 * the one given. RS_UNAVAILABLE, RS_CORRUPT. */
enum rs_code rs_file_copy(struct rs_cx *cx, const char *from, const char *to, struct rs_str sha256);

#endif
