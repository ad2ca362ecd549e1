/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, lanes, the committer, files and the process, in Prometheus' text format. What each
 * family means to an operator is in docs/operations.md. */
#include "api/native/metrics.h"

#include <stdio.h>

#include "api/native/ready.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "http/prometheus.h"
#include "http/stats.h"
#include "service/deliveries.h"
#include "service/feed.h"
#include "service/figures.h"
#include "service/janitor.h"
#include "service/scrub.h"

enum { LABELS_MAX = 128 };

static void write_http(const struct rs_exchange *x, struct rs_buf *out)
{
    const struct rs_http_figures f = rs_exchange_figures(x);

    rs_prom_gauge(out, "runestone_http_connections", "Connections that are open.", f.connections);
    rs_prom_gauge(out, "runestone_http_connections_max",
                  "Connections that may be open; more wait in the kernel.", f.connections_max);
    rs_prom_counter(out, "runestone_http_connections_cut_total",
                    "Connections ended because their client was too slow, or had left.", f.cut);
    rs_prom_gauge(out, "runestone_http_held_bytes",
                  "Memory of bodies and replies that are larger than 64 KiB.", f.held);
    rs_prom_gauge(out, "runestone_http_held_max_bytes",
                  "Its limit; what needs more is answered 503.", f.held_max);
    rs_prom_gauge(out, "runestone_http_requests_under_way",
                  "Requests from their first line to the last byte of the reply.", f.requests);
    rs_prom_gauge(out, "runestone_http_requests_suspended",
                  "Requests that wait for a lane, a file worker or a disk.", f.suspended);
}

/* The lanes that have threads, and each one's label. */
struct lanes {
    struct rs_lane_figures f[RS_N_LANES];
    char label[RS_N_LANES][LABELS_MAX];
    size_t n;
};

static void read_lanes(const struct rs_api *api, struct lanes *l)
{
    l->n = 0;
    for (size_t i = 0; i < RS_N_LANES; i++) {
        if (api->lane[i] != NULL) {
            l->f[l->n] = rs_lane_figures(api->lane[i]);
            snprintf(l->label[l->n], LABELS_MAX, "lane=\"%s\"", l->f[l->n].name);
            l->n++;
        }
    }
}

/* A family with a line a lane; `offset` is that of a number in the figures. */
static void put_numbers(struct rs_buf *out, const struct lanes *l, const char *name, size_t offset)
{
    for (size_t i = 0; i < l->n; i++) {
        const uint64_t *value = (const void *)((const char *)&l->f[i] + offset);

        rs_prom_u64(out, name, l->label[i], *value);
    }
}

static void write_queues(const struct lanes *l, struct rs_buf *out)
{
    static const char waiting[] = "runestone_lane_waiting";
    static const char room[] = "runestone_lane_waiting_max";
    static const char refused[] = "runestone_lane_refused_total";

    rs_prom_head(out, waiting, "gauge", "Calls that wait in a lane's queue.");
    put_numbers(out, l, waiting, offsetof(struct rs_lane_figures, waiting));
    rs_prom_head(out, room, "gauge", "Calls that may wait; more are answered 503.");
    put_numbers(out, l, room, offsetof(struct rs_lane_figures, room));
    rs_prom_head(out, refused, "counter", "Calls refused because the queue was full.");
    put_numbers(out, l, refused, offsetof(struct rs_lane_figures, refused));
}

/* What hangs shows here, and in no count before it ends. */
static void write_running(const struct lanes *l, struct rs_buf *out)
{
    static const char running[] = "runestone_lane_running_seconds";

    rs_prom_head(out, running, "gauge",
                 "How long a lane's threads have been at what they run now, the longest of them.");
    for (size_t i = 0; i < l->n; i++) {
        rs_prom_f64(out, running, l->label[i], (double)l->f[i].running_ns / 1e9);
    }
}

