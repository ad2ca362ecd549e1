/* SPDX-License-Identifier: Apache-2.0 */
/* Wiring: the only place that knows all rooms. */
#include "server/app.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "api/mlflow/routes.h"
#include "api/mlflow/webhook_payload.h"
#include "api/native/event_json.h"
#include "api/native/routes.h"
#include "artifact/artifact.h"
#include "artifact/fs.h"
#include "artifact/workers.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "base/uri.h"
#include "http/guard.h"
#include "http/server.h"
#include "http/stats.h"
#include "service/deliveries.h"
#include "service/janitor.h"
#include "service/experiments.h"
#include "service/feed.h"
#include "service/scrub.h"
#include "store/changes.h"
#include "store/event.h"
#include "store/store.h"
#include "ui/ui.h"
#include "upkeep/folder.h"

enum {
    MOUNTS_MAX = 16,
    IDLE_MS = 200, /* of the committer: then it copies its log into the database */
    SECRET_BYTES = 32,
    OUTBOUND_THREADS = 2,
    OUTBOUND_CALLS_MAX = 256, /* that may wait */
    DELIVERY_S = 30,          /* that a webhook may take to answer, as MLflow has it */
    DAY_MS = 24 * 60 * 60 * 1000,
    FEED_EVENTS = 4096,
    FEED_BYTES = 8 << 20,
    FILES_MAX = 128, /* descriptors of databases, downloads that begin, and the process itself */
};

struct rs_app {
    struct rs_arena arena; /* for the app's life */
    struct rs_config config;
    struct rs_store *writer;
    struct rs_store **readers;
    struct rs_store *janitors_store; /* readers of their own */
    struct rs_store *scrubs_store;
    struct rs_store *feeds_store;
    uint64_t n_appended; /* events, when the feed was told last */
    struct rs_store *deliveries_store;
    struct rs_store *outbound[OUTBOUND_THREADS]; /* of calls that wait for other hosts */
    struct rs_janitor janitor;
    struct rs_api api;
    struct rs_ui *ui;
    struct rs_router *router;
    struct rs_http *http;
    const char *url;
};

static enum rs_code open_stores(struct rs_cx *cx, struct rs_app *app)
{
    struct rs_store_options options = {.where = rs_data_database(&app->arena, app->config.data),
                                       .changes = RS_NEW(&app->arena, struct rs_changes)};

    RS_TRY(rs_store_open(cx, &options, &app->writer));
    app->api.writer = app->writer;
    app->readers = RS_NEW_N(&app->arena, struct rs_store *, app->config.readers);
    options.read_only = true;
    for (unsigned i = 0; i < app->config.readers; i++) {
        RS_TRY(rs_store_open(cx, &options, &app->readers[i]));
    }
    options.changes = NULL;
    RS_TRY(rs_store_open(cx, &options, &app->scrubs_store));
    RS_TRY(rs_store_open(cx, &options, &app->feeds_store));
    RS_TRY(rs_store_open(cx, &options, &app->deliveries_store));
    for (unsigned i = 0; i < OUTBOUND_THREADS; i++) {
        RS_TRY(rs_store_open(cx, &options, &app->outbound[i]));
    }
    return rs_store_open(cx, &options, &app->janitors_store);
}

/* What is made at the first start and stays: the secret of signed URLs, experiment 0. */
static enum rs_code load_settings(struct rs_cx *cx, struct rs_app *app)
{
    unsigned char fresh[SECRET_BYTES];

    rs_random(fresh, sizeof fresh);
    RS_TRY(rs_store_begin_write(cx, app->writer));
    RS_TRY(rs_store_setting(cx, app->writer, "url_secret", rs_hex(cx->arena, fresh, sizeof fresh),
                            &app->api.secret));
    RS_TRY(rs_store_commit(cx, app->writer));
    app->api.secret = rs_arena_str(&app->arena, app->api.secret);
    return rs_experiments_ensure_default(cx, app->writer, app->api.artifact_root);
}

static enum rs_code open_artifacts(struct rs_cx *cx, struct rs_app *app)
{
    const struct rs_workers_options options = {.threads = (int)app->config.file_workers,
                                               .uploads_max = app->config.uploads_max};
    const char *place = rs_data_artifacts(&app->arena, app->config.data);

