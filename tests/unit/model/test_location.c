/* SPDX-License-Identifier: Apache-2.0 */
/* Artifact locations: which a client may choose. */
#include "model/location.h"

#include "model/expect.h"
#include "model/limits.h"

#define OTHER_HOST(scheme)                                                                         \
    "'artifact_location' cannot use the '" scheme "' scheme: the '" scheme                         \
    "' scheme addresses a host other than the tracking server's configured artifact storage, so "  \
    "the server would connect to the host named in the URI. Set the "                              \
    "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it."

static enum rs_code check(const char *location)
{
    const struct rs_location_policy none = {0};

    return rs_artifact_location_check(&cx, "artifact_location", rs_str_of(location), &none);
}

START_TEST(ordinary_locations_pass)
{
    static const char *const locations[] = {
        "",
        "s3://b/x",
        "s3://b/x;y",
        "s3://b/x?y=1",
        "mlflow-artifacts:/1",
        "/tmp/x",
        "file:///tmp/x",
        "rel/dir",
        "gs://b/x/",
        "mlflow-artifacts:/a/..../b",
        "s3://b/a%20b",
        "dbfs:/x",
        "wasbs://c@a.blob.core.windows.net/x",
    };

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        ck_assert_accepts(check(locations[i]));
    }
}
END_TEST

START_TEST(fragments_params_and_climbing_queries_are_refused)
{
    static const char *const fragments[] = {"s3://b/x#f", "http:///#/../../etc/", "/tmp/a;b",
                                            "http://h/a;b"};
    static const char *const queries[] = {"s3://b/x?y=../z", "s3://b/x?y=%2e%2e/z",
                                          "s3://b/x?y=%252e%252E/z", "http:///?/../../../etc/"};

    for (size_t i = 0; i < sizeof fragments / sizeof fragments[0]; i++) {
        ck_assert_refuses(check(fragments[i]),
                          "'artifact_location' URL can't include fragments or params.");
    }
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        ck_assert_refuses(check(queries[i]), "Invalid query string");
    }
}
END_TEST

START_TEST(paths_that_climb_are_refused)
{
    static const char *const locations[] = {"s3://b/../x",
                                            "mlflow-artifacts:/a;/../../etc",
                                            "../x",
                                            "mlflow-artifacts:/a/%2e%2E/b",
                                            "file:///a/..\\b",
                                            "/.."};

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        ck_assert_refuses(check(locations[i]), "'artifact_location' must not hold '..' segments");
    }
}
END_TEST

START_TEST(schemes_that_name_a_host_are_refused)
{
    ck_assert_refuses(check("http://h/x"), OTHER_HOST("http"));
    ck_assert_refuses(check("HTTPS://h/x"), OTHER_HOST("https"));
    ck_assert_refuses(check("ftp:///x"), OTHER_HOST("ftp"));
    ck_assert_refuses(check("http:/x"), OTHER_HOST("http"));
    ck_assert_refuses(check("mlflow-artifacts://host/foo"), OTHER_HOST("mlflow-artifacts"));
    ck_assert_refuses(check("abfss://fs@account.host/x"), OTHER_HOST("abfss"));
    ck_assert_refuses(check("viewfs://c/x"), OTHER_HOST("viewfs"));
}
END_TEST

START_TEST(the_servers_own_hosts_and_allowed_schemes_pass)
{
    const struct rs_str roots[] = {RS_STR("http://Own:80/a"), RS_STR("hdfs://namenode/x"),
                                   RS_STR("s3://bucket"), RS_STR("https://[::1]:8443/x")};
    const struct rs_str schemes[] = {RS_STR("sftp")};
    const struct rs_location_policy policy = {roots, 4, schemes, 1};
    static const char *const good[] = {
        "http://own/x",         "http://user:pw@own:80/x", "mlflow-artifacts://own/x",
        "viewfs://namenode/y",  "sftp://any.host/x",       "SFTP://any.host/x",
        "https://[::1]:8443/y",
    };
    static const char *const bad[] = {
        "https://own/x",       "http://own:81/x", "http://own.evil/x",  "hdfs://namenode:9000/x",
        "http://own\\@evil/x", "http://own:x/",   "http://evil@other/", "ftp://own/x",
        "http://own%20/x",     "https://[::1]/y", "http://own:99999/x",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_accepts(rs_artifact_location_check(&cx, "source", rs_str_of(good[i]), &policy));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rs_cx_clear(&cx);
        ck_assert_msg(rs_artifact_location_check(&cx, "source", rs_str_of(bad[i]), &policy) ==
                          RS_INVALID,
                      "%s", bad[i]);
        ck_assert_int_eq(strncmp(cx.error.message, "'source' cannot use the '", 25), 0);
    }
}
END_TEST

START_TEST(runs_and_long_locations_are_refused)
{
    const struct rs_location_policy none = {0};

    ck_assert_refuses(check("runs:/x"),
                      "Artifact location cannot be a runs:/ URI. Given: 'runs:/x'");
    ck_assert_accepts(rs_artifact_location_check(
        &cx, "artifact_location", repeated("\xE5\x90\x8D", RS_ARTIFACT_LOCATION_MAX), &none));
    ck_assert_refuses(
        rs_artifact_location_check(&cx, "artifact_location",
                                   repeated("x", RS_ARTIFACT_LOCATION_MAX + 1), &none),
        "Invalid artifact path length. The length of the artifact path cannot be greater "
        "than 2048 characters. To configure this limit, please set the "
        "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, ordinary_locations_pass);
    tcase_add_test(t, fragments_params_and_climbing_queries_are_refused);
    tcase_add_test(t, paths_that_climb_are_refused);
    tcase_add_test(t, schemes_that_name_a_host_are_refused);
    tcase_add_test(t, the_servers_own_hosts_and_allowed_schemes_pass);
    tcase_add_test(t, runs_and_long_locations_are_refused);
}

int main(void)
{
    return run_model_tests("model/location", add);
}
