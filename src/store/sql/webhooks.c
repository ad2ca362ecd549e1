/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks, how far each is told, and the attempts. */
#include "store/webhook.h"

#include "store/sql/load.h"
#include "store/sql/values.h"

#define COLUMNS                                                                                    \
    "id, webhook_id, name, description, url, secret, status, creation_time, last_update_time,"     \
    " generation, told, attempts, next_try"

static const struct rs_sql EVENTS_OF = {
    "webhook_events", "SELECT entity, action FROM webhook_event WHERE webhook = $1 ORDER BY place",
    false};

static enum rs_code read_event(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)cx;
    (void)user;
    *(struct rs_webhook_event *)item = (struct rs_webhook_event){RS_SOME_ENUM(rs_row_i64(rows, 0)),
                                                                 RS_SOME_ENUM(rs_row_i64(rows, 1))};
    return RS_OK;
}

static enum rs_code read_events(struct rs_cx *cx, struct rs_store *s, struct rs_webhook_row *w)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, &EVENTS_OF, RS_BIND(rs_i64(w->id)), &rows));
    return rs_load_list(cx, rows, read_event, sizeof(struct rs_webhook_event), &w->hook.events);
}

static enum rs_code read_row(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_webhook_row *)item = (struct rs_webhook_row){
        .id = rs_row_i64(rows, 0),
        .hook = {.webhook_id = rs_row_str(cx, rows, 1),
                 .name = rs_row_str(cx, rows, 2),
                 .description = rs_row_str(cx, rows, 3),
                 .url = rs_row_str(cx, rows, 4),
                 .status = RS_SOME_ENUM(rs_row_i64(rows, 6)),
                 .creation_timestamp = rs_row_i64(rows, 7),
                 .last_updated_timestamp = rs_row_i64(rows, 8)},
        .secret = rs_row_str(cx, rows, 5),
        .generation = rs_row_i64(rows, 9),
        .told = rs_row_i64(rows, 10),
        .attempts = rs_row_i64(rows, 11),
        .next_try = rs_row_i64(rows, 12),
    };
    return RS_OK;
}

static const struct rs_sql WEBHOOK_FIND = {
    "webhook_find", "SELECT " COLUMNS " FROM webhook WHERE webhook_id = $1", false};
static const struct rs_sql WEBHOOKS = {
    "webhooks", "SELECT " COLUMNS " FROM webhook WHERE id > $1 ORDER BY id LIMIT $2", false};

static const struct rs_sql WEBHOOKS_NEWEST = {
    "webhooks_newest", "SELECT " COLUMNS " FROM webhook WHERE id < $1 ORDER BY id DESC LIMIT $2",
    false};

static enum rs_code read_all(struct rs_cx *cx, struct rs_store *s, const struct rs_sql *sql,
                             struct rs_bind bind, struct rs_list *out)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, sql, bind, &rows));
    RS_TRY(rs_load_list(cx, rows, read_row, sizeof(struct rs_webhook_row), out));
    struct rs_webhook_row *w = out->p;
    for (size_t i = 0; i < out->n; i++) {
        RS_TRY(read_events(cx, s, &w[i]));
    }
    return RS_OK;
}

enum rs_code rs_store_webhook_find(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                                   struct rs_webhook_row *out)
{
    struct rs_list found;

    RS_TRY(read_all(cx, s, &WEBHOOK_FIND, RS_BIND(rs_text_or_empty(webhook_id)), &found));
    if (found.n == 0) {
        return rs_fail(cx, RS_NOT_FOUND, "Webhook with ID " RS_FMT " not found.",
                       RS_ARG(webhook_id));
    }
    *out = *(struct rs_webhook_row *)found.p;
    return RS_OK;
}

enum rs_code rs_store_webhooks_list(struct rs_cx *cx, struct rs_store *s, int64_t after,
                                    int64_t limit, struct rs_list *out)
{
    return read_all(cx, s, &WEBHOOKS, RS_BIND(rs_i64(after), rs_i64(limit)), out);
}

enum rs_code rs_store_webhooks_newest(struct rs_cx *cx, struct rs_store *s, int64_t before,
                                      int64_t limit, struct rs_list *out)
{
    return read_all(cx, s, &WEBHOOKS_NEWEST, RS_BIND(rs_i64(before), rs_i64(limit)), out);
}

static const struct rs_sql EVENT_PUT = {
    "webhook_event_put",
    "INSERT INTO webhook_event (webhook, place, entity, action) VALUES ($1, $2, $3, $4)", false};
