/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text: the form by examples, the digits by millions of doubles against the C library.
 */
#include "base/num.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/expect.h"

enum { TEXT_ROOM = RS_F64_TEXT_MAX + 1, N_RANDOM = 300000 };

START_TEST(integers_are_written_in_decimal)
{
    static const int64_t cases[] = {0,       1,         -1,        9,        10,    -10,
                                    99,      100,       101,       9999,     10000, 999999,
                                    1000000, 123456789, INT64_MAX, INT64_MIN};
    char want[32];
    char got[RS_I64_TEXT_MAX] = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(want, sizeof want, "%" PRId64, cases[i]);
        ck_assert_text(((struct rs_str){got, rs_i64_text(cases[i], got)}), want);
    }
}
END_TEST

START_TEST(integers_of_every_length_are_written_in_decimal)
{
    uint64_t v = 1;

    for (int i = 0; i < 64 * 1000; i++) {
        const int64_t n = (int64_t)(v >> (i % 64));
        char want[32];
        char got[RS_I64_TEXT_MAX] = {0};

        snprintf(want, sizeof want, "%" PRId64, n);
        if (!rs_str_is((struct rs_str){got, rs_i64_text(n, got)}, want)) {
            ck_abort_msg("%s", want);
        }
        v = v * 6364136223846793005u + 1442695040888963407u;
    }
}
END_TEST

/* Writes v and ends it with a NUL. */
static void write_text(double v, char text[TEXT_ROOM])
{
    text[rs_f64_text(v, text)] = '\0';
}

/* Each is its own repr. The last four lie closest to a whole number of quarters of their last
 * digit. */
static const struct rs_str REPRS = RS_STR_INIT(
    "0.0 -0.0 1.0 -1.0 123.0 100.0 1000000.0 0.1 -0.1 0.25 4.35 0.3 "
    "0.30000000000000004 2.675 98.6 1234567.891 3.141592653589793 0.001 0.0001 "
    "0.00012345 9.999e-05 1e-05 1.5e-07 1e-06 1.2e-06 9007199254740991.0 "
    "9007199254740992.0 9007199254740994.0 1000000000000000.0 999999999999999.9 "
    "9999999999999998.0 1e+16 1.2e+16 1.2345678901234568e+16 1e+22 1e+23 8.41e+21 "
    "9.223372036854776e+18 1.8446744073709552e+19 1e+100 1.5e+300 2.5e-308 5e-324 "
    "1e-323 1.5e-323 2.225073858507201e-308 2.2250738585072014e-308 "
    "1.7976931348623157e+308 9.5367431640625e-07 5.684341886080802e-14 "
    "1.1102230246251565e-16 4.656612873077393e-10 9.007199254740992e+16 "
    "7.205759403792794e+16 0.9999999999999999 1.0000000000000002 -123456.789 "
    "299792458.0 1.3076622631878654e+65 6.538311315939327e+64 6.802601037806062e+215 "
    "6.794064501329792e-246");

START_TEST(doubles_have_the_form_of_pythons_repr)
{
    for (size_t at = 0; at < REPRS.n;) {
        const size_t end = rs_str_find(REPRS, ' ', at);
        char text[TEXT_ROOM];

        write_text(strtod(REPRS.p + at, NULL), text);
        ck_assert_text(((struct rs_str){REPRS.p + at, end - at}), text);
        at = end + 1;
    }
}
END_TEST

/* Copies the digits of a number to `out`, without the zeros at both ends, which its form adds. */
static size_t digits_of(const char *text, char *out)
{
    size_t n = 0;

    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= (n > 0 ? '0' : '1') && *text <= '9') {
            out[n++] = *text;
        }
    }
    while (n > 0 && out[n - 1] == '0') {
        n--;
    }
    out[n] = '\0';
    return n;
}

