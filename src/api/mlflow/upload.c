/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads: when the bytes are a durable blob, a WRITE call names it by its path. Until then nobody
 * sees anything of it (P3). */
#include "api/call.h"
#include "api/json_in.h"
#include "api/mlflow/artifacts.h"
#include "api/mlflow/body.h"
#include "service/artifacts.h"

/* Of the upload from the web page; MLflow 3.17.2, handlers.py. */
enum { PAGE_UPLOAD_MAX = 10 << 20 };

/* The exchange's scratch. */
struct upload {
    struct rs_body body; /* first */
    struct rs_artifact_owner owner;
    struct rs_str below; /* the artifact's path inside the owner's */
    bool is_new;         /* the blob's bytes were not stored before */
};

static enum rs_code name_blob(struct rs_call *c, const void *request, void *reply)
{
    struct upload *u = c->x->scratch;
    struct rs_artifact_path path;

    (void)request;
    (void)reply;
    RS_TRY(rs_artifact_resolve(c->cx, c->store, &u->owner, u->below, &path));
    RS_TRY(rs_artifact_put(c->cx, c->store, &path, &u->body.blob, &u->is_new));
    return rs_artifact_mend(c->cx, c->store, c->api->artifacts, &u->body.blob, &u->is_new);
}

/* A blob that a row might name after all is left to the janitor, which asks the rows. */
static void finish(struct rs_call *c, enum rs_code code)
{
    struct upload *u = c->x->scratch;

    if (!u->is_new || (code != RS_OK && !c->commit.in_doubt)) {
        rs_body_give_back(&u->body);
    }
    if (code != RS_OK) {
        rs_reply_error(c->x);
        return;
    }
    c->x->reply.status = 200;
}

static void start_naming(struct rs_exchange *x)
{
    static const struct rs_endpoint endpoint = {.lane = RS_LANE_WRITE,
                                                .permission = RS_PERM_ARTIFACT_WRITE,
                                                .handle = name_blob,
                                                .rpc = "uploadArtifact"};

    rs_call_start(x, &endpoint, NULL, finish);
}

/* A path that ends in a slash names no file. */
static enum rs_code check_path(struct rs_cx *cx, struct rs_str below)
{
    struct rs_artifact_path path;

    RS_TRY(rs_artifact_path_parse(cx, below, &path));
    return path.is_dir ? rs_fail(cx, RS_INVALID,
                                 "Artifact path must include a filename (cannot end with '/').")
                       : RS_OK;
}

static enum rs_code open_upload(struct rs_exchange *x, struct upload *u)
{
    const struct rs_upload_options whole = {0};

    u->below = rs_exchange_param(x, "path");
    RS_TRY(check_path(&x->cx, u->below));
    return rs_body_open(x, &whole, &u->body);
}

static void begin_upload(struct rs_exchange *x)
{
    struct upload *u = RS_NEW(x->cx.arena, struct upload);

    x->scratch = u;
    if (open_upload(x, u) != RS_OK) {
        rs_body_refuse(x);
    }
}

const struct rs_body_ops rs_upload_ops = {
    .begin = begin_upload, .put = rs_body_put, .drop = rs_body_drop};

void rs_upload_serve(struct rs_exchange *x)
{
    struct upload *u = x->scratch;

    if (rs_body_take(x, &u->body)) {
        start_naming(x);
    }
}

static enum rs_code read_page_upload(struct rs_exchange *x, struct upload *u)
{
    struct rs_ml_run_file q = {0};
    int64_t length = 0;

    RS_TRY(rs_query_decode(&x->cx, x->query, &rs_ml_run_file_fields, &q));
    if (q.run_uuid.n == 0) {
        return rs_fail(&x->cx, RS_INVALID, "Request must specify run_uuid.");
    }
    if (q.path.n == 0) {
        return rs_fail(&x->cx, RS_INVALID, "Request must specify path.");
    }
    u->owner = (struct rs_artifact_owner){.kind = RS_OF_RUN, .id = q.run_uuid};
    u->below = q.path;
    RS_TRY(check_path(&x->cx, u->below));
    if (rs_str_to_i64(rs_exchange_header(x, "Content-Length"), &length) &&
        length > PAGE_UPLOAD_MAX) {
        return rs_fail(&x->cx, RS_INVALID, "Artifact size is too large. Max size is 10MB.");
    }
    return RS_OK;
}

static void begin_page_upload(struct rs_exchange *x)
{
    struct upload *u = RS_NEW(x->cx.arena, struct upload);
    const struct rs_upload_options whole = {0};

    x->scratch = u;
    if (read_page_upload(x, u) != RS_OK || rs_body_open(x, &whole, &u->body) != RS_OK) {
        rs_body_refuse(x);
    }
}

/* A body whose length was not announced is measured as it comes. Dropping its intake refuses the
 * rest. */
static size_t put_page_upload(struct rs_exchange *x, const char *bytes, size_t n)
{
    struct upload *u = x->scratch;

    if (u->body.intake != NULL && u->body.size + (int64_t)n > PAGE_UPLOAD_MAX) {
        rs_fail(&x->cx, RS_INVALID, "Artifact size is too large. Max size is 10MB.");
        rs_intake_drop(u->body.intake);
        u->body.intake = NULL;
    }
    return rs_body_put(x, bytes, n);
}

const struct rs_body_ops rs_page_upload_ops = {
    .begin = begin_page_upload, .put = put_page_upload, .drop = rs_body_drop};

void rs_page_upload_serve(struct rs_exchange *x)
{
    struct upload *u = x->scratch;

    if (u->body.intake != NULL && u->body.size == 0) {
        rs_fail(&x->cx, RS_INVALID, "Request must specify data.");
        rs_reply_error(x);
        return;
    }
    if (rs_body_take(x, &u->body)) {
        start_naming(x);
    }
}
