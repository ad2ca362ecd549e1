/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses are public. */
#include "outbound/address.h"

#include <arpa/inet.h>

#include "base/expect.h"

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return rs_address_is_public((const struct sockaddr *)&v4);
    }
    ck_assert_msg(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1, "%s", text);
    return rs_address_is_public((const struct sockaddr *)&v6);
}

START_TEST(addresses_of_the_internet_are_public)
{
    static const char *const cases[] = {
        "1.1.1.1",      "8.8.8.8",         "9.255.255.255",  "11.0.0.0",    "100.63.0.1",
        "100.128.0.0",  "126.255.255.255", "128.0.0.1",      "172.15.0.1",  "172.32.0.0",
        "192.169.0.1",  "198.20.0.0",      "223.255.0.1",    "169.253.0.1", "2606:4700:4700::1111",
        "2a00:1450::1", "2001:4860::",     "::ffff:8.8.8.8", "2001:200::1", "3ffe::1",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(is_public(cases[i]), "%s", cases[i]);
    }
}
END_TEST

START_TEST(addresses_of_ours_and_of_nobody_are_not)
{
    static const char *const cases[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "::ffff:0:7f00:1",
        "5f00::1",
    };
    const struct sockaddr none = {.sa_family = AF_UNIX};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(!is_public(cases[i]), "%s", cases[i]);
    }
    ck_assert(!rs_address_is_public(&none));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, addresses_of_the_internet_are_public);
    tcase_add_test(t, addresses_of_ours_and_of_nobody_are_not);
}

int main(void)
{
    return run_tests("outbound/address", add);
}
