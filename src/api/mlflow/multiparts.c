/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads, by steps: a step runs on a lane or on a file worker while the exchange is
 * suspended, and when it is resumed without a reply, serve() takes the next one. */
#include "api/mlflow/multiparts.h"

#include "api/call.h"
#include "api/json_out.h"
#include "api/mlflow/part_address.h"
#include "artifact/workers.h"
#include "service/artifacts.h"
#include "service/multiparts.h"

const struct rs_fields rs_ml_part_address_fields = RS_FIELDS(
    struct rs_ml_part_address, RS_FIELD(struct rs_ml_part_address, url, 0),
    RS_FIELD(struct rs_ml_part_address, part_number, 0),
    RS_FIELD_OF(struct rs_ml_part_address, headers, 0, &rs_ml_empty_fields));

const struct rs_fields rs_ml_begin_parts_fields = RS_FIELDS(
    struct rs_ml_begin_parts, RS_FIELD(struct rs_ml_begin_parts, folder, 0),
    RS_FIELD(struct rs_ml_begin_parts, path, RS_REQUIRED),
    RS_FIELD(struct rs_ml_begin_parts, num_parts, 0));

const struct rs_fields rs_ml_parts_begun_fields = RS_FIELDS(
    struct rs_ml_parts_begun, RS_FIELD(struct rs_ml_parts_begun, upload_id, 0),
    RS_FIELD_OF(struct rs_ml_parts_begun, credentials, 0, &rs_ml_part_address_fields));

const struct rs_fields rs_ml_part_fields = RS_FIELDS(struct rs_ml_part,
                                                     RS_FIELD(struct rs_ml_part, part_number, 0),
                                                     RS_FIELD(struct rs_ml_part, etag, 0));

const struct rs_fields rs_ml_complete_parts_fields = RS_FIELDS(
    struct rs_ml_complete_parts, RS_FIELD(struct rs_ml_complete_parts, folder, 0),
    RS_FIELD(struct rs_ml_complete_parts, path, RS_REQUIRED),
    RS_FIELD(struct rs_ml_complete_parts, upload_id, RS_REQUIRED),
    RS_FIELD_OF(struct rs_ml_complete_parts, parts, RS_REQUIRED, &rs_ml_part_fields));

const struct rs_fields rs_ml_abort_parts_fields = RS_FIELDS(
    struct rs_ml_abort_parts, RS_FIELD(struct rs_ml_abort_parts, folder, 0),
    RS_FIELD(struct rs_ml_abort_parts, path, RS_REQUIRED),
    RS_FIELD(struct rs_ml_abort_parts, upload_id, RS_REQUIRED));

/* The exchange's scratch. */
struct flow {
    struct rs_job job; /* first */
    struct rs_exchange *x;
    void (*next)(struct flow *f); /* the step that serve() takes when it is called again */
    enum rs_code (*work)(struct rs_cx *cx, struct flow *f); /* what the job does */
    struct rs_multipart multipart;
    struct rs_str base; /* of the addresses of a begun upload */
    struct rs_ml_parts_begun begun;
    struct rs_ml_empty no_headers;
    struct rs_parts parts; /* of an upload to complete */
    struct rs_blob blob;
    struct rs_error failure; /* of composing */
    bool is_complete;        /* as the row says */
    bool is_new;             /* the blob's bytes were not stored before */
};

/* The last segment of the client's name of a file: on Windows, too. */
static struct rs_str base_name(struct rs_str path)
{
    const bool has_drive = path.n > 2 && path.p[1] == ':' && path.p[2] == '\\';
    const bool is_windows = has_drive || rs_str_starts(path, RS_STR("\\\\"));
    size_t at = path.n;

    while (at > 0 && path.p[at - 1] != '/' && !(is_windows && path.p[at - 1] == '\\')) {
        at--;
    }
    return rs_str_from(path, at);
}

static enum rs_code find_path(struct rs_cx *cx, struct rs_str folder, struct rs_str path,
                              struct rs_artifact_path *out)
{
    const struct rs_str base = base_name(path);

    RS_TRY(rs_artifact_path_parse(cx, folder, out));
    if (base.n == 0) {
        return rs_fail(cx, RS_INVALID, "the path '" RS_FMT "' names no file", RS_ARG(path));
    }
    return rs_artifact_path_parse(
        cx, rs_arena_fmt(cx->arena, RS_FMT "/" RS_FMT, RS_ARG(folder), RS_ARG(base)), out);
}

static void reply_empty(struct rs_exchange *x)
{
    rs_reply_json(x, 200);
    RS_BUF_LIT(&x->reply.body, "{}");
}

static void run_work(struct rs_cx *cx, struct rs_job *job)
{
    struct flow *f = (struct flow *)job;
    struct rs_exchange *x = f->x;

    if (f->work(cx, f) != RS_OK) {
        rs_fail(&x->cx, cx->error.code, "%s", cx->error.message);
        rs_reply_error(x);
    }
    rs_exchange_resume(x);
}

