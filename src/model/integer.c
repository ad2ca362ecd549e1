/* SPDX-License-Identifier: Apache-2.0 */
/* Python's int() of a text. */
#include "model/integer.h"

enum { DIGITS_MAX = 24 }; /* with the sign, without zeros in front; a number of 64 bits has 19 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* What Python's strip takes away of ASCII; rs_str_trim leaves the separators 0x1C to 0x1F. */
static struct rs_str strip(struct rs_str s)
{
    while (s.n > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r') ||
                       (s.p[0] >= 0x1C && s.p[0] <= 0x1F))) {
        s = rs_str_from(s, 1);
    }
    while (s.n > 0) {
        const char c = s.p[s.n - 1];

        if (c != ' ' && !(c >= '\t' && c <= '\r') && !(c >= 0x1C && c <= 0x1F)) {
            break;
        }
        s.n--;
    }
    return s;
}

/* Copies the sign and the digits without the "_" between them, and without zeros in front; 0 when
 * that is not what s is, or it is too long for a number of 64 bits. */
static size_t plain_digits(struct rs_str s, char out[DIGITS_MAX])
{
    size_t n = 0;
    size_t at = 0;
    size_t first = 0; /* where the digits begin in out */

    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        out[n++] = s.p[at++];
        first = n;
    }
    for (bool after_digit = false; at < s.n; at++) {
        if (s.p[at] == '_' && after_digit && at + 1 < s.n && is_digit(s.p[at + 1])) {
            after_digit = false;
            continue;
        }
        if (n == first + 1 && out[first] == '0') {
            n = first;
        }
        if (!is_digit(s.p[at]) || n == DIGITS_MAX) {
            return 0;
        }
        out[n++] = s.p[at];
        after_digit = true;
    }
    return n;
}

bool rs_integer_parse(struct rs_str text, int64_t *out)
{
    char digits[DIGITS_MAX];
    const size_t n = plain_digits(strip(text), digits);

    return n > 0 && rs_str_to_i64((struct rs_str){digits, n}, out);
}
