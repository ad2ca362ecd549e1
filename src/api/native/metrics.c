/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, lanes, the committer and the process, in Prometheus' text format. */
#include "api/native/metrics.h"

#include <stdio.h>
#include <unistd.h>

#include "api/call.h"
#include "base/log.h"
#include "http/stats.h"

/* One family: its help, and a line a lane. */
static void put_lanes(const struct rs_lane_figures *f, size_t n, struct rs_buf *out,
                      const struct rs_header family,
                      uint64_t (*value)(const struct rs_lane_figures *))
{
    rs_buf_fmt(out, "# HELP %s " RS_FMT "\n# TYPE %s %s\n", family.name, RS_ARG(family.value),
               family.name, strstr(family.name, "_total") ? "counter" : "gauge");
    for (size_t i = 0; i < n; i++) {
        rs_buf_fmt(out, "%s{lane=\"%s\"} %llu\n", family.name, f[i].name,
                   (unsigned long long)value(&f[i]));
    }
}

static uint64_t waiting(const struct rs_lane_figures *f)
{
    return f->waiting;
}

static uint64_t calls(const struct rs_lane_figures *f)
{
    return f->calls;
}

static uint64_t batches(const struct rs_lane_figures *f)
{
    return f->batches;
}

static uint64_t refused(const struct rs_lane_figures *f)
{
    return f->refused;
}

#define RS_FAMILY(name, help) ((struct rs_header){name, RS_STR(help)})

static void write_lanes(const struct rs_api *api, struct rs_buf *out)
{
    struct rs_lane_figures f[RS_N_LANES];
    size_t n = 0;

    for (size_t i = 0; i < RS_N_LANES; i++) {
        if (api->lane[i] != NULL) {
            f[n++] = rs_lane_figures(api->lane[i]);
        }
    }
    put_lanes(f, n, out, RS_FAMILY("runestone_lane_waiting", "Calls that wait in a lane's queue."),
              waiting);
    put_lanes(f, n, out, RS_FAMILY("runestone_lane_calls_total", "Calls that a lane has run."),
              calls);
    put_lanes(f, n, out,
              RS_FAMILY("runestone_lane_batches_total",
                        "Batches of calls; of the committer, its transactions."),
              batches);
    put_lanes(
        f, n, out,
        RS_FAMILY("runestone_lane_refused_total", "Calls refused because the queue was full."),
        refused);
    RS_BUF_LIT(out, "# HELP runestone_lane_busy_seconds_total Time spent running calls.\n"
                    "# TYPE runestone_lane_busy_seconds_total counter\n");
    for (size_t i = 0; i < n; i++) {
        rs_buf_fmt(out, "runestone_lane_busy_seconds_total{lane=\"%s\"} %.9f\n", f[i].name,
                   (double)f[i].busy_ns / 1e9);
    }
}

/* Resident memory in bytes, as Linux tells it; 0 when it does not. */
static unsigned long long resident_bytes(void)
{
    unsigned long long pages = 0;
    char text[64] = "";
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL) {
        return 0;
    }
    if (fgets(text, sizeof text, f) != NULL) {
        const struct rs_str line = rs_str_of(text);
        const size_t from = rs_str_find(line, ' ', 0) + 1;
        const size_t to = rs_str_find(line, ' ', from);
        int64_t value = 0;

        if (from <= to && rs_str_to_i64((struct rs_str){text + from, to - from}, &value)) {
            pages = (unsigned long long)value;
        }
    }
    fclose(f);
    return pages * (unsigned long long)sysconf(_SC_PAGESIZE);
}

static void write_process(const struct rs_api *api, struct rs_buf *out)
{
    rs_buf_fmt(out,
               "# HELP runestone_build_info The version that is running.\n"
               "# TYPE runestone_build_info gauge\n"
               "runestone_build_info{version=\"%s\"} 1\n"
               "# HELP runestone_log_lines_dropped_total Log lines that could not be written.\n"
               "# TYPE runestone_log_lines_dropped_total counter\n"
               "runestone_log_lines_dropped_total %llu\n"
               "# HELP process_start_time_seconds Start of the process, since the epoch.\n"
               "# TYPE process_start_time_seconds gauge\n"
               "process_start_time_seconds %.3f\n"
               "# HELP process_resident_memory_bytes Memory of the process that is in RAM.\n"
               "# TYPE process_resident_memory_bytes gauge\n"
               "process_resident_memory_bytes %llu\n",
               RS_VERSION, (unsigned long long)rs_log_dropped(), (double)api->start_ms / 1e3,
               resident_bytes());
}

void rs_metrics_serve(struct rs_exchange *x)
{
    const struct rs_api *api = x->user;

    x->reply.status = 200;
    x->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    rs_stats_write(api->stats, &x->reply.body);
    write_lanes(api, &x->reply.body);
    write_process(api, &x->reply.body);
}