static void write_work(const struct lanes *l, struct rs_buf *out)
{
    static const char busy[] = "runestone_lane_busy_seconds_total";
    static const char waits[] = "runestone_lane_wait_seconds";
    static const char batches[] = "runestone_lane_batch_calls";

    rs_prom_head(out, busy, "counter", "Time that a lane's threads spent running calls.");
    for (size_t i = 0; i < l->n; i++) {
        rs_prom_f64(out, busy, l->label[i], (double)l->f[i].busy_ns / 1e9);
    }
    rs_prom_head(out, waits, "histogram", "Time that a call waited in a lane's queue.");
    for (size_t i = 0; i < l->n; i++) {
        rs_prom_histogram(out, waits, l->label[i], l->f[i].waits);
    }
    rs_prom_head(out, batches, "histogram",
                 "Calls that were run together; of the committer, in one transaction.");
    for (size_t i = 0; i < l->n; i++) {
        rs_prom_histogram(out, batches, l->label[i], l->f[i].batches);
    }
}

static void write_lanes(const struct rs_api *api, struct rs_buf *out)
{
    struct lanes l;

    read_lanes(api, &l);
    write_queues(&l, out);
    write_running(&l, out);
    write_work(&l, out);
}

/* Whether a check is passed; its words are for others. */
static bool passes(enum rs_code (*check)(struct rs_cx *, const struct rs_api *),
                   const struct rs_api *api)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};
    const bool is_passed = check(&cx, api) == RS_OK;

    rs_arena_fini(&arena);
    return is_passed;
}

static enum rs_code check_writes(struct rs_cx *cx, const struct rs_api *api)
{
    return rs_commit_check(cx, api->writer);
}

static void write_stores(const struct rs_api *api, struct rs_buf *out)
{
    const struct rs_figures f = rs_figures_read(api->writer, api->workers);

    rs_prom_head(out, "runestone_commit_duration_seconds", "histogram",
                 "Time of a commit, with its sync; a commit is a batch of the committer.");
    rs_prom_histogram(out, "runestone_commit_duration_seconds", "", f.commits);
    rs_prom_head(out, "runestone_checkpoint_duration_seconds", "histogram",
                 "Time of a copy of the write-ahead log into the database.");
    rs_prom_histogram(out, "runestone_checkpoint_duration_seconds", "", f.checkpoints);
    rs_prom_gauge(out, "runestone_database_bytes", "Size of the database's file.",
                  f.database_bytes);
    rs_prom_gauge(out, "runestone_database_log_bytes", "Size of the write-ahead log's file.",
                  f.log_bytes);
    rs_prom_gauge(out, "runestone_disk_free_bytes", "Room on the disk of the data folder.",
                  f.free_bytes);
    const struct rs_janitor_figures blobs = rs_janitor_figures(api->janitor);
    rs_prom_gauge(out, "runestone_blobs", "Blobs that are stored, counted now and then.",
                  blobs.blobs);
    rs_prom_gauge(out, "runestone_blob_bytes", "Bytes of these blobs.", blobs.bytes);
    rs_prom_gauge(out, "runestone_uploads", "Uploads that are open.", f.uploads);
    rs_prom_counter(out, "runestone_uploads_refused_total",
                    "Uploads refused because too many were open.", f.uploads_refused);
    rs_prom_gauge(out, "runestone_file_jobs_waiting", "Jobs that wait for a file worker.",
                  f.file_jobs);
}

static void write_scrub(const struct rs_api *api, struct rs_buf *out)
{
    const struct rs_scrub_figures f = rs_scrub_figures(api->scrub);

    rs_prom_counter(out, "runestone_scrub_blobs_total",
                    "Stored blobs that were read again and compared with their hashes.", f.blobs);
    rs_prom_counter(out, "runestone_scrub_bytes_total", "Bytes read for that.", f.bytes);
    rs_prom_gauge(out, "runestone_blobs_corrupt",
                  "Stored blobs that are known to be damaged, and are not served.", f.corrupt);
}

static void write_feed(const struct rs_api *api, struct rs_buf *out)
{
    rs_prom_gauge(out, "runestone_watchers", "Watchers of events that wait for one.",
                  rs_feed_waiting(api->feed));
}

