/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that are made only while something is as their caller has seen it: If-Match and
 * If-None-Match (RFC 9110, section 13.1) on what points at versions. May be included by api. */
#ifndef RS_API_CONDITION_H
#define RS_API_CONDITION_H

#include "api/call.h"

/* The entity tag, without its quotes, of what points at these n versions, which ascend: "3", or
 * "2.3"; of more than 64 the SHA-256 of that text. Absent when n is 0: nothing is there. The
 * arena's. */
struct rs_str rs_versions_etag(struct rs_arena *a, const int64_t *versions, size_t n);

/* Sends an entity tag with the reply; none when it is absent. */
void rs_call_set_etag(struct rs_call *c, struct rs_str etag);

/* Whether the call has a condition, and its state must be looked up. */
bool rs_call_is_conditional(const struct rs_call *c);

/* RS_UNMET when the state is not what the call asks for; `what` was not moved, says the message. In
 * a WRITE call the state that was looked up by the handler is still so when it writes. */
enum rs_code rs_condition_check(struct rs_call *c, struct rs_str what, struct rs_str etag);

#endif
