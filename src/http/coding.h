/* SPDX-License-Identifier: Apache-2.0 */
/* Which codings of a reply a client takes (RFC 9110, section 12.5.3). May be included by http. */
#ifndef RS_HTTP_CODING_H
#define RS_HTTP_CODING_H

#include "base/str.h"

/* Whether the value of a header Accept-Encoding, such as "gzip;q=0.8, br, *;q=0", allows this
 * coding. Its own entry counts before that of "*". One with a weight of 0, or of no number,
 * refuses. An absent header allows none: whoever says nothing may not know any. */
bool rs_coding_is_taken(struct rs_str header, struct rs_str coding);

#endif
