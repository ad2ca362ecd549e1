/* SPDX-License-Identifier: Apache-2.0 */
/* The sources of model versions: what they are, and which paths are no paths. */
#include "model/model_source.h"

#include "model/expect.h"

struct reading {
    const char *text;
    enum rs_source_kind kind;
    const char *id;
    const char *which;
};

static const struct reading readings[] = {
    {"/etc/passwd", RS_SOURCE_LOCAL, "", ""},
    {"relative/path", RS_SOURCE_LOCAL, "", ""},
    {"dummy-source", RS_SOURCE_LOCAL, "", ""},
    {"//proc/self/root", RS_SOURCE_LOCAL, "", ""},
    {" file:///etc", RS_SOURCE_LOCAL, "", ""},
    {"file:///etc", RS_SOURCE_LOCAL, "", ""},
    {"FILE:///etc", RS_SOURCE_LOCAL, "", ""},
    {"file:/etc", RS_SOURCE_LOCAL, "", ""},
    {"file://localhost/etc", RS_SOURCE_LOCAL, "", ""},
    {"runs:/abc/model", RS_SOURCE_RUN, "abc", ""},
    {"runs:/abc", RS_SOURCE_RUN, "abc", ""},
    {"models:/m-1", RS_SOURCE_LOGGED, "m-1", ""},
    {"models:/iris/3", RS_SOURCE_VERSION, "iris", "3"},
    {"models:/iris/latest", RS_SOURCE_LATEST, "iris", "latest"},
    {"models:/iris/LATEST", RS_SOURCE_LATEST, "iris", "LATEST"},
    {"models:/iris/Production", RS_SOURCE_STAGE, "iris", "Production"},
    {"models:/iris@champion", RS_SOURCE_ALIAS, "iris", "champion"},
    {"models:/a@b@c", RS_SOURCE_ALIAS, "a@b", "c"},
    {"MODELS:/iris/3", RS_SOURCE_VERSION, "iris", "3"},
    {"mlflow-artifacts:/1/abc/artifacts/model", RS_SOURCE_ARTIFACTS, "", ""},
    {"http://h/api/2.0/mlflow-artifacts/artifacts/1/x", RS_SOURCE_ARTIFACTS, "", ""},
    {"https://h/p/api/2.0/mlflow%2Dartifacts/artifacts/1", RS_SOURCE_ARTIFACTS, "", ""},
    {"s3://bucket/key", RS_SOURCE_OTHER, "", ""},
    {"gs://bucket/key", RS_SOURCE_OTHER, "", ""},
    {"http://h/other", RS_SOURCE_OTHER, "", ""},
};

START_TEST(a_source_is_known_by_its_scheme)
{
    const struct reading *r = &readings[_i];
    struct rs_model_source source;

    ck_assert_accepts(rs_model_source_parse(&cx, rs_str_of(r->text), &source));
    ck_assert_msg(source.kind == r->kind, "%s: %d", r->text, (int)source.kind);
    ck_assert_msg(rs_str_is(source.id.p ? source.id : RS_STR(""), r->id), "%s", r->text);
    ck_assert_msg(rs_str_is(source.which.p ? source.which : RS_STR(""), r->which), "%s", r->text);
}
END_TEST

static const char *const broken[] = {
    "models:",          "models:/",      "models:iris/1", "models:/iris/",
    "models:/iris/1/2", "models:/iris@", "models:/ /1",   "models:/iris/ ",
    "runs:/",           "runs:abc",      "runs://h/abc",  "models://h/i/1",
};

START_TEST(a_reference_that_names_nothing_or_a_host_is_refused)
{
    struct rs_model_source source;

    rs_cx_clear(&cx);
    ck_assert_msg(rs_model_source_parse(&cx, rs_str_of(broken[_i]), &source) == RS_INVALID, "%s",
                  broken[_i]);
    ck_assert_msg(strstr(cx.error.message, "Invalid model version source: '") != NULL, "%s",
                  cx.error.message);
}
END_TEST

static enum rs_code check_path(const char *text)
{
    struct rs_model_source source;

