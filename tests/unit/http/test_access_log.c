/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests get a line, and what is in it. */
#include "http/access_log.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/log.h"
#include "support/divert.h"
#include "support/trial.h"

static const struct rs_route route = {.method = RS_POST, .path = "/a/{id}", .name = "makeA"};
static const struct rs_access_log quiet = {.slow_ns = 1000000000};

static char written[2 * RS_LOG_LINE_MAX];
static struct rs_exchange x;

static void open_all(void)
{
    rs_log_init(RS_LOG_TEXT, RS_LOG_INFO);
    x = (struct rs_exchange){
        .cx = {.arena = &arena, .request_id = RS_STR("5f0c2a91-000000002a")},
        .route = &route,
        .method = RS_POST,
        .path = RS_STR("/a/b c"),
        .query = RS_STR("signature=secret"),
        .received = 12,
        .times = {.took_ns = 1500, .waited_ns = 1000},
        .reply = {.status = 200, .fd = -1, .body = {.n = 34}},
    };
}

/* What is logged of `x`, from its event on; "" where nothing is. */
static const char *line_of(const struct rs_access_log *o)
{
    int saved = -1;
    const int end = divert(&saved);

    fcntl(end, F_SETFL, O_NONBLOCK);
    rs_access_log(o, &x);
    restore(saved);
    const ssize_t n = read(end, written, sizeof written - 1);
    close(end);
    written[n > 0 ? n : 0] = '\0';
    const char *level = strstr(written, " level=");
    return level != NULL ? level + 1 : "";
}

START_TEST(a_fast_request_that_went_well_is_logged_only_where_all_are)
{
    const struct rs_access_log all = {.every = true};

    ck_assert_str_eq(line_of(&quiet), "");
    ck_assert_str_eq(line_of(&all),
                     "level=info event=request id=5f0c2a91-000000002a method=POST route=makeA "
                     "path=\"/a/b c\" status=200 took_us=1 waited_us=1 in_bytes=12 out_bytes=34\n");
    rs_log_init(RS_LOG_TEXT, RS_LOG_DEBUG);
    ck_assert_ptr_nonnull(strstr(line_of(&quiet), "level=debug event=request id="));
}
END_TEST

START_TEST(a_slow_request_is_one_line_by_another_name)
{
    const struct rs_access_log all = {.slow_ns = quiet.slow_ns, .every = true};
    const struct rs_access_log off = {0};

    x.times.took_ns = RS_S_AS_NS(2);
    x.times.waited_ns = RS_MS_AS_NS(1900);
    ck_assert_str_eq(line_of(&quiet), line_of(&all));
    ck_assert_ptr_nonnull(strstr(line_of(&quiet), "level=warn event=slow_call id=5f0c2a91-"));
    ck_assert_ptr_nonnull(strstr(line_of(&quiet), " took_us=2000000 waited_us=1900000 "));
    ck_assert_str_eq(line_of(&off), "");
    x.times.took_ns = quiet.slow_ns;
    ck_assert_str_eq(line_of(&quiet), "");
}
END_TEST

START_TEST(what_failed_on_our_side_is_a_warning_with_its_reason)
{
    rs_fail(&x.cx, RS_BUSY, "the queue is full\nlevel=info");
    x.reply.status = 503;
    ck_assert_ptr_nonnull(strstr(line_of(&quiet), "level=warn event=request "));
    ck_assert_ptr_nonnull(strstr(line_of(&quiet), " why=\"the queue is full\\nlevel=info\"\n"));
    x.reply.status = 404;
    ck_assert_str_eq(line_of(&quiet), "");
}
END_TEST

START_TEST(a_query_is_never_in_it)
{
    const struct rs_access_log all = {.every = true};

    ck_assert_ptr_null(strstr(line_of(&all), "secret"));
    /* Refused before its target was read. */
    x.route = NULL;
    x.reply.status = 400;
    x.path = RS_STR("/a%zz?signature=secret");
    ck_assert_ptr_nonnull(strstr(line_of(&all), " route=none path=/a%zz status=400 "));
    ck_assert_ptr_null(strstr(written, "secret"));
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_fast_request_that_went_well_is_logged_only_where_all_are);
    tcase_add_test(t, a_slow_request_is_one_line_by_another_name);
    tcase_add_test(t, what_failed_on_our_side_is_a_warning_with_its_reason);
    tcase_add_test(t, a_query_is_never_in_it);
}

int main(void)
{
    return run_trials(&(struct trials){
        .name = "http/access_log", .open = open_all, .close = close_context, .add = add});
}
