/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON that shares no line with the one it judges (RFC 8259). May be included by
 * tests/fuzz. */
#ifndef RS_TESTS_FUZZ_IS_JSON_H
#define RS_TESTS_FUZZ_IS_JSON_H

#include "base/str.h"

/* Whether the whole text is one JSON value in UTF-8. */
bool fuzz_is_json(struct rs_str text);

/* Whether the whole text is a number as JSON writes it. */
bool fuzz_is_json_number(struct rs_str text);

/* How many members the object has that the text is; -1: it is none. */
int64_t fuzz_json_members(struct rs_str text);

#endif
