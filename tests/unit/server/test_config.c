/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: who wins, and what the operator is told. */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/trial.h"

enum { ARGS_MAX = 8 };

static struct rs_config config;

static void open_all(void)
{
    unsetenv("RUNESTONE_CONFIG");
    unsetenv("RUNESTONE_PORT");
    unsetenv("RUNESTONE_CALL_TIMEOUT");
}

/* Reads the settings from flags that are separated by blanks. */
static enum rs_code read_flags(const char *flags)
{
    char *args[ARGS_MAX];
    int n = 0;
    struct rs_str rest = rs_str_of(flags);

    while (rest.n > 0) {
        const size_t end = rs_str_find(rest, ' ', 0);

        ck_assert_int_lt(n, ARGS_MAX);
        args[n++] = (char *)(uintptr_t)rs_arena_str(&arena, (struct rs_str){rest.p, end}).p;
        rest = rs_str_from(rest, end < rest.n ? end + 1 : end);
    }
    config = (struct rs_config){0};
    return rs_config_read(&cx, n, args, &config);
}

/* Writes a configuration file and reads it, with more flags behind it. */
static enum rs_code read_file(struct rs_str text, const char *flags)
{
    const char *path = folder_path(&arena, "config");
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text.p, 1, text.n, f), text.n);
    fclose(f);
    return read_flags(rs_arena_fmt(&arena, "--config %s%s", path, flags).p);
}

START_TEST(without_a_word_the_defaults_hold)
{
    ck_ok(read_flags(""));
    ck_assert_str_eq(config.host, "127.0.0.1");
    ck_assert_uint_eq(config.port, 5000);
    ck_assert_str_eq(config.data, "./runestone-data");
    ck_assert_str_eq(config.base_path, "");
    ck_assert_uint_ge(config.io_threads, 2);
    ck_assert_str_eq(config.log_format, "text");
}
END_TEST

START_TEST(a_flag_has_its_value_behind_a_blank_or_an_equals_sign)
{
    ck_ok(read_flags("--port 80 --host=::1 --data /a=b --call-timeout=7"));
    ck_assert_uint_eq(config.port, 80);
    ck_assert_str_eq(config.host, "::1");
    ck_assert_str_eq(config.data, "/a=b");
    ck_assert_uint_eq(config.call_timeout, 7);
    ck_ok(read_flags("--port 1 --port 2"));
    ck_assert_uint_eq(config.port, 2);
    ck_ok(read_flags("--data="));
    ck_assert_str_eq(config.data, "");
}
END_TEST

START_TEST(a_flag_wins_over_a_variable_a_variable_over_the_file_the_file_over_the_default)
{
    const struct rs_str file = RS_STR("port = 1\ncall-timeout = 1\nreaders = 1\n");

    ck_ok(read_file(file, ""));
    ck_assert_uint_eq(config.port, 1);
    setenv("RUNESTONE_PORT", "2", 1);
    setenv("RUNESTONE_CALL_TIMEOUT", "2", 1);
    ck_ok(read_file(file, ""));
    ck_assert_uint_eq(config.port, 2);
    ck_assert_uint_eq(config.call_timeout, 2);
    ck_ok(read_file(file, " --port 3"));
    ck_assert_uint_eq(config.port, 3);
    ck_assert_uint_eq(config.call_timeout, 2);
    ck_assert_uint_eq(config.readers, 1);
    ck_assert_str_eq(config.host, "127.0.0.1");
}
END_TEST

START_TEST(a_variable_may_name_the_file_and_the_flag_wins)
{
    ck_ok(read_file(RS_STR("port = 77"), ""));
    setenv("RUNESTONE_CONFIG", folder_path(&arena, "config"), 1);
    ck_ok(read_flags(""));
    ck_assert_uint_eq(config.port, 77);
    setenv("RUNESTONE_CONFIG", "/nowhere/at/all", 1);
    ck_ok(read_file(RS_STR("port = 78"), ""));
    ck_assert_uint_eq(config.port, 78);
    ck_fails(read_flags(""), RS_INVALID,
             "could not open the configuration file \"/nowhere/at/all\": No such file");
}
END_TEST

