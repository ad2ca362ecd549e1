/* SPDX-License-Identifier: Apache-2.0 */
/* The folder below TMPDIR. */
#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 16 }; /* of open folders while it is removed */

static char top[256];

const char *folder_make(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/rs-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(top) == NULL) {
        perror(top);
        exit(EXIT_FAILURE);
    }
    return top;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

void folder_remove(void)
{
    if (nftw(top, remove_one, DEPTH_MAX, FTW_DEPTH | FTW_PHYS) != 0) {
        perror(top);
        exit(EXIT_FAILURE);
    }
}