    RS_TRY(rs_artifact_open(cx, &rs_artifact_fs, rs_str_of(place), &app->api.artifacts));
    RS_TRY(rs_workers_open(cx, &options, &app->api.workers));
    rs_janitor_init(&app->janitor, &(struct rs_janitor_options){
                                       .artifacts = app->api.artifacts,
                                       .workers = app->api.workers,
                                       .reader = app->janitors_store,
                                       .grace_ms = 1000 * (int64_t)app->config.blob_grace});
    app->api.janitor = &app->janitor;
    return rs_scrub_start(
        cx,
        &(struct rs_scrub_options){.artifacts = app->api.artifacts,
                                   .reader = app->scrubs_store,
                                   .period_ms = DAY_MS * (int64_t)app->config.scrub_days,
                                   .bytes_a_second = 1000000 * (int64_t)app->config.scrub_rate},
        &app->api.scrub);
}

static enum rs_code start_deliveries(struct rs_cx *cx, struct rs_app *app)
{
    const struct rs_config *c = &app->config;
    struct rs_deliveries_options options = {
        .reader = app->deliveries_store,
        .policy = {.allow_private = c->webhook_allow_private,
                   .allow_plain = strcmp(c->webhook_schemes, "https") != 0,
                   .timeout_s = DELIVERY_S},
        .retry_first_ms = c->webhook_retry_first,
        .give_up_ms = 1000 * (int64_t)c->webhook_give_up,
        .write = rs_webhook_payload};

    RS_TRY(rs_data_seal_key(cx, c->data, &options.key));
    return rs_deliveries_start(cx, &options, &app->api.deliveries);
}

/* The committer's thread is also the one that may collect rows. */
static void run_writes(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    struct rs_app *app = user;

    rs_lane_run_writes(&app->api, tool, tasks, n);
    if (rs_store_events_appended(tool) != app->n_appended) {
        app->n_appended = rs_store_events_appended(tool);
        rs_feed_tell(app->api.feed);
    }
    rs_janitor_tick(&app->janitor, tool);
    rs_scrub_tick(app->api.scrub, tool);
    rs_deliveries_tick(app->api.deliveries, tool);
}

/* The newest events in memory: some minutes of a busy registry. */
static enum rs_code start_feed(struct rs_cx *cx, struct rs_app *app)
{
    return rs_feed_start(cx,
                         &(struct rs_feed_options){.reader = app->feeds_store,
                                                   .write = rs_event_json,
                                                   .events_max = FEED_EVENTS,
                                                   .bytes_max = FEED_BYTES},
                         &app->api.feed);
}

static enum rs_code start_lanes(struct rs_cx *cx, struct rs_app *app)
{
    struct rs_api *api = &app->api;
    const struct rs_config *c = &app->config;
    const struct rs_lane_options write = {.name = "committer",
                                          .threads = 1,
                                          .queue_max = c->queue_max,
                                          .batch_max = RS_COMMIT_CALLS_MAX,
                                          .run = run_writes,
                                          .idle_ms = IDLE_MS,
                                          .user = app,
                                          .tools = (void *const *)&app->writer};
    const struct rs_lane_options read = {.name = "reader",
                                         .threads = c->readers,
                                         .queue_max = c->queue_max,
                                         .batch_max = 1,
                                         .run = rs_lane_run_reads,
                                         .idle_ms = 0,
                                         .user = api,
                                         .tools = (void *const *)app->readers};

    const struct rs_lane_options outbound = {.name = "outbound",
                                             .threads = OUTBOUND_THREADS,
                                             .queue_max = OUTBOUND_CALLS_MAX,
                                             .batch_max = 1,
                                             .run = rs_lane_run_outbound,
                                             .idle_ms = -1,
                                             .user = api,
                                             .tools = (void *const *)app->outbound};

    api->lane[RS_LANE_WRITE] = rs_lane_start(&write);
    api->lane[RS_LANE_READ] = rs_lane_start(&read);
    api->lane[RS_LANE_OUTBOUND] = rs_lane_start(&outbound);
    if (api->lane[RS_LANE_WRITE] == NULL || api->lane[RS_LANE_READ] == NULL ||
        api->lane[RS_LANE_OUTBOUND] == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the server's threads: %s",
                       strerror(errno));
    }
    return RS_OK;
}

