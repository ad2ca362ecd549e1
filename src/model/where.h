/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a request a field stands, and the quoting of what was sent: both for messages, in
 * MLflow's words. May be included by model, service and api. */
#ifndef RS_MODEL_WHERE_H
#define RS_MODEL_WHERE_H

#include "base/cx.h"

/* {0}: the field is the request's own, "key". {"tags", 3}: it is an item's, "tags[3].key". */
struct rs_where {
    const char *list;
    size_t index;
};

#define RS_ALONE ((struct rs_where){NULL, 0})
#define RS_ITEM(list_name, i) ((struct rs_where){(list_name), (i)})

/* "tags[3].key" or "key"; the arena's. */
struct rs_str rs_where_text(struct rs_arena *a, struct rs_where at, const char *field);

/* The text as a JSON string in ASCII: `"e\u0301"`. The arena's; what no message can hold is left
 * out. */
struct rs_str rs_quote_ascii(struct rs_arena *a, struct rs_str s);

/* The text as Python's repr writes it: `'a\n'`, `"it's"`. The arena's; cut likewise. */
struct rs_str rs_quote_repr(struct rs_arena *a, struct rs_str s);

/* RS_INVALID `'label' exceeds the maximum length of N characters` when s has more than max code
 * points. */
enum rs_code rs_length_check(struct rs_cx *cx, const char *label, size_t max, struct rs_str s);

#endif