static const struct rs_sql EVENTS_DROP = {"webhook_events_drop",
                                          "DELETE FROM webhook_event WHERE webhook = $1", false};

static enum rs_code put_events(struct rs_cx *cx, struct rs_store *s, const struct rs_webhook_row *w)
{
    const struct rs_webhook_event *event = w->hook.events.p;

    RS_TRY(rs_db_run(cx, s->db, &EVENTS_DROP, RS_BIND(rs_i64(w->id))));
    for (size_t i = 0; i < w->hook.events.n; i++) {
        RS_TRY(rs_db_run(cx, s->db, &EVENT_PUT,
                         RS_BIND(rs_i64(w->id), rs_i64((int64_t)i), rs_i64(event[i].entity.v),
                                 rs_i64(event[i].action.v))));
    }
    return RS_OK;
}

static const struct rs_sql WEBHOOK_PUT = {
    "webhook_put",
    "INSERT INTO webhook (webhook_id, name, description, url, secret, status, creation_time,"
    " last_update_time, generation, told, attempts, next_try)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $8, 0, 0) RETURNING id",
    false};

enum rs_code rs_store_webhook_create(struct rs_cx *cx, struct rs_store *s, struct rs_webhook_row *w)
{
    const struct rs_webhook *h = &w->hook;

    RS_TRY(
        rs_db_first_i64(cx, s->db, &WEBHOOK_PUT,
                        RS_BIND(rs_text(h->webhook_id), rs_text(h->name), rs_text(h->description),
                                rs_text(h->url), rs_text_or_empty(w->secret), rs_i64(h->status.v),
                                rs_i64(h->creation_timestamp), rs_i64(w->told)),
                        &w->id));
    return put_events(cx, s, w);
}

static const struct rs_sql WEBHOOK_UPDATE = {
    "webhook_update",
    "UPDATE webhook SET name = $2, description = $3, url = $4, secret = $5, status = $6,"
    " last_update_time = $7, told = $8, generation = generation + 1, attempts = 0, next_try = 0"
    " WHERE id = $1",
    false};

enum rs_code rs_store_webhook_update(struct rs_cx *cx, struct rs_store *s,
                                     const struct rs_webhook_row *w)
{
    const struct rs_webhook *h = &w->hook;

    RS_TRY(rs_db_run(cx, s->db, &WEBHOOK_UPDATE,
                     RS_BIND(rs_i64(w->id), rs_text(h->name), rs_text(h->description),
                             rs_text(h->url), rs_text_or_empty(w->secret), rs_i64(h->status.v),
                             rs_i64(h->last_updated_timestamp), rs_i64(w->told))));
    return put_events(cx, s, w);
}

static const struct rs_sql DELIVERIES_DROP = {
    "webhook_deliveries_drop", "DELETE FROM webhook_delivery WHERE webhook = $1", false};
static const struct rs_sql WEBHOOK_DROP = {"webhook_drop", "DELETE FROM webhook WHERE id = $1",
                                           false};

enum rs_code rs_store_webhook_delete(struct rs_cx *cx, struct rs_store *s, int64_t id)
{
    RS_TRY(rs_db_run(cx, s->db, &EVENTS_DROP, RS_BIND(rs_i64(id))));
    RS_TRY(rs_db_run(cx, s->db, &DELIVERIES_DROP, RS_BIND(rs_i64(id))));
    return rs_db_run(cx, s->db, &WEBHOOK_DROP, RS_BIND(rs_i64(id)));
}

static const struct rs_sql WEBHOOK_ADVANCE = {
    "webhook_advance",
    "UPDATE webhook SET told = $3, attempts = $4, next_try = $5 WHERE webhook_id = $1"
    " AND generation = $2",
    false};

enum rs_code rs_store_webhook_advance(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_webhook_row *w)
{
    return rs_db_run(cx, s->db, &WEBHOOK_ADVANCE,
                     RS_BIND(rs_text(w->hook.webhook_id), rs_i64(w->generation), rs_i64(w->told),
                             rs_i64(w->attempts), rs_i64(w->next_try)));
}

#define DELIVERY "id, seq, delivery_id, attempt, at, took, status, error, outcome, is_replay"