static size_t collect_mounts(const struct rs_app *app, struct rs_mount *all)
{
    size_t n_native = 0;
    size_t n_mlflow = 0;
    const struct rs_mount *native = rs_native_mounts(&n_native);
    const struct rs_mount *mlflow = rs_mlflow_mounts(&n_mlflow);

    memcpy(all, native, n_native * sizeof *all);
    memcpy(all + n_native, mlflow, n_mlflow * sizeof *all);
    all[n_native + n_mlflow] = rs_ui_mount(app->ui);
    return n_native + n_mlflow + 1;
}

static void on_answered(const struct rs_exchange *x)
{
    const struct rs_api *api = x->user;

    rs_stats_count(api->stats, x);
    rs_access_log(&api->log, x);
}

/* The hosts by which clients may name this server: those of the settings, and that of its URL. */
static struct rs_str allowed_hosts(struct rs_app *app)
{
    const struct rs_uri public = rs_uri_split(rs_str_of(app->config.public_url));

    return rs_arena_fmt(&app->arena, "%s," RS_FMT, app->config.allowed_hosts,
                        RS_ARG(public.authority));
}

/* As many descriptors as the system grants, and no more connections than fit beside the files. */
static unsigned connections_max(const struct rs_config *c)
{
    const rlim_t files = FILES_MAX + c->uploads_max;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return c->connections_max;
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t room = limit.rlim_cur > 2 * files ? limit.rlim_cur - files : limit.rlim_cur / 2;
    if (c->connections_max <= room) {
        return c->connections_max;
    }
    rs_log(RS_LOG_WARN, "connections_limited", RS_LOG_I("connections", room),
           RS_LOG_I("wanted", c->connections_max), RS_LOG_I("descriptors", limit.rlim_cur),
           RS_LOG_Z("why", "the limit of open files (ulimit -n) allows no more"));
    return (unsigned)room;
}

static enum rs_code listen_http(struct rs_cx *cx, struct rs_app *app)
{
    const struct rs_config *c = &app->config;
    struct rs_mount mounts[MOUNTS_MAX];
    const size_t n = collect_mounts(app, mounts);

    RS_TRY(rs_stats_new(cx, mounts, n, &app->api.stats));
    RS_TRY(rs_router_new(cx, mounts, n, &app->router));
    const struct rs_http_options options = {.host = c->host,
                                            .port = c->port,
                                            .threads = c->io_threads,
                                            .connections_max = connections_max(c),
                                            .idle_s = c->idle_timeout,
                                            .head_s = c->header_timeout,
                                            .min_rate = c->min_rate,
                                            .held_max = (uint64_t)c->held_max * 1000000,
                                            .call_s = c->call_timeout,
                                            .allowed_hosts = allowed_hosts(app),
                                            .allowed_origins = rs_str_of(c->allowed_origins),
                                            .is_public = rs_native_is_probe,
                                            .base_path = rs_str_of(c->base_path),
                                            .router = app->router,
                                            .user = &app->api,
                                            .refuse = rs_reply_refused,
                                            .answered = on_answered};
    RS_TRY(rs_http_start(cx, &options, &app->http));
    if (!rs_address_is_loopback(c->host)) {
        rs_log(RS_LOG_WARN, "open_to_others", RS_LOG_Z("host", c->host),
               RS_LOG_Z("why", "whoever reaches the port may read, change and delete everything: "
                               "there is no authentication"));
    }
    const bool v6 = strchr(c->host, ':') != NULL;
    app->url = rs_arena_fmt(&app->arena, "http://%s%s%s:%u%s", v6 ? "[" : "", c->host,
                            v6 ? "]" : "", rs_http_port(app->http), c->base_path)
                   .p;
    return RS_OK;
}

static enum rs_code open_ui(struct rs_cx *cx, struct rs_app *app)
{
    const struct rs_ui_options options = {
        .where = app->config.ui,
        .cache = rs_folder_path(&app->arena, app->config.data, "cache/ui"),
        .version = RS_STR(RS_VERSION),
        .public_url = app->api.public_url,
        .refuse = rs_reply_refused};

