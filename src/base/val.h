/* SPDX-License-Identifier: Apache-2.0 */
/* One value of one of four kinds: what a statement binds and returns, and what a page token
 * carries. May be included by every room. */
#ifndef RS_BASE_VAL_H
#define RS_BASE_VAL_H

#include "base/str.h"

enum rs_val_kind { RS_VAL_NULL, RS_VAL_I64, RS_VAL_F64, RS_VAL_STR };

struct rs_val {
    enum rs_val_kind kind;
    union {
        int64_t i;
        double f;
        struct rs_str s; /* borrowed */
    };
};

static inline struct rs_val rs_null(void)
{
    return (struct rs_val){.kind = RS_VAL_NULL};
}

static inline struct rs_val rs_i64(int64_t i)
{
    return (struct rs_val){.kind = RS_VAL_I64, .i = i};
}

/* NaN is no value of a database (SQLite makes it NULL): who stores one keeps a flag beside it. */
static inline struct rs_val rs_f64(double f)
{
    return (struct rs_val){.kind = RS_VAL_F64, .f = f};
}

/* An absent string is NULL. */
static inline struct rs_val rs_text(struct rs_str s)
{
    return (struct rs_val){.kind = s.p ? RS_VAL_STR : RS_VAL_NULL, .s = s};
}

#endif
