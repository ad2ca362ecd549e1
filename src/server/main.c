/* SPDX-License-Identifier: Apache-2.0 */
/* The command: `runestone server`, `runestone version`, `runestone docs`, and those of commands.h.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "api/native/routes.h"
#include "base/log.h"
#include "server/app.h"
#include "server/commands.h"
#include "server/docs.h"
#include "upkeep/report.h"

enum { TEXT_MAX = 1 << 20 };

static void print(struct rs_buf *text)
{
    fwrite(text->p, 1, text->n, stdout);
    rs_buf_fini(text);
}

static int show_help(void)
{
    struct rs_buf text = {.max = TEXT_MAX};

    RS_BUF_LIT(&text,
               "runestone: tracking, artifacts and models, for clients of MLflow\n\n"
               "  runestone server [flags]      serve\n"
               "  runestone backup [flags] DIR  copy the data into DIR, beside a running server\n"
               "                                or without; what DIR has is not copied again\n"
               "  runestone restore [flags] DIR make the data folder of the backup in DIR\n"
               "  runestone check [flags] [DIR] look at all data, or at all of the backup in DIR\n"
               "  runestone verify-log [flags] [SEQ:HASH]\n"
               "                                read the log of events: was one altered or lost?\n"
               "  runestone version             print the version\n"
               "  runestone docs config|api     print the documentation of settings or routes\n"
               "  runestone --help              print this\n\n"
               "backup, restore, check and verify-log need --data only; they exit with 0 when all\n"
               "is well, 1 when something was found, a line each, and 2 when they could not do\n"
               "their work.\n\n"
               "Flags of `runestone server`; each is also a variable (--call-timeout is\n"
               "RUNESTONE_CALL_TIMEOUT) and a line of the file that --config names:\n\n");
    rs_config_help(&text);
    print(&text);
    return EXIT_SUCCESS;
}

static int show_version(void)
{
    printf("runestone %s (MLflow API %s)\n", RS_VERSION, RS_MLFLOW_API_LEVEL);
    return EXIT_SUCCESS;
}

static int show_docs(const char *what)
{
    struct rs_buf text = {.max = TEXT_MAX};

    if (what != NULL && strcmp(what, "config") == 0) {
        rs_config_markdown(&text);
    } else if (what != NULL && strcmp(what, "api") == 0) {
        rs_docs_api(&text);
    } else {
        fprintf(stderr, "runestone: docs needs to know which: config or api\n");
        return EXIT_FAILURE;
    }
    print(&text);
    return EXIT_SUCCESS;
}

static enum rs_log_level level_of(const char *name)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    unsigned i = 0;

    while (i < RS_LOG_ERROR && strcmp(name, names[i]) != 0) {
        i++;
    }
    return (enum rs_log_level)i;
}

/* Waits for SIGTERM or SIGINT, which every thread has blocked; a second one ends the process at
 * once. */
static void await_signal(const sigset_t *signals)
{
    int got = 0;

    sigwait(signals, &got);
    rs_log(RS_LOG_INFO, "stopping", RS_LOG_Z("signal", got == SIGINT ? "SIGINT" : "SIGTERM"));
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, signals, NULL);
}

static enum rs_code serve(struct rs_cx *cx, int n_args, char **args)
{
    struct rs_config config = {0};
    struct rs_app *app = NULL;
    sigset_t signals;

    RS_TRY(rs_config_read(cx, n_args, args, &config));
    rs_log_init(strcmp(config.log_format, "json") == 0 ? RS_LOG_JSON : RS_LOG_TEXT,
                level_of(config.log_level));
    signal(SIGPIPE, SIG_IGN);
    umask(077); /* what the server stores is its own */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    RS_TRY(rs_app_start(cx, &config, &app));
    rs_log(RS_LOG_INFO, "listening", RS_LOG_Z("url", rs_app_url(app)),
           RS_LOG_Z("data", config.data));
    printf("export MLFLOW_TRACKING_URI=%s\n", rs_app_url(app));
    fflush(stdout);
    await_signal(&signals);
    const bool drained = rs_app_stop(app);
    rs_log(RS_LOG_INFO, "stopped", RS_LOG_Z("requests", drained ? "all answered" : "some cut off"));
    return RS_OK;
}

static bool asks_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int refuse_command(const char *command)
{
    if (command[0] == '-') {
        fprintf(stderr,
                "runestone: \"%s\" is not a command; flags stand behind one: runestone "
                "server %s ...; see runestone --help\n",
                command, command);
    } else {
        fprintf(stderr, "runestone: there is no command \"%s\"; see runestone --help\n", command);
    }
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "--help";
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    if (asks_help(command) || (argc > 2 && asks_help(argv[argc - 1]))) {
        return show_help();
    }
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0) {
        return show_version();
    }
    if (strcmp(command, "docs") == 0) {
        return show_docs(argc > 2 ? argv[2] : NULL);
    }
    if (rs_is_upkeep(command)) {
        return rs_run_upkeep(argc - 1, argv + 1);
    }
    if (strcmp(command, "server") != 0) {
        return refuse_command(command);
    }
    const enum rs_code code = serve(&cx, argc - 2, argv + 2);
    if (code != RS_OK) {
        rs_report_error(&cx);
    }
    rs_arena_fini(&arena);
    return code == RS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
