/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that are read. Every case was put to MLflow 3.17.2's own parser too, and means the same
 * there. */
#include "model/filter.h"

#include "model/clause_text.h"
#include "model/limits.h"

START_TEST(runs_know_metrics_params_tags_attributes_and_datasets)
{
    static const struct example examples[] = {
        {"", ""},
        {"metrics.loss < 0.3", "metric loss < f0.29999999999999999"},
        {"metric.m>=-0.5", "metric m >= f-0.5"},
        {"metrics.m != 1", "metric m != f1"},
        {"params.p = 'x'", "param p = [x]"},
        {"param.p != \"x\"", "param p != [x]"},
        {"parameters.p LIKE 'x%'", "param p like [x%]"},
        {"parameter.p ilike '_'", "param p ilike [_]"},
        {"params.p IS NULL", "param p null"},
        {"tags.t is Not null", "tag t not null"},
        {"tag.t = ''", "tag t = []"},
        {"status = 'RUNNING'", "attr status = [RUNNING]"},
        {"attributes.status = 'x'", "attr status = [x]"},
        {"attribute.run_id != 'x'", "attr run_id != [x]"},
        {"attr.user_id LIKE '%'", "attr user_id like [%]"},
        {"run.artifact_uri ILIKE 'S3%'", "attr artifact_uri ilike [S3%]"},
        {"attributes.`run name` = 'r'", "attr run_name = [r]"},
        {"attributes.\"Run Name\" = 'r'", "attr run_name = [r]"},
        {"created > 5", "attr start_time > i5"},
        {"end_time <= -7", "attr end_time <= i-7"},
        {"run_id IN ('a','b')", "attr run_id in [a] [b]"},
        {"run_id not in ('a')", "attr run_id not in [a]"},
        {"datasets.name = 'd'", "dataset name = [d]"},
        {"dataset.digest LIKE 'd%'", "dataset digest like [d%]"},
        {"dataset.context NOT IN ('t', \"v\")", "dataset context not in [t] [v]"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(clauses_need_no_and_between_them_and_tolerate_too_many)
{
    static const struct example examples[] = {
        {"tags.t='red'AND params.p='x'", "tag t = [red]; param p = [x]"},
        {"params.p='x' params.q='y'", "param p = [x]; param q = [y]"},
        {"AND params.p='x' and And", "param p = [x]"},
        {"params.p\n=\n'x'\tAND\r\nmetrics.m\xC2\xA0>\xE3\x80\x80"
         "1",
         "param p = [x]; metric m > f1"},
        {"AND", ""},
        {"  run_id = 'a'  ", "attr run_id = [a]"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(a_key_begins_behind_the_first_dot_and_loses_its_quotes)
{
    static const struct example examples[] = {
        {"tags.mlflow.runName = 'r'", "tag mlflow.runName = [r]"},
        {"tags.`mlflow.runName` = 'r'", "tag mlflow.runName = [r]"},
        {"params.\"a b-c/d:e\" = 'x'", "param a b-c/d:e = [x]"},
        {"tags.'t' = 'x'", "tag t = [x]"},
        {"tags.\"`t`\" = 'x'", "tag t = [x]"},
        {"`params`.p = 'x'", "param p = [x]"},
        {"params.a.b.c = 'x'", "param a.b.c = [x]"},
        {"params.1a = 'x'", "param 1a = [x]"},
        {"params.select = 'x'", "param select = [x]"},
        {"params.null = 'x'", "param null = [x]"},
        {"params.= 'x'", "param  = [x]"},
        {"params.`` = 'x'", "param  = [x]"},
        {"params.\xD0\xBA\xD0\xBB\xD1\x8E\xD1\x87 = 'x'",
         "param \xD0\xBA\xD0\xBB\xD1\x8E\xD1\x87 = [x]"},
        {"tags.T = 'x'", "tag T = [x]"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(numbers_are_read_as_mlflow_reads_them)
{
    static const struct example examples[] = {
        {"metrics.m > .5", "metric m > f0.5"},
        {"metrics.m > 1.", "metric m > f1"},
        {"metrics.m > -.5", "metric m > f-0.5"},
        {"metrics.m > 1e0", "metric m > f1"},
        {"metrics.m > 1.5E-3", "metric m > f0.0015"},
        {"metrics.m > -1e400", "metric m > f-inf"},
        {"start_time > 99.5", "attr start_time > f99.5"},
        {"start_time = 1e2", "attr start_time = i100"},
        {"start_time > 9223372036854775807", "attr start_time > i9223372036854775807"},
        {"start_time > 9223372036854775808", "attr start_time > f9.2233720368547758e+18"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(quotes_inside_a_text_stay_as_they_are_written)
{
    static const struct example examples[] = {
        {"params.p = 'it''s'", "param p = [it''s]"},
        {"params.p = \"it's\"", "param p = [it's]"},
        {"params.p = 'a\\'b'", "param p = [a\\'b]"},
        {"params.p = 'a\\'", "param p = [a\\]"},
        {"params.p = 'a AND b' AND params.q = 'OR'", "param p = [a AND b]; param q = [OR]"},
        {"params.p = ' x '", "param p = [ x ]"},
        {"params.p LIKE '%\\%%'", "param p like [%\\%%]"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(lists_are_read_as_python_reads_a_tuple)
{
    static const struct example examples[] = {
        {"run_id IN('a',)", "attr run_id in [a]"},
        {"run_id IN ( \"a\" , 'b' )", "attr run_id in [a] [b]"},
        {"run_id IN ('a' 'b')", "attr run_id in [ab]"},
        {"run_id IN ('it\\'s', 'a\\\\b', 'c\\d', 'e\\tf')",
         "attr run_id in [it's] [a\\b] [c\\d] [e\tf]"},
        {"run_id IN ('(a)', ')')", "attr run_id in [(a)] [)]"},
        {"run_id IN ('')", "attr run_id in []"},
    };

    expect_filters(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(experiments_know_four_attributes_and_tags)
{
    static const struct example examples[] = {
        {"name = 'x'", "attr name = [x]"},
        {"attribute.name ILIKE 'T%'", "attr name ilike [T%]"},
        {"experiment_id = '01'", "attr experiment_id = i1"},
        {"experiment_id IN ('1', ' 2 ')", "attr experiment_id in i1 i2"},
        {"creation_time > 5", "attr creation_time > i5"},
        {"last_update_time = 0", "attr last_update_time = i0"},
        {"tags.a.b IS NULL", "tag a.b null"},
        {"tag.a != '1'", "tag a != [1]"},
    };

    expect_filters(RS_SEARCH_EXPERIMENTS, examples, COUNT(examples));
}
END_TEST

START_TEST(logged_models_take_every_token_as_a_text)
{
    static const struct example examples[] = {
        {"name = 'lm1'", "attr name = [lm1]"},
        {"name = \"lm1\"", "attr name = [\"lm1\"]"},
        {"params.a = 1", "param a = [1]"},
        {"tags.t IN ('new')", "tag t in [new]"},
        {"status = 2", "attr status = [2]"},
        {"status = '2'", "attr status = [2]"},
        {"`name` like 'l%'", "attr name like [l%]"},
        {"attributes.`name` != foo", "attr name != [foo]"},
        {"metrics.`mm` > 0", "metric mm > f0"},
        {"metrics.\"mm\" > 0", "metric \"mm\" > f0"},
        {"creation_time > 0", "attr creation_time > i0"},
        {"creation_timestamp > 1.5", "attr creation_time > f1.5"},
        {"last_updated_timestamp <= 3", "attr last_update_time <= i3"},
        {"experiment_id = '25'", "attr experiment_id = [25]"},
        {"tags.a-b/c = 'x' AND metrics.val-loss < 1", "tag a-b/c = [x]; metric val-loss < f1"},
        {"name='lm1' tags.t='new'", "attr name = [lm1]; tag t = [new]"},
    };

    expect_filters(RS_SEARCH_LOGGED_MODELS, examples, COUNT(examples));
}
END_TEST

START_TEST(the_registry_knows_names_tags_and_what_versions_have)
{
    static const struct example models[] = {
        {"name = 'm'", "attr name = [m]"},
        {"attribute.name NOT IN ('a', 'b')", "attr name not in [a] [b]"},
        {"tag.t != \"x\" AND name ilike '%M%'", "tag t != [x]; attr name ilike [%M%]"},
        {"tags.`mlflow.prompt.is_prompt` = 'true'", "tag mlflow.prompt.is_prompt = [true]"},
    };
    static const struct example versions[] = {
        {"run_id IN ('r')", "attr run_id in [r]"},
        {"source_path LIKE 's3:%'", "attr source like [s3:%]"},
        {"version_number >= 3", "attr version >= i3"},
        {"version_number = '3'", "attr version = i3"},
        {"version_number < 9223372036854775808", "attr version < f9.2233720368547758e+18"},
    };

    expect_filters(RS_SEARCH_REGISTERED_MODELS, models, COUNT(models));
    expect_filters(RS_SEARCH_MODEL_VERSIONS, versions, COUNT(versions));
}
END_TEST

START_TEST(a_filter_has_as_many_clauses_as_the_limit_says)
{
    struct rs_filter filter;

    ck_assert_accepts(rs_filter_parse(
        &cx, RS_SEARCH_RUNS, repeated("metrics.a > 1 AND ", RS_FILTER_CLAUSES_MAX), &filter));
    ck_assert_uint_eq(filter.n, RS_FILTER_CLAUSES_MAX);
    ck_assert_refuses(rs_filter_parse(&cx, RS_SEARCH_RUNS,
                                      repeated("metrics.a > 1 ", RS_FILTER_CLAUSES_MAX + 1),
                                      &filter),
                      "filter has more than 100 comparisons");
    ck_assert_refuses(
        rs_filter_parse(&cx, RS_SEARCH_RUNS, repeated("(", RS_FILTER_MAX + 1), &filter),
        "filter is longer than 65536 bytes or 1000 tokens");
    ck_assert_refuses(rs_filter_parse(&cx, RS_SEARCH_RUNS, repeated("(", RS_FILTER_MAX), &filter),
                      "filter is longer than 65536 bytes or 1000 tokens");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, runs_know_metrics_params_tags_attributes_and_datasets);
    tcase_add_test(t, clauses_need_no_and_between_them_and_tolerate_too_many);
    tcase_add_test(t, a_key_begins_behind_the_first_dot_and_loses_its_quotes);
    tcase_add_test(t, numbers_are_read_as_mlflow_reads_them);
    tcase_add_test(t, quotes_inside_a_text_stay_as_they_are_written);
    tcase_add_test(t, lists_are_read_as_python_reads_a_tuple);
    tcase_add_test(t, experiments_know_four_attributes_and_tags);
    tcase_add_test(t, logged_models_take_every_token_as_a_text);
    tcase_add_test(t, the_registry_knows_names_tags_and_what_versions_have);
    tcase_add_test(t, a_filter_has_as_many_clauses_as_the_limit_says);
}

int main(void)
{
    return run_model_tests("model/filter", add);
}
