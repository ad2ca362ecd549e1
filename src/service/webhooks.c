/* SPDX-License-Identifier: Apache-2.0 */
/* The use cases of webhooks. */
#include "service/webhooks.h"

#include "base/clock.h"
#include "base/uuid.h"
#include "model/limits.h"
#include "model/page.h"
#include "service/webhook_notice.h"
#include "store/event.h"
#include "store/webhook.h"

enum rs_code rs_webhook_draft_check(struct rs_cx *cx, const struct rs_webhook_draft *draft)
{
    if (draft->name.n > 0) {
        RS_TRY(rs_webhook_name_check(cx, draft->name));
    }
    return draft->events.n > 0 ? rs_webhook_events_check(cx, &draft->events) : RS_OK;
}

/* Repeated pairs are one. */
static struct rs_list once_each(struct rs_arena *a, const struct rs_list *events)
{
    struct rs_webhook_event *kept = RS_NEW_N(a, struct rs_webhook_event, events->n);
    const struct rs_webhook_event *event = events->p;
    struct rs_list out = RS_LIST(kept, 0);

    for (size_t i = 0; i < events->n; i++) {
        if (!rs_webhook_events_have(&out, &event[i])) {
            kept[out.n++] = event[i];
        }
    }
    return out;
}

static struct rs_str absent_when_empty(struct rs_str s)
{
    return s.n > 0 ? s : (struct rs_str){0};
}

/* Puts what the draft says into the row. */
static void apply(struct rs_cx *cx, const struct rs_seal_key *key,
                  const struct rs_webhook_draft *draft, struct rs_webhook_row *w)
{
    struct rs_webhook *h = &w->hook;

    h->name = draft->name.n > 0 ? draft->name : h->name;
    h->url = draft->url.n > 0 ? draft->url : h->url;
    if (draft->description.p != NULL) {
        h->description = absent_when_empty(draft->description);
    }
    if (draft->events.n > 0) {
        h->events = once_each(cx->arena, &draft->events);
    }
    if (draft->status.is_set) {
        h->status = draft->status;
    }
    if (draft->secret.p != NULL) {
        w->secret = draft->secret.n > 0 ? rs_seal(cx->arena, key, h->webhook_id, draft->secret)
                                        : RS_STR("");
    }
}

enum rs_code rs_webhook_create(struct rs_cx *cx, struct rs_store *s, const struct rs_seal_key *key,
                               const struct rs_webhook_draft *draft, struct rs_webhook *out)
{
    const int64_t now = rs_clock_wall_ms();
    struct rs_webhook_row w = {.hook = {.webhook_id = rs_uuid_new(cx->arena),
                                        .status = RS_SOME_ENUM(RS_WEBHOOK_ACTIVE),
                                        .creation_timestamp = now,
                                        .last_updated_timestamp = now}};

    RS_TRY(rs_webhook_name_check(cx, draft->name));
    RS_TRY(rs_webhook_events_check(cx, &draft->events));
    RS_TRY(rs_store_event_last(cx, s, &w.told));
    apply(cx, key, draft, &w);
    RS_TRY(rs_store_webhook_create(cx, s, &w));
    *out = w.hook;
    return RS_OK;
}

enum rs_code rs_webhook_update(struct rs_cx *cx, struct rs_store *s, const struct rs_seal_key *key,
                               const struct rs_webhook_draft *draft, struct rs_webhook *out)
{
    struct rs_webhook_row w;

    RS_TRY(rs_store_webhook_find(cx, s, draft->webhook_id, &w));
    const bool was_active = w.hook.status.v == RS_WEBHOOK_ACTIVE;
    apply(cx, key, draft, &w);
    if (!was_active && w.hook.status.v == RS_WEBHOOK_ACTIVE) {
        RS_TRY(rs_store_event_last(cx, s, &w.told));
    }
    w.hook.last_updated_timestamp = rs_clock_wall_ms();
    RS_TRY(rs_store_webhook_update(cx, s, &w));
    *out = w.hook;
    return RS_OK;
}

enum rs_code rs_webhook_get(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                            struct rs_webhook *out)
{
    struct rs_webhook_row w;

    RS_TRY(rs_store_webhook_find(cx, s, webhook_id, &w));
    *out = w.hook;
    return RS_OK;
}

enum rs_code rs_webhook_delete(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id)
{
    struct rs_webhook_row w;

    RS_TRY(rs_store_webhook_find(cx, s, webhook_id, &w));
    return rs_store_webhook_delete(cx, s, w.id);
}

static uint64_t fingerprint(void)
{
    const struct rs_str parts[] = {RS_STR("webhooks")};

    return rs_page_query(parts, 1);
}

static enum rs_code read_token(struct rs_cx *cx, struct rs_str text, int64_t *before)
{
    struct rs_page page = {0};

    *before = INT64_MAX;
    if (text.n == 0) {
        return RS_OK;
    }
    RS_TRY(rs_page_parse(cx, text, fingerprint(), &page));
    if (page.n != 1 || page.values[0].kind != RS_VAL_I64) {
        return rs_fail(cx, RS_INVALID, "Invalid page token, it is not one of webhooks");
    }
    *before = page.values[0].i;
    return RS_OK;
}

enum rs_code rs_webhooks_list(struct rs_cx *cx, struct rs_store *s, struct rs_webhooks_page *page)
{
    const int64_t asked = page->max_results.is_set && page->max_results.v != 0
                              ? page->max_results.v
                              : RS_WEBHOOKS_PAGE_DEFAULT;
    struct rs_list rows;
    int64_t before = 0;

    if (asked < 1 || asked > RS_WEBHOOKS_PAGE_MAX) {
        return rs_fail(cx, RS_INVALID, "max_results must be between 1 and %d.",
                       RS_WEBHOOKS_PAGE_MAX);
    }
    RS_TRY(read_token(cx, page->page_token, &before));
    RS_TRY(rs_store_webhooks_newest(cx, s, before, asked + 1, &rows));
    const struct rs_webhook_row *row = rows.p;
    const size_t n = rows.n > (size_t)asked ? (size_t)asked : rows.n;
    struct rs_webhook *hook = RS_NEW_N(cx->arena, struct rs_webhook, n);
    for (size_t i = 0; i < n; i++) {
        hook[i] = row[i].hook;
    }
    page->webhooks = RS_LIST(hook, n);
    if (rows.n > n) {
        const struct rs_val last = rs_i64(row[n - 1].id);

        page->next_page_token = rs_page_text(cx->arena, &(struct rs_page){fingerprint(), &last, 1});
    }
    return RS_OK;
}
