/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the flags, which are the server's, and the word beside them; findings go to standard
 * output, a line each, errors and progress to standard error. */
#include "server/commands.h"

#include <sys/stat.h>
#include <unistd.h>

#include "artifact/fs.h"
#include "base/log.h"
#include "server/config.h"
#include "upkeep/upkeep.h"

enum { ALL_IS_WELL = 0, HAS_FINDINGS = 1, COULD_NOT = 2 };

static const struct command {
    const char *name;
    enum rs_code (*run)(struct rs_cx *cx, const struct rs_upkeep *u);
    enum { NEEDS_FOLDER, MAY_HAVE_FOLDER, MAY_HAVE_ANCHOR } word; /* what stands beside the flags */
} commands[] = {
    {"backup", rs_backup, NEEDS_FOLDER},
    {"restore", rs_restore, NEEDS_FOLDER},
    {"check", rs_check, MAY_HAVE_FOLDER},
    {"verify-log", rs_verify_log, MAY_HAVE_ANCHOR},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

bool rs_is_upkeep(const char *command)
{
    return find_command(command) != NULL;
}

/* Takes the one word that is neither a flag nor a flag's value out of the arguments. */
static enum rs_code take_word(struct rs_cx *cx, int *n_args, char **args, const char **word)
{
    int n = 0;

    *word = NULL;
    for (int i = 0; i < *n_args; i++) {
        const bool is_flag = strncmp(args[i], "--", 2) == 0;

        if (!is_flag && *word != NULL) {
            return rs_fail(cx, RS_INVALID, "one is enough: \"%s\" or \"%s\"?", *word, args[i]);
        }
        if (!is_flag) {
            *word = args[i];
            continue;
        }
        args[n++] = args[i];
        if (strchr(args[i], '=') == NULL && i + 1 < *n_args) {
            args[n++] = args[++i];
        }
    }
    *n_args = n;
    return RS_OK;
}

static enum rs_code run(struct rs_cx *cx, const struct command *command, int n_args, char **args,
                        struct rs_report *report)
{
    struct rs_upkeep u = {.blobs = &rs_artifact_fs, .report = report};
    struct rs_config config = {0};
    const char *word = NULL;

    RS_TRY(take_word(cx, &n_args, args, &word));
    RS_TRY(rs_config_read(cx, n_args, args, &config));
    if (command->word == NEEDS_FOLDER && word == NULL) {
        return rs_fail(cx, RS_INVALID, "%s needs a folder: runestone %s --data %s DIR",
                       command->name, command->name, config.data);
    }
    u.backup = command->word != MAY_HAVE_ANCHOR ? word : NULL;
    u.anchor = command->word == MAY_HAVE_ANCHOR ? word : NULL;
    u.data = command->word == MAY_HAVE_FOLDER && word != NULL ? NULL : config.data;
    return command->run(cx, &u);
}

int rs_run_upkeep(int n_args, char **args)
{
    struct rs_report report = {.out = stdout, .progress = isatty(STDERR_FILENO) ? stderr : NULL};
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    rs_log_init(RS_LOG_TEXT, RS_LOG_WARN);
    umask(077); /* a copy is as private as the data */
    const enum rs_code code = run(&cx, find_command(args[0]), n_args - 1, args + 1, &report);
    if (code != RS_OK) {
        rs_report_error(&cx);
    }
    rs_arena_fini(&arena);
    return code != RS_OK ? COULD_NOT : report.findings > 0 ? HAS_FINDINGS : ALL_IS_WELL;
}
