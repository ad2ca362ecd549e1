/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a watcher wants, and how it reads on in the database. */
#include "service/feed.h"
#include "store/event.h"
#include "store/registered_model.h"

static bool is_kind(struct rs_str kind, struct rs_str wanted)
{
    const bool is_family = wanted.n > 0 && wanted.p[wanted.n - 1] == '.';

    return is_family ? rs_str_starts(kind, wanted) : rs_str_eq(kind, wanted);
}

enum rs_code rs_feed_filter_check(struct rs_cx *cx, const struct rs_feed_filter *f)
{
    for (size_t i = 0; i < f->kinds.n; i++) {
        const struct rs_enum_name *known = rs_event_kind_names;

        while (known->name != NULL && !is_kind(rs_str_of(known->name), f->kinds.p[i])) {
            known++;
        }
        if (known->name == NULL) {
            return rs_fail(cx, RS_INVALID,
                           "could not watch events of the kind \"" RS_FMT
                           "\": there is none such; kinds are \"model_alias.set\", or with the dot "
                           "at the end \"model_alias.\" for all of these",
                           RS_ARG(f->kinds.p[i]));
        }
    }
    return RS_OK;
}

enum rs_code rs_feed_begin(struct rs_cx *cx, struct rs_store *s, struct rs_feed_filter *f,
                           int64_t *seq)
{
    int64_t last = 0;

    for (size_t i = 0; i < f->models.n; i++) {
        struct rs_registered_model_ref model;

        RS_TRY(rs_store_registered_model_look(cx, s, f->models.p[i], &model));
        f->rows[i] = model.id;
    }
    RS_TRY(rs_store_event_last(cx, s, &last));
    if (*seq > last) {
        return rs_fail(cx, RS_INVALID,
                       "could not read the events after %lld: the last one that has happened is "
                       "%lld",
                       (long long)*seq, (long long)last);
    }
    if (*seq == RS_FEED_FROM_NOW_ON) {
        *seq = last;
    }
    return RS_OK;
}

/* Whether an event says the name of a model. */
static bool names_model(const struct rs_event *e, struct rs_str name)
{
    return rs_str_starts(e->subject, RS_STR("models/")) &&
           rs_str_eq(rs_noun_of(e->subject).model, name);
}

static bool takes_model(const struct rs_feed_filter *f, const struct rs_event *e)
{
    bool takes = f->models.n == 0;

    for (size_t i = 0; !takes && i < f->models.n; i++) {
        takes = f->rows[i] != 0 ? e->model == f->rows[i] : names_model(e, f->models.p[i]);
    }
    return takes;
}

static bool takes_alias(const struct rs_feed_filter *f, const struct rs_event *e)
{
    if (f->aliases.n == 0) {
        return true;
    }
    const struct rs_noun noun = rs_noun_of(e->subject);
    bool takes = false;

    for (size_t i = 0; !takes && i < f->aliases.n; i++) {
        takes = rs_str_is(noun.kind, "aliases") && rs_str_eq(noun.id, f->aliases.p[i]);
    }
    return takes;
}

static bool takes_kind(const struct rs_feed_filter *f, const struct rs_event *e)
{
    bool takes = f->kinds.n == 0;

    for (size_t i = 0; !takes && i < f->kinds.n; i++) {
        takes = is_kind(e->kind, f->kinds.p[i]);
    }
    return takes;
}

bool rs_feed_filter_takes(const struct rs_feed_filter *f, const struct rs_event *e)
{
    return takes_kind(f, e) && takes_model(f, e) && takes_alias(f, e);
}

/* Whether all kinds that are wanted happen to registered models: these come first. */
static bool are_of_models(const struct rs_feed_filter *f)
{
    bool are = f->kinds.n > 0;

    for (size_t i = 0; i < f->kinds.n; i++) {
        for (const struct rs_enum_name *k = rs_event_kind_names; k->name != NULL; k++) {
            are = are &&
                  (k->v <= RS_EVENT_PROMOTION_MADE || !is_kind(rs_str_of(k->name), f->kinds.p[i]));
        }
    }
    return are;
}

enum rs_code rs_feed_read(struct rs_cx *cx, struct rs_store *s, const struct rs_feed_filter *f,
                          struct rs_feed_page *page)
{
    /* One model has an index, and so have all of them; else every event is looked at. */
    const bool has_row = f->models.n == 1 && f->rows[0] != 0;
    const struct rs_event_range range = {.after = page->seq,
                                         .model = has_row ? f->rows[0] : 0,
                                         .limit = page->most,
                                         .of_models = f->models.n > 0 || f->aliases.n > 0 ||
                                                      are_of_models(f)};
    int64_t last = 0;
    size_t n = 0;

    RS_TRY(rs_store_event_last(cx, s, &last));
    RS_TRY(rs_store_events_read(cx, s, &range, &page->events));
    struct rs_event *event = page->events.p;
    page->has_more = page->events.n == page->most;
    if (page->has_more) {
        last = event[page->events.n - 1].seq;
    }
    for (size_t i = 0; i < page->events.n; i++) {
        if (rs_feed_filter_takes(f, &event[i])) {
            event[n++] = event[i];
        }
    }
    page->events.n = n;
    page->seq = last > page->seq ? last : page->seq;
    return RS_OK;
}
