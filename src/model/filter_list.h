/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of texts in filters: ('a', "b"), which MLflow reads as Python reads a tuple. May be
 * included by model only. */
#ifndef RS_MODEL_FILTER_LIST_H
#define RS_MODEL_FILTER_LIST_H

#include "base/cx.h"
#include "base/val.h"

/* Reads a list with its parentheses into texts; at least one. The array is cx's. Backslashes escape
 * as in Python, save for the numeric and the rarer escapes, which are refused; texts side by side
 * are one. RS_INVALID on anything else. */
enum rs_code rs_filter_list(struct rs_cx *cx, struct rs_str list, struct rs_val **values,
                            size_t *n_values);

#endif
