/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of requests, and whether their text is what Prometheus reads. */
#include "http/stats.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "support/trial.h"

enum { TEXT_MAX = 1 << 20 };

static const struct rs_route routes[] = {
    {.method = RS_GET, .path = "/a", .name = "getA"},
    {.method = RS_POST, .path = "/a", .name = "makeA"},
    {.method = RS_GET, .path = "/b", .name = "getA"}, /* one RPC, two paths */
    {.method = RS_GET, .path = "/never", .name = "never"},
};

static struct rs_stats *stats;
static struct rs_buf text = {.max = TEXT_MAX};

static void open_all(void)
{
    const struct rs_mount mount = {"", routes, sizeof routes / sizeof routes[0], false};
    const struct rs_mount mounts[] = {mount, {"/again", mount.routes, mount.n, false}};

    ck_ok(rs_stats_new(&cx, mounts, 2, &stats));
}

static void close_all(void)
{
    rs_stats_free(stats);
    rs_buf_fini(&text);
    close_context();
}

/* Counts a request that took so long until now. */
static void count(const struct rs_route *route, unsigned status, int64_t took_ns)
{
    const struct rs_exchange x = {.route = route, .reply.status = status, .times.took_ns = took_ns};

    rs_stats_count(stats, &x);
}

static const char *write_all(void)
{
    rs_buf_clear(&text);
    rs_stats_write(stats, &text);
    rs_buf_putc(&text, '\0');
    ck_assert(!text.over);
    return text.p;
}

/* The number behind "name{labels} ", or -1. */
static int64_t value_of(const char *series)
{
    const char *line = strstr(write_all(), rs_arena_fmt(&arena, "\n%s ", series).p);
    int64_t v = -1;

    if (line != NULL) {
        const struct rs_str rest = rs_str_of(line + 1 + strlen(series) + 1);

        ck_assert(rs_str_to_i64((struct rs_str){rest.p, rs_str_find(rest, '\n', 0)}, &v));
    }
    return v;
}

START_TEST(requests_are_counted_by_route_and_status)
{
    count(&routes[0], 200, 0);
    count(&routes[2], 200, 0);
    count(&routes[0], 404, 0);
    count(&routes[1], 200, 0);
    count(NULL, 404, 0);
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"getA\",code=\"200\"}"), 2);
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"getA\",code=\"404\"}"), 1);
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"makeA\",code=\"200\"}"), 1);
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"none\",code=\"404\"}"), 1);
    ck_assert_ptr_null(strstr(write_all(), "never"));
}
END_TEST

#define BUCKET(le) "runestone_http_request_duration_seconds_bucket{route=\"getA\",le=\"" le "\"}"

START_TEST(times_fall_into_buckets_that_hold_all_below_them)
{
    count(&routes[0], 200, 0);
    count(&routes[0], 200, RS_MS_AS_NS(30));
    count(&routes[0], 200, RS_S_AS_NS(2));
    count(&routes[0], 200, RS_S_AS_NS(100));
    ck_assert_int_eq(value_of(BUCKET("0.025")), 1);
    ck_assert_int_eq(value_of(BUCKET("0.05")), 2);
    ck_assert_int_eq(value_of(BUCKET("1")), 2);
    ck_assert_int_eq(value_of(BUCKET("5")), 3);
    ck_assert_int_eq(value_of(BUCKET("30")), 3);
    ck_assert_int_eq(value_of(BUCKET("+Inf")), 4);
    ck_assert_int_eq(value_of("runestone_http_request_duration_seconds_count{route=\"getA\"}"), 4);
    const char *sum = strstr(write_all(), "_sum{route=\"getA\"} ");
    ck_assert_ptr_nonnull(sum);
    ck_assert_double_eq_tol(strtod(strchr(sum, ' '), NULL), 102.03, 10);
}
END_TEST

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_number(const char *from, const char *end)
{
    char *stop = NULL;

    return strtod(from, &stop) >= 0 && stop == end;
}

/* name{label="value",label="value"} number, or a comment: the text format, version 0.0.4. */
static bool is_series(const char *line, const char *end)
{
    const char *p = line;

    while (p < end && is_name_char(*p)) {
        p++;
    }
    if (p == line) {
        return false;
    }
    if (*p == ' ') {
        return is_number(p + 1, end);
    }
    if (*p != '{') {
        return false;
    }
    do {
        const char *label = ++p;

        while (p < end && is_name_char(*p)) {
            p++;
        }
        if (p == label || p + 1 >= end || p[0] != '=' || p[1] != '"') {
            return false;
        }
        p = memchr(p + 2, '"', (size_t)(end - p - 2));
        if (p == NULL) {
            return false;
        }
        p++;
    } while (*p == ',');
    return p[0] == '}' && p[1] == ' ' && is_number(p + 2, end);
}

