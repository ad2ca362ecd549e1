/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text, the way that the wire wants them. May be included by every room. */
#ifndef RS_BASE_NUM_H
#define RS_BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

enum {
    RS_I64_TEXT_MAX = 20, /* "-9223372036854775808" */
    RS_F64_TEXT_MAX = 32, /* "-2.2250738585072014e-308" takes 24 */
};

/* Writes v in decimal without a NUL; returns the number of bytes, at most RS_I64_TEXT_MAX. */
size_t rs_i64_text(int64_t v, char *out);

/* Writes a finite v with the fewest digits that read back as the same double, in the form of
 * Python's repr ("1.0", "0.1", "1e-05", "1.7976931348623157e+308"), which is what replies hold.
 * `out` has room for RS_F64_TEXT_MAX bytes; without a NUL; returns the number of bytes. */
size_t rs_f64_text(double v, char *out);

#endif
