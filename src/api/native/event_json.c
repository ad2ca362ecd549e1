/* SPDX-License-Identifier: Apache-2.0 */
/* An event has facts by names of their own, for which there is no field table. */
#include "api/native/event_json.h"

#include "api/json_out.h"
#include "http/exchange.h"

void rs_facts_json(struct rs_buf *out, const struct rs_list *facts)
{
    const struct rs_fact *fact = facts->p;

    rs_buf_putc(out, '{');
    for (size_t i = 0; i < facts->n; i++) {
        if (i > 0) {
            rs_buf_putc(out, ',');
        }
        rs_json_string(out, fact[i].name);
        rs_buf_putc(out, ':');
        rs_json_string(out, fact[i].value);
    }
    rs_buf_putc(out, '}');
}

static enum rs_code put_facts(struct rs_buf *out, struct rs_cx *cx, struct rs_str text)
{
    struct rs_list facts;
    const enum rs_code code = rs_facts_read(cx, text, &facts);

    if (code != RS_OK || facts.n == 0) {
        RS_BUF_LIT(out, "null");
        return code;
    }
    rs_facts_json(out, &facts);
    return RS_OK;
}

enum rs_code rs_event_json(struct rs_buf *out, struct rs_cx *cx, const struct rs_event *e)
{
    rs_buf_fmt(out, "{\"seq\":%lld,\"at\":%lld,\"actor\":", (long long)e->seq, (long long)e->at);
    rs_json_string(out, e->actor);
    RS_BUF_LIT(out, ",\"kind\":");
    rs_json_string(out, e->kind);
    RS_BUF_LIT(out, ",\"subject\":");
    rs_json_string(out, e->subject);
    RS_BUF_LIT(out, ",\"before\":");
    const enum rs_code before = put_facts(out, cx, e->before);
    RS_BUF_LIT(out, ",\"after\":");
    const enum rs_code after = put_facts(out, cx, e->after);
    rs_buf_fmt(out, ",\"group\":%lld}", (long long)e->group);
    return before != RS_OK ? before : after;
}

enum rs_code rs_events_text(struct rs_cx *cx, const struct rs_list *events, struct rs_str *out)
{
    const struct rs_event *event = events->p;
    struct rs_buf b = {.max = RS_REPLY_MAX};
    enum rs_code code = RS_OK;

    rs_buf_putc(&b, '[');
    for (size_t i = 0; i < events->n && code == RS_OK; i++) {
        if (i > 0) {
            rs_buf_putc(&b, ',');
        }
        code = rs_event_json(&b, cx, &event[i]);
    }
    rs_buf_putc(&b, ']');
    const bool over = b.over;
    *out = rs_buf_text(&b, cx->arena);
    return over ? rs_fail(cx, RS_INVALID, "the reply would be too large; ask for fewer events")
                : code;
}