START_TEST(every_line_is_what_prometheus_reads)
{
    int n_help = 0;
    int n_type = 0;

    count(&routes[0], 200, RS_MS_AS_NS(3));
    count(&routes[1], 503, RS_MS_AS_NS(3));
    count(NULL, 404, 0);
    for (const char *line = write_all(); *line != '\0';) {
        const char *end = strchr(line, '\n');

        ck_assert_ptr_nonnull(end);
        n_help += strncmp(line, "# HELP ", 7) == 0;
        n_type += strncmp(line, "# TYPE ", 7) == 0;
        ck_assert_msg(*line == '#' || is_series(line, end), "%.*s", (int)(end - line), line);
        line = end + 1;
    }
    ck_assert_int_eq(n_help, 6);
    ck_assert_int_eq(n_type, 6);
}
END_TEST

START_TEST(routes_that_answered_nothing_have_no_series)
{
    ck_assert_ptr_null(strstr(write_all(), "route="));
}
END_TEST

START_TEST(errors_are_counted_by_what_was_wrong)
{
    struct rs_exchange x = {.route = &routes[0], .reply.status = 503};

    rs_fail(&x.cx, RS_BUSY, "full");
    rs_stats_count(stats, &x);
    count(NULL, 404, 0);
    count(&routes[0], 200, 0);
    ck_assert_int_eq(value_of("runestone_http_errors_total{reason=\"busy\"}"), 1);
    ck_assert_int_eq(value_of("runestone_http_errors_total{reason=\"other\"}"), 1);
    ck_assert_int_eq(value_of("runestone_http_errors_total{reason=\"invalid\"}"), 0);
}
END_TEST

START_TEST(bytes_of_bodies_are_counted_and_head_has_none)
{
    struct rs_exchange x = {
        .route = &routes[0], .received = 7, .reply = {.status = 200, .fd = -1, .body = {.n = 100}}};

    rs_stats_count(stats, &x);
    x.method = RS_HEAD;
    rs_stats_count(stats, &x);
    x.method = RS_GET;
    x.reply.body.n = 0;
    x.reply.length = 4000;
    rs_stats_count(stats, &x);
    ck_assert_int_eq(value_of("runestone_http_received_bytes_total"), 21);
    ck_assert_int_eq(value_of("runestone_http_sent_bytes_total"), 4100);
}
END_TEST

START_TEST(the_work_of_readers_is_counted_where_it_was_measured)
{
    struct rs_exchange x = {.route = &routes[0], .reply.status = 200};

    rs_stats_count(stats, &x);
    x.times.worked_ns = RS_MS_AS_NS(3);
    rs_stats_count(stats, &x);
    ck_assert_int_eq(value_of("runestone_http_request_work_seconds_count{route=\"getA\"}"), 1);
    ck_assert_int_eq(
        value_of("runestone_http_request_work_seconds_bucket{route=\"getA\",le=\"0.005\"}"), 1);
    ck_assert_int_eq(
        value_of("runestone_http_request_work_seconds_bucket{route=\"getA\",le=\"0.0025\"}"), 0);
}
END_TEST

START_TEST(more_routes_than_there_is_room_for_are_refused)
{
    enum { N = 600 };
    static struct rs_route many[N];
    struct rs_stats *s = NULL;

    for (int i = 0; i < N; i++) {
        many[i] = (struct rs_route){.path = "/", .name = rs_arena_fmt(&arena, "route%d", i).p};
    }
    ck_fails(rs_stats_new(&cx, &(struct rs_mount){"", many, N, false}, 1, &s), RS_INTERNAL,
             "slots");
    rs_stats_free(s);
}
END_TEST

enum { N_THREADS = 4, N_EACH = 20000 };

static void *count_many(void *arg)
{
    for (int i = 0; i < N_EACH; i++) {
        count(arg, i % 2 == 0 ? 200 : 400, 0);
    }
    return NULL;
}

START_TEST(threads_count_without_losing_any)
{
    pthread_t threads[N_THREADS];

    for (int i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, count_many, (void *)(uintptr_t)&routes[0]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    const int64_t half = (int64_t)N_THREADS * N_EACH / 2;
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"getA\",code=\"200\"}"), half);
    ck_assert_int_eq(value_of("runestone_http_requests_total{route=\"getA\",code=\"400\"}"), half);
    ck_assert_int_eq(value_of(BUCKET("+Inf")), 2 * half);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, requests_are_counted_by_route_and_status);
    tcase_add_test(t, times_fall_into_buckets_that_hold_all_below_them);
    tcase_add_test(t, routes_that_answered_nothing_have_no_series);
    tcase_add_test(t, errors_are_counted_by_what_was_wrong);
    tcase_add_test(t, bytes_of_bodies_are_counted_and_head_has_none);
    tcase_add_test(t, the_work_of_readers_is_counted_where_it_was_measured);
    tcase_add_test(t, every_line_is_what_prometheus_reads);
    tcase_add_test(t, more_routes_than_there_is_room_for_are_refused);
    tcase_add_test(t, threads_count_without_losing_any);
}

int main(void)
{
    return run_trials(
        &(struct trials){.name = "http/stats", .open = open_all, .close = close_all, .add = add});
}
