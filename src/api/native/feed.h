/* SPDX-License-Identifier: Apache-2.0 */
/* GET events: the log of events as a list, as a long poll, and as a stream. May be included by
 * api/native and server. */
#ifndef RS_API_NATIVE_FEED_H
#define RS_API_NATIVE_FEED_H

#include "http/exchange.h"
#include "model/field.h"

/* The arguments of its query. */
extern const struct rs_fields rs_feed_request_fields;

/* serve() of the route. */
void rs_feed_serve(struct rs_exchange *x);

#endif
