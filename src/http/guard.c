/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts are parsed, never compared by their beginnings: "10.evil.example" is no address. */
#include "http/guard.h"

#include <arpa/inet.h>

enum {
    HOST_MAX = 255 + 6, /* bytes: a name of the DNS, and a port */
    PORT_DIGITS = 5,
};

struct host {
    struct rs_str name; /* without brackets */
    struct rs_str port; /* absent when there is none */
    bool is_v6;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(struct rs_str s, const char *also)
{
    size_t i = 0;

    for (; i < s.n; i++) {
        const char c = s.p[i];
        const bool alnum = is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

        if (!alnum && (c == '\0' || strchr(also, c) == NULL)) {
            return false;
        }
    }
    return i > 0;
}

/* ":5000", or nothing. */
static bool parse_port(struct rs_str s, struct rs_str *out)
{
    if (s.n == 0) {
        return true;
    }
    *out = rs_str_from(s, 1);
    for (size_t i = 0; i < out->n; i++) {
        if (!is_digit(out->p[i])) {
            return false;
        }
    }
    return s.p[0] == ':' && out->n > 0 && out->n <= PORT_DIGITS;
}

static bool parse_host(struct rs_str s, struct host *out)
{
    *out = (struct host){0};
    if (s.n == 0 || s.n > HOST_MAX) {
        return false;
    }
    out->is_v6 = s.p[0] == '[';
    const size_t start = out->is_v6 ? 1 : 0;
    const size_t end = rs_str_find(s, out->is_v6 ? ']' : ':', start);
    if (out->is_v6 && end == s.n) {
        return false;
    }
    out->name = (struct rs_str){s.p + start, end - start};
    return is_name(out->name, out->is_v6 ? ":." : ".-_") &&
           parse_port(rs_str_from(s, end + start), &out->port);
}

static bool is_private_v4(const char *text)
{
    struct in_addr address;

    if (inet_pton(AF_INET, text, &address) != 1) {
        return false;
    }
    const uint32_t a = ntohl(address.s_addr);
    return a == 0 || a >> 24 == 127 || a >> 24 == 10 || a >> 20 == (172U << 4 | 1) ||
           a >> 16 == (192U << 8 | 168);
}

static bool is_private_v6(const char *text)
{
    struct in6_addr a;

    return inet_pton(AF_INET6, text, &a) == 1 &&
           (IN6_IS_ADDR_LOOPBACK(&a) || (a.s6_addr[0] & 0xFE) == 0xFC);
}

static bool is_near(const struct host *h)
{
    char text[INET6_ADDRSTRLEN];

    if (rs_str_eq_nocase(h->name, RS_STR("localhost"))) {
        return !h->is_v6;
    }
    if (h->name.n >= sizeof text) {
        return false;
    }
    memcpy(text, h->name.p, h->name.n);
    text[h->name.n] = '\0';
    return h->is_v6 ? is_private_v6(text) : is_private_v4(text);
}

/* The next item of a list, without blanks around it; the list is moved behind it. */
static struct rs_str next_item(struct rs_str *list)
{
    const size_t comma = rs_str_find(*list, ',', 0);
    const struct rs_str item = {list->p, comma};

    *list = rs_str_from(*list, comma < list->n ? comma + 1 : comma);
    return rs_str_trim(item);
}

static bool host_matches(const struct host *h, struct rs_str item)
{
    struct host want;

    if (rs_str_is(item, "*")) {
        return true;
    }
    if (rs_str_starts(item, RS_STR("*."))) {
        const struct rs_str suffix = rs_str_from(item, 1);

        return h->name.n > suffix.n &&
               rs_str_eq_nocase(rs_str_from(h->name, h->name.n - suffix.n), suffix);
    }
    return parse_host(item, &want) && want.is_v6 == h->is_v6 &&
           rs_str_eq_nocase(want.name, h->name) &&
           (want.port.p == NULL || rs_str_eq(want.port, h->port));
}

bool rs_host_is_allowed(struct rs_str host, struct rs_str allowed)
{
    struct host h;

    if (!parse_host(host, &h)) {
        return false;
    }
    if (is_near(&h)) {
        return true;
    }
    while (allowed.n > 0) {
        if (host_matches(&h, next_item(&allowed))) {
            return true;
        }
    }
    return false;
}

bool rs_origin_is_own(struct rs_str origin, struct rs_str host)
{
    static const struct rs_str schemes[] = {RS_STR_INIT("http://"), RS_STR_INIT("https://")};

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (rs_str_starts(origin, schemes[i])) {
            return host.n > 0 && rs_str_eq_nocase(rs_str_from(origin, schemes[i].n), host);
        }
    }
    return false;
}

bool rs_origin_is_allowed(struct rs_str origin, struct rs_str allowed)
{
    while (allowed.n > 0) {
        const struct rs_str item = next_item(&allowed);

        if (rs_str_is(item, "*") || (item.n > 0 && rs_str_eq_nocase(item, origin))) {
            return true;
        }
    }
    return false;
}

bool rs_address_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, address, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == 127;
    }
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool rs_host_is_valid(struct rs_str s)
{
    struct host h;

    return parse_host(s, &h);
}
