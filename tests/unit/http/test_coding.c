/* SPDX-License-Identifier: Apache-2.0 */
/* What a client says of the codings that it takes. */
#include "http/coding.h"

#include "base/expect.h"

static void check_all(const char *const *headers, size_t n, bool want)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(rs_coding_is_taken(rs_str_of(headers[i]), RS_STR("gzip")) == want, "%s",
                      headers[i] != NULL ? headers[i] : "(none)");
    }
}

START_TEST(a_coding_that_is_named_is_taken)
{
    static const char *const headers[] = {"gzip",
                                          "GZip",
                                          "gzip, deflate, br, zstd",
                                          "deflate,gzip",
                                          " gzip ;q=1",
                                          "gzip;q=0.001",
                                          "gzip;x=0",
                                          "gzip ; Q = 0.5",
                                          "*",
                                          "br;q=1, *;q=0.1",
                                          ",,gzip",
                                          "gzip, *;q=0",
                                          "*;q=0, gzip",
                                          "identity;q=1,gzip"};

    check_all(headers, sizeof headers / sizeof headers[0], true);
}
END_TEST

START_TEST(a_coding_without_weight_is_refused)
{
    static const char *const headers[] = {
        "gzip;q=0",    "gzip;q=0.000", "gzip;q=0, *",   "*, gzip;q=0", "*;q=0",     "gzip;q=",
        "gzip;q=much", "gzip;q=-1",    "gzip;x=1; q=0", "gzip;q",      "gzip;q=nan"};

    check_all(headers, sizeof headers / sizeof headers[0], false);
}
END_TEST

START_TEST(a_coding_that_nobody_names_is_not_taken)
{
    static const char *const headers[] = {NULL,      "",    "identity", "br",
                                          "gzipped", "gzi", ", ;",      "q=1"};

    check_all(headers, sizeof headers / sizeof headers[0], false);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_coding_that_is_named_is_taken);
    tcase_add_test(t, a_coding_without_weight_is_refused);
    tcase_add_test(t, a_coding_that_nobody_names_is_not_taken);
}

int main(void)
{
    return run_tests("http/coding", add);
}
