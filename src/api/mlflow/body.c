/* SPDX-License-Identifier: Apache-2.0 */
/* From the connection into an intake, and out of it as a blob. */
#include "api/mlflow/body.h"

#include "api/call.h"
#include "base/digest.h"

/* A refused body up to this length is read to its end: more than the 10 MiB that some routes take,
 * little enough to be no burden. */
enum { REFUSED_MAX = 16 << 20 };

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

/* What the header says, or -1. */
static int64_t announced(const struct rs_exchange *x)
{
    int64_t n = -1;

    return rs_str_to_i64(rs_exchange_header(x, "Content-Length"), &n) ? n : -1;
}

enum rs_code rs_body_open(struct rs_exchange *x, const struct rs_upload_options *upload,
                          struct rs_body *b)
{
    const struct rs_api *api = x->user;
    const int64_t length = announced(x);

    RS_TRY(read_digest(x, "Content-MD5", RS_MD5_LEN, &b->md5));
    RS_TRY(read_digest(x, "x-amz-checksum-sha256", RS_SHA256_LEN, &b->sha256));

    struct rs_intake_options options = {
        .store = api->artifacts, .upload = *upload, .wake = wake, .arg = x};

    options.upload.size_hint = length > 0 ? length : 0;
    options.upload.md5 = b->md5.p != NULL;
    return rs_intake_open(&x->cx, api->workers, &options, &b->intake);
}

void rs_body_refuse(struct rs_exchange *x)
{
    if (announced(x) > REFUSED_MAX) {
        x->reply.close = true;
        rs_reply_error(x);
    }
}

/* Parks the exchange until the intake has room, or its result. */
static void park(struct rs_exchange *x, struct rs_body *b)
{
    rs_exchange_suspend(x);
    if (!rs_intake_await(b->intake)) {
        rs_exchange_resume(x);
    }
}

/* A body of an unknown length that goes on and on ends with its connection. */
static size_t skip(struct rs_exchange *x, struct rs_body *b, size_t n)
{
    b->size += (int64_t)n;
    if (b->size > REFUSED_MAX) {
        x->reply.close = true;
        rs_reply_error(x);
    }
    return n;
}

size_t rs_body_put(struct rs_exchange *x, const char *bytes, size_t n)
{
    struct rs_body *b = x->scratch;

    if (b->intake == NULL) {
        return skip(x, b, n);
    }
    /* An intake that has failed takes all and forgets it: rs_body_take says why. */
    const size_t taken = rs_intake_put(b->intake, bytes, n);

    b->size += (int64_t)taken;
    if (taken < n) {
        park(x, b);
    }
    return taken;
}

void rs_body_drop(struct rs_exchange *x)
{
    struct rs_body *b = x->scratch;

    rs_intake_drop(b->intake);
    x->scratch = NULL;
}

/* The digests that the client sent are of the bytes that it meant to send. */
static enum rs_code check_digests(struct rs_cx *cx, const struct rs_body *b)
{
    if (b->md5.p != NULL && !rs_str_is(b->md5, b->blob.md5)) {
        return rs_fail(cx, RS_INVALID,
                       "the body is not what Content-MD5 says: its MD5 is %s; nothing was stored",
                       b->blob.md5);
    }
    if (b->sha256.p != NULL && !rs_str_is(b->sha256, b->blob.sha256)) {
        return rs_fail(cx, RS_INVALID,
                       "the body is not what x-amz-checksum-sha256 says: its SHA-256 is %s; "
                       "nothing was stored",
                       b->blob.sha256);
    }
    return RS_OK;
}

static enum rs_code take_blob(struct rs_cx *cx, struct rs_body *b)
{
    RS_TRY(rs_intake_result(cx, b->intake, &b->blob));
    const enum rs_code code = check_digests(cx, b);
    if (code != RS_OK) {
        rs_intake_give_back(b->intake);
    }
    return code;
}

bool rs_body_take(struct rs_exchange *x, struct rs_body *b)
{
    if (b->intake == NULL) {
        rs_reply_error(x);
        return false;
    }
    if (!b->ended) {
        b->ended = true;
        rs_intake_end(b->intake);
        park(x, b);
        return false;
    }
    if (take_blob(&x->cx, b) != RS_OK) {
        rs_reply_error(x);
        return false;
    }
    return true;
}

void rs_body_give_back(struct rs_body *b)
{
    rs_intake_give_back(b->intake);
}
