/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of the log, as they arrive at the other end of a pipe on standard error. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/expect.h"
#include "support/divert.h"

enum { N_THREADS = 4, N_EACH = 500 };

/* What a call of the log wrote, with a NUL. */
static char written[2 * RS_LOG_LINE_MAX];

/* The line that these fields make, in `written`; returned without its newline. */
static struct rs_str line_of(enum rs_log_level level, const struct rs_log_field *fields, size_t n)
{
    int saved = -1;
    const int end = divert(&saved);

    rs_log_write(level, "it_happened", fields, n);
    restore(saved);
    const ssize_t got = read(end, written, sizeof written - 1);
    close(end);
    ck_assert_int_gt(got, 1);
    ck_assert_int_le(got, RS_LOG_LINE_MAX);
    written[got] = '\0';
    ck_assert_ptr_eq(strchr(written, '\n'), written + got - 1);
    return (struct rs_str){written, (size_t)got - 1};
}

/* That text is a time such as 2024-02-29T23:59:59.999Z. */
static void expect_time(struct rs_str text)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";

    ck_assert_uint_eq(text.n, sizeof form - 1);
    for (size_t i = 0; i < text.n; i++) {
        const bool digit = text.p[i] >= '0' && text.p[i] <= '9';

        ck_assert_msg(form[i] == 'd' ? digit : text.p[i] == form[i], RS_FMT, RS_ARG(text));
    }
}

/* What follows the time, the level and the event on a line of text. */
static struct rs_str text_of(const struct rs_log_field *fields, size_t n)
{
    static const struct rs_str head = RS_STR_INIT(" level=warn event=it_happened");

    rs_log_init(RS_LOG_TEXT, RS_LOG_DEBUG);
    const struct rs_str line = line_of(RS_LOG_WARN, fields, n);
    ck_assert(rs_str_starts(line, RS_STR("time=")));
    expect_time((struct rs_str){line.p + 5, 24});
    const struct rs_str rest = rs_str_from(line, 29);
    ck_assert(rs_str_starts(rest, head));
    return rs_str_from(rest, head.n);
}

/* The line as a JSON object; the caller's, json_decref. */
static json_t *json_of(const struct rs_log_field *fields, size_t n)
{
    rs_log_init(RS_LOG_JSON, RS_LOG_DEBUG);
    const struct rs_str line = line_of(RS_LOG_WARN, fields, n);
    json_t *root = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_msg(json_is_object(root), "%s", written);
    expect_time(rs_str_of(json_string_value(json_object_get(root, "time"))));
    ck_assert_str_eq(json_string_value(json_object_get(root, "level")), "warn");
    ck_assert_str_eq(json_string_value(json_object_get(root, "event")), "it_happened");
    return root;
}

START_TEST(a_line_of_text_has_plain_words_bare_and_others_quoted)
{
    const struct rs_log_field fields[] = {
        RS_LOG_S("a", RS_STR("/plain-word_1.0:x")),
        RS_LOG_Z("b", "two words"),
        RS_LOG_I("c", -42),
        RS_LOG_Z("d", ""),
        RS_LOG_Z("e", "k=v"),
        RS_LOG_I("f", INT64_MIN),
    };

    ck_assert_text(text_of(fields, 6), " a=/plain-word_1.0:x b=\"two words\" c=-42 d=\"\" e=\"k=v\""
                                       " f=-9223372036854775808");
    ck_assert_text(text_of(NULL, 0), "");
}
END_TEST

START_TEST(what_could_forge_a_line_or_drive_a_terminal_is_escaped_in_text)
{
    static const struct {
        const char *value;
        const char *want;
    } cases[] = {
        {"a\nlevel=error", " v=\"a\\nlevel=error\""},
        {"\r\t\b\x01\x7F", " v=\"\\r\\t\\u0008\\u0001\\u007f\""},
        {"\x1B[31mred", " v=\"\\u001b[31mred\""},
        {"\xC2\x9B"
         "31m",
         " v=\"\\u009b31m\""},
        {"say \"hi\" \\o/", " v=\"say \\\"hi\\\" \\\\o/\""},
        {"\xFF\xC3(", " v=\"\\xff\\xc3(\""},
        {"\xE2\x80\xA8\xE2\x80\xAE", " v=\"\\u2028\\u202e\""},
        {"caf\xC3\xA9 \xF0\x9F\x98\x80", " v=\"caf\xC3\xA9 \xF0\x9F\x98\x80\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_text(text_of(&RS_LOG_Z("v", cases[i].value), 1), cases[i].want);
    }
    ck_assert_text(text_of(&RS_LOG_S("v", RS_STR("a\0b")), 1), " v=\"a\\u0000b\"");
}
END_TEST

START_TEST(a_json_reader_gets_back_what_was_logged)
{
    static const char text[] = "\"quoted\" \\ / \n\r\t\b\x1B\x7F \xC2\x9B \xE2\x80\xA8 caf\xC3\xA9";
    const struct rs_log_field fields[] = {RS_LOG_Z("v", text), RS_LOG_I("n", INT64_MAX),
                                          RS_LOG_Z("empty", "")};
    json_t *root = json_of(fields, 3);

    ck_assert_str_eq(json_string_value(json_object_get(root, "v")), text);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "n")), INT64_MAX);
    ck_assert_str_eq(json_string_value(json_object_get(root, "empty")), "");
    ck_assert_uint_eq(json_object_size(root), 6);
    json_decref(root);
    for (size_t i = 0; written[i] != '\n'; i++) {
        ck_assert_msg((unsigned char)written[i] >= 0x20 && written[i] != 0x7F, "byte %zu", i);
    }
}
END_TEST

