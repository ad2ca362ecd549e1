/* SPDX-License-Identifier: Apache-2.0 */
#include "support/trial.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

static char top[256];

static void make_folder(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(top, sizeof top, "%s/rs-unit-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(top) == NULL) {
        perror(top);
        exit(EXIT_FAILURE);
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

/* Tests run in processes of their own, so the process's number keeps their files apart. */
const char *folder_path(struct rs_arena *a, const char *name)
{
    return rs_arena_fmt(a, "%s/%d-%s", top, (int)getpid(), name).p;
}

int run_trials(const struct trials *t)
{
    Suite *suite = suite_create(t->name);
    TCase *tests = tcase_create(t->name);
    SRunner *runner = srunner_create(suite);

    rs_log_init(RS_LOG_TEXT, RS_LOG_ERROR);
    make_folder();
    tcase_add_checked_fixture(tests, t->open, t->close);
    t->add(tests);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        perror(top);
        return EXIT_FAILURE;
    }
    return failed != 0;
}