    rs_cx_clear(&cx);
    ck_assert_accepts(rs_model_source_parse(&cx, rs_str_of(text), &source));
    rs_cx_clear(&cx);
    return rs_model_source_path_check(&cx, &source);
}

/* Upstream's own list of what must go on working, and of what must not. */
static const char *const plain[] = {
    "mlflow-artifacts:/models",
    "mlflow-artifacts:/models/",
    "mlflow-artifacts:/models///",
    "mlflow-artifacts:/models/foo///bar",
    "mlflow-artifacts:/models/artifact/..../",
    "s3://bucket/key",
    "runs:/abc/model",
};
static const char *const climbing[] = {
    "mlflow-artifacts:/../x",
    "mlflow-artifacts:/a/../../etc",
    "mlflow-artifacts:/a/./b",
    "mlflow-artifacts://host/..%2f..%2fetc",
    "mlflow-artifacts:/%252e%252e/etc",
    "mlflow-artifacts:/a/..%5c..%5cetc",
    "http://h/api/2.0/mlflow-artifacts/artifacts/%00",
    "http://h/xxx%23/../../../etc",
    "s3:/bucket/path/../../other",
    "runs:/abc/../def",
};

START_TEST(a_plain_path_is_fine)
{
    ck_assert_msg(check_path(plain[_i]) == RS_OK, "%s: %s", plain[_i], cx.error.message);
}
END_TEST

START_TEST(a_path_that_climbs_is_refused_however_it_is_coded)
{
    ck_assert_msg(check_path(climbing[_i]) == RS_INVALID, "%s", climbing[_i]);
    ck_assert_ptr_nonnull(strstr(cx.error.message, "Please provide an absolute path."));
}
END_TEST

START_TEST(being_within_is_a_matter_of_whole_segments)
{
    static const struct {
        const char *uri;
        const char *root;
        bool is_within;
    } rows[] = {
        {"mlflow-artifacts:/1/abc/artifacts", "mlflow-artifacts:/1/abc/artifacts", true},
        {"mlflow-artifacts:/1/abc/artifacts/m", "mlflow-artifacts:/1/abc/artifacts", true},
        {"mlflow-artifacts:/1/abc/artifacts//m/", "mlflow-artifacts:/1/abc/artifacts", true},
        {"mlflow-artifacts:/1/a%62c/artifacts/m", "mlflow-artifacts:/1/abc/artifacts", true},
        {"mlflow-artifacts:/1/abc/artifactsX", "mlflow-artifacts:/1/abc/artifacts", false},
        {"mlflow-artifacts:/1/abc", "mlflow-artifacts:/1/abc/artifacts", false},
        {"mlflow-artifacts:/1/abc/artifacts/../../x", "mlflow-artifacts:/1/abc/artifacts", false},
        {"mlflow-artifacts:/1/abc/artifacts/%2e%2e/x", "mlflow-artifacts:/1/abc/artifacts", false},
        {"mlflow-artifacts://h/1/abc/artifacts/m", "mlflow-artifacts:/1/abc/artifacts", false},
        {"http://h/1/abc/artifacts", "mlflow-artifacts:/1/abc/artifacts", false},
        {"/data/run/m", "/data/run", true},
        {"/data/running/m", "/data/run", false},
        {"mlflow-artifacts:/x", "mlflow-artifacts:/", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(rs_uri_is_within(&arena, rs_str_of(rows[i].uri), rs_str_of(rows[i].root)) ==
                          rows[i].is_within,
                      "%s in %s", rows[i].uri, rows[i].root);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_loop_test(t, a_source_is_known_by_its_scheme, 0,
                        sizeof readings / sizeof readings[0]);
    tcase_add_loop_test(t, a_reference_that_names_nothing_or_a_host_is_refused, 0,
                        sizeof broken / sizeof broken[0]);
    tcase_add_loop_test(t, a_plain_path_is_fine, 0, sizeof plain / sizeof plain[0]);
    tcase_add_loop_test(t, a_path_that_climbs_is_refused_however_it_is_coded, 0,
                        sizeof climbing / sizeof climbing[0]);
    tcase_add_test(t, being_within_is_a_matter_of_whole_segments);
}

int main(void)
{
    return run_model_tests("model/model_source", add);
}
