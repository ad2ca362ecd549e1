/* SPDX-License-Identifier: Apache-2.0 */
/* Whether work may be sent to this server. May be included by api/native. */
#ifndef RS_API_NATIVE_READY_H
#define RS_API_NATIVE_READY_H

#include "api/call.h"

/* Whether changes are taken: nobody has asked the server to stop, no sync has failed, and the
 * committer has not been at one batch for longer than the setting stall-timeout, as it is when a
 * sync hangs. RS_UNAVAILABLE, with the reason. Reads memory only; any thread. */
enum rs_code rs_ready_check(struct rs_cx *cx, const struct rs_api *api);

/* GET /readyz: that, and that the database answers. Does not wait for a disk that hangs. */
void rs_ready_serve(struct rs_exchange *x);

#endif