/* Does the next step on a file worker, and goes on with `next`; an error is the reply. */
static void start_work(struct flow *f, enum rs_code (*work)(struct rs_cx *cx, struct flow *f),
                       void (*next)(struct flow *f))
{
    const struct rs_api *api = f->x->user;

    f->job.run = run_work;
    f->work = work;
    f->next = next;
    rs_exchange_suspend(f->x);
    if (rs_workers_run(&f->x->cx, api->workers, &f->job) != RS_OK) {
        rs_reply_error(f->x);
        rs_exchange_resume(f->x);
    }
}

/* Leaves the next step to serve(), or replies the error. */
static void go_on(struct rs_call *c, enum rs_code code)
{
    if (code != RS_OK) {
        rs_reply_error(c->x);
    }
}

/* Does the next step on a lane, and goes on with `next`; an error is the reply. */
static void start_call(struct flow *f, const struct rs_endpoint *endpoint,
                       void (*next)(struct flow *f))
{
    f->next = next;
    rs_call_start(f->x, endpoint, NULL, go_on);
}

static struct flow *flow_new(struct rs_exchange *x)
{
    struct flow *f = RS_NEW(x->cx.arena, struct flow);

    f->x = x;
    x->scratch = f;
    return f;
}

/* Takes the step that is due; false when the exchange is at its beginning. */
static bool is_under_way(struct rs_exchange *x)
{
    struct flow *f = x->scratch;

    if (f != NULL) {
        f->next(f);
    }
    return f != NULL;
}

/* ---- begin ---- */

static void reply_begun(struct flow *f)
{
    rs_reply_json(f->x, 200);
    rs_json_encode(&f->x->reply.body, &rs_ml_parts_begun_fields, &f->begun);
}

static enum rs_code record(struct rs_call *c, const void *request, void *reply)
{
    const struct flow *f = c->x->scratch;

    (void)request;
    (void)reply;
    return rs_multipart_record(c->cx, c->store, &f->multipart);
}

static void start_record(struct flow *f)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_WRITE,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = record,
                                                .rpc = "createMultipartUpload"};

    start_call(f, &endpoint, reply_begun);
}

/* On a worker: signing ten thousand addresses takes a while, too. */
static enum rs_code begin_parts(struct rs_cx *cx, struct flow *f)
{
    const struct rs_api *api = f->x->user;
    struct rs_ml_part_address *address = f->begun.credentials.p;
    struct rs_str id;

    RS_TRY(rs_multipart_begin(cx, api->artifacts, &id));
    f->multipart.id = f->begun.upload_id = rs_arena_str(f->x->cx.arena, id);
    for (size_t i = 0; i < f->begun.credentials.n; i++) {
        address[i].part_number = (int64_t)i + 1;
        address[i].url = rs_part_address(f->x, f->base, f->multipart.id, address[i].part_number);
        address[i].headers = RS_SUB(&f->no_headers);
    }
    return RS_OK;
}

static enum rs_code read_begin(struct rs_exchange *x, struct flow *f)
{
    struct rs_ml_begin_parts q = {0};

    RS_TRY(rs_call_read(x, &rs_ml_begin_parts_fields, &q));
    if (q.num_parts < 1 || q.num_parts > RS_PART_NUMBER_MAX) {
        return rs_fail(&x->cx, RS_INVALID, "num_parts must be between 1 and %d (got %lld).",
                       RS_PART_NUMBER_MAX, (long long)q.num_parts);
    }
    RS_TRY(find_path(&x->cx, q.folder, q.path, &f->multipart.path));
    f->begun.credentials = RS_LIST(
        RS_NEW_N(x->cx.arena, struct rs_ml_part_address, (size_t)q.num_parts), (size_t)q.num_parts);
    return rs_part_address_base(x, &f->base);
}

void rs_begin_parts_serve(struct rs_exchange *x)
{
    if (is_under_way(x)) {
        return;
    }
    struct flow *f = flow_new(x);
    if (read_begin(x, f) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    start_work(f, begin_parts, start_record);
}

/* ---- complete ---- */

/* The blob has its name, or is not needed: away with the parts. What cannot be removed now, the
 * janitor removes. */
static enum rs_code clean_up(struct rs_cx *cx, struct flow *f)
{
    const struct rs_api *api = f->x->user;

    if (!f->is_new && f->blob.key[0] != '\0') {
        (void)rs_blob_remove(cx, api->artifacts, rs_str_of(f->blob.key));
        rs_cx_clear(cx);
    }
    if (f->failure.code == RS_OK) {
        (void)rs_multipart_drop(cx, api->artifacts, f->multipart.id);
        rs_cx_clear(cx);
    }
    return RS_OK;
}

static void reply_completed(struct flow *f)
{
    if (f->failure.code != RS_OK) {
        rs_fail(&f->x->cx, f->failure.code, "%s", f->failure.message);
        rs_reply_error(f->x);
        return;
    }
    reply_empty(f->x);
}

static void start_clean_up(struct flow *f)
{
    start_work(f, clean_up, reply_completed);
}

/* Another request may have completed the upload while this one composed, and removed the parts
 * under its hands: then all is well. */
static enum rs_code complete(struct rs_call *c, const void *request, void *reply)
{
    struct flow *f = c->x->scratch;

    (void)request;
    (void)reply;
    if (f->failure.code == RS_OK) {
        RS_TRY(rs_multipart_complete(c->cx, c->store, &f->multipart, &f->blob, &f->is_new));
        return rs_artifact_mend(c->cx, c->store, c->api->artifacts, &f->blob, &f->is_new);
    }
    return rs_multipart_find(c->cx, c->store, &f->multipart, &f->is_complete);
}

/* Whatever the outcome, the files are put in order before the reply. */
static void completed(struct rs_call *c, enum rs_code code)
{
    struct flow *f = c->x->scratch;

    if (code == RS_OK && f->is_complete) {
        f->failure.code = RS_OK;
    }
    if (code != RS_OK && f->failure.code == RS_OK) {
        f->failure = c->cx->error;
        f->is_new = f->is_new && c->commit.in_doubt; /* the row might name the blob after all */
    }
    rs_cx_clear(c->cx);
}

static void start_complete(struct flow *f)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_WRITE,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = complete,
                                                .rpc = "completeMultipartUpload"};

    f->next = start_clean_up;
    rs_call_start(f->x, &endpoint, NULL, completed);
}

