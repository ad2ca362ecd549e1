/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads: the body goes through an intake to the file workers; when the blob is durable, a WRITE call names it by its
 * path. Until then nobody sees anything of it (P3). */
#include "api/call.h"
#include "api/mlflow/artifacts.h"
#include "artifact/intake.h"
#include "base/digest.h"
#include "service/artifacts.h"

/* The exchange's scratch while the body comes. */
struct upload {
    struct rs_intake *intake;
    struct rs_artifact_path path;
    struct rs_str md5;    /* what the client says of the body, as hexadecimal; absent: nothing */
    struct rs_str sha256; /* likewise */
    bool ended;           /* the whole body has been handed over */
    struct rs_blob blob;
    bool is_new; /* the blob's bytes were not stored before */
};

static void wake(void *arg)
{
    rs_exchange_resume(arg);
}

/* A base64 digest of `bytes` bytes from a header, as hexadecimal; absent when the header is. */
static enum rs_code read_digest(struct rs_exchange *x, const char *header, size_t bytes,
                                struct rs_str *hex)
{
    const struct rs_str text = rs_exchange_header(x, header);
    struct rs_str raw;

    if (text.p == NULL) {
        return RS_OK;
    }
    if (!rs_base64_decode(x->cx.arena, rs_str_trim(text), &raw) || raw.n != bytes) {
        return rs_fail(&x->cx, RS_INVALID, "the header %s is not the base64 text of %zu bytes",
                       header, bytes);
    }
    *hex = rs_hex(x->cx.arena, raw.p, raw.n);
    return RS_OK;
}

static enum rs_code open_upload(struct rs_exchange *x, struct upload *u)
{
    const struct rs_api *api = x->user;
    int64_t length = 0;

    RS_TRY(rs_artifact_path_parse(&x->cx, rs_exchange_param(x, "path"), &u->path));
    if (u->path.is_dir) {
        return rs_fail(&x->cx, RS_INVALID,
                       "Artifact path must include a filename (cannot end with '/').");
    }
    RS_TRY(read_digest(x, "Content-MD5", RS_MD5_LEN, &u->md5));
    RS_TRY(read_digest(x, "x-amz-checksum-sha256", RS_SHA256_LEN, &u->sha256));
    rs_str_to_i64(rs_exchange_header(x, "Content-Length"), &length);
    const struct rs_intake_options options = {
        .store = api->artifacts,
        .upload = {.size_hint = length, .md5 = u->md5.p != NULL},
        .wake = wake,
        .arg = x,
    };
    return rs_intake_open(&x->cx, api->workers, &options, &u->intake);
}

static void begin(struct rs_exchange *x)
{
    struct upload *u = RS_NEW(x->cx.arena, struct upload);

    if (open_upload(x, u) != RS_OK) {
        x->reply.close = true;
        rs_reply_error(x);
        return;
    }
    x->scratch = u;
}

/* Parks the exchange until the intake has room, or its result. */
static void park(struct rs_exchange *x, struct upload *u)
{
    rs_exchange_suspend(x);
    if (!rs_intake_await(u->intake)) {
        rs_exchange_resume(x);
    }
}

static size_t put(struct rs_exchange *x, const char *bytes, size_t n)
{
    struct upload *u = x->scratch;
    const size_t taken = rs_intake_put(u->intake, bytes, n);

    if (rs_intake_check(&x->cx, u->intake) != RS_OK) {
        x->reply.close = true;
        rs_reply_error(x);
        return n;
    }
    if (taken < n) {
        park(x, u);
    }
    return taken;
}

static void drop(struct rs_exchange *x)
{
    struct upload *u = x->scratch;

    rs_intake_drop(u->intake);
    x->scratch = NULL;
}

const struct rs_body_ops rs_upload_ops = {.begin = begin, .put = put, .drop = drop};

/* The digests that the client sent are of the bytes that it meant to send. */
static enum rs_code check_digests(struct rs_cx *cx, const struct upload *u)
{
    if (u->md5.p != NULL && !rs_str_is(u->md5, u->blob.md5)) {
        return rs_fail(cx, RS_INVALID,
                       "the body is not what Content-MD5 says: its MD5 is %s; nothing was stored",
                       u->blob.md5);
    }
    if (u->sha256.p != NULL && !rs_str_is(u->sha256, u->blob.sha256)) {
        return rs_fail(cx, RS_INVALID,
                       "the body is not what x-amz-checksum-sha256 says: its SHA-256 is %s; nothing "
                       "was stored",
                       u->blob.sha256);
    }
    return RS_OK;
}

static enum rs_code name_blob(struct rs_call *c, const void *request, void *reply)
{
    struct upload *u = c->x->scratch;

    (void)request;
    (void)reply;
    return rs_artifact_put(c->cx, c->store, &u->path, &u->blob, &u->is_new);
}

static void finish(struct rs_call *c, enum rs_code code)
{
    struct upload *u = c->x->scratch;

    if (code != RS_OK || !u->is_new) {
        rs_intake_give_back(u->intake);
    }
    if (code != RS_OK) {
        rs_reply_error(c->x);
        return;
    }
    c->x->reply.status = 200;
    rs_exchange_set(c->x, "X-Content-Type-Options", RS_STR("nosniff"));
}

/* The blob is durable: takes it over and checks it. */
static enum rs_code take_blob(struct rs_cx *cx, struct upload *u)
{
    RS_TRY(rs_intake_result(cx, u->intake, &u->blob));
    const enum rs_code code = check_digests(cx, u);
    if (code != RS_OK) {
        rs_intake_give_back(u->intake);
    }
    return code;
}

void rs_upload_serve(struct rs_exchange *x)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_WRITE,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = name_blob,
                                                .rpc = "uploadArtifact"};
    struct upload *u = x->scratch;

    if (!u->ended) {
        u->ended = true;
        rs_intake_end(u->intake);
        park(x, u);
        return;
    }
    if (take_blob(&x->cx, u) != RS_OK) {
        rs_reply_error(x);
        return;
    }
    rs_call_start(x, &endpoint, NULL, finish);
}
