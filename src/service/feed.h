/* SPDX-License-Identifier: Apache-2.0 */
/* The feed: who waits for an event is woken when it is there. May be included by service, api and
 * server.
 *
 * The newest events are in a ring in memory, as they are written on the wire: an event is read and
 * written once, however many wait for it, and not at all while nobody does. Who is further behind
 * reads the database, at its own pace. A watcher is a place in the log, and nothing else: no event
 * is kept for it. */
#ifndef RS_SERVICE_FEED_H
#define RS_SERVICE_FEED_H

#include "base/buf.h"
#include "model/event.h"

struct rs_feed;
struct rs_store;

enum { RS_FEED_FROM_NOW_ON = -1 };

struct rs_feed_options {
    struct rs_store *reader; /* the feed's own, until it has stopped */
    /* How an event is written. */
    enum rs_code (*write)(struct rs_buf *out, struct rs_cx *cx, const struct rs_event *e);
    size_t events_max; /* of the ring */
    size_t bytes_max;  /* of the texts in it */
};

/* Which events: those that meet each list that is not empty, by any of its members. */
struct rs_feed_filter {
    struct rs_strs models;  /* by name */
    int64_t *rows;          /* room for one a model, filled by rs_feed_begin */
    struct rs_strs aliases; /* events of an alias so called */
    struct rs_strs kinds;   /* "model_version.created", or "model_version." for all of these */
};

/* RS_INVALID on what is no kind of event, and no beginning of one up to its dot. */
enum rs_code rs_feed_filter_check(struct rs_cx *cx, const struct rs_feed_filter *f);

/* Where a watcher begins: behind *seq, which must have happened (else RS_INVALID), or with
 * RS_FEED_FROM_NOW_ON behind the newest event. Looks for the models: one that is there is followed
 * by its row, whatever its name becomes; of a name that nobody has, the events that say the name
 * are taken. */
enum rs_code rs_feed_begin(struct rs_cx *cx, struct rs_store *s, struct rs_feed_filter *f,
                           int64_t *seq);

bool rs_feed_filter_takes(const struct rs_feed_filter *f, const struct rs_event *e);

struct rs_feed_page {
    size_t most;           /* events that are looked at */
    int64_t seq;           /* behind this one; then the last that was looked at: the newest of all
                              where the end was reached */
    struct rs_list events; /* of struct rs_event: those that the filter takes; cx's */
    bool has_more;         /* behind that one */
};

/* Reads on in the database. */
enum rs_code rs_feed_read(struct rs_cx *cx, struct rs_store *s, const struct rs_feed_filter *f,
                          struct rs_feed_page *page);

/* Starts the feed's thread, from the newest event on. Yours: rs_feed_stop. */
enum rs_code rs_feed_start(struct rs_cx *cx, const struct rs_feed_options *o, struct rs_feed **out);

/* After a commit: there may be new events. Cheap, nothing at all while nobody waits, and never
 * waits itself. Any thread. */
void rs_feed_tell(struct rs_feed *f);

/* Wakes all who wait, and lets nobody wait any more. Any thread. */
void rs_feed_end(struct rs_feed *f);
bool rs_feed_has_ended(const struct rs_feed *f);

/* Ends the thread; nobody may wait any more. NULL does nothing. */
void rs_feed_stop(struct rs_feed *f);

/* Who waits now. Any thread. */
unsigned rs_feed_waiting(const struct rs_feed *f);

/* Somebody who wants events; embed it. */
struct rs_feed_waiter {
    struct rs_feed_filter filter;
    int64_t seq;      /* up to here it has seen what it wants */
    int64_t until_ns; /* monotonic: it is woken then at the latest */
    /* Called once for each rs_feed_wait that said true; the waiter is its owner's again. Must not
     * wait. */
    void (*wake)(struct rs_feed_waiter *w);
    struct rs_feed_waiter *next; /* the feed's, while it waits */
};

/* An event of the ring, as it is written; borrowed during the call. */
struct rs_feed_item {
    int64_t seq;
    struct rs_str kind;
    struct rs_str text;
};

/* Hands over what the ring has and the waiter wants of the events behind w->seq, in order, until
 * put says false; it has then taken that one. w->seq moves on over all that was looked at. False
 * when the ring does not reach back to w->seq: read the database. put must not wait, or call the
 * feed. */
bool rs_feed_take(struct rs_feed *f, struct rs_feed_waiter *w,
                  bool (*put)(void *user, const struct rs_feed_item *item), void *user);

/* Waits for an event that the waiter wants, and until its time: false when it need not wait,
 * because there is one, it is behind the ring, its time is over or the feed has ended. */
bool rs_feed_wait(struct rs_feed *f, struct rs_feed_waiter *w);

#endif