START_TEST(a_file_has_comments_blank_lines_and_blanks)
{
    ck_ok(read_file(
        RS_STR("# all\n\n  port=9 # the port\r\n\thost\t=\t::1\ndata = a b\nlog-format = json"),
        ""));
    ck_assert_uint_eq(config.port, 9);
    ck_assert_str_eq(config.host, "::1");
    ck_assert_str_eq(config.data, "a b");
    ck_assert_str_eq(config.log_format, "json");
}
END_TEST

START_TEST(a_number_that_is_none_or_out_of_range_is_refused)
{
    static const char *const bad[] = {"x",   "",     "-1",  "65536",
                                      "80x", "0x50", "1.5", "99999999999999999999"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct rs_str want = rs_arena_fmt(
            &arena, "--port is \"%s\", but must be a whole number from 0 to 65535", bad[i]);

        ck_fails(read_flags(rs_arena_fmt(&arena, "--port=%s", bad[i]).p), RS_INVALID, want.p);
    }
    ck_fails(read_flags("--io-threads 1"), RS_INVALID, "from 2 to 64");
    setenv("RUNESTONE_PORT", "many", 1);
    ck_fails(read_flags(""), RS_INVALID, "RUNESTONE_PORT is \"many\", but must be");
}
END_TEST

START_TEST(a_choice_is_one_of_its_words)
{
    ck_ok(read_flags("--log-level warn"));
    ck_assert_str_eq(config.log_level, "warn");
    ck_fails(read_flags("--log-level loud"), RS_INVALID,
             "--log-level is \"loud\", but must be one of debug|info|warn|error");
    ck_fails(read_flags("--log-level=info|warn"), RS_INVALID, "must be one of");
    ck_fails(read_flags("--log-level="), RS_INVALID, "must be one of");
}
END_TEST

START_TEST(a_switch_alone_says_yes)
{
    ck_ok(read_flags(""));
    ck_assert(!config.allow_remote);
    ck_ok(read_flags("--allow-remote --port 80"));
    ck_assert(config.allow_remote);
    ck_assert_uint_eq(config.port, 80);
    ck_ok(read_flags("--allow-remote --allow-remote=no"));
    ck_assert(!config.allow_remote);
    ck_ok(read_file(RS_STR("allow-remote = yes"), ""));
    ck_assert(config.allow_remote);
    ck_fails(read_flags("--allow-remote=maybe"), RS_INVALID,
             "--allow-remote is \"maybe\", but must be yes or no");
    ck_fails(read_flags("--allow-remote no"), RS_INVALID, "could not understand \"no\"");
}
END_TEST

START_TEST(an_address_that_others_reach_must_be_meant)
{
    static const char *const open[] = {"0.0.0.0", "::", "192.168.1.7", "8.8.8.8"};
    static const char *const bad[] = {"", "localhost", "127.1", "[::1]"};

    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        ck_fails(read_flags(rs_arena_fmt(&arena, "--host=%s", open[i]).p), RS_INVALID,
                 "Give --allow-remote as well");
        ck_ok(read_flags(rs_arena_fmt(&arena, "--allow-remote --host=%s", open[i]).p));
    }
    ck_ok(read_flags("--host 127.9.9.9"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_fails(read_flags(rs_arena_fmt(&arena, "--allow-remote --host=%s", bad[i]).p), RS_INVALID,
                 "must be an IPv4 or IPv6 address");
    }
}
END_TEST

START_TEST(what_is_no_flag_is_refused)
{
    ck_fails(read_flags("--prot 80"), RS_INVALID, "there is no flag --prot; see runestone --help");
    ck_fails(read_flags("--call_timeout 80"), RS_INVALID, "there is no flag --call_timeout");
    ck_fails(read_flags("-- 80"), RS_INVALID, "there is no flag --");
    ck_fails(read_flags("port 80"), RS_INVALID, "could not understand \"port\"");
    ck_fails(read_flags("-p 80"), RS_INVALID, "could not understand \"-p\"");
    ck_fails(read_flags("--port"), RS_INVALID, "--port needs a value");
    ck_fails(read_flags("--config"), RS_INVALID, "--config needs a value");
}
END_TEST

