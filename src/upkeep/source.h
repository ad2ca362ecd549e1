/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands read: a data folder, a backup folder, a database that must be whole. May be
 * included by upkeep. */
#ifndef RS_UPKEEP_SOURCE_H
#define RS_UPKEEP_SOURCE_H

#include "base/cx.h"

struct rs_store;

/* RS_NOT_FOUND when the folder holds no database, RS_CONFLICT when a restore has left it half. */
enum rs_code rs_data_check(struct rs_cx *cx, const char *data);

/* Keeps other backups and restores out of a backup folder. *fd is yours: close(2). RS_BUSY,
 * RS_UNAVAILABLE. */
enum rs_code rs_backup_lock(struct rs_cx *cx, const char *backup, int *fd);

/* Opens a database of one file, which nobody writes, for reading, and has the engine look at all of
 * it. *out is yours: rs_store_close. RS_CORRUPT, RS_UNAVAILABLE. */
enum rs_code rs_database_open_whole(struct rs_cx *cx, const char *path, struct rs_store **out);

#endif