static void write_deliveries(const struct rs_api *api, struct rs_buf *out)
{
    const struct rs_deliveries_figures f = rs_deliveries_figures(api->deliveries);
    const int64_t age_ms = f.oldest_at != 0 ? rs_clock_wall_ms() - f.oldest_at : 0;

    rs_prom_head(out, "runestone_webhook_attempts_total", "counter",
                 "Tries to tell a webhook of an event, by what came of them.");
    rs_prom_u64(out, "runestone_webhook_attempts_total", "outcome=\"delivered\"",
                f.attempts[RS_DELIVERY_DONE]);
    rs_prom_u64(out, "runestone_webhook_attempts_total", "outcome=\"retrying\"",
                f.attempts[RS_DELIVERY_AGAIN]);
    rs_prom_u64(out, "runestone_webhook_attempts_total", "outcome=\"failed\"",
                f.attempts[RS_DELIVERY_GIVEN_UP]);
    rs_prom_gauge(out, "runestone_webhooks_failing",
                  "Webhooks whose next event was tried in vain and will be tried again.",
                  f.failing);
    rs_prom_gauge(out, "runestone_webhook_events_waiting",
                  "Events that these webhooks have not been told of, at most 1000 of each.",
                  f.waiting);
    rs_prom_head(out, "runestone_webhook_oldest_event_age_seconds", "gauge",
                 "How long ago the oldest of these events happened.");
    rs_prom_f64(out, "runestone_webhook_oldest_event_age_seconds", "",
                age_ms > 0 ? (double)age_ms / 1e3 : 0);
}

static void write_server(const struct rs_api *api, struct rs_buf *out)
{
    rs_prom_head(out, "runestone_build_info", "gauge", "The version that is running.");
    rs_prom_u64(out, "runestone_build_info", "version=\"" RS_VERSION "\"", 1);
    rs_prom_gauge(
        out, "runestone_ready",
        "1 while the server takes changes; 0 while it stops, after a failed sync, or while "
        "the disk does not answer.",
        passes(rs_ready_check, api));
    rs_prom_gauge(
        out, "runestone_writes_stopped",
        "1 after a failed sync, or when the database was moved away: no change until a restart.",
        !passes(check_writes, api));
    rs_prom_counter(out, "runestone_log_lines_dropped_total",
                    "Log lines that could not be written.", rs_log_dropped());
}

static void write_process(const struct rs_api *api, struct rs_buf *out)
{
    const struct rs_process p = rs_process_read();

    rs_prom_head(out, "process_cpu_seconds_total", "counter", "User and system time.");
    rs_prom_f64(out, "process_cpu_seconds_total", "", p.cpu_s);
    rs_prom_head(out, "process_start_time_seconds", "gauge", "Start, since the epoch.");
    rs_prom_f64(out, "process_start_time_seconds", "", (double)api->start_ms / 1e3);
    rs_prom_gauge(out, "process_resident_memory_bytes", "Memory in RAM.", p.resident_bytes);
    rs_prom_gauge(out, "process_virtual_memory_bytes", "Address space.", p.virtual_bytes);
    rs_prom_gauge(out, "process_threads", "Threads.", p.threads);
    rs_prom_gauge(out, "process_open_fds", "Open file descriptors.", p.open_fds);
    rs_prom_gauge(out, "process_max_fds", "File descriptors that may be open.", p.max_fds);
}

void rs_metrics_serve(struct rs_exchange *x)
{
    const struct rs_api *api = x->user;
    struct rs_buf *out = &x->reply.body;

    x->reply.status = 200;
    x->reply.content_type = RS_PROM_TYPE;
    write_server(api, out);
    rs_stats_write(api->stats, out);
    write_http(x, out);
    write_lanes(api, out);
    write_stores(api, out);
    write_scrub(api, out);
    write_feed(api, out);
    write_deliveries(api, out);
    write_process(api, out);
}
