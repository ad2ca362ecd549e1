/* SPDX-License-Identifier: Apache-2.0 */
/* Files for the tests of this room. */
#ifndef RS_TESTS_UNIT_UI_FILES_H
#define RS_TESTS_UNIT_UI_FILES_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/trial.h"

/* A new file of a folder, and the folders that its name leads through; opened to read and write. */
static inline int put_file(const char *folder, const char *name, struct rs_str bytes)
{
    const struct rs_str path = rs_arena_fmt(&arena, "%s/%s", folder, name);

    for (size_t at = rs_str_find(path, '/', 1); at < path.n; at = rs_str_find(path, '/', at + 1)) {
        (void)mkdir(rs_arena_str(&arena, (struct rs_str){path.p, at}).p, 0700);
    }
    const int fd = open(path.p, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_msg(fd >= 0, "%s", path.p);
    ck_assert_int_eq(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

#endif
