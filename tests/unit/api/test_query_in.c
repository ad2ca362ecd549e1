/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings into structs. */
#include "base/buf.h"
#include "base/uri.h"

#include "api/json_in.h"

#include "api/message.h"
#include "base/buf.h"
#include "base/uri.h"
#include "support/trial.h"

static struct message m;

static enum rs_code decode(const char *query)
{
    m = (struct message){0};
    return rs_query_decode(&cx, rs_str_of(query), &message_fields, &m);
}

START_TEST(every_kind_that_has_a_text_is_read)
{
    ck_ok(decode("run_name=a%20b+c&big_number=-9223372036854775808&some_value=1e3&is_on=TRUE"
                 "&max_results=5&end_time=0&opt_value=0.5&opt_on=False&status=DONE"
                 "&run_ids=x&run_ids=&run_ids=y"));
    ck_assert_text(m.run_name, "a b c");
    ck_assert_int_eq(m.big_number, INT64_MIN);
    ck_assert_double_eq(m.some_value, 1000);
    ck_assert(m.is_on);
    ck_assert(m.max_results.is_set && m.max_results.v == 5);
    ck_assert(m.end_time.is_set && m.end_time.v == 0);
    ck_assert(m.opt_value.is_set && m.opt_value.v == 0.5);
    ck_assert(m.opt_on.is_set && !m.opt_on.v);
    ck_assert(m.status.is_set && m.status.v == 3);
    ck_assert_uint_eq(m.run_ids.n, 3);
    ck_assert_text(m.run_ids.p[0], "x");
    ck_assert_text(m.run_ids.p[1], "");
    ck_assert_text(m.run_ids.p[2], "y");
}
END_TEST

START_TEST(an_absent_query_leaves_everything_absent)
{
    ck_ok(rs_query_decode(&cx, (struct rs_str){0}, &message_fields, &m));
    ck_ok(decode("&&unknown=1&&"));
    ck_assert_ptr_null(m.run_name.p);
    ck_assert_uint_eq(m.run_ids.n, 0);
    ck_assert(!m.max_results.is_set && !m.opt_on.is_set && !m.status.is_set);
}
END_TEST

START_TEST(of_a_repeated_scalar_the_first_counts)
{
    ck_ok(decode("run_name=a&run_name=b&max_results=1&max_results=x"));
    ck_assert_text(m.run_name, "a");
    ck_assert_int_eq(m.max_results.v, 1);
}
END_TEST

START_TEST(only_snake_case_names_are_read)
{
    ck_ok(decode("runName=a&RUN_NAME=b&run_ids[]=c"));
    ck_assert_ptr_null(m.run_name.p);
    ck_assert_uint_eq(m.run_ids.n, 0);
}
END_TEST

START_TEST(a_value_that_does_not_fit_is_named)
{
    static const char *const bad[] = {"big_number=",
                                      "big_number=1x",
                                      "big_number=9223372036854775808",
                                      "some_value=x",
                                      "is_on=1",
                                      "opt_on=",
                                      "max_results=2147483648",
                                      "max_results=abc",
                                      "status=2",
                                      "parts=x",
                                      "one_part={}",
                                      "end_time=%31%20"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct rs_str name = {bad[i], rs_str_find(rs_str_of(bad[i]), '=', 0)};

        ck_fails(decode(bad[i]), RS_INVALID,
                 rs_arena_fmt(&arena, "for parameter '" RS_FMT "' supplied", RS_ARG(name)).p);
    }
    ck_fails(decode("is_on=%22%C3%A9"), RS_INVALID, "Invalid value \"\\\"\\u00e9\" for");
}
END_TEST

START_TEST(an_unknown_name_of_an_enum_is_ignored)
{
    ck_ok(decode("status=FINISHED"));
    ck_assert(!m.status.is_set);
    ck_ok(decode("status=1"));
    ck_assert_int_eq(m.status.v, 1);
}
END_TEST

START_TEST(what_is_required_must_be_there_and_not_empty)
{
    static const char *const bad[] = {"", "run_id", "run_id=", "step=1", "runId=a"};
    struct needy n = {0};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_fails(rs_query_decode(&cx, rs_str_of(bad[i]), &needy_fields, &n), RS_INVALID,
                 "Missing value for required parameter 'run_id'");
    }
    ck_ok(rs_query_decode(&cx, RS_STR("run_id=a"), &needy_fields, &n));
    ck_assert_text(n.run_id, "a");
}
END_TEST

START_TEST(a_query_that_cannot_be_decoded_is_refused)
{
    static const char *const bad[] = {"run_name=%",   "run_name=%4",  "run_name=%zz",
                                      "run_name=%00", "run_name=%ff", "%ff=a"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_fails(decode(bad[i]), RS_INVALID, "could not read the query string");
    }
}
END_TEST

START_TEST(a_query_has_a_limit_of_arguments)
{
    struct rs_buf b = {.max = 1 << 20};

    for (int i = 0; i < RS_QUERY_ARGS_MAX; i++) {
        RS_BUF_LIT(&b, "run_ids=x&");
    }
    ck_ok(decode(rs_arena_str(&arena, rs_buf_view(&b)).p));
    ck_assert_uint_eq(m.run_ids.n, RS_QUERY_ARGS_MAX);
    RS_BUF_LIT(&b, "a");
    ck_fails(decode(rs_arena_str(&arena, rs_buf_view(&b)).p), RS_INVALID, "more than 1000");
    rs_buf_fini(&b);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, every_kind_that_has_a_text_is_read);
    tcase_add_test(t, an_absent_query_leaves_everything_absent);
    tcase_add_test(t, of_a_repeated_scalar_the_first_counts);
    tcase_add_test(t, only_snake_case_names_are_read);
    tcase_add_test(t, a_value_that_does_not_fit_is_named);
    tcase_add_test(t, an_unknown_name_of_an_enum_is_ignored);
    tcase_add_test(t, what_is_required_must_be_there_and_not_empty);
    tcase_add_test(t, a_query_that_cannot_be_decoded_is_refused);
    tcase_add_test(t, a_query_has_a_limit_of_arguments);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "api/query_in", .close = close_context, .add = add});
}
