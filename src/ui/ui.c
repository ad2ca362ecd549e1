/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and threads. Opening a file may wait for a disk, and compressing one takes long: neither
 * is for an I/O thread. One thread opens, another one looks for compressed forms and makes them;
 * who asks for a file that is being compressed gets it plain. */
#include "ui/ui.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/file.h"
#include "http/lane.h"
#include "http/pack.h"
#include "ui/cache.h"
#include "ui/folder.h"
#include "ui/locate.h"
#include "ui/welcome.h"

enum {
    N_ROUTES = 3,
    N_ROUTES_WITHOUT = 2,    /* a folder: the first of them */
    QUEUE_MAX = 1024,        /* requests that may wait for each of the threads */
    LOCATE_MS = 10000,       /* an interpreter on a slow disk */
    READ_PIECE = 128 * 1024, /* bytes: what the kernel reads ahead by itself */
    NS_A_MS = 1000000,
};

/* What never changes under its name: 28 days, as upstream has it. */
static const char FOR_LONG[] = "public, max-age=2419200, immutable";

struct rs_ui {
    struct rs_ui_options o;
    struct rs_arena arena;
    bool has_folder;
    struct rs_ui_folder folder;
    struct rs_ui_cache cache;
    atomic_bool is_cache_off; /* it cannot be written, and that was said */
    atomic_bool said_changed; /* that the folder's files are not those of the start */
    bool is_swept;            /* the packer's */
    struct rs_lane *opener;
    struct rs_lane *packer;
    struct rs_route routes[N_ROUTES];
};

/* One request for a file: it lives in the exchange's arena. */
struct wanted {
    struct rs_task task; /* first */
    struct rs_exchange *x;
    struct rs_ui_file *file;
    bool is_packed; /* in which form it is wanted */
};

static const struct rs_ui *ui_of(const struct rs_exchange *x)
{
    return x->route->row;
}

static void refuse(struct rs_exchange *x, unsigned status, enum rs_code code, const char *why)
{
    rs_fail(&x->cx, code, "%s", why);
    x->reply.status = status;
    ui_of(x)->o.refuse(x);
}

/* --- on the threads that may wait ---------------------------------------------------------------
 */

/* Nothing is compressed any more: one line says why. */
static void give_up_cache(struct rs_ui *ui, const char *why)
{
    if (!atomic_exchange(&ui->is_cache_off, true)) {
        rs_log(RS_LOG_WARN, "ui_cache_unusable", RS_LOG_Z("folder", ui->o.cache),
               RS_LOG_Z("why", why), RS_LOG_Z("then", "the UI is served uncompressed"));
    }
}

static void note_changed(struct rs_ui *ui, const struct rs_ui_file *file)
{
    if (!atomic_exchange(&ui->said_changed, true)) {
        rs_log(RS_LOG_WARN, "ui_changed", RS_LOG_Z("folder", ui->folder.path),
               RS_LOG_S("file", file->path), RS_LOG_Z("why", strerror(errno)),
               RS_LOG_Z("then", "start the server anew, so that it lists the files again"));
    }
}

/* Brings a file into the page cache, so that sendfile does not wait for a disk. */
static void bring(int fd, uint64_t size)
{
    char byte;

    (void)posix_fadvise(fd, 0, (off_t)size, POSIX_FADV_WILLNEED);
    for (uint64_t at = 0; at < size && pread(fd, &byte, 1, (off_t)at) == 1; at += READ_PIECE) {}
}

/* Opens what is wanted: the compressed form, or where that is gone, the plain one. */
static int open_wanted(struct rs_ui *ui, struct wanted *w, uint64_t *size)
{
    if (w->is_packed) {
        const int fd = rs_ui_cache_read(&ui->cache, w->file->tag, size);

        if (fd >= 0) {
            return fd;
        }
        atomic_store(&w->file->packing, RS_UI_UNTRIED);
        w->is_packed = false;
    }
    *size = w->file->size;
    return rs_ui_folder_read(&ui->folder, w->file);
}

static bool is_index(const struct rs_ui_file *file)
{
    return rs_str_is(file->path, "index.html");
}

static void answer(struct rs_ui *ui, struct wanted *w)
{
    struct rs_exchange *x = w->x;
    uint64_t size = 0;
    const int fd = open_wanted(ui, w, &size);

    if (fd < 0) {
        note_changed(ui, w->file);
        refuse(x, 503, RS_UNAVAILABLE,
               "the files of the UI were changed since this server has started; start it anew");
        return;
    }
    bring(fd, size);
    if (w->file->is_worth_packing) {
        rs_exchange_set(x, "Vary", RS_STR("Accept-Encoding"));
    }
    rs_reply_file(x,
                  &(struct rs_file){.fd = fd,
                                    .size = size,
                                    .etag = w->is_packed ? rs_arena_fmt(x->cx.arena, RS_FMT "-gz",
                                                                        RS_ARG(w->file->tag))
                                                         : w->file->tag,
                                    .modified_ms = w->file->modified_ns / NS_A_MS,
                                    .media_type = w->file->media_type,
                                    .coding = w->is_packed ? "gzip" : NULL,
                                    .keep = is_index(w->file) ? NULL : FOR_LONG,
                                    .is_ours = true});
}

