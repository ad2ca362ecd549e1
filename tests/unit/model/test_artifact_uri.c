/* SPDX-License-Identifier: Apache-2.0 */
/* Joining locations and paths, by examples of MLflow's append_to_uri_path. */
#include "model/artifact_uri.h"

#include "model/expect.h"

static const struct {
    const char *location;
    const char *want;
} cases[] = {
    {"mlflow-artifacts:/1", "mlflow-artifacts:/1/R/artifacts"},
    {"mlflow-artifacts:/foo/bar/", "mlflow-artifacts:/foo/bar/R/artifacts"},
    {"s3://b", "s3://b/R/artifacts"},
    {"s3://b/", "s3://b/R/artifacts"},
    {"s3://b/x?q=1", "s3://b/x/R/artifacts?q=1"},
    {"s3://b?q=1", "s3://b/R/artifacts?q=1"},
    {"dbfs:/x", "dbfs:/x/R/artifacts"},
    {"file:///tmp/x", "file:///tmp/x/R/artifacts"},
    {"file:", "file:R/artifacts"},
    {"/tmp/x", "/tmp/x/R/artifacts"},
    {"rel/dir", "rel/dir/R/artifacts"},
    {"rel/dir?x", "rel/dir?x/R/artifacts"},
};

START_TEST(a_path_goes_to_the_end_of_the_path_of_a_location)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rs_str got = rs_artifact_uri(&arena, rs_str_of(cases[i].location),
                                                  RS_STR("R/artifacts"));

        ck_assert_msg(rs_str_is(got, cases[i].want), "%s gave " RS_FMT, cases[i].location,
                      RS_ARG(got));
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_path_goes_to_the_end_of_the_path_of_a_location);
}

int main(void)
{
    return run_model_tests("model/artifact_uri", add);
}
