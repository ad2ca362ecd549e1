/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a JSON object's text without taking its values apart: for JSON that a client sends as a
 * text and that we only copy. May be included by api. */
#ifndef RS_API_JSON_SCAN_H
#define RS_API_JSON_SCAN_H

#include "base/str.h"

/* As they stand in the text. */
struct rs_json_member {
    struct rs_str name; /* without its quotes; escapes stay */
    struct rs_str value;
};

/* The next member of an object, from byte *at on (0 at first), which is moved behind it; false when
 * there is none. `object` is valid JSON: rs_json_decode has read it. */
bool rs_json_next(struct rs_str object, size_t *at, struct rs_json_member *out);

#endif
