/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load generator: `load JOB --port P [options]`. Prints one JSON object: calls, rows and calls
 * per second, the latencies in microseconds, and the CPU that it used itself per call (to tell
 * whether it was the bottleneck). Exits with 1, and says why, on any reply that is not 2xx.
 */
#include "engine.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job_row {
    const char *name;
    struct rs_job *(*make)(const struct rs_job_options *o);
};

static const struct job_row JOBS[] = {
    {"get", rs_job_get},
    {"post", rs_job_post},
    {"log-metric", rs_job_log_metric},
    {"log-batch", rs_job_log_batch},
    {"fill", rs_job_fill},
};

static const struct option OPTIONS[] = {
    {"port", required_argument, NULL, 'p'},
    {"clients", required_argument, NULL, 'c'},
    {"threads", required_argument, NULL, 't'},
    {"seconds", required_argument, NULL, 's'},
    {"warmup", required_argument, NULL, 'w'},
    {"count", required_argument, NULL, 'n'},
    {"stall", required_argument, NULL, 'x'},
    {"prefix", required_argument, NULL, 'b'},
    {"path", required_argument, NULL, 'u'},
    {"lines", required_argument, NULL, 'l'},
    {"rows", required_argument, NULL, 'r'},
    {"keys", required_argument, NULL, 'k'},
    {"runs", required_argument, NULL, 'R'},
    {"seed", required_argument, NULL, 'S'},
    {"ids-out", required_argument, NULL, 'o'},
    {"experiment", required_argument, NULL, 'e'},
    {NULL, 0, NULL, 0},
};

static void set_job_option(struct rs_job_options *o, int option, const char *value)
{
    switch (option) {
    case 'b':
        o->prefix = value;
        break;
    case 'u':
        o->path = value;
        break;
    case 'l':
        o->lines = value;
        break;
    case 'o':
        o->ids_out = value;
        break;
    case 'e':
        o->experiment = value;
        break;
    case 'r':
        o->rows = rs_number("--rows", value);
        break;
    case 'k':
        o->keys = rs_number("--keys", value);
        break;
    case 'R':
        o->runs = rs_number("--runs", value);
        break;
    case 'S':
        o->seed = rs_number("--seed", value);
        break;
    default:
        rs_die("usage: load JOB --port P [--clients N] [--seconds S] [options of the job]");
    }
}

static double seconds(const char *value)
{
    char *end;
    const double v = strtod(value, &end);

    if (*end != '\0' || !(v >= 0))
        rs_die("\"%s\" is not a time in seconds", value);
    return v;
}

static void set_option(struct rs_load *load, struct rs_job_options *o, int option,
                       const char *value)
{
    switch (option) {
    case 'p':
        load->port = (uint16_t)rs_number("--port", value);
        break;
    case 'c':
        load->clients = rs_number("--clients", value);
        break;
    case 't':
        load->threads = rs_number("--threads", value);
        break;
    case 'n':
        load->count = rs_number("--count", value);
        break;
    case 's':
        load->seconds = seconds(value);
        break;
    case 'w':
        load->warmup_s = seconds(value);
        break;
    case 'x':
        load->stall_s = seconds(value);
        break;
    default:
        set_job_option(o, option, value);
        break;
    }
}

static struct rs_job *make_job(const char *name, const struct rs_job_options *o)
{
    for (size_t i = 0; i < sizeof JOBS / sizeof JOBS[0]; i++)
        if (strcmp(JOBS[i].name, name) == 0)
            return JOBS[i].make(o);
    rs_die("there is no job \"%s\"", name);
}

static void print_result(const struct rs_load *load, const struct rs_load_result *r,
                         uint64_t cpu_us)
{
    const struct rs_histogram *h = &r->latency;
    const double rate = (double)h->n / r->seconds;
    const double calls = h->n > 0 ? (double)h->n : 1;

    printf("{\"calls\": %lu, \"seconds\": %.3f, \"rate\": %.1f, \"rows_rate\": %.1f, ", h->n,
           r->seconds, rate, rate * (double)load->job->rows);
    printf("\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, \"mean_us\": %.1f, ",
           (double)rs_histogram_quantile(h, 0.50) / 1e3,
           (double)rs_histogram_quantile(h, 0.99) / 1e3, (double)h->max_ns / 1e3,
           (double)h->sum_ns / calls / 1e3);
    printf("\"body_bytes\": %.1f, \"own_cpu_us\": %.2f, \"reconnects\": %lu}\n",
           (double)r->n_body / calls, (double)cpu_us / calls, r->n_reconnects);
}

int main(int argc, char **argv)
{
    static struct rs_load_result result;
    struct rs_job_options o = {.prefix = "", .rows = 10, .keys = 10, .seed = 1};
    struct rs_load load = {.clients = 1, .threads = 1, .stall_s = 120};
    int option;

    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        set_option(&load, &o, option, optarg);
    if (optind + 1 != argc || load.port == 0 || load.clients == 0 || load.threads == 0)
        rs_die("usage: load JOB --port P [--clients N] [--seconds S] [options of the job]");
    if (load.threads > load.clients)
        load.threads = load.clients;
    o.port = load.port;
    o.clients = load.clients;
    load.job = make_job(argv[optind], &o);
    const uint64_t cpu_before = rs_cpu_us();
    rs_load_run(&load, &result);
    print_result(&load, &result, rs_cpu_us() - cpu_before);
    if (result.latency.n == 0)
        rs_die("no call ended in time to be counted");
    return 0;
}
