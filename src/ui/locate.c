/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the interpreter, without a shell. Importing mlflow would take seconds; finding it
 * takes none of its code. */
#include "ui/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { ANSWER_MAX = 4096, POLL_MS = 2 };

/* What stands in the current folder is not what is installed. */
static const char SCRIPT[] = "import sys\n"
                             "sys.path[:] = [p for p in sys.path if p]\n"
                             "from importlib.util import find_spec\n"
                             "spec = find_spec('mlflow')\n"
                             "if spec and spec.submodule_search_locations:\n"
                             "    print(list(spec.submodule_search_locations)[0])\n";

/* What the interpreter has said. */
struct answer {
    char text[ANSWER_MAX];
    size_t n;
    bool is_late;
};

/* Starts it with nothing to read, `out` to write to, and the signals that we block. 0 or an errno.
 */
static int start(const char *python, int out, pid_t *pid)
{
    char *const argv[] = {(char *)(uintptr_t)python, (char *)(uintptr_t) "-c",
                          (char *)(uintptr_t)SCRIPT, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int why = posix_spawnp(pid, python, &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return why;
}

/* What is left of the time, at least 0. */
static int left_ms(int64_t end_ns)
{
    const int64_t left_ns = end_ns - rs_clock_mono_ns();

    return left_ns > 0 ? (int)(left_ns / RS_MS_AS_NS(1)) : 0;
}

/* Reads to the end, or as long as it may take. */
static void read_answer(int fd, int64_t end_ns, struct answer *a)
{
    while (a->n < sizeof a->text) {
        struct pollfd p = {.fd = fd, .events = POLLIN};

        if (poll(&p, 1, left_ms(end_ns)) == 0) {
            a->is_late = true;
            return;
        }
        const ssize_t got = read(fd, a->text + a->n, sizeof a->text - a->n);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return;
        }
        a->n += got > 0 ? (size_t)got : 0;
    }
}

/* Waits for its end, which may come later than that of its answer. */
static int await(pid_t pid, int64_t end_ns, struct answer *a)
{
    int status = -1;

    while (!a->is_late && waitpid(pid, &status, WNOHANG) == 0) {
        a->is_late = left_ms(end_ns) == 0;
        (void)poll(NULL, 0, POLL_MS);
    }
    if (a->is_late) {
        kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    }
    return status;
}

/* Runs it to its end: the status of waitpid, or -1 with an errno in *why. */
static int run(const char *python, int wait_ms, struct answer *a, int *why)
{
    const int64_t end_ns = rs_clock_mono_ns() + RS_MS_AS_NS(wait_ms);
    int ends[2];
    pid_t pid = 0;
    int status = -1;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        *why = errno;
        return -1;
    }
    *why = start(python, ends[1], &pid);
    close(ends[1]);
    if (*why == 0) {
        read_answer(ends[0], end_ns, a);
        status = await(pid, end_ns, a);
    }
    close(ends[0]);
    return status;
}

enum rs_code rs_ui_locate(struct rs_cx *cx, const char *python, int wait_ms, const char **folder)
{
    static const char help[] = "name the folder mlflow/server/js/build by --ui DIR, or the "
                               "interpreter by the variable PYTHON";
    struct answer a = {.n = 0};
    int why = 0;
    const int status = run(python, wait_ms, &a, &why);
    const struct rs_str said = rs_str_trim((struct rs_str){a.text, a.n});

    if (why != 0) {
        return rs_fail(cx, RS_INVALID, "--ui auto: could not run \"%s\" to find mlflow: %s; %s",
                       python, strerror(why), help);
    }
    if (a.is_late) {
        return rs_fail(cx, RS_INVALID,
                       "--ui auto: \"%s\", asked where mlflow is, did not answer within %d ms; %s",
                       python, wait_ms, help);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return rs_fail(cx, RS_INVALID,
                       "--ui auto: \"%s\", asked where mlflow is, failed (%s %d); %s", python,
                       WIFEXITED(status) ? "exit code" : "signal",
                       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), help);
    }
    if (said.n == 0 || said.p[0] != '/') {
        return rs_fail(cx, RS_INVALID,
                       "--ui auto: \"%s\" has no package mlflow; install it there, or %s", python,
                       help);
    }
    *folder = rs_arena_fmt(cx->arena, RS_FMT "/server/js/build", RS_ARG(said)).p;
    return RS_OK;
}
