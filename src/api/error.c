/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as MLflow's clients read them: {"error_code": ..., "message": ...}. */
#include "api/call.h"
#include "api/json_out.h"

static const struct {
    const char *name;
    unsigned status;
} wire[RS_N_CODES] = {
#define RS_CODE(code, error_code, http_status) [code] = {error_code, http_status},
#include "api/codes.def"
#undef RS_CODE
};

unsigned rs_code_status(enum rs_code code)
{
    return wire[code].status;
}

void rs_reply_json(struct rs_exchange *x, unsigned status)
{
    x->reply.status = status;
    x->reply.content_type = "application/json";
}

static void put_error(struct rs_exchange *x, unsigned status, const char *error_code)
{
    struct rs_buf *out = &x->reply.body;

    rs_reply_json(x, status);
    rs_buf_clear(out);
    RS_BUF_LIT(out, "{\"error_code\":");
    rs_json_string(out, rs_str_of(error_code));
    RS_BUF_LIT(out, ",\"message\":");
    rs_json_string(out, rs_str_of(x->cx.error.message));
    rs_buf_putc(out, '}');
    if (status == 503) {
        rs_exchange_set(x, "Retry-After", RS_STR("1"));
    }
}

void rs_reply_error(struct rs_exchange *x)
{
    const enum rs_code code = x->cx.error.code != RS_OK ? x->cx.error.code : RS_INTERNAL;

    put_error(x, x->reply.status != 0 ? x->reply.status : wire[code].status, wire[code].name);
}

void rs_reply_refused(struct rs_exchange *x)
{
    if (x->reply.status == 404) {
        put_error(x, 404, "ENDPOINT_NOT_FOUND");
        return;
    }
    rs_reply_error(x);
}
