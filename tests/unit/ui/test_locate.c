/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an interpreter: here, shell scripts that answer as Python might. */
#include "ui/locate.h"

#include <stdlib.h>

#include "ui/files.h"

enum { LONG_MS = 60000, SHORT_MS = 50 };

/* A program that runs these lines. */
static const char *script(const char *lines)
{
    const int fd = put_file(folder_path(&arena, "bin"), "python",
                            rs_arena_fmt(&arena, "#!/bin/sh\n%s\n", lines));

    ck_assert_int_eq(fchmod(fd, 0700), 0);
    close(fd);
    return rs_arena_fmt(&arena, "%s/python", folder_path(&arena, "bin")).p;
}

START_TEST(what_it_answers_leads_to_the_folder)
{
    const char *folder = NULL;

    ck_ok(rs_ui_locate(&cx, script("[ \"$1\" = -c ] && echo /opt/mlflow"), LONG_MS, &folder));
    ck_assert_str_eq(folder, "/opt/mlflow/server/js/build");
}
END_TEST

START_TEST(whatever_goes_wrong_is_said)
{
    const char *folder = NULL;

    ck_fails(rs_ui_locate(&cx, "no-such-python", LONG_MS, &folder), RS_INVALID,
             "could not run \"no-such-python\"");
    ck_fails(rs_ui_locate(&cx, script("exit 0"), LONG_MS, &folder), RS_INVALID,
             "has no package mlflow");
    ck_fails(rs_ui_locate(&cx, script("echo relative"), LONG_MS, &folder), RS_INVALID,
             "has no package mlflow");
    ck_fails(rs_ui_locate(&cx, script("echo /x; exit 3"), LONG_MS, &folder), RS_INVALID,
             "exit code 3");
    ck_fails(rs_ui_locate(&cx, script("kill -9 $$"), LONG_MS, &folder), RS_INVALID, "signal 9");
    ck_assert_ptr_null(folder);
}
END_TEST

START_TEST(one_that_does_not_answer_is_not_waited_for)
{
    const char *folder = NULL;

    ck_fails(rs_ui_locate(&cx, script("exec sleep 600"), SHORT_MS, &folder), RS_INVALID,
             "did not answer");
    ck_fails(rs_ui_locate(&cx, script("exec >&-; exec sleep 600"), SHORT_MS, &folder), RS_INVALID,
             "did not answer");
}
END_TEST

START_TEST(what_stands_in_the_current_folder_is_not_what_is_installed)
{
    const char *here = folder_path(&arena, "here");
    const char *folder = NULL;

    close(put_file(here, "mlflow/__init__.py", RS_STR("")));
    ck_assert_int_eq(chdir(here), 0);
    ck_assert_int_eq(unsetenv("PYTHONPATH"), 0);
    if (rs_ui_locate(&cx, "python3", LONG_MS, &folder) == RS_OK) {
        ck_assert_ptr_null(strstr(folder, "/here/"));
    }
    rs_cx_clear(&cx);
    ck_assert_int_eq(setenv("PYTHONPATH", here, 1), 0);
    ck_ok(rs_ui_locate(&cx, "python3", LONG_MS, &folder));
    ck_assert_str_eq(folder, rs_arena_fmt(&arena, "%s/mlflow/server/js/build", here).p);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, what_it_answers_leads_to_the_folder);
    tcase_add_test(t, whatever_goes_wrong_is_said);
    tcase_add_test(t, one_that_does_not_answer_is_not_waited_for);
    tcase_add_test(t, what_stands_in_the_current_folder_is_not_what_is_installed);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "ui/locate", .close = close_context, .add = add});
}