/* An error is kept for later: see complete. */
static enum rs_code compose(struct rs_cx *cx, struct flow *f)
{
    const struct rs_api *api = f->x->user;

    if (rs_multipart_compose(cx, api->artifacts, &f->parts, &f->blob) != RS_OK) {
        f->failure = cx->error;
        f->blob = (struct rs_blob){0};
        rs_cx_clear(cx);
    }
    return RS_OK;
}

static void start_compose(struct flow *f)
{
    if (f->is_complete) {
        reply_empty(f->x);
        return;
    }
    start_work(f, compose, start_complete);
}

static enum rs_code find(struct rs_call *c, const void *request, void *reply)
{
    struct flow *f = c->x->scratch;

    (void)request;
    (void)reply;
    return rs_multipart_find(c->cx, c->store, &f->multipart, &f->is_complete);
}

/* The parts as the artifact store wants them: tags without the quotes of ETag. */
static enum rs_code read_parts(struct rs_cx *cx, const struct rs_list *list, struct rs_parts *out)
{
    const struct rs_ml_part *in = list->p;
    struct rs_part *part = RS_NEW_N(cx->arena, struct rs_part, list->n);

    for (size_t i = 0; i < list->n; i++) {
        struct rs_str tag = in[i].etag;

        if (in[i].part_number < 1 || in[i].part_number > RS_PART_NUMBER_MAX) {
            return rs_fail(cx, RS_INVALID, "part_number must be between 1 and %d (got %lld).",
                           RS_PART_NUMBER_MAX, (long long)in[i].part_number);
        }
        if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"') {
            tag = (struct rs_str){tag.p + 1, tag.n - 2};
        }
        part[i] = (struct rs_part){(int)in[i].part_number, tag};
    }
    out->part = part;
    out->n = list->n;
    return RS_OK;
}

static enum rs_code read_complete(struct rs_exchange *x, struct flow *f)
{
    struct rs_ml_complete_parts q = {0};

    RS_TRY(rs_call_read(x, &rs_ml_complete_parts_fields, &q));
    RS_TRY(find_path(&x->cx, q.folder, q.path, &f->multipart.path));
    f->multipart.id = f->parts.id = q.upload_id;
    return read_parts(&x->cx, &q.parts, &f->parts);
}

void rs_complete_parts_serve(struct rs_exchange *x)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_READ,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = find,
                                                .rpc = "completeMultipartUpload"};

    if (is_under_way(x)) {
        return;
    }
    struct flow *f = flow_new(x);
    if (read_complete(x, f) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    start_call(f, &endpoint, start_compose);
}

/* ---- abort ---- */

static void reply_aborted(struct flow *f)
{
    reply_empty(f->x);
}

static enum rs_code drop_parts(struct rs_cx *cx, struct flow *f)
{
    const struct rs_api *api = f->x->user;

    return rs_multipart_drop(cx, api->artifacts, f->multipart.id);
}

static void start_drop(struct flow *f)
{
    start_work(f, drop_parts, reply_aborted);
}

static enum rs_code forget(struct rs_call *c, const void *request, void *reply)
{
    const struct flow *f = c->x->scratch;

    (void)request;
    (void)reply;
    return rs_multipart_forget(c->cx, c->store, &f->multipart);
}

static enum rs_code read_abort(struct rs_exchange *x, struct flow *f)
{
    struct rs_ml_abort_parts q = {0};

    RS_TRY(rs_call_read(x, &rs_ml_abort_parts_fields, &q));
    f->multipart.id = q.upload_id;
    return find_path(&x->cx, q.folder, q.path, &f->multipart.path);
}

void rs_abort_parts_serve(struct rs_exchange *x)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_WRITE,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = forget,
                                                .rpc = "abortMultipartUpload"};

    if (is_under_way(x)) {
        return;
    }
    struct flow *f = flow_new(x);
    if (read_abort(x, f) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    start_call(f, &endpoint, start_drop);
}