/* How long the request has stood in the queue. */
static void note_wait(const struct wanted *w)
{
    w->x->times.waited_ns += rs_clock_mono_ns() - w->task.queued_ns;
}

static void run_opener(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    (void)tool;
    (void)n;
    while (tasks != NULL) {
        struct wanted *w = (struct wanted *)tasks;

        tasks = tasks->next; /* the exchange takes its task with it */
        note_wait(w);
        answer(user, w);
        rs_exchange_resume(w->x);
    }
}

/* Makes the compressed form. False: there is none. */
static bool make(struct rs_ui *ui, const struct rs_ui_file *file, struct rs_cx *cx)
{
    const int plain = rs_ui_folder_read(&ui->folder, file);

    if (plain < 0) {
        return false; /* the reply says it */
    }
    const enum rs_code code = rs_ui_cache_make(cx, &ui->cache, file->tag, plain);
    close(plain);
    if (code != RS_OK) {
        give_up_cache(ui, cx->error.message);
    }
    return code == RS_OK;
}

/* Finds the compressed form, or makes it. */
static bool pack(struct rs_ui *ui, const struct rs_ui_file *file, struct rs_cx *cx)
{
    const enum rs_code code = rs_ui_cache_check(cx, &ui->cache, file->tag, file->size);

    if (code == RS_OK) {
        return true;
    }
    if (code != RS_NOT_FOUND) {
        rs_log(RS_LOG_WARN, "ui_cache_damaged", RS_LOG_Z("folder", ui->o.cache),
               RS_LOG_S("file", file->path), RS_LOG_Z("why", cx->error.message),
               RS_LOG_Z("then", "it is made anew"));
    }
    rs_cx_clear(cx);
    return !atomic_load(&ui->is_cache_off) && make(ui, file, cx);
}

static bool is_tag(const void *user, struct rs_str tag)
{
    const struct rs_ui_folder *f = user;

    for (size_t i = 0; i < f->n; i++) {
        if (rs_str_eq(f->file[i].tag, tag)) {
            return true;
        }
    }
    return false;
}

static void pack_wanted(struct rs_ui *ui, struct wanted *w)
{
    struct rs_arena arena = {0};
    struct rs_cx cx = {.arena = &arena};

    w->is_packed = pack(ui, w->file, &cx);
    atomic_store(&w->file->packing, w->is_packed ? RS_UI_PACKED : RS_UI_PLAIN);
    rs_arena_fini(&arena);
}

/* None: nothing has been asked for yet. */
static void run_packer(void *user, void *tool, struct rs_task *tasks, size_t n)
{
    struct rs_ui *ui = user;

    (void)tool;
    if (n == 0 && !ui->is_swept) {
        rs_ui_cache_sweep(&ui->cache, is_tag, &ui->folder);
        ui->is_swept = true;
    }
    while (tasks != NULL) {
        struct wanted *w = (struct wanted *)tasks;

        tasks = tasks->next;
        note_wait(w);
        pack_wanted(ui, w);
        answer(ui, w);
        rs_exchange_resume(w->x);
    }
}

/* --- on I/O threads -----------------------------------------------------------------------------
 */

/* Decides in which form a file goes to this client, and which thread sees to it. */
static struct rs_lane *choose(const struct rs_ui *ui, struct wanted *w)
{
    enum rs_ui_packing seen = RS_UI_UNTRIED;

    if (!w->file->is_worth_packing || atomic_load(&ui->is_cache_off) ||
        !rs_reply_may_be_packed(w->x)) {
        return ui->opener;
    }
    if (atomic_compare_exchange_strong(&w->file->packing, &seen, RS_UI_TRYING)) {
        return ui->packer;
    }
    w->is_packed = seen == RS_UI_PACKED;
    return ui->opener;
}

static void serve_file(struct rs_exchange *x, struct rs_str path)
{
    const struct rs_ui *ui = ui_of(x);
    struct rs_ui_file *file = rs_ui_folder_find(&ui->folder, path);

    if (file == NULL) {
        refuse(x, 404, RS_NOT_FOUND, "the UI has no such file");
        return;
    }
    struct wanted *w = RS_NEW(x->cx.arena, struct wanted);
    *w = (struct wanted){.x = x, .file = file};
    struct rs_lane *lane = choose(ui, w);
    rs_exchange_suspend(x);
    if (rs_lane_submit(lane, &w->task)) {
        return;
    }
    if (lane == ui->packer) {
        atomic_store(&file->packing, RS_UI_UNTRIED);
    }
    refuse(x, 503, RS_BUSY, "too many requests wait for files of the UI; try again in a second");
    rs_exchange_resume(x);
}

static void serve_static(struct rs_exchange *x)
{
    serve_file(x, rs_exchange_param(x, "path"));
}

