/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a request says that it is for, and what page has made it: what a browser can be made to send
 * by a page that its user merely visits. May be included by http and server.
 *
 * A list is text with commas between its items; "*" is everything. */
#ifndef RS_HTTP_GUARD_H
#define RS_HTTP_GUARD_H

#include "base/str.h"

/* Whether this server may be called by the value of a header Host: localhost, an address that is
 * loopback, unspecified or private (RFC 1918, RFC 4193), or an item of `allowed`: "name" with any
 * port, "name:port", or "*.suffix" for the names below it. A page that has its own name resolve to
 * our address (DNS rebinding) still sends its own name. False for what is no host. */
bool rs_host_is_allowed(struct rs_str host, struct rs_str allowed);

/* Whether a page of `origin`, the value of a header Origin, is one of ours: it came from `host`,
 * the request's own. */
bool rs_origin_is_own(struct rs_str origin, struct rs_str host);

/* Whether `origin` is an item of `allowed`: "https://name:port", case ignored. */
bool rs_origin_is_allowed(struct rs_str origin, struct rs_str allowed);

/* Whether only programs of this machine can reach a server that listens on this IPv4 or IPv6
 * address. */
bool rs_address_is_loopback(const char *address);

/* Whether s can be the authority of a URL: a name or an address, and perhaps a port (RFC 3986,
 * section 3.2.2). */
bool rs_host_is_valid(struct rs_str s);

#endif
