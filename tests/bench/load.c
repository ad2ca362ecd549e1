/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load generator: `load JOB --port P [options]`. Prints one JSON object: calls, rows and calls
 * per second, the latencies in microseconds (of all calls, and of each kind where a job has
 * several), and the CPU that it used itself per call (to tell whether it was the bottleneck).
 * SIGTERM ends the load early, as if its time were over. Exits with 1, and says why, on any reply
 * that is not 2xx; with --tolerant 1, only when there was no other.
 */
#include "engine.h"

#include <getopt.h>
#include <signal.h>
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
    {"train", rs_job_train},
    {"register", rs_job_register},
    {"move", rs_job_move},
};

static const struct option OPTIONS[] = {
    {"port", required_argument, NULL, 'p'},       {"clients", required_argument, NULL, 'c'},
    {"threads", required_argument, NULL, 't'},    {"seconds", required_argument, NULL, 's'},
    {"warmup", required_argument, NULL, 'w'},     {"count", required_argument, NULL, 'n'},
    {"stall", required_argument, NULL, 'x'},      {"prefix", required_argument, NULL, 'b'},
    {"path", required_argument, NULL, 'u'},       {"lines", required_argument, NULL, 'l'},
    {"rows", required_argument, NULL, 'r'},       {"keys", required_argument, NULL, 'k'},
    {"runs", required_argument, NULL, 'R'},       {"first", required_argument, NULL, 'f'},
    {"seed", required_argument, NULL, 'S'},       {"trainers", required_argument, NULL, 'T'},
    {"spread", required_argument, NULL, 'd'},     {"tolerant", required_argument, NULL, 'z'},
    {"ids", required_argument, NULL, 'i'},        {"ids-out", required_argument, NULL, 'o'},
    {"experiment", required_argument, NULL, 'e'}, {NULL, 0, NULL, 0},
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
    case 'i':
        o->ids = value;
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
    case 'd':
        o->spread = rs_number("--spread", value) != 0;
        break;
    case 'f':
        o->first = rs_number("--first", value);
        break;
    case 'T':
        o->trainers = rs_number("--trainers", value);
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
    case 'z':
        load->tolerant = rs_number("--tolerant", value) != 0;
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

static double us(uint64_t ns)
{
    return (double)ns / 1e3;
}

/* "p50_us": ... to "mean_us": ..., without braces. */
static void print_latency(const struct rs_histogram *h)
{
    const double calls = h->n > 0 ? (double)h->n : 1;

    printf("\"calls\": %lu, \"p50_us\": %.1f, \"p99_us\": %.1f, ", h->n,
           us(rs_histogram_quantile(h, 0.50)), us(rs_histogram_quantile(h, 0.99)));
    printf("\"max_us\": %.1f, \"mean_us\": %.1f", us(h->max_ns), us(h->sum_ns) / calls);
}

static void print_kinds(const struct rs_load *load, const struct rs_load_result *r)
{
    const char *comma = "";

    printf("\"kinds\": {");
    for (unsigned k = 0; k < RS_KINDS_MAX; k++) {
        if (load->job->kind[k] == NULL || r->latency[k].n == 0)
            continue;
        printf("%s\"%s\": {", comma, load->job->kind[k]);
        print_latency(&r->latency[k]);
        printf("}");
        comma = ", ";
    }
    printf("}, ");
}

static void print_result(const struct rs_load *load, const struct rs_load_result *r,
                         const struct rs_histogram *all, uint64_t cpu_us)
{
    const double rate = (double)all->n / r->seconds;
    const double calls = all->n > 0 ? (double)all->n : 1;

    printf("{\"seconds\": %.3f, \"rate\": %.1f, \"rows_rate\": %.1f, ", r->seconds, rate,
           rate * (double)load->job->rows);
    print_latency(all);
    printf(", ");
    print_kinds(load, r);
    printf("\"body_bytes\": %.1f, \"own_cpu_us\": %.2f, \"reconnects\": %lu, \"errors\": %lu}\n",
           (double)r->n_body / calls, (double)cpu_us / calls, r->n_reconnects, r->n_errors);
}

int main(int argc, char **argv)
{
    static struct rs_load_result result;
    static struct rs_histogram all;
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
    rs_load_stop_at(SIGTERM);
    const uint64_t cpu_before = rs_cpu_us();
    rs_load_run(&load, &result);
    for (unsigned k = 0; k < RS_KINDS_MAX; k++)
        rs_histogram_merge(&all, &result.latency[k]);
    print_result(&load, &result, &all, rs_cpu_us() - cpu_before);
    if (all.n == 0)
        rs_die("no call ended in time to be counted");
    return 0;
}