static void serve_welcome(struct rs_exchange *x)
{
    const struct rs_ui *ui = ui_of(x);
    const struct rs_str url = ui->o.public_url.n > 0 ? ui->o.public_url : rs_exchange_base(x);

    x->reply.status = 200;
    x->reply.content_type = "text/html; charset=utf-8";
    rs_exchange_set(x, "Cache-Control", RS_STR("no-cache"));
    rs_exchange_set(x, "Content-Security-Policy",
                    RS_STR("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                           "form-action 'none'; frame-ancestors 'self'"));
    rs_welcome_write(&x->reply.body, ui->o.version, url);
}

static void serve_root(struct rs_exchange *x)
{
    if (ui_of(x)->has_folder) {
        serve_file(x, RS_STR("index.html"));
    } else {
        serve_welcome(x);
    }
}

/* A browser asks for it by itself: there is none, and that is no error. */
static void serve_icon(struct rs_exchange *x)
{
    const struct rs_ui *ui = ui_of(x);
    const struct rs_str name = RS_STR("favicon.ico");

    if (ui->has_folder && rs_ui_folder_find(&ui->folder, name) != NULL) {
        serve_file(x, name);
        return;
    }
    x->reply.status = 204;
    rs_exchange_set(x, "Cache-Control", RS_STR("max-age=86400"));
}

static const struct rs_route routes[N_ROUTES] = {
    {.method = RS_GET, .path = "/", .name = "page", .serve = serve_root},
    {.method = RS_GET, .path = "/favicon.ico", .name = "pageIcon", .serve = serve_icon},
    {.method = RS_GET, .path = "/static-files/{path*}", .name = "pageFile", .serve = serve_static},
};

const struct rs_route *rs_ui_routes(size_t *n)
{
    *n = N_ROUTES;
    return routes;
}

struct rs_mount rs_ui_mount(const struct rs_ui *ui)
{
    return (struct rs_mount){"", ui->routes, ui->has_folder ? N_ROUTES : N_ROUTES_WITHOUT, false};
}

/* --- life ---------------------------------------------------------------------------------------
 */

static enum rs_code open_folder(struct rs_cx *cx, struct rs_ui *ui)
{
    struct rs_cx own = {.arena = &ui->arena};
    const char *python = getenv("PYTHON");
    const char *path = ui->o.where;

    if (path[0] == '\0') {
        return RS_OK;
    }
    if (strcmp(path, "auto") == 0) {
        RS_TRY(rs_ui_locate(cx, python != NULL && python[0] != '\0' ? python : "python3", LOCATE_MS,
                            &path));
    }
    ui->has_folder = true;
    path = rs_arena_str(&ui->arena, rs_str_of(path)).p;
    const enum rs_code code = rs_ui_folder_open(&own, path, &ui->folder);
    return code == RS_OK ? RS_OK : rs_fail(cx, code, "%s", own.error.message);
}

enum rs_code rs_ui_open(struct rs_cx *cx, const struct rs_ui_options *o, struct rs_ui **out)
{
    struct rs_ui *ui = calloc(1, sizeof *ui);

    if (ui == NULL) {
        return rs_fail(cx, RS_INTERNAL, "could not open the UI: out of memory");
    }
    ui->o = *o;
    ui->folder.fd = ui->cache.fd = -1;
    for (size_t i = 0; i < N_ROUTES; i++) {
        ui->routes[i] = routes[i];
        ui->routes[i].row = ui;
    }
    const enum rs_code code = open_folder(cx, ui);
    if (code != RS_OK) {
        rs_ui_close(ui);
        return code;
    }
    *out = ui;
    return RS_OK;
}

enum rs_code rs_ui_start(struct rs_cx *cx, struct rs_ui *ui)
{
    struct rs_lane_options o = {
        .threads = 1, .queue_max = QUEUE_MAX, .batch_max = 1, .idle_ms = -1, .user = ui};

    if (!ui->has_folder) {
        return RS_OK;
    }
    if (rs_ui_cache_open(cx, ui->o.cache, &ui->cache) != RS_OK) {
        give_up_cache(ui, cx->error.message);
        rs_cx_clear(cx);
    }
    o.name = "ui-files";
    o.run = run_opener;
    ui->opener = rs_lane_start(&o);
    o.name = "ui-gzip";
    o.run = run_packer;
    o.idle_ms = 0;
    ui->packer = rs_lane_start(&o);
    if (ui->opener == NULL || ui->packer == NULL) {
        return rs_fail(cx, RS_UNAVAILABLE, "could not start the threads of the UI: %s",
                       strerror(errno));
    }
    rs_log(RS_LOG_INFO, "ui", RS_LOG_Z("folder", ui->folder.path), RS_LOG_I("files", ui->folder.n),
           RS_LOG_I("bytes", ui->folder.bytes));
    return RS_OK;
}

void rs_ui_close(struct rs_ui *ui)
{
    if (ui == NULL) {
        return;
    }
    rs_lane_stop(ui->packer);
    rs_lane_stop(ui->opener);
    rs_ui_cache_close(&ui->cache);
    rs_ui_folder_close(&ui->folder);
    rs_arena_fini(&ui->arena);
    free(ui);
}
