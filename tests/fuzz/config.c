/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file; and its lines once more, as arguments of the command. */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target.h"

enum { ARGS_MAX = 32 };

static int file = -1;
static char path[64];

static void open_file(void)
{
    file = memfd_create("config", MFD_CLOEXEC);
    if (file < 0) {
        abort();
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

static void close_file(void)
{
    close(file);
}

/* What was read is within the limits of the settings. */
static void check_config(const struct rs_config *c, struct rs_str about)
{
#define RS_SETTING_TEXT(name, least, greatest) FUZZ_HOLDS(c->name != NULL, about);
#define RS_SETTING_CHOICE(name, least, greatest) FUZZ_HOLDS(c->name != NULL, about);
#define RS_SETTING_SWITCH(name, least, greatest) (void)c->name;
#define RS_SETTING_NUMBER(name, least, greatest)                                                   \
    FUZZ_HOLDS((int64_t)c->name >= (least) && (int64_t)c->name <= (greatest), about);
#define RS_SETTING(kind, name, value, least, greatest, ...) RS_SETTING_##kind(name, least, greatest)
#include "server/config.def"
#undef RS_SETTING
}

static void read_as(struct rs_cx *cx, int n_args, char **args, struct rs_str about)
{
    struct rs_config config = {0};
    const enum rs_code code = rs_config_read(cx, n_args, args, &config);

    fuzz_refused(cx, code, about);
    rs_cx_clear(cx);
    if (code == RS_OK) {
        check_config(&config, about);
    }
}

static void try_file(struct rs_cx *cx, struct rs_str input)
{
    static char flag[] = "--config";
    char *args[] = {flag, path};

    if (ftruncate(file, 0) != 0 || pwrite(file, input.p, input.n, 0) != (ssize_t)input.n) {
        abort();
    }
    read_as(cx, 2, args, input);
}

/* Files of the disk are not this target's: an argument that names one is left out. */
static void try_args(struct rs_cx *cx, struct rs_str input)
{
    struct rs_str rest = input;
    char *args[ARGS_MAX];
    int n = 0;

    while (rest.n > 0 && n < ARGS_MAX) {
        const struct rs_str line = rs_arena_str(cx->arena, fuzz_line(&rest));

        if (!rs_str_starts(line, RS_STR("--config"))) {
            args[n++] = memcpy(rs_arena_alloc(cx->arena, line.n + 1, 1), line.p, line.n);
        }
    }
    read_as(cx, n, args, input);
}

static void try_config(struct rs_cx *cx, struct rs_str input)
{
    try_file(cx, input);
    try_args(cx, input);
}

static void put_words(void (*put)(struct rs_str word))
{
#define RS_SETTING(kind, name, value, least, greatest, what, help)                                 \
    put(RS_STR(#name));                                                                            \
    put(RS_STR(value));
#include "server/config.def"
#undef RS_SETTING
}

const struct fuzz_target fuzz_config = {.name = "config",
                                        .what = "configuration files and arguments",
                                        .open = open_file,
                                        .close = close_file,
                                        .one = try_config,
                                        .words = put_words};
