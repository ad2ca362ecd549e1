/* SPDX-License-Identifier: Apache-2.0 */
/* Signing addresses, and taking what is sent to them. No row is asked: the parts of an upload that
 * is over have no place any more. */
#include "api/mlflow/part_address.h"

#include "api/call.h"
#include "api/json_in.h"
#include "api/mlflow/body.h"
#include "base/clock.h"
#include "base/digest.h"

const struct rs_fields rs_ml_part_query_fields = RS_FIELDS(
    struct rs_ml_part_query, RS_FIELD(struct rs_ml_part_query, expires, 0),
    RS_FIELD(struct rs_ml_part_query, signature, 0));

enum rs_code rs_part_address_base(struct rs_exchange *x, struct rs_str *base)
{
    const struct rs_api *api = x->user;

    *base = api->public_url.n > 0 ? api->public_url : rs_exchange_base(x);
    if (base->n == 0) {
        return rs_fail(&x->cx, RS_INVALID,
                       "the request has no header Host, and the setting public-url is not set: "
                       "parts would have no address");
    }
    while (base->p[base->n - 1] == '/') {
        base->n--;
    }
    return RS_OK;
}

/* The hexadecimal HMAC of what an address allows: the path names the upload and the part. */
static struct rs_str sign(struct rs_exchange *x, struct rs_str path, int64_t expires)
{
    const struct rs_api *api = x->user;
    const struct rs_str text = rs_arena_fmt(x->cx.arena, "PUT\n" RS_FMT "\n%lld", RS_ARG(path),
                                            (long long)expires);
    unsigned char mac[RS_SHA256_LEN];

    rs_hmac_sha256(api->secret, text, mac);
    return rs_hex(x->cx.arena, mac, sizeof mac);
}

struct rs_str rs_part_address(struct rs_exchange *x, struct rs_str base, struct rs_str upload_id,
                              int64_t part_number)
{
    const int64_t expires = rs_clock_wall_ms() / 1000 + RS_PART_ADDRESS_S;
    const struct rs_str path = rs_arena_fmt(x->cx.arena,
                                            "/api/runestone/v1/uploads/" RS_FMT "/parts/%lld",
                                            RS_ARG(upload_id), (long long)part_number);
    const struct rs_str signature = sign(x, path, expires);

    return rs_arena_fmt(x->cx.arena, RS_FMT RS_FMT "?expires=%lld&signature=" RS_FMT, RS_ARG(base),
                        RS_ARG(path), (long long)expires, RS_ARG(signature));
}

/* Whether the address is one of ours, as we made it, and still good. */
static enum rs_code check_address(struct rs_exchange *x)
{
    struct rs_ml_part_query q = {0};

    RS_TRY(rs_query_decode(&x->cx, x->query, &rs_ml_part_query_fields, &q));

    const struct rs_str expected = sign(x, x->path, q.expires);

    if (q.signature.n != expected.n || !rs_equal_secret(q.signature.p, expected.p, expected.n)) {
        return rs_fail(&x->cx, RS_DENIED, "the address of this part is not one that we signed");
    }
    if (q.expires < rs_clock_wall_ms() / 1000) {
        return rs_fail(&x->cx, RS_DENIED,
                       "the address of this part was good for %d seconds, which are over",
                       RS_PART_ADDRESS_S);
    }
    return RS_OK;
}

/* The number has been signed, so it is one that we wrote. */
static enum rs_code open_part(struct rs_exchange *x, struct rs_body *b)
{
    int64_t number = 0;

    RS_TRY(check_address(x));
    if (!rs_str_to_i64(rs_exchange_param(x, "part_number"), &number)) {
        return rs_fail(&x->cx, RS_INTERNAL, "a signed part number is not a number");
    }
    const struct rs_upload_options part = {.part_of = rs_exchange_param(x, "upload_id"),
                                           .part_number = (int)number};
    return rs_body_open(x, &part, b);
}

static void begin_part(struct rs_exchange *x)
{
    struct rs_body *b = RS_NEW(x->cx.arena, struct rs_body);

    x->scratch = b;
    if (open_part(x, b) != RS_OK) {
        rs_body_refuse(x);
    }
}

const struct rs_body_ops rs_part_ops = {
    .begin = begin_part, .put = rs_body_put, .drop = rs_body_drop};

void rs_part_serve(struct rs_exchange *x)
{
    struct rs_body *b = x->scratch;

    if (!rs_body_take(x, b)) {
        return;
    }
    x->reply.status = 200;
    rs_exchange_set(x, "ETag", rs_arena_fmt(x->cx.arena, "\"%s\"", b->blob.tag));
}