static const struct rs_sql DELIVERY_PUT = {
    "webhook_delivery_put",
    "INSERT INTO webhook_delivery (webhook, seq, delivery_id, attempt, at, took, status, error,"
    " outcome, is_replay) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    false};
static const struct rs_sql DELIVERIES_TRIM = {
    "webhook_deliveries_trim",
    "DELETE FROM webhook_delivery WHERE webhook = $1 AND id <= (SELECT id FROM webhook_delivery"
    " WHERE webhook = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    false};

static const struct rs_sql WEBHOOK_ID = {"webhook_id",
                                         "SELECT id FROM webhook WHERE webhook_id = $1", false};

enum rs_code rs_store_delivery_add(struct rs_cx *cx, struct rs_store *s, struct rs_str webhook_id,
                                   const struct rs_delivery_row *d)
{
    int64_t webhook = 0;

    RS_TRY(rs_db_first_i64(cx, s->db, &WEBHOOK_ID, RS_BIND(rs_text(webhook_id)), &webhook));
    if (webhook == 0) {
        return RS_OK;
    }
    RS_TRY(
        rs_db_run(cx, s->db, &DELIVERY_PUT,
                  RS_BIND(rs_i64(webhook), rs_i64(d->seq), rs_text(d->delivery_id),
                          rs_i64(d->attempt), rs_i64(d->at), rs_i64(d->took), rs_i64(d->status),
                          rs_text_or_empty(d->error), rs_i64(d->outcome), rs_i64(d->is_replay))));
    return rs_db_run(cx, s->db, &DELIVERIES_TRIM,
                     RS_BIND(rs_i64(webhook), rs_i64(RS_DELIVERIES_KEPT)));
}

static const struct rs_sql DELIVERIES = {"webhook_deliveries",
                                         "SELECT " DELIVERY
                                         " FROM webhook_delivery WHERE webhook = $1 AND id < $2"
                                         " ORDER BY id DESC LIMIT $3",
                                         false};
static const struct rs_sql DELIVERY_FIND = {
    "webhook_delivery_find",
    "SELECT " DELIVERY " FROM webhook_delivery WHERE webhook = $1 AND delivery_id = $2"
    " ORDER BY id DESC LIMIT 1",
    false};

static enum rs_code read_delivery(struct rs_cx *cx, struct rs_rows *rows, void *user, void *item)
{
    (void)user;
    *(struct rs_delivery_row *)item = (struct rs_delivery_row){
        .id = rs_row_i64(rows, 0),
        .seq = rs_row_i64(rows, 1),
        .delivery_id = rs_row_str(cx, rows, 2),
        .attempt = rs_row_i64(rows, 3),
        .at = rs_row_i64(rows, 4),
        .took = rs_row_i64(rows, 5),
        .status = rs_row_i64(rows, 6),
        .error = rs_row_str(cx, rows, 7),
        .outcome = (enum rs_delivery_outcome)rs_row_i64(rows, 8),
        .is_replay = rs_row_i64(rows, 9) != 0,
    };
    return RS_OK;
}

static enum rs_code read_deliveries(struct rs_cx *cx, struct rs_store *s, const struct rs_sql *sql,
                                    struct rs_bind bind, struct rs_list *out)
{
    RS_AUTO_ROWS *rows = NULL;

    RS_TRY(rs_db_query(cx, s->db, sql, bind, &rows));
    return rs_load_list(cx, rows, read_delivery, sizeof(struct rs_delivery_row), out);
}

enum rs_code rs_store_deliveries_list(struct rs_cx *cx, struct rs_store *s,
                                      const struct rs_delivery_range *range, struct rs_list *out)
{
    const int64_t before = range->before > 0 ? range->before : INT64_MAX;

    return read_deliveries(cx, s, &DELIVERIES,
                           RS_BIND(rs_i64(range->webhook), rs_i64(before), rs_i64(range->limit)),
                           out);
}

enum rs_code rs_store_delivery_find(struct rs_cx *cx, struct rs_store *s, int64_t webhook,
                                    struct rs_str delivery_id, struct rs_delivery_row *out)
{
    struct rs_list found;

    RS_TRY(read_deliveries(cx, s, &DELIVERY_FIND,
                           RS_BIND(rs_i64(webhook), rs_text_or_empty(delivery_id)), &found));
    if (found.n == 0) {
        return rs_fail(cx, RS_NOT_FOUND,
                       "the webhook has no delivery \"" RS_FMT "\"; the latest %d attempts are "
                       "kept",
                       RS_ARG(delivery_id), RS_DELIVERIES_KEPT);
    }
    *out = *(struct rs_delivery_row *)found.p;
    return RS_OK;
}
