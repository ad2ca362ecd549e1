/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator sees. */
#include "upkeep/report.h"

#include "support/trial.h"

#include <stdlib.h>

static char *text;
static size_t n_text;
static struct rs_report report;

static void open_all(void)
{
    report = (struct rs_report){.out = open_memstream(&text, &n_text)};
}

static void close_all(void)
{
    fclose(report.out);
    free(text);
    close_context();
}

START_TEST(a_finding_is_one_line_and_counted)
{
    rs_report_finding(&report, "bytes are missing", RS_STR("blob ü"), "upload again");
    fflush(report.out);
    ck_assert_str_eq(text, "bytes are missing: blob ü: upload again\n");
    ck_assert_int_eq(report.findings, 1);
    rs_report_note(&report, "note: %d", 7);
    fflush(report.out);
    ck_assert_str_eq(strchr(text, '\n'), "\nnote: 7\n");
    ck_assert_int_eq(report.findings, 1);
}
END_TEST

START_TEST(nothing_that_drives_a_terminal_gets_through)
{
    static const char bytes[] = "a\x1b[31m\n\r\t\x7f\xc2\x9b\xe2\x80\xae\xff\0z";

    rs_report_finding(&report, "w", (struct rs_str){bytes, sizeof bytes - 1}, "d");
    fflush(report.out);
    ck_assert_str_eq(text, "w: a?[31m????????z: d\n");
}
END_TEST

START_TEST(progress_is_shown_on_a_terminal_only_and_wiped_off_before_a_line)
{
    const struct rs_progress p = {"blobs", 1, 2, 1000000, 2000000};
    char *seen = NULL;
    size_t n = 0;

    rs_report_progress(&report, &p);
    fflush(report.out);
    ck_assert_uint_eq(n_text, 0);
    report.progress = open_memstream(&seen, &n);
    rs_report_progress(&report, &p);
    rs_report_progress(&report, &p); /* too soon */
    fflush(report.progress);
    ck_assert_str_eq(seen, "\r\033[Kblobs: 1 of 2, 1.0 of 2.0 MB");
    rs_report_note(&report, "note");
    ck_assert_str_eq(seen, "\r\033[Kblobs: 1 of 2, 1.0 of 2.0 MB\r\033[K");
    fclose(report.progress);
    report.progress = NULL;
    free(seen);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_finding_is_one_line_and_counted);
    tcase_add_test(t, nothing_that_drives_a_terminal_gets_through);
    tcase_add_test(t, progress_is_shown_on_a_terminal_only_and_wiped_off_before_a_line);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "upkeep/report", .open = open_all, .close = close_all, .add = add});
}
