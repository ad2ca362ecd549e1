/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads: a READ call finds the row and opens the blob; the reply is sendfile. A file that is
 * not in the page cache is read by file workers, window by window, as fast as the client takes it:
 * an I/O thread never waits for a disk. */
#include "api/call.h"
#include "api/json_in.h"
#include "api/mlflow/artifacts.h"
#include "artifact/workers.h"
#include "http/file.h"
#include "model/media_type.h"
#include "service/artifacts.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    WINDOW = 4 << 20,       /* bytes that a worker brings into the page cache at a time */
    SENDFILE_MAX = 1 << 30, /* bytes: a longer range would take too long to look through */
};

/* What is asked for: the READ call's request. */
struct wanted {
    struct rs_artifact_owner owner;
    struct rs_str below;
};

/* An opened blob and its row: the READ call's reply. */
struct opened {
    int fd;
    struct rs_artifact_file file;
};

static const struct rs_fields opened_fields = {.size = sizeof(struct opened)};

/* A file that is being sent from a cold disk: the exchange's scratch. */
struct cold {
    struct rs_job job; /* first */
    struct rs_exchange *x;
    int64_t at; /* of the window that a worker has brought or brings; -1 before the first */
};

static enum rs_code open_blob(struct rs_call *c, const void *request, void *reply)
{
    const struct wanted *w = request;
    struct opened *o = reply;
    struct rs_artifact_path path;
    int64_t stored = 0;

    RS_TRY(rs_artifact_resolve(c->cx, c->store, &w->owner, w->below, &path));
    RS_TRY(rs_artifact_get(c->cx, c->store, &path, &o->file));
    const enum rs_code code = rs_blob_open(c->cx, c->api->artifacts, o->file.key, &o->fd, &stored);
    if (code == RS_NOT_FOUND) { /* of what the client knows, it is not the file that is not there */
        rs_cx_clear(c->cx);
        return rs_fail(c->cx, RS_CORRUPT,
                       "the stored bytes of '" RS_FMT "' are lost; upload the file again",
                       RS_ARG(path.path));
    }
    RS_TRY(code);
    if (stored != o->file.size) {
        close(o->fd);
        return rs_fail(c->cx, RS_CORRUPT,
                       "the stored bytes of '" RS_FMT "' are %lld, but %lld were stored",
                       RS_ARG(path.path), (long long)stored, (long long)o->file.size);
    }
    return RS_OK;
}

static void bring_window(struct rs_cx *cx, struct rs_job *job)
{
    struct cold *cold = (struct cold *)job;

    (void)cx;
    rs_blob_warm(cold->x->reply.fd, cold->at, WINDOW);
    /* The disk goes on with the next one while this one is sent. */
    (void)posix_fadvise(cold->x->reply.fd, cold->at + WINDOW, WINDOW, POSIX_FADV_WILLNEED);
    rs_exchange_resume(cold->x);
}

/* Waits for the disk on the I/O thread. */
static ptrdiff_t read_waiting(const struct rs_reply *r, char *out, size_t n, int64_t offset)
{
    const ssize_t got = pread(r->fd, out, n, offset);

    return got > 0 ? got : -1;
}

/* Sends what is in the page cache, or has a worker bring the next window there. Waits itself where
 * no worker is to be had, and where the window was lost again before it could be sent: late is
 * better than never. */
static ptrdiff_t read_cold(struct rs_exchange *x, uint64_t at, char *out, size_t n)
{
    const struct rs_api *api = x->user;
    const struct rs_reply *r = &x->reply;
    struct cold *cold = x->scratch;
    const int64_t offset = (int64_t)(r->offset + at);
    const uint64_t left = r->length - at;
    const size_t most = n < left ? n : (size_t)left;
    const ptrdiff_t got = rs_blob_read_warm(r->fd, out, most, offset);

    if (got != 0) {
        return got;
    }
    if (cold->at == offset) {
        return read_waiting(r, out, most, offset);
    }
    cold->at = offset;
    rs_exchange_suspend(x);
    if (rs_workers_run(&x->cx, api->workers, &cold->job) != RS_OK) {
        rs_cx_clear(&x->cx);
        rs_exchange_resume(x); /* and is asked again */
    }
    return 0;
}

