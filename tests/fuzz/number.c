/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: our reading against the C library's, and our writing against its reading. The input is
 * a text, and the bits of doubles. */
#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/json_out.h"
#include "is_json.h"
#include "model/integer.h"
#include "target.h"

enum { TEXT_MAX = 400 }; /* of what rs_str_to_f64 takes */

static uint64_t bits_of(double v)
{
    uint64_t bits = 0;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static bool same(double a, double b)
{
    return bits_of(a) == bits_of(b);
}

static void check_reading(struct rs_cx *cx, struct rs_str input)
{
    const struct rs_str text = rs_arena_str(cx->arena, input);
    char *end = NULL;
    double v = 0;
    int64_t i = 0;

    if (rs_str_to_f64(input, &v)) {
        FUZZ_HOLDS(same(v, strtod(text.p, &end)) && end == text.p + text.n, input);
    } else {
        FUZZ_HOLDS(input.n > TEXT_MAX || !fuzz_is_json_number(input), input);
    }
    errno = 0;
    const long long whole = strtoll(text.p, &end, 10);
    const bool is_whole = errno == 0 && input.n > 0 && end == text.p + text.n &&
                          strchr(" \t\n\v\f\r", text.p[0]) == NULL;
    FUZZ_HOLDS(rs_str_to_i64(input, &i) == is_whole && (!is_whole || i == whole), input);
    FUZZ_HOLDS(!is_whole || (rs_integer_parse(input, &i) && i == whole), input);
}

/* How many digits carry the value: without sign, point, exponent, and zeros at both ends. */
static size_t digits_of(struct rs_str s)
{
    size_t n = 0;
    size_t zeros = 0;

    for (size_t i = 0; i < s.n && s.p[i] != 'e'; i++) {
        if (s.p[i] == '0') {
            zeros += n > 0;
        } else if (s.p[i] >= '1' && s.p[i] <= '9') {
            n += zeros + 1;
            zeros = 0;
        }
    }
    return n;
}

/* What is written reads back as the same bits, in no more digits than any precision that does. */
static void check_writing(double v)
{
    char text[RS_F64_TEXT_MAX + 2];
    char other[64];
    const size_t n = rs_f64_text(v, text);
    const struct rs_str about = {text, n};
    double read = 0;

    FUZZ_HOLDS(n <= RS_F64_TEXT_MAX, about);
    text[n] = '\0';
    FUZZ_HOLDS(same(v, strtod(text, NULL)), about);
    FUZZ_HOLDS(fuzz_is_json_number(about) && rs_str_to_f64(about, &read) && same(v, read), about);
    for (int precision = 0; precision < 17; precision++) {
        snprintf(other, sizeof other, "%.*e", precision, v);
        if (same(v, strtod(other, NULL))) {
            FUZZ_HOLDS(digits_of(about) <= (size_t)precision + 1, about);
            return;
        }
    }
}

static void check_integer(int64_t v)
{
    char text[RS_I64_TEXT_MAX + 1];
    const struct rs_str about = {text, rs_i64_text(v, text)};
    int64_t read = 0;

    FUZZ_HOLDS(about.n <= RS_I64_TEXT_MAX && rs_str_to_i64(about, &read) && read == v, about);
}

static void try_number(struct rs_cx *cx, struct rs_str input)
{
    struct rs_buf json = {.max = 64};

    check_reading(cx, input);
    for (size_t at = 0; at + sizeof(double) <= input.n; at += sizeof(double)) {
        double v = 0;
        int64_t bits = 0;

        memcpy(&v, input.p + at, sizeof v);
        memcpy(&bits, input.p + at, sizeof bits);
        check_integer(bits);
        if (isfinite(v)) {
            check_writing(v);
        }
        rs_buf_clear(&json);
        rs_json_f64(&json, v);
        FUZZ_HOLDS(fuzz_is_json(rs_buf_view(&json)), rs_buf_view(&json));
    }
    rs_buf_fini(&json);
}

const struct fuzz_target fuzz_number = {
    .name = "number", .what = "numbers as text, both ways", .one = try_number};
