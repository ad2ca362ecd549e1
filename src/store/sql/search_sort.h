/* SPDX-License-Identifier: Apache-2.0 */
/* Sort keys: the columns that hold them, ORDER BY, and the condition that a row comes after a given
 * one. May be included by store/sql.
 *
 * A missing value comes last in both directions; a metric that is NaN stands between the values and
 * the missing ones. The last key of all is unique, so a row's key says exactly where it stands. */
#ifndef RS_STORE_SQL_SEARCH_SORT_H
#define RS_STORE_SQL_SEARCH_SORT_H

#include "store/search.h"
#include "store/sql/search_text.h"

/* What the rows of one statement have in a key. Numbers as in page tokens. */
enum rs_sort_class {
    RS_CLASS_VALUE = 0,
    RS_CLASS_NAN = 1, /* of metrics only */
    RS_CLASS_MISSING = 2,
    RS_CLASS_ANY = 3,
};

struct rs_sort {
    const char *value;     /* expression */
    const char *is_nan;    /* of metrics: an expression that is 0, 1, or NULL where it is missing */
    const char *before;    /* an expression that rises with `value` and is in an index; or NULL */
    enum rs_val_kind kind; /* of the value */
    enum rs_sort_class class; /* RS_CLASS_VALUE also where nothing can be missing */
    bool descending;
};

struct rs_sorts {
    struct rs_sort *p;
    size_t n;
};

/* How many values a row's key has: two for a metric (its class and its value), one for each other.
 */
size_t rs_sorts_width(const struct rs_sorts *sorts);

/* RS_INVALID when a page token's values are not a key of these sorts. */
enum rs_code rs_sorts_check(struct rs_cx *cx, const struct rs_sorts *sorts,
                            const struct rs_search_page *page);

/* `, expr AS k0, expr AS k1`: after a first column, which is the id. */
void rs_sorts_columns(struct rs_query *q, const struct rs_sorts *sorts);

/* ` ORDER BY k0 DESC, k1`. */
void rs_sorts_order(struct rs_query *q, const struct rs_sorts *sorts);

/* ` AND (...)`: the row comes after the page's key. Nothing when n_after is 0. */
void rs_sorts_after(struct rs_query *q, const struct rs_sorts *sorts,
                    const struct rs_search_page *page);

/* ` AND expr >= $n`: the first key that varies, alone, is not before the page's: a bound that an
 * index takes. Nothing when rows may miss it. */
void rs_sorts_bound(struct rs_query *q, const struct rs_sorts *sorts,
                    const struct rs_search_page *page);

/* Collects the rows of one statement into out->ids from out->n on: at most page->limit ids in all,
 * and out->last if there is one more. */
enum rs_code rs_sorts_collect(struct rs_cx *cx, struct rs_rows *rows, const struct rs_sorts *sorts,
                              size_t limit, struct rs_found *out);

#endif
