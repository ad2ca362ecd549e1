/* SPDX-License-Identifier: Apache-2.0 */
/* Promotions: any number of moves of aliases and stages, all or none, each only if what it moves is
 * still as its caller has seen it. May be included by service and api. */
#ifndef RS_SERVICE_PROMOTIONS_H
#define RS_SERVICE_PROMOTIONS_H

#include "model/event.h"

struct rs_store;

enum { RS_PROMOTION_MOVES_MAX = 1000 };

/* What must be so. The version: that of the alias, or the greatest one in the stage; absent: none.
 * Or the stage that the version of the move is in. */
struct rs_move_expect {
    struct rs_str version;
    struct rs_str stage;
};

/* Points the alias at the version, or removes it where the version is absent; or brings the version
 * into the stage. */
struct rs_move {
    struct rs_str model;
    struct rs_str alias; /* this or the stage */
    struct rs_str stage;
    struct rs_str version;
    struct rs_sub expect;  /* struct rs_move_expect; absent: whatever it is */
    bool archive_existing; /* of a stage: whatever else is in it goes to Archived */
};

struct rs_promotion_draft {
    struct rs_list moves; /* of struct rs_move */
    struct rs_str comment;
    struct rs_str rollback_of; /* the promotion that it takes back; absent: none */
    bool dry_run;              /* looks, and changes nothing */
};

/* A move and what was there when it was looked at. */
struct rs_move_seen {
    struct rs_str model;
    struct rs_str alias;
    struct rs_str stage;
    struct rs_str version;
    struct rs_str current_version; /* as of struct rs_move_expect */
    struct rs_str current_stage;   /* of the version; absent of an alias */
    bool is_refused;               /* it is not what was expected */
};

struct rs_promotion {
    int64_t id;           /* the number of its first event; 0: nothing was changed */
    struct rs_list moves; /* of struct rs_move_seen, cx's */
    bool is_refused;      /* an expectation failed */
};

/* RS_OK also when it is refused: then nothing was changed. RS_INVALID of a move, RS_NOT_FOUND of a
 * model or a version. */
enum rs_code rs_promote(struct rs_cx *cx, struct rs_store *s,
                        const struct rs_promotion_draft *draft, struct rs_promotion *out);

/* Brings all that a promotion moved back to where it was, if all of it is still where the promotion
 * brought it; itself a promotion. RS_NOT_FOUND of the promotion, or of what it moved. */
enum rs_code rs_promotion_rollback(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                                   const struct rs_promotion_draft *draft,
                                   struct rs_promotion *out);

/* Its events, the first is promotion.made: a list of struct rs_event, cx's. RS_NOT_FOUND. */
enum rs_code rs_promotion_get(struct rs_cx *cx, struct rs_store *s, struct rs_str id,
                              struct rs_list *events);

#endif
