/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that are refused, in MLflow's words wherever it has some that do not change from run to
 * run. */
#include "model/clause_text.h"
#include "model/filter.h"

#define CLAUSES "Invalid clause(s) in filter string: "
#define NO_IDENTIFIER "Invalid comparison clause. Expected 'Identifier' found "
#define RUN_ENTITIES ". Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']"
#define NOT_QUOTED(text)                                                                           \
    "Parameter value is either not quoted or unidentified quote types used for string value " text \
    ". Use either single or double quotes."
#define NULLS "IS NULL / IS NOT NULL is only supported for tags and params, not for "
#define TEXT_CMPS "'{'=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'}'"
#define LIST_CMPS "'{'=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN'}'"

START_TEST(what_is_no_conjunction_of_comparisons_is_refused)
{
    static const struct example examples[] = {
        {"  ", "Invalid filter '  '. Could not be parsed."},
        {"params.p = 'x' OR params.p='y'", CLAUSES "'OR'"},
        {"NOT params.p='x'", CLAUSES "'NOT'"},
        {"(params.p='x')", CLAUSES "'(params.p='x')'"},
        {"params.p='x';", CLAUSES "';'"},
        {"metrics.m > 0 AND metrics.m", CLAUSES "'metrics.m'"},
        {"metrics.m >", CLAUSES "'metrics.m', '>'"},
        {"= 1", CLAUSES "'=', '1'"},
        {"metrics.m > +1", CLAUSES "'metrics.m', '>', '+', '1'"},
        {"metrics.m > 0x1", CLAUSES "'metrics.m', '>', '0x1'"},
        {"metrics.m = true", CLAUSES "'metrics.m', '=', 'true'"},
        {"params.p BETWEEN 'a' AND 'z'", CLAUSES "'params.p', 'BETWEEN', ''a'', ''z''"},
        {"params.p = 'a' 'b'", CLAUSES "''b''"},
        {"params.p = 'x", CLAUSES "'params.p', '=', ''', 'x'"},
        {"params.p IS NOTNULL", CLAUSES "'params.p', 'IS', 'NOTNULL'"},
        {"params.p IS 'x'", CLAUSES "'params.p', 'IS', ''x''"},
        {"run_id IN 'x'", CLAUSES "'run_id', 'IN', ''x''"},
        {"run_id IN ('x'", CLAUSES "'run_id', 'IN', '(', ''x''"},
        {"params.a b = 'x'", CLAUSES "'params.a'"},
        {"params.`p = 'x'", CLAUSES "'params.', '`'"},
        {"metrics", CLAUSES "'metrics'"},
        {"params.p = OR", CLAUSES "'params.p', '=', 'OR'"},
    };

    expect_refusals(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(comments_commas_and_second_statements_are_refused)
{
    static const char *const texts[] = {
        "params.p='x' -- c",
        "params.p='x' # c",
        "params.p='x' /* c */",
        "params.p='x', params.p='y'",
        "params.p='x'; run_id='a'",
        "metrics.m>0.5AND params.p='x'",
        ".p='x'",
        "params .p = 'x'",
        "params. p = 'x'",
        "params.p = ''x''",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct rs_filter filter;

        rs_cx_clear(&cx);
        ck_assert_msg(rs_filter_parse(&cx, RS_SEARCH_RUNS, rs_str_of(texts[i]), &filter) ==
                          RS_INVALID,
                      "%s", texts[i]);
    }
}
END_TEST

START_TEST(the_left_side_must_be_a_name_that_the_search_knows)
{
    static const struct example examples[] = {
        {"'x' = params.p", NO_IDENTIFIER "''x''"},
        {"1=1", NO_IDENTIFIER "'1'"},
        {"params.a-b = 'x'", NO_IDENTIFIER "'params.a-b'"},
        {"params.a/b='x'", NO_IDENTIFIER "'params.a/b'"},
        {"foo.bar = 'x'", "Invalid entity type 'foo'" RUN_ENTITIES},
        {"Tags.t = 'red'", "Invalid entity type 'Tags'" RUN_ENTITIES},
        {"\"params\".p='x'", "Invalid entity type '\"params\"'" RUN_ENTITIES},
        {"`params.p` = 'x'", "Invalid entity type '`params'" RUN_ENTITIES},
        {"foo = 'x'",
         "Invalid attribute key 'foo' specified. Valid keys are '{'run_id', 'run_name', "
         "'run name', 'Run name', 'Run Name', 'user_id', 'status', 'artifact_uri', "
         "'start_time', 'end_time', 'created', 'Created'}'"},
        {"datasets.foo = 'x'",
         "Invalid dataset key 'foo' specified. Valid keys are '{'name', 'digest', 'context'}'"},
    };

    expect_refusals(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(values_must_be_of_the_kind_that_the_name_has)
{
    static const struct example examples[] = {
        {"metrics.m > '0'", "Expected numeric value type for metric. Found '0'"},
        {"metrics.m > NaN", "Expected numeric value type for metric. Found NaN"},
        {"metrics.m IN (1)", "Expected numeric value type for metric. Found (1)"},
        {"start_time = '2'",
         "Expected numeric value type for numeric attribute: start_time. Found '2'"},
        {"created = '2'", "Expected numeric value type for numeric attribute: created. Found '2'"},
        {"params.p = x", NOT_QUOTED("x")},
        {"tags.t = `red`", NOT_QUOTED("`red`")},
        {"dataset.name = ds", NOT_QUOTED("ds")},
        {"params.p = 5",
         "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5"},
        {"tags.t IN ('r')",
         "Expected a quoted string value for tag (e.g. 'my-value'). Got value ('r')"},
        {"params.p = NULL",
         "Expected a quoted string value for parameter (e.g. 'my-value'). Got value NULL"},
        {"status = 1", "Expected a quoted string value for attributes. Got value 1"},
        {"datasets.name = 1", "Expected a quoted string value for dataset attributes. Got value 1"},
        {"status IN ('x')",
         "Only ['run_id'] attributes support comparison with a list of quoted string values."},
    };

    expect_refusals(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(a_list_must_hold_quoted_texts)
{
    static const struct example examples[] = {
        {"run_id IN ()",
         "While parsing a list in the query, expected a non-empty list of string values, "
         "but got empty list"},
        {"run_id IN (1)",
         "While parsing a list in the query, expected string value, punctuation, or "
         "whitespace, but got different type in list: (1)"},
        {"run_id IN ('a',,'b')",
         "While parsing a list in the query, expected a non-empty list of string "
         "values, but got ill-formed list."},
        {"run_id IN (x)", "While parsing a list in the query, expected a non-empty list of string "
                          "values, but got ill-formed list."},
        {"run_id IN ('a\\x41')",
         "While parsing a list in the query, expected a non-empty list of string "
         "values, but got ill-formed list."},
    };

    expect_refusals(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(operators_must_apply_to_the_name)
{
    static const struct example examples[] = {
        {"params.p > 'x'", "Invalid comparator '>' not one of " TEXT_CMPS},
        {"params.p == 'x'", "Invalid comparator '==' not one of " TEXT_CMPS},
        {"params.p <> 'x'", "Invalid comparator '<>' not one of " TEXT_CMPS},
        {"params.p not like 'x'", "Invalid comparator 'NOT LIKE' not one of " TEXT_CMPS},
        {"run_id > 'a'", "Invalid comparator '>' not one of " LIST_CMPS},
        {"datasets.name rlike 'a'", "Invalid comparator 'RLIKE' not one of " LIST_CMPS},
        {"metrics.m LIKE 1",
         "Invalid comparator 'LIKE' not one of '{'=', '!=', '<', '<=', '>', '>='}'"},
        {"metrics.m IS NULL", NULLS "'metric' 'm'"},
        {"end_time IS NULL", NULLS "'attribute' 'end_time'"},
        {"datasets.name is not null", NULLS "'dataset' 'name'"},
    };

    expect_refusals(RS_SEARCH_RUNS, examples, COUNT(examples));
}
END_TEST

START_TEST(experiments_have_words_of_their_own)
{
    static const struct example examples[] = {
        {"name = 'x' OR name = 'y'", CLAUSES "OR"},
        {"name = ", CLAUSES "name, ="},
        {"attributes.name = 'x'",
         "Invalid entity type 'attributes'. Valid entity types are ('attribute', 'tag', 'tags')"},
        {"foo = 'x'",
         "Invalid attribute key 'foo' specified. Valid keys are '{'name', 'experiment_id', "
         "'creation_time', 'last_update_time'}'"},
        {"name IS NULL",
         "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'"},
        {"name IN ('a')",
         "Only ['experiment_id'] attributes support comparison with a list of quoted string values."},
        {"experiment_id LIKE '1'", "Invalid comparator for experiment_id: LIKE"},
        {"experiment_id = 'x'",
         "Invalid experiment ID 'x'. Experiment ID must be a valid integer."},
        {"experiment_id IN ('1','x')",
         "Invalid experiment ID 'x'. Experiment ID must be a valid integer."},
        {"creation_time > 5.5", "Invalid value for numeric attribute 'creation_time': '5.5'"},
        {"tags.a > '1'", "Invalid comparator for tag: >"},
        {"name > 'a'", "Invalid comparator '>' not one of " LIST_CMPS},
    };

    expect_refusals(RS_SEARCH_EXPERIMENTS, examples, COUNT(examples));
}
END_TEST

START_TEST(logged_models_have_words_of_their_own)
{
    static const struct example examples[] = {
        {" ", "Invalid filter string: ' '. Expected a single SQL expression."},
        {"(name='a')",
         "Invalid filter string: \"(name='a')\". Expected a list of comparisons separated "
         "by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01')."},
        {"tag.t = 'x'",
         "Invalid entity type: 'tag'. Expected one of ['attributes', 'metrics', 'params', 'tags']."},
        {"name IS NULL", "Invalid comparison: nameIS NULL. Expected a comparison with 3 tokens."},
        {"params.a > '1'",
         "Invalid comparison operator for params.a: '>'. Expected one of ('=', '!=', "
         "'LIKE', 'ILIKE', 'IN', 'NOT IN')."},
        {"name == 'x'",
         "Invalid comparison operator for attributes.name: '=='. Expected one of ('=', "
         "'!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN')."},
        {"metrics.mm > 'x'", "Expected numeric value type for metric. Found 'x'"},
        {"creation_timestamp > '0'",
         "Expected numeric value type for numeric attribute: creation_timestamp. Found '0'"},
    };

    expect_refusals(RS_SEARCH_LOGGED_MODELS, examples, COUNT(examples));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, what_is_no_conjunction_of_comparisons_is_refused);
    tcase_add_test(t, comments_commas_and_second_statements_are_refused);
    tcase_add_test(t, the_left_side_must_be_a_name_that_the_search_knows);
    tcase_add_test(t, values_must_be_of_the_kind_that_the_name_has);
    tcase_add_test(t, a_list_must_hold_quoted_texts);
    tcase_add_test(t, operators_must_apply_to_the_name);
    tcase_add_test(t, experiments_have_words_of_their_own);
    tcase_add_test(t, logged_models_have_words_of_their_own);
}

int main(void)
{
    return run_model_tests("model/filter_refusals", add);
}
