/* SPDX-License-Identifier: Apache-2.0 */
/* How values of the model stand in columns. May be included by store/sql. */
#ifndef RS_STORE_SQL_VALUES_H
#define RS_STORE_SQL_VALUES_H

#include <math.h>

#include "store/db/db.h"

/* Text of a column that is never NULL: an absent string is an empty one. */
static inline struct rs_val rs_text_or_empty(struct rs_str s)
{
    return rs_text(s.p != NULL ? s : RS_STR(""));
}

/* A double as two columns, value and is_nan: NaN is no value of a database. */
static inline struct rs_val rs_double_value(double v)
{
    return rs_f64(isnan(v) ? 0 : v);
}

static inline struct rs_val rs_double_is_nan(double v)
{
    return rs_i64(isnan(v) ? 1 : 0);
}

/* The double that two such columns hold. */
static inline double rs_row_double(struct rs_rows *rows, unsigned value, unsigned is_nan)
{
    return rs_row_i64(rows, is_nan) != 0 ? (double)NAN : rs_row_f64(rows, value);
}

#endif