static uint64_t bits_of(double v)
{
    uint64_t bits = 0;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* That the text of v reads back as v, that no shorter one does, and that no other of its length is
 * nearer. Says so only where it is wrong: an assertion that holds costs more than all of this. */
static void check_shortest(double v)
{
    char text[TEXT_ROOM];
    char other[TEXT_ROOM];
    char digits[TEXT_ROOM];
    char other_digits[TEXT_ROOM];

    write_text(v, text);
    if (bits_of(strtod(text, NULL)) != bits_of(v)) {
        ck_abort_msg("%s is not %.17g", text, v);
    }
    const int n = (int)digits_of(text, digits);
    snprintf(other, sizeof other, "%.*e", n > 1 ? n - 2 : 0, v);
    if (n > 1 && strtod(other, NULL) == v) {
        ck_abort_msg("%s is shorter than %s", other, text);
    }
    /* At a power of two the nearest of a length may lie outside the half that is narrower. */
    if (n == 0 || (bits_of(v) & 0xFFFFFFFFFFFFF) == 0) {
        return;
    }
    snprintf(other, sizeof other, "%.*e", n - 1, v);
    digits_of(other, other_digits);
    if (strcmp(digits, other_digits) != 0) {
        ck_abort_msg("%s is nearer than %s", other, text);
    }
}

static double double_of(uint64_t bits)
{
    double v = 0;

    memcpy(&v, &bits, sizeof v);
    return v;
}

START_TEST(random_doubles_are_written_exactly_and_as_short_as_can_be)
{
    uint64_t bits = 88172645463325252u;

    for (int i = 0; i < N_RANDOM; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        if (isfinite(double_of(bits))) {
            check_shortest(double_of(bits));
        }
    }
}
END_TEST

START_TEST(doubles_with_few_digits_are_written_with_few_digits)
{
    uint64_t random = 1;

    for (int i = 0; i < N_RANDOM; i++) {
        static const double scales[] = {1e0, 1e1, 1e2, 1e3, 1e5, 1e6, 1e7, 1e8, 1e-3, 1e-9};

        random = random * 6364136223846793005u + 1442695040888963407u;
        check_shortest((double)(random >> (20 + i % 44)) / scales[i % 10]);
    }
}
END_TEST

START_TEST(both_ends_of_every_binary_exponent_are_written_exactly)
{
    for (uint64_t exponent = 0; exponent < 0x7FF; exponent++) {
        const uint64_t base = exponent << 52;

        for (uint64_t i = 0; i < 8; i++) {
            check_shortest(double_of(base + i));
            check_shortest(double_of(base + (1ull << 52) - 1 - i));
            check_shortest(-double_of(base + (1ull << 51) + i));
        }
    }
}
END_TEST

START_TEST(the_neighbours_of_every_power_of_ten_are_written_exactly)
{
    for (int exponent = -323; exponent <= 308; exponent++) {
        char text[16];

        snprintf(text, sizeof text, "1e%d", exponent);
        const uint64_t bits = bits_of(strtod(text, NULL));
        for (uint64_t i = 0; i <= 8; i++) {
            check_shortest(double_of(bits > 4 ? bits - 4 + i : i));
        }
    }
}
END_TEST

START_TEST(the_extremes_are_written_exactly)
{
    check_shortest(DBL_MAX);
    check_shortest(-DBL_MAX);
    check_shortest(DBL_MIN);
    check_shortest(DBL_TRUE_MIN);
    check_shortest(DBL_EPSILON);
    check_shortest(-0.0);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, integers_are_written_in_decimal);
    tcase_add_test(t, integers_of_every_length_are_written_in_decimal);
    tcase_add_test(t, doubles_have_the_form_of_pythons_repr);
    tcase_add_test(t, random_doubles_are_written_exactly_and_as_short_as_can_be);
    tcase_add_test(t, doubles_with_few_digits_are_written_with_few_digits);
    tcase_add_test(t, both_ends_of_every_binary_exponent_are_written_exactly);
    tcase_add_test(t, the_neighbours_of_every_power_of_ten_are_written_exactly);
    tcase_add_test(t, the_extremes_are_written_exactly);
}

int main(void)
{
    return run_tests("base/num", add);
}
