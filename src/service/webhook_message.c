/* SPDX-License-Identifier: Apache-2.0 */
/* The message, signed as mlflow/webhooks/delivery.py does. */
#include "service/webhook_message.h"

#include "base/clock.h"
#include "base/digest.h"

enum { HEADERS = 4, DAY_MS = 24 * 60 * 60 * 1000 };

static struct rs_str sign(struct rs_arena *a, struct rs_str secret, struct rs_str text)
{
    unsigned char mac[RS_SHA256_LEN];

    rs_hmac_sha256(secret, text, mac);
    return rs_base64(a, mac, sizeof mac);
}

enum rs_code rs_webhook_message(struct rs_cx *cx, const struct rs_deliveries_options *o,
                                const struct rs_webhook_parcel *parcel,
                                struct rs_outbound_message *out)
{
    struct rs_arena *a = cx->arena;
    const struct rs_webhook_row *to = parcel->to;
    const long long now = rs_clock_wall_ms() / 1000;
    const struct rs_str body = o->write(a, parcel->notice);
    const struct rs_str id = parcel->delivery_id;
    struct rs_str *header = RS_NEW_N(a, struct rs_str, HEADERS);
    struct rs_str secret = RS_STR("");

    header[0] = RS_STR("Content-Type: application/json");
    header[1] = rs_arena_fmt(a, "X-MLflow-Delivery-Id: " RS_FMT, RS_ARG(id));
    header[2] = rs_arena_fmt(a, "X-MLflow-Timestamp: %lld", now);
    *out = (struct rs_outbound_message){to->hook.url, header, HEADERS - 1, body};
    if (to->secret.n == 0) {
        return RS_OK;
    }
    if (!rs_seal_open(a, &o->key, to->hook.webhook_id, to->secret, &secret)) {
        return rs_fail(cx, RS_CORRUPT,
                       "could not read the secret of the webhook: the data folder has another key; "
                       "set the secret anew");
    }
    const struct rs_str signed_text = rs_arena_fmt(a, RS_FMT ".%lld." RS_FMT, RS_ARG(id), now,
                                                   RS_ARG(body));
    const struct rs_str signature = sign(a, secret, signed_text);
    header[3] = rs_arena_fmt(a, "X-MLflow-Signature: v1," RS_FMT, RS_ARG(signature));
    out->n_headers = HEADERS;
    return RS_OK;
}

enum rs_delivery_outcome rs_webhook_outcome(int status)
{
    if (status >= 200 && status < 300) {
        return RS_DELIVERY_DONE;
    }
    return status == 0 || status == 429 || status >= 500 ? RS_DELIVERY_AGAIN : RS_DELIVERY_GIVEN_UP;
}

int64_t rs_webhook_pause(int64_t first_ms, int64_t attempts, int64_t retry_after_s)
{
    int64_t pause = first_ms;

    if (retry_after_s > 0) {
        return retry_after_s < DAY_MS / 1000 ? 1000 * retry_after_s : DAY_MS;
    }
    for (int64_t i = 1; i < attempts && pause < DAY_MS; i++) {
        pause *= 2;
    }
    return pause < DAY_MS ? pause : DAY_MS;
}
