/* SPDX-License-Identifier: Apache-2.0 */
/* One table of settings and its readers. */
#include "server/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/guard.h"

enum setting_kind { TEXT, CHOICE, NUMBER, SWITCH };

struct setting {
    enum setting_kind kind;
    const char *member;
    size_t offset;
    const char *value; /* the default */
    int64_t least;
    int64_t greatest;
    const char *what; /* "N", "DIR"; of a choice, its values with '|' between them */
    const char *help;
};

static const struct setting settings[] = {
#define RS_SETTING(kind, name, value, least, greatest, what, help)                                 \
    {kind, #name, offsetof(struct rs_config, name), value, least, greatest, what, help},
#include "server/config.def"
#undef RS_SETTING
};

enum {
    N_SETTINGS = sizeof settings / sizeof settings[0],
    NAME_MAX_BYTES = 64,
    FILE_MAX = 64 << 10,
};

/* The member's name with another separator and case: "call-timeout", "RUNESTONE_CALL_TIMEOUT". */
static const char *flag_name(const struct setting *s, char *out)
{
    size_t n = 0;

    for (; n < NAME_MAX_BYTES - 1 && s->member[n] != '\0'; n++) {
        out[n] = s->member[n] == '_' ? '-' : s->member[n];
    }
    out[n] = '\0';
    return out;
}

static const char *variable_name(const struct setting *s, char *out)
{
    int n = snprintf(out, NAME_MAX_BYTES, "RUNESTONE_%s", s->member);

    for (; n > 0; n--) {
        const char c = out[n - 1];

        out[n - 1] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return out;
}

/* Whether `value` is one of the words between the bars of `choices`. */
static bool is_choice(const char *choices, struct rs_str value)
{
    struct rs_str rest = rs_str_of(choices);

    while (rest.n > 0) {
        const size_t bar = rs_str_find(rest, '|', 0);

        if (rs_str_eq(value, (struct rs_str){rest.p, bar})) {
            return true;
        }
        rest = rs_str_from(rest, bar < rest.n ? bar + 1 : bar);
    }
    return false;
}

/* Sets one setting; `from` says where the value was given. */
static enum rs_code put(struct rs_cx *cx, struct rs_config *c, const struct setting *s,
                        struct rs_str value, const char *from)
{
    void *at = (char *)c + s->offset;
    int64_t number = 0;

    if (s->kind == NUMBER) {
        if (!rs_str_to_i64(value, &number) || number < s->least || number > s->greatest) {
            return rs_fail(cx, RS_INVALID,
                           "%s is \"" RS_FMT "\", but must be a whole number from %lld to %lld",
                           from, RS_ARG(value), (long long)s->least, (long long)s->greatest);
        }
        *(unsigned *)at = (unsigned)number;
        return RS_OK;
    }
    if (s->kind == SWITCH) {
        if (!is_choice("yes|no", value)) {
            return rs_fail(cx, RS_INVALID, "%s is \"" RS_FMT "\", but must be yes or no", from,
                           RS_ARG(value));
        }
        *(bool *)at = rs_str_is(value, "yes");
        return RS_OK;
    }
    if (s->kind == CHOICE && !is_choice(s->what, value)) {
        return rs_fail(cx, RS_INVALID, "%s is \"" RS_FMT "\", but must be one of %s", from,
                       RS_ARG(value), s->what);
    }
    *(const char **)at = rs_arena_str(cx->arena, value).p;
    return RS_OK;
}

static const struct setting *find_flag(struct rs_str name)
{
    char buffer[NAME_MAX_BYTES];

    for (size_t i = 0; i < N_SETTINGS; i++) {
        if (rs_str_is(name, flag_name(&settings[i], buffer))) {
            return &settings[i];
        }
    }
    return NULL;
}

static enum rs_code put_defaults(struct rs_cx *cx, struct rs_config *c)
{
    for (size_t i = 0; i < N_SETTINGS; i++) {
        RS_TRY(put(cx, c, &settings[i], rs_str_of(settings[i].value), settings[i].member));
    }
    return RS_OK;
}

static enum rs_code put_line(struct rs_cx *cx, struct rs_config *c, struct rs_str line,
                             const char *from)
{
    const size_t hash = rs_str_find(line, '#', 0);
    line = rs_str_trim((struct rs_str){line.p, hash});
    const size_t equals = rs_str_find(line, '=', 0);

    if (line.n == 0) {
        return RS_OK;
    }
    const struct rs_str name = rs_str_trim((struct rs_str){line.p, equals});
    const struct setting *s = find_flag(name);
    if (equals == line.n || s == NULL) {
        return rs_fail(cx, RS_INVALID,
                       "%s: \"" RS_FMT
                       "\" is not a line `setting = value`; see runestone --help for the "
                       "settings",
                       from, RS_ARG(line));
    }
    return put(cx, c, s, rs_str_trim(rs_str_from(line, equals + 1)), from);
}

static enum rs_code put_text(struct rs_cx *cx, struct rs_config *c, struct rs_str text,
                             const char *path)
{
    for (int number = 1; text.n > 0; number++) {
        const size_t end = rs_str_find(text, '\n', 0);
        const struct rs_str from = rs_arena_fmt(cx->arena, "%s, line %d", path, number);

        RS_TRY(put_line(cx, c, (struct rs_str){text.p, end}, from.p));
        text = rs_str_from(text, end < text.n ? end + 1 : end);
    }
    return RS_OK;
}

static enum rs_code put_file(struct rs_cx *cx, struct rs_config *c, const char *path)
{
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        return rs_fail(cx, RS_INVALID, "could not open the configuration file \"%s\": %s", path,
                       strerror(errno));
    }
    char *text = rs_arena_alloc(cx->arena, 1, FILE_MAX);
    const size_t n = fread(text, 1, FILE_MAX, f);
    const bool failed = ferror(f) != 0;
    fclose(f);
    if (failed || n == FILE_MAX) {
        return rs_fail(cx, RS_INVALID, "could not read the configuration file \"%s\": %s", path,
                       failed ? strerror(errno) : "it is longer than 64 KiB");
    }
    return put_text(cx, c, (struct rs_str){text, n}, path);
}

static enum rs_code put_environment(struct rs_cx *cx, struct rs_config *c)
{
    char name[NAME_MAX_BYTES];

    for (size_t i = 0; i < N_SETTINGS; i++) {
        const char *value = getenv(variable_name(&settings[i], name));

        if (value != NULL) {
            RS_TRY(put(cx, c, &settings[i], rs_str_of(value), name));
        }
    }
    return RS_OK;
}

/* "--name value", "--name=value", or "--name" of a switch, at args[*i], which is moved past it. */
static enum rs_code next_flag(struct rs_cx *cx, int n_args, char *const *args, int *i,
                              struct rs_str flag[2])
{
    const struct rs_str arg = rs_str_of(args[(*i)++]);
    const size_t equals = rs_str_find(arg, '=', 0);

    if (!rs_str_starts(arg, RS_STR("--"))) {
        return rs_fail(cx, RS_INVALID, "could not understand \"" RS_FMT "\"; see runestone --help",
                       RS_ARG(arg));
    }
    flag[0] = (struct rs_str){arg.p + 2, equals - 2};
    if (equals < arg.n) {
        flag[1] = rs_str_from(arg, equals + 1);
        return RS_OK;
    }
    const struct setting *s = find_flag(flag[0]);
    if (s != NULL && s->kind == SWITCH) {
        flag[1] = RS_STR("yes");
        return RS_OK;
    }
    if (*i == n_args) {
        return rs_fail(cx, RS_INVALID, RS_FMT " needs a value; see runestone --help", RS_ARG(arg));
    }
    flag[1] = rs_str_of(args[(*i)++]);
    return RS_OK;
}

static enum rs_code put_flags(struct rs_cx *cx, int n_args, char *const *args, struct rs_config *c)
{
    for (int i = 0; i < n_args;) {
        struct rs_str flag[2];

        RS_TRY(next_flag(cx, n_args, args, &i, flag));
        const struct setting *s = find_flag(flag[0]);
        if (rs_str_is(flag[0], "config")) {
            continue; /* has been read already */
        }
        if (s == NULL) {
            return rs_fail(cx, RS_INVALID, "there is no flag --" RS_FMT "; see runestone --help",
                           RS_ARG(flag[0]));
        }
        const struct rs_str from = rs_arena_fmt(cx->arena, "--" RS_FMT, RS_ARG(flag[0]));
        RS_TRY(put(cx, c, s, flag[1], from.p));
    }
    return RS_OK;
}

static enum rs_code find_file(struct rs_cx *cx, int n_args, char *const *args, const char **path)
{
    *path = getenv("RUNESTONE_CONFIG");
    for (int i = 0; i < n_args;) {
        struct rs_str flag[2];

        RS_TRY(next_flag(cx, n_args, args, &i, flag));
        if (rs_str_is(flag[0], "config")) {
            *path = flag[1].p;
        }
    }
    return RS_OK;
}

static enum rs_code check_base_path(struct rs_cx *cx, const struct rs_config *c)
{
    const struct rs_str base = rs_str_of(c->base_path);

    if (base.n > 0 && (base.p[0] != '/' || base.p[base.n - 1] == '/')) {
        return rs_fail(cx, RS_INVALID,
                       "--base-path is \"%s\", but must start with a slash and not end with one",
                       c->base_path);
    }
    return RS_OK;
}

static enum rs_code check_host(struct rs_cx *cx, const struct rs_config *c)
{
    struct in6_addr address;

    if (inet_pton(AF_INET, c->host, &address) != 1 && inet_pton(AF_INET6, c->host, &address) != 1) {
        return rs_fail(cx, RS_INVALID,
                       "--host is \"%s\", but must be an IPv4 or IPv6 address, such as 127.0.0.1",
                       c->host);
    }
    if (!c->allow_remote && !rs_address_is_loopback(c->host)) {
        return rs_fail(
            cx, RS_INVALID,
            "--host is \"%s\", which is not this machine alone (127.0.0.1, ::1), and "
            "nobody is asked who they are: whoever reaches the port may read, change and "
            "delete everything. Give --allow-remote as well if that is meant",
            c->host);
    }
    return RS_OK;
}

enum rs_code rs_config_read(struct rs_cx *cx, int n_args, char *const *args, struct rs_config *out)
{
    const char *path = NULL;

    RS_TRY(put_defaults(cx, out));
    RS_TRY(find_file(cx, n_args, args, &path));
    if (path != NULL) {
        RS_TRY(put_file(cx, out, path));
    }
    RS_TRY(put_environment(cx, out));
    RS_TRY(put_flags(cx, n_args, args, out));
    RS_TRY(check_base_path(cx, out));
    return check_host(cx, out);
}

void rs_config_help(struct rs_buf *out)
{
    char name[NAME_MAX_BYTES];

    for (size_t i = 0; i < N_SETTINGS; i++) {
        const struct setting *s = &settings[i];

        rs_buf_fmt(out, "  --%s%s%s\n        %s (default: %s)\n", flag_name(s, name),
                   s->what[0] != '\0' ? " " : "", s->what, s->help,
                   s->value[0] != '\0' ? s->value : "none");
    }
    RS_BUF_LIT(out,
               "  --config FILE\n        a file of lines `setting = value`; # starts a comment\n");
}

void rs_config_markdown(struct rs_buf *out)
{
    char flag[NAME_MAX_BYTES];
    char variable[NAME_MAX_BYTES];

    RS_BUF_LIT(
        out,
        "# Settings\n\n"
        "Made by `runestone docs config` from src/server/config.def; `make docs` writes it anew.\n\n"
        "A flag wins over an environment variable, a variable over the file that `--config FILE` or\n"
        "`RUNESTONE_CONFIG` names, the file over the default. A line of the file is `setting = value`,\n"
        "the setting being the flag without its dashes; `#` starts a comment.\n\n"
        "| flag | variable | default | what it is |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < N_SETTINGS; i++) {
        const struct setting *s = &settings[i];

        rs_buf_fmt(out, "| `--%s` | `%s` | %s%s%s | %s", flag_name(s, flag),
                   variable_name(s, variable), s->value[0] ? "`" : "", s->value,
                   s->value[0] ? "`" : "", s->help);
        if (s->kind == NUMBER) {
            rs_buf_fmt(out, "; %lld to %lld", (long long)s->least, (long long)s->greatest);
        }
        RS_BUF_LIT(out, " |\n");
    }
}
