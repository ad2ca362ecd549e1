/* SPDX-License-Identifier: Apache-2.0 */
/* The short way to jansson's tree, for bodies as clients write them. May be included by json_in.c.
 */
#ifndef RS_API_JSON_TREE_H
#define RS_API_JSON_TREE_H

#include "base/str.h"

struct json_t;

/* The tree of an object that is plain: no escapes, names in ASCII, integers of 18 digits at most.
 * NULL for all else, broken or not: jansson reads that, and its word counts. What is given is what
 * jansson would give. As deep as the text goes, which is bounded before. The caller's. */
struct json_t *rs_json_tree(struct rs_str text);

#endif
