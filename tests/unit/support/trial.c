/* SPDX-License-Identifier: Apache-2.0 */
#include "support/trial.h"

#include <unistd.h>

#include "base/log.h"
#include "support/folder.h"
#include "support/suite.h"

static const char *top;

/* Tests run in processes of their own, so the process's number keeps their files apart. */
const char *folder_path(struct rs_arena *a, const char *name)
{
    return rs_arena_fmt(a, "%s/%d-%s", top, (int)getpid(), name).p;
}

int run_trials(const struct trials *t)
{
    rs_log_init(RS_LOG_TEXT, RS_LOG_ERROR);
    top = folder_make();
    const int code = run_case(
        &(struct one_case){.name = t->name, .open = t->open, .close = t->close, .add = t->add});
    folder_remove();
    return code;
}