START_TEST(a_wrong_line_of_a_file_is_named_by_its_number)
{
    ck_fails(read_file(RS_STR("port = 1\n\nprot = 2\n"), ""), RS_INVALID,
             "config, line 3: \"prot = 2\" is not a line `setting = value`");
    ck_fails(read_file(RS_STR("port\n"), ""), RS_INVALID, "line 1: \"port\" is not a line");
    ck_fails(read_file(RS_STR("port = x\n"), ""), RS_INVALID,
             "line 1 is \"x\", but must be a whole number");
    ck_fails(read_file(RS_STR("config = y\n"), ""), RS_INVALID, "is not a line");
    ck_fails(read_file(RS_STR("--port = 1\n"), ""), RS_INVALID, "is not a line");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_refused)
{
    char *huge = rs_arena_alloc(&arena, 1, 70000);

    memset(huge, '#', 70000);
    ck_fails(read_file((struct rs_str){huge, 70000}, ""), RS_INVALID, "longer than 64 KiB");
    ck_fails(read_flags("--config /"), RS_INVALID, "could not read the configuration file \"/\"");
    ck_fails(read_flags("--config="), RS_INVALID, "could not open the configuration file \"\"");
}
END_TEST

START_TEST(a_base_path_starts_with_a_slash_and_does_not_end_with_one)
{
    ck_ok(read_flags("--base-path /ml/x"));
    ck_assert_str_eq(config.base_path, "/ml/x");
    ck_fails(read_flags("--base-path ml"), RS_INVALID, "--base-path is \"ml\", but must start");
    ck_fails(read_flags("--base-path /ml/"), RS_INVALID, "not end with one");
    ck_fails(read_flags("--base-path /"), RS_INVALID, "not end with one");
}
END_TEST

START_TEST(help_and_documentation_name_every_setting)
{
    static const char *const members[] = {
#define RS_SETTING(kind, name, ...) #name,
#include "server/config.def"
#undef RS_SETTING
    };
    struct rs_buf help = {.max = 1 << 20};
    struct rs_buf markdown = {.max = 1 << 20};

    rs_config_help(&help);
    rs_config_markdown(&markdown);
    rs_buf_putc(&help, '\0');
    rs_buf_putc(&markdown, '\0');
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char *flag = (char *)(uintptr_t)rs_arena_fmt(&arena, "--%s", members[i]).p;

        for (char *c = flag; *c != '\0'; c++) {
            *c = *c == '_' ? '-' : *c;
        }
        ck_assert_msg(strstr(help.p, flag) != NULL, "%s is not in the help", flag);
        ck_assert_msg(strstr(markdown.p, flag) != NULL, "%s is not documented", flag);
    }
    ck_assert_ptr_nonnull(strstr(markdown.p, "`RUNESTONE_CALL_TIMEOUT`"));
    rs_buf_fini(&help);
    rs_buf_fini(&markdown);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, without_a_word_the_defaults_hold);
    tcase_add_test(t, a_flag_has_its_value_behind_a_blank_or_an_equals_sign);
    tcase_add_test(t,
                   a_flag_wins_over_a_variable_a_variable_over_the_file_the_file_over_the_default);
    tcase_add_test(t, a_variable_may_name_the_file_and_the_flag_wins);
    tcase_add_test(t, a_file_has_comments_blank_lines_and_blanks);
    tcase_add_test(t, a_number_that_is_none_or_out_of_range_is_refused);
    tcase_add_test(t, a_choice_is_one_of_its_words);
    tcase_add_test(t, a_switch_alone_says_yes);
    tcase_add_test(t, an_address_that_others_reach_must_be_meant);
    tcase_add_test(t, what_is_no_flag_is_refused);
    tcase_add_test(t, a_wrong_line_of_a_file_is_named_by_its_number);
    tcase_add_test(t, a_file_that_cannot_be_read_is_refused);
    tcase_add_test(t, a_base_path_starts_with_a_slash_and_does_not_end_with_one);
    tcase_add_test(t, help_and_documentation_name_every_setting);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "server/config", .open = open_all, .close = close_context, .add = add});
}