static bool is_warm(const struct rs_reply *r)
{
    return r->length <= SENDFILE_MAX &&
           rs_blob_is_warm(r->fd, (int64_t)r->offset, (int64_t)r->length);
}

static void send_file(struct rs_exchange *x, const struct opened *o)
{
    const struct rs_artifact_file *f = &o->file;

    rs_reply_file(x, &(struct rs_file){.fd = o->fd,
                                       .size = (uint64_t)f->size,
                                       .etag = f->sha256,
                                       .modified_ms = f->modified_ms,
                                       .name = f->name,
                                       .media_type = rs_media_type(f->name)});
    if (x->reply.fd >= 0 && x->method == RS_GET && !is_warm(&x->reply)) {
        struct cold *cold = RS_NEW(x->cx.arena, struct cold);

        *cold = (struct cold){.job = {.run = bring_window}, .x = x, .at = -1};
        x->scratch = cold;
        x->reply.read = read_cold;
    }
}

static void finish(struct rs_call *c, enum rs_code code)
{
    if (code == RS_OK) {
        send_file(c->x, c->reply);
    } else {
        rs_reply_error(c->x);
    }
}

static void start(struct rs_exchange *x, const struct wanted *wanted)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_READ,
                                                .permission = RS_PERM_ARTIFACT_READ,
                                                .reply = &opened_fields,
                                                .handle = open_blob,
                                                .rpc = "downloadArtifact"};
    struct rs_artifact_path path;

    if (wanted->below.p == NULL) {
        rs_fail(&x->cx, RS_INVALID, "Request must specify path.");
        rs_reply_error(x);
        return;
    }
    if (rs_artifact_path_parse(&x->cx, wanted->below, &path) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    rs_call_start(x, &endpoint, wanted, finish);
}

void rs_download_serve(struct rs_exchange *x)
{
    struct wanted *w = RS_NEW(x->cx.arena, struct wanted);

    w->below = rs_exchange_param(x, "path");
    start(x, w);
}

void rs_run_download_serve(struct rs_exchange *x)
{
    struct wanted *w = RS_NEW(x->cx.arena, struct wanted);
    struct rs_ml_run_file q = {0};

    if (rs_query_decode(&x->cx, x->query, &rs_ml_run_file_fields, &q) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    const struct rs_str id = q.run_id.n > 0 ? q.run_id : q.run_uuid;

    w->owner = (struct rs_artifact_owner){.kind = RS_OF_RUN,
                                          .id = id.p != NULL ? id : RS_STR("None")};
    w->below = q.path;
    start(x, w);
}

void rs_model_download_serve(struct rs_exchange *x)
{
    struct wanted *w = RS_NEW(x->cx.arena, struct wanted);
    struct rs_ml_model_file q = {0};

    if (rs_query_decode(&x->cx, x->query, &rs_ml_model_file_fields, &q) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    if (q.artifact_file_path.n == 0) {
        rs_fail(&x->cx, RS_INVALID,
                "Request must include the \"artifact_file_path\" query parameter.");
        rs_reply_error(x);
        return;
    }
    w->owner = (struct rs_artifact_owner){.kind = RS_OF_MODEL,
                                          .id = rs_exchange_param(x, "model_id")};
    w->below = q.artifact_file_path;
    start(x, w);
}

void rs_version_download_serve(struct rs_exchange *x)
{
    struct wanted *w = RS_NEW(x->cx.arena, struct wanted);
    struct rs_ml_version_file q = {0};

    if (rs_query_decode(&x->cx, x->query, &rs_ml_version_file_fields, &q) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    w->owner = (struct rs_artifact_owner){
        .kind = RS_OF_VERSION, .id = q.name, .version = q.version};
    w->below = q.path;
    start(x, w);
}
