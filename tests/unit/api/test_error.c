/* SPDX-License-Identifier: Apache-2.0 */
/* Errors on the wire: clients match on error_code, and retry what is not theirs to change. */
#include "api/call.h"
#include "support/trial.h"

static struct rs_exchange x;

static void open_all(void)
{
    x = (struct rs_exchange){.cx.arena = &x.arena, .reply.body.max = RS_REPLY_MAX};
}

static void close_all(void)
{
    rs_buf_fini(&x.reply.body);
    rs_arena_fini(&x.arena);
    close_context();
}

/* A new exchange in place of the old one. */
static void start_anew(void)
{
    rs_buf_fini(&x.reply.body);
    rs_arena_fini(&x.arena);
    open_all();
}

/* The body with a NUL behind it. */
static const char *body_text(void)
{
    return rs_arena_str(&x.arena, rs_buf_view(&x.reply.body)).p;
}

static struct rs_str header(const char *name)
{
    for (size_t i = 0; i < x.reply.n_headers; i++) {
        if (strcmp(x.reply.header[i].name, name) == 0) {
            return x.reply.header[i].value;
        }
    }
    return (struct rs_str){0};
}

START_TEST(every_code_has_a_name_and_a_status)
{
    static const struct {
        enum rs_code code;
        unsigned status;
        const char *name;
    } codes[] = {{RS_INVALID, 400, "INVALID_PARAMETER_VALUE"},
                 {RS_NOT_FOUND, 404, "RESOURCE_DOES_NOT_EXIST"},
                 {RS_EXISTS, 400, "RESOURCE_ALREADY_EXISTS"},
                 {RS_CONFLICT, 409, "RESOURCE_CONFLICT"},
                 {RS_UNMET, 412, "RESOURCE_CONFLICT"},
                 {RS_DENIED, 403, "PERMISSION_DENIED"},
                 {RS_UNAUTHENTICATED, 401, "UNAUTHENTICATED"},
                 {RS_TOO_LARGE, 413, "INVALID_PARAMETER_VALUE"},
                 {RS_BUSY, 503, "TEMPORARILY_UNAVAILABLE"},
                 {RS_UNAVAILABLE, 503, "TEMPORARILY_UNAVAILABLE"},
                 {RS_LATE, 503, "TEMPORARILY_UNAVAILABLE"},
                 {RS_UNSUPPORTED, 501, "NOT_IMPLEMENTED"},
                 {RS_CORRUPT, 500, "DATA_LOSS"},
                 {RS_INTERNAL, 500, "INTERNAL_ERROR"}};

    ck_assert_uint_eq(sizeof codes / sizeof codes[0], RS_N_CODES - 1);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        start_anew();
        rs_fail(&x.cx, codes[i].code, "why");
        rs_reply_error(&x);
        ck_assert_uint_eq(x.reply.status, codes[i].status);
        ck_assert_str_eq(x.reply.content_type, "application/json");
        ck_assert_text(
            rs_buf_view(&x.reply.body),
            rs_arena_fmt(&arena, "{\"error_code\":\"%s\",\"message\":\"why\"}", codes[i].name).p);
    }
}
END_TEST

START_TEST(only_what_may_work_later_says_when_to_try_again)
{
    rs_fail(&x.cx, RS_BUSY, "full");
    rs_reply_error(&x);
    ck_assert_text(header("Retry-After"), "1");
    start_anew();
    rs_fail(&x.cx, RS_INVALID, "no");
    rs_reply_error(&x);
    ck_assert_ptr_null(header("Retry-After").p);
}
END_TEST

START_TEST(a_message_is_escaped)
{
    rs_fail(&x.cx, RS_INVALID, "a \"name\"\n\xFF");
    rs_reply_error(&x);
    ck_assert_text(rs_buf_view(&x.reply.body), "{\"error_code\":\"INVALID_PARAMETER_VALUE\","
                                               "\"message\":\"a \\\"name\\\"\\n\xEF\xBF\xBD\"}");
}
END_TEST

START_TEST(what_was_written_before_the_error_is_gone)
{
    x.reply.body.max = 200;
    for (int i = 0; i < 100; i++) {
        RS_BUF_LIT(&x.reply.body, "{\"half\":");
    }
    ck_assert(x.reply.body.over);
    rs_fail(&x.cx, RS_NOT_FOUND, "x");
    rs_reply_error(&x);
    ck_assert(!x.reply.body.over);
    ck_assert_text(rs_buf_view(&x.reply.body),
                   "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"x\"}");
}
END_TEST

START_TEST(an_error_that_nobody_recorded_is_ours)
{
    rs_reply_error(&x);
    ck_assert_uint_eq(x.reply.status, 500);
    ck_assert_ptr_nonnull(strstr(body_text(), "INTERNAL_ERROR"));
}
END_TEST

START_TEST(a_path_that_is_not_there_is_told_from_a_thing_that_is_not)
{
    rs_fail(&x.cx, RS_NOT_FOUND, "no such path");
    x.reply.status = 404;
    rs_reply_refused(&x);
    ck_assert_uint_eq(x.reply.status, 404);
    ck_assert_text(rs_buf_view(&x.reply.body),
                   "{\"error_code\":\"ENDPOINT_NOT_FOUND\",\"message\":\"no such path\"}");
}
END_TEST

START_TEST(a_status_of_the_transport_stays)
{
    rs_fail(&x.cx, RS_INVALID, "this path does not know this method");
    x.reply.status = 405;
    rs_reply_refused(&x);
    ck_assert_uint_eq(x.reply.status, 405);
    ck_assert_ptr_nonnull(strstr(body_text(), "INVALID_PARAMETER_VALUE"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, every_code_has_a_name_and_a_status);
    tcase_add_test(t, only_what_may_work_later_says_when_to_try_again);
    tcase_add_test(t, a_message_is_escaped);
    tcase_add_test(t, what_was_written_before_the_error_is_gone);
    tcase_add_test(t, an_error_that_nobody_recorded_is_ours);
    tcase_add_test(t, a_path_that_is_not_there_is_told_from_a_thing_that_is_not);
    tcase_add_test(t, a_status_of_the_transport_stays);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "api/error", .open = open_all, .close = close_all, .add = add});
}
