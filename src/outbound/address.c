/* SPDX-License-Identifier: Apache-2.0 */
/* IANA's special-purpose address registries as tables. */
#include "outbound/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range4 {
    uint32_t net;
    unsigned bits;
};

static const struct range4 special4[] = {
    {0x00000000, 8},  /* this host */
    {0x0A000000, 8},  /* private */
    {0x64400000, 10}, /* carriers' NAT */
    {0x7F000000, 8},  /* loopback */
    {0xA9FE0000, 16}, /* link-local: clouds' metadata */
    {0xAC100000, 12}, /* private */
    {0xC0000000, 24}, /* protocol assignments */
    {0xC0000200, 24}, /* documentation */
    {0xC0586300, 24}, /* 6to4 relays */
    {0xC0A80000, 16}, /* private */
    {0xC6120000, 15}, /* benchmarks */
    {0xC6336400, 24}, /* documentation */
    {0xCB007100, 24}, /* documentation */
    {0xE0000000, 4},  /* multicast */
    {0xF0000000, 4},  /* reserved, broadcast */
};

static bool is_public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof special4 / sizeof special4[0]; i++) {
        if ((address ^ special4[i].net) >> (32 - special4[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

static uint32_t word(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Of IPv6, 2000::/3 is the internet; in it, 2001::/23 (Teredo and other tunnels), documentation and
 * 6to4, which carries any IPv4 address, are not. */
static bool is_public6(const unsigned char *p)
{
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};

    if (memcmp(p, mapped, sizeof mapped) == 0) {
        return is_public4(word(p + 12));
    }
    const uint32_t first = word(p);
    return first >> 29 == 1 && first >> 9 != 0x20010000u >> 9 && first != 0x20010DB8u &&
           first >> 16 != 0x2002 && first >> 12 != 0x3FFF0000u >> 12;
}

bool rs_address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return is_public4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        return is_public6(v6.sin6_addr.s6_addr);
    }
    return false;
}
