/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are anybody's on the internet, and which are ours. May be included by
 * outbound. */
#ifndef RS_OUTBOUND_ADDRESS_H
#define RS_OUTBOUND_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether an address is one of the public internet: not of this host, of a private or
 * link-local network, of a multicast group, nor of a range that is reserved (IANA's registries),
 * and not one of those in the clothes of IPv6. Families other than IPv4 and IPv6 are not. */
bool rs_address_is_public(const struct sockaddr *address);

#endif
