/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what the commands read. */
#include "upkeep/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/store.h"
#include "upkeep/folder.h"

enum rs_code rs_data_check(struct rs_cx *cx, const char *data)
{
    const char *path = rs_data_database(cx->arena, data);

    RS_TRY(rs_data_check_whole(cx, data));
    if (access(path, F_OK) != 0) {
        return rs_fail(cx, errno == ENOENT || errno == ENOTDIR ? RS_NOT_FOUND : RS_UNAVAILABLE,
                       "could not open \"%s\": %s; --data names the folder that the server uses",
                       path, strerror(errno));
    }
    return RS_OK;
}

enum rs_code rs_backup_lock(struct rs_cx *cx, const char *backup, int *fd)
{
    const char *path = rs_folder_path(cx->arena, backup, "lock");

    *fd = open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*fd < 0 && (errno == EROFS || errno == EACCES)) { /* then nobody backs up into it */
        *fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (*fd < 0) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not open \"%s\": %s", path, strerror(errno));
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        close(*fd);
        return rs_fail(cx, RS_BUSY, "another backup, restore or check is at work in \"%s\"",
                       backup);
    }
    return RS_OK;
}

/* Keeps the first finding, as the error that it is here. */
static void keep_first(void *arg, const struct rs_audit_finding *f)
{
    char *first = arg;

    if (first[0] == '\0') {
        snprintf(first, RS_ERROR_MESSAGE_MAX, RS_FMT, RS_ARG(f->where));
    }
}

enum rs_code rs_database_open_whole(struct rs_cx *cx, const char *path, struct rs_store **out)
{
    char first[RS_ERROR_MESSAGE_MAX] = "";
    struct rs_audit audit = {.found = keep_first, .arg = first};

    RS_TRY(rs_store_open(
        cx, &(struct rs_store_options){.where = path, .read_only = true, .careful = true}, out));
    RS_TRY(rs_store_audit_file(cx, *out, &audit));
    if (audit.findings > 0) {
        return rs_fail(
            cx, RS_CORRUPT,
            "the database \"%s\" is damaged: %s; restore the latest backup that is whole", path,
            first);
    }
    return RS_OK;
}