START_TEST(broken_utf8_is_replaced_in_json)
{
    json_t *root = json_of(&RS_LOG_Z("v", "a\xFF\xC3(\xED\xA0\x80"), 1);

    ck_assert_str_eq(json_string_value(json_object_get(root, "v")),
                     "a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    json_decref(root);
}
END_TEST

START_TEST(an_absent_string_leaves_its_field_out)
{
    const struct rs_log_field fields[] = {RS_LOG_Z("who", NULL), RS_LOG_I("n", 0)};

    ck_assert_text(text_of(fields, 2), " n=0");
    json_t *root = json_of(fields, 2);
    ck_assert_ptr_null(json_object_get(root, "who"));
    json_decref(root);
}
END_TEST

START_TEST(a_long_value_is_cut_between_characters)
{
    char text[RS_LOG_VALUE_MAX + 2];
    char wide[3 * RS_LOG_VALUE_MAX];

    memset(text, 'x', sizeof text);
    const struct rs_str most = text_of(&RS_LOG_S("v", ((struct rs_str){text, RS_LOG_VALUE_MAX})),
                                       1);
    ck_assert_uint_eq(most.n, 3 + RS_LOG_VALUE_MAX);
    const struct rs_str cut = text_of(&RS_LOG_S("v", ((struct rs_str){text, sizeof text})), 1);
    ck_assert_uint_eq(cut.n, 3 + 2 + RS_LOG_VALUE_MAX);
    ck_assert_text(rs_str_from(cut, cut.n - 5), "x...\"");
    for (size_t i = 0; i < sizeof wide; i += 3) {
        memcpy(wide + i, "\xE2\x82\xAC", 3);
    }
    json_t *root = json_of(&RS_LOG_S("v", ((struct rs_str){wide, sizeof wide})), 1);
    const struct rs_str got = rs_str_of(json_string_value(json_object_get(root, "v")));
    ck_assert_uint_le(got.n, RS_LOG_VALUE_MAX);
    ck_assert_uint_gt(got.n, RS_LOG_VALUE_MAX - 6);
    ck_assert_text(rs_str_from(got, got.n - 6), "\xE2\x82\xAC...");
    json_decref(root);
}
END_TEST

START_TEST(a_quoted_value_that_just_fits_is_not_cut)
{
    char text[RS_LOG_VALUE_MAX];

    memset(text, 'x', sizeof text);
    json_t *root = json_of(&RS_LOG_S("v", ((struct rs_str){text, sizeof text})), 1);
    ck_assert_uint_eq(json_string_length(json_object_get(root, "v")), RS_LOG_VALUE_MAX);
    ck_assert_int_eq(json_string_value(json_object_get(root, "v"))[RS_LOG_VALUE_MAX - 1], 'x');
    json_decref(root);
}
END_TEST

START_TEST(fields_that_do_not_fit_are_left_out_whole_and_the_line_says_so)
{
    char text[1900];

    memset(text, '\n', sizeof text);
    const struct rs_str value = {text, sizeof text};
    const struct rs_log_field fields[] = {RS_LOG_S("a", value), RS_LOG_S("b", value),
                                          RS_LOG_I("c", 1)};
    json_t *root = json_of(fields, 3);
    ck_assert_ptr_nonnull(json_object_get(root, "a"));
    ck_assert_ptr_null(json_object_get(root, "b"));
    ck_assert_int_eq(json_integer_value(json_object_get(root, "cut")), 1);
    json_decref(root);
    const struct rs_str line = text_of(fields, 3);
    ck_assert(rs_str_starts(line, RS_STR(" a=\"\\n")));
    ck_assert_text(rs_str_from(line, line.n - 12), "\\n...\" cut=1");
}
END_TEST

START_TEST(lines_of_every_length_end_whole)
{
    char text[RS_LOG_VALUE_MAX];

    memset(text, 'x', sizeof text);
    for (size_t n = RS_LOG_VALUE_MAX - 200; n < RS_LOG_VALUE_MAX; n++) {
        const struct rs_log_field fields[] = {
            RS_LOG_S("a", ((struct rs_str){text, RS_LOG_VALUE_MAX})),
            RS_LOG_S("b", ((struct rs_str){text, n})), RS_LOG_I("c", 7)};
        json_t *root = json_of(fields, 3);
        const bool cut = json_object_get(root, "cut") != NULL;

        ck_assert(cut != (json_object_get(root, "c") != NULL));
        json_decref(root);
    }
}
END_TEST

/* Counts its calls: what a log statement evaluates. */
static int calls;

static int64_t count_call(void)
{
    return ++calls;
}

START_TEST(a_level_below_the_least_is_neither_written_nor_evaluated)
{
    int saved = -1;
    const int end = divert(&saved);

    rs_log_init(RS_LOG_TEXT, RS_LOG_WARN);
    ck_assert(!rs_log_is_on(RS_LOG_INFO));
    ck_assert(rs_log_is_on(RS_LOG_WARN));
    rs_log(RS_LOG_DEBUG, "quiet", RS_LOG_I("n", count_call()));
    rs_log(RS_LOG_INFO, "quiet", RS_LOG_I("n", count_call()));
    rs_log(RS_LOG_ERROR, "loud", RS_LOG_I("n", count_call()), RS_LOG_Z("why", "x"));
    restore(saved);
    const ssize_t n = read(end, written, sizeof written - 1);
    ck_assert_int_gt(n, 0);
    written[n] = '\0';
    ck_assert_ptr_nonnull(strstr(written, "level=error event=loud n=1 why=x\n"));
    ck_assert_ptr_null(strstr(written, "quiet"));
    close(end);
}
END_TEST

START_TEST(without_init_information_is_written_as_text)
{
    ck_assert(rs_log_is_on(RS_LOG_INFO));
    ck_assert(!rs_log_is_on(RS_LOG_DEBUG));
    ck_assert(rs_str_starts(line_of(RS_LOG_INFO, NULL, 0), RS_STR("time=")));
}
END_TEST

START_TEST(a_line_that_cannot_be_written_is_counted_and_errno_is_kept)
{
    const int saved = dup(STDERR_FILENO);

    ck_assert_uint_eq(rs_log_dropped(), 0);
    close(STDERR_FILENO);
    errno = ENOENT;
    rs_log_write(RS_LOG_ERROR, "lost", NULL, 0);
    const int after = errno;
    restore(saved);
    ck_assert_int_eq(after, ENOENT);
    ck_assert_uint_eq(rs_log_dropped(), 1);
    line_of(RS_LOG_ERROR, NULL, 0);
    ck_assert_uint_eq(rs_log_dropped(), 1);
}
END_TEST

static void *log_much(void *arg)
{
    char text[1500];

    memset(text, *(const char *)arg, sizeof text);
    for (int i = 0; i < N_EACH; i++) {
        rs_log(RS_LOG_INFO, "much", RS_LOG_S("v", ((struct rs_str){text, sizeof text})));
    }
    return NULL;
}

/* Reads what the threads log until all have closed their end; counts whole lines by the letter of
 * their thread. */
static void *read_lines(void *arg)
{
    static int counts[N_THREADS];
    FILE *from = fdopen(*(const int *)arg, "r");
    char line[RS_LOG_LINE_MAX + 2];

    while (fgets(line, sizeof line, from) != NULL) {
        const char *value = strstr(line, " v=");
        const char letter = value ? value[3] : '?';
        const size_t same = value ? strspn(value + 3, (const char[]){letter, '\0'}) : 0;

        if (same == 1500 && value[3 + 1500] == '\n' && letter >= 'a' && letter < 'a' + N_THREADS) {
            counts[letter - 'a']++;
        }
    }
    fclose(from);
    return counts;
}

START_TEST(lines_of_many_threads_do_not_mix)
{
    static const char letters[N_THREADS] = {'a', 'b', 'c', 'd'};
    pthread_t threads[N_THREADS];
    pthread_t reader;
    int saved = -1;
    int end = divert(&saved);
    void *counts = NULL;

    ck_assert_int_eq(pthread_create(&reader, NULL, read_lines, &end), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        void *letter = (void *)(uintptr_t)&letters[i];

        ck_assert_int_eq(pthread_create(&threads[i], NULL, log_much, letter), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    restore(saved);
    ck_assert_int_eq(pthread_join(reader, &counts), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(((const int *)counts)[i], N_EACH);
    }
    ck_assert_uint_eq(rs_log_dropped(), 0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_line_of_text_has_plain_words_bare_and_others_quoted);
    tcase_add_test(t, what_could_forge_a_line_or_drive_a_terminal_is_escaped_in_text);
    tcase_add_test(t, a_json_reader_gets_back_what_was_logged);
    tcase_add_test(t, broken_utf8_is_replaced_in_json);
    tcase_add_test(t, an_absent_string_leaves_its_field_out);
    tcase_add_test(t, a_long_value_is_cut_between_characters);
    tcase_add_test(t, a_quoted_value_that_just_fits_is_not_cut);
    tcase_add_test(t, fields_that_do_not_fit_are_left_out_whole_and_the_line_says_so);
    tcase_add_test(t, lines_of_every_length_end_whole);
    tcase_add_test(t, a_level_below_the_least_is_neither_written_nor_evaluated);
    tcase_add_test(t, without_init_information_is_written_as_text);
    tcase_add_test(t, a_line_that_cannot_be_written_is_counted_and_errno_is_kept);
    tcase_add_test(t, lines_of_many_threads_do_not_mix);
}

int main(void)
{
    return run_tests("base/log", add);
}
