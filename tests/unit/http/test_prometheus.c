/* SPDX-License-Identifier: Apache-2.0 */
/* The text that Prometheus reads, letter by letter. */
#include "http/prometheus.h"

#include "support/trial.h"

enum { TEXT_MAX = 1 << 16 };

static struct rs_buf out = {.max = TEXT_MAX};

static void close_all(void)
{
    rs_buf_fini(&out);
    close_context();
}

START_TEST(a_family_is_its_head_and_its_series)
{
    rs_prom_counter(&out, "a_total", "What a is.", 18446744073709551615U);
    rs_prom_gauge(&out, "b_bytes", "What b is.", 0);
    rs_prom_head(&out, "c_seconds", "gauge", "What c is.");
    rs_prom_f64(&out, "c_seconds", "lane=\"x\",n=\"1\"", 0.25);
    rs_prom_u64(&out, "c_seconds", "lane=\"y\",n=\"2\"", 3);
    ck_assert_text(rs_buf_view(&out), "# HELP a_total What a is.\n"
                                      "# TYPE a_total counter\n"
                                      "a_total 18446744073709551615\n"
                                      "# HELP b_bytes What b is.\n"
                                      "# TYPE b_bytes gauge\n"
                                      "b_bytes 0\n"
                                      "# HELP c_seconds What c is.\n"
                                      "# TYPE c_seconds gauge\n"
                                      "c_seconds{lane=\"x\",n=\"1\"} 0.25\n"
                                      "c_seconds{lane=\"y\",n=\"2\"} 3\n");
}
END_TEST

START_TEST(a_histogram_has_buckets_that_hold_all_below_them)
{
    static const struct rs_scale halves = {.n = 2, .upper = {2500000, 1000000000}, .per = 1e9};
    struct rs_histogram h = {.scale = &halves};

    rs_histogram_add(&h, 1000000);
    rs_histogram_add(&h, 500000000);
    rs_histogram_add(&h, 2000000000);
    rs_prom_histogram(&out, "t_seconds", "", &h);
    rs_prom_histogram(&out, "t_seconds", "route=\"r\"", &h);
    ck_assert_text(rs_buf_view(&out), "t_seconds_bucket{le=\"0.0025\"} 1\n"
                                      "t_seconds_bucket{le=\"1\"} 2\n"
                                      "t_seconds_bucket{le=\"+Inf\"} 3\n"
                                      "t_seconds_sum 2.501\n"
                                      "t_seconds_count 3\n"
                                      "t_seconds_bucket{route=\"r\",le=\"0.0025\"} 1\n"
                                      "t_seconds_bucket{route=\"r\",le=\"1\"} 2\n"
                                      "t_seconds_bucket{route=\"r\",le=\"+Inf\"} 3\n"
                                      "t_seconds_sum{route=\"r\"} 2.501\n"
                                      "t_seconds_count{route=\"r\"} 3\n");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_family_is_its_head_and_its_series);
    tcase_add_test(t, a_histogram_has_buckets_that_hold_all_below_them);
}

int main(void)
{
    return run_trials(&(struct trials){.name = "http/prometheus", .close = close_all, .add = add});
}