    return rs_ui_open(cx, &options, &app->ui);
}

static enum rs_code start(struct rs_cx *cx, struct rs_app *app)
{
    app->api.artifact_root = RS_STR("mlflow-artifacts:");
    app->api.public_url = rs_str_of(app->config.public_url);
    app->api.start_ms = rs_clock_wall_ms();
    app->api.read_ns = RS_S_AS_NS(app->config.read_timeout);
    app->api.stall_ns = RS_S_AS_NS(app->config.stall_timeout);
    app->api.log = (struct rs_access_log){.slow_ns = RS_MS_AS_NS(app->config.slow_call),
                                          .every = strcmp(app->config.access_log, "on") == 0};
    RS_TRY(open_ui(cx, app));
    RS_TRY(rs_folder_make(cx, app->config.data));
    RS_TRY(rs_data_check_whole(cx, app->config.data));
    RS_TRY(open_stores(cx, app));
    RS_TRY(load_settings(cx, app));
    RS_TRY(open_artifacts(cx, app));
    RS_TRY(start_feed(cx, app));
    RS_TRY(start_deliveries(cx, app));
    RS_TRY(start_lanes(cx, app));
    RS_TRY(rs_ui_start(cx, app->ui));
    return listen_http(cx, app);
}

/* Says of damage where it is, and what to do. */
static void name_damage(struct rs_cx *cx, const char *data)
{
    const struct rs_error why = cx->error;

    rs_cx_clear(cx);
    rs_fail(
        cx, RS_CORRUPT,
        "could not use the data folder \"%s\": %s; nothing was changed: restore it from a backup",
        data, why.message);
}

enum rs_code rs_app_start(struct rs_cx *cx, const struct rs_config *config, struct rs_app **out)
{
    struct rs_app *app = calloc(1, sizeof *app);

    if (app == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not start: out of memory");
    }
    app->config = *config;
    const enum rs_code code = start(cx, app);
    if (code != RS_OK) {
        rs_app_stop(app);
        if (code == RS_CORRUPT) {
            name_damage(cx, config->data);
        }
        return code;
    }
    *out = app;
    return RS_OK;
}

const char *rs_app_url(const struct rs_app *app)
{
    return app->url;
}

static void close_stores(struct rs_app *app)
{
    for (unsigned i = 0; app->readers != NULL && i < app->config.readers; i++) {
        rs_store_close(app->readers[i]);
    }
    rs_store_close(app->janitors_store);
    rs_store_close(app->scrubs_store);
    rs_store_close(app->feeds_store);
    rs_store_close(app->deliveries_store);
    for (unsigned i = 0; i < OUTBOUND_THREADS; i++) {
        rs_store_close(app->outbound[i]);
    }
    if (app->writer != NULL) {
        rs_commit_maintain(app->writer, true);
    }
    rs_store_close(app->writer);
}

void rs_app_end_watches(struct rs_app *app)
{
    rs_feed_end(app->api.feed);
}

bool rs_app_stop(struct rs_app *app)
{
    bool drained = true;

    if (app == NULL) {
        return true;
    }
    atomic_store(&app->api.draining, true);
    if (app->http != NULL) {
        rs_app_end_watches(app);
        drained = rs_http_drain(app->http, app->config.drain_timeout);
    }
    /* First the one that gives work to the others, while they still do it. */
    rs_http_stop(app->http);
    rs_ui_close(app->ui);
    rs_lane_stop(app->api.lane[RS_LANE_READ]);
    rs_lane_stop(app->api.lane[RS_LANE_OUTBOUND]);
    rs_lane_stop(app->api.lane[RS_LANE_WRITE]);
    rs_feed_stop(app->api.feed);
    rs_scrub_stop(app->api.scrub);
    rs_deliveries_stop(app->api.deliveries, app->writer);
    rs_workers_close(app->api.workers);
    rs_janitor_fini(&app->janitor);
    rs_artifact_close(app->api.artifacts);
    close_stores(app);
    rs_router_free(app->router);
    rs_stats_free(app->api.stats);
    rs_arena_fini(&app->arena);
    free(app);
    return drained;
}
