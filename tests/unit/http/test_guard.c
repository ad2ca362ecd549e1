/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and origins: what a browser can be made to send. */
#include "http/guard.h"

#include "support/trial.h"

static void check_hosts(const char *const *hosts, size_t n, const char *allowed, bool want)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(rs_host_is_allowed(rs_str_of(hosts[i]), rs_str_of(allowed)) == want,
                      "\"%s\" with \"%s\"", hosts[i], allowed);
    }
}

#define CHECK_HOSTS(hosts, allowed, want)                                                          \
    check_hosts(hosts, sizeof(hosts) / sizeof(hosts)[0], allowed, want)

START_TEST(this_machine_and_private_addresses_are_allowed)
{
    static const char *const hosts[] = {
        "localhost",      "localhost:5000", "LocalHost:1",    "127.0.0.1",
        "127.0.0.1:5000", "127.8.9.1:1",    "0.0.0.0:5000",   "10.0.0.1",
        "10.255.1.2:80",  "172.16.0.1",     "172.31.255.255", "192.168.1.1:5000",
        "[::1]",          "[::1]:5000",     "[fc00::1]:5000", "[fd12:3456::1]",
    };

    CHECK_HOSTS(hosts, "", true);
}
END_TEST

START_TEST(other_names_and_addresses_are_not)
{
    static const char *const hosts[] = {
        "evil.example",
        "evil.example:5000",
        "10.evil.example",
        "10.0.0.1.evil.example",
        "192.168.1.1.e",
        "127.0.0.1.e",
        "localhost.evil.e",
        "evil.e.localhost",
        "localhost.",
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "192.169.0.1",
        "11.0.0.1",
        "169.254.169.254",
        "[2001:db8::1]",
        "[fe80::1]",
        "[::]",
        "[::ffff:10.0.0.1]",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.1",
        "10.1",
        "[localhost]",
        "[127.0.0.1]",
        "::1",
    };

    CHECK_HOSTS(hosts, "", false);
    CHECK_HOSTS(hosts, "good.example, ,", false);
}
END_TEST

START_TEST(what_is_no_host_is_not_allowed_whatever_is)
{
    static const char *const hosts[] = {
        "",
        ":5000",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "a:1:2",
        "a b",
        "a@localhost",
        "localhost/x",
        "localhost?",
        "localhost#",
        "[::1",
        "[::1]x",
        "[::1]:",
        "[]",
        "a,localhost",
        "loc\xC3\xA4l",
        "http://localhost",
        "localhost,evil.example",
    };

    CHECK_HOSTS(hosts, "*", false);
    ck_assert(!rs_host_is_allowed((struct rs_str){"localhost\0x", 11}, RS_STR("*")));
    ck_assert(!rs_host_is_allowed((struct rs_str){0}, RS_STR("*")));
}
END_TEST

START_TEST(names_of_the_list_are_allowed)
{
    static const char *const yes[] = {"ml.example",        "ML.example:5000",    "other.example:81",
                                      "a.deep.example",    "a.b.deep.example:9", "8.8.8.8:5000",
                                      "[2001:db8::1]:5000"};
    static const char *const no[] = {"other.example", "other.example:82", "deep.example",
                                     "xdeep.example", "xml.example",      "ml.example.evil.e"};
    static const char list[] = "ml.example, other.example:81,*.deep.example ,8.8.8.8,[2001:db8::1]";

    CHECK_HOSTS(yes, list, true);
    CHECK_HOSTS(no, list, false);
    CHECK_HOSTS(no, "x,*", true);
}
END_TEST

START_TEST(an_origin_is_own_when_it_is_the_host)
{
    ck_assert(rs_origin_is_own(RS_STR("http://localhost:5000"), RS_STR("localhost:5000")));
    ck_assert(rs_origin_is_own(RS_STR("https://ML.example"), RS_STR("ml.example")));
    ck_assert(!rs_origin_is_own(RS_STR("http://localhost:3000"), RS_STR("localhost:5000")));
    ck_assert(!rs_origin_is_own(RS_STR("http://localhost.evil.example"), RS_STR("localhost")));
    ck_assert(!rs_origin_is_own(RS_STR("null"), RS_STR("localhost")));
    ck_assert(!rs_origin_is_own(RS_STR(""), RS_STR("localhost")));
    ck_assert(!rs_origin_is_own(RS_STR("http://"), RS_STR("")));
    ck_assert(!rs_origin_is_own(RS_STR("ftp://localhost"), RS_STR("localhost")));
}
END_TEST

START_TEST(an_origin_is_allowed_when_the_list_has_it)
{
    const struct rs_str list = RS_STR("https://a.example, http://localhost:3000");

    ck_assert(rs_origin_is_allowed(RS_STR("https://a.example"), list));
    ck_assert(rs_origin_is_allowed(RS_STR("HTTP://LOCALHOST:3000"), list));
    ck_assert(rs_origin_is_allowed(RS_STR("null"), RS_STR("*")));
    ck_assert(!rs_origin_is_allowed(RS_STR("http://a.example"), list));
    ck_assert(!rs_origin_is_allowed(RS_STR("https://a.example.evil.e"), list));
    ck_assert(!rs_origin_is_allowed(RS_STR("null"), list));
    ck_assert(!rs_origin_is_allowed(RS_STR(""), RS_STR(",")));
    ck_assert(!rs_origin_is_allowed(RS_STR("https://a.example"), RS_STR("")));
}
END_TEST

START_TEST(only_loopback_addresses_are_this_machine_alone)
{
    ck_assert(rs_address_is_loopback("127.0.0.1"));
    ck_assert(rs_address_is_loopback("127.1.2.3"));
    ck_assert(rs_address_is_loopback("::1"));
    ck_assert(!rs_address_is_loopback("0.0.0.0"));
    ck_assert(!rs_address_is_loopback("::"));
    ck_assert(!rs_address_is_loopback("192.168.1.1"));
    ck_assert(!rs_address_is_loopback("localhost"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, this_machine_and_private_addresses_are_allowed);
    tcase_add_test(t, other_names_and_addresses_are_not);
    tcase_add_test(t, what_is_no_host_is_not_allowed_whatever_is);
    tcase_add_test(t, names_of_the_list_are_allowed);
    tcase_add_test(t, an_origin_is_own_when_it_is_the_host);
    tcase_add_test(t, an_origin_is_allowed_when_the_list_has_it);
    tcase_add_test(t, only_loopback_addresses_are_this_machine_alone);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "http/guard", .add = add});
}
