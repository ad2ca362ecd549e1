/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries of webhooks in our own dialect: what MLflow has no call for. May be included by
 * api/native. */
#ifndef RS_API_NATIVE_WEBHOOKS_H
#define RS_API_NATIVE_WEBHOOKS_H

#include "api/call.h"

/* The latest attempts, newest first. */
struct rs_deliveries_asked {
    struct rs_str webhook_id;
    struct rs_opt_i64 before; /* the id of an attempt: only older ones */
    struct rs_opt_i64 limit;  /* at most 1000; absent: 100 */
};
extern const struct rs_fields rs_deliveries_asked_fields;

struct rs_deliveries_told {
    struct rs_list deliveries; /* attempts */
};
extern const struct rs_fields rs_deliveries_told_fields;

rs_handler rs_get_deliveries;

/* Sends a delivery again, now, and answers what came of it. */
struct rs_replay_asked {
    struct rs_str webhook_id;
    struct rs_str delivery_id;
};
extern const struct rs_fields rs_replay_asked_fields;

struct rs_replay_told {
    struct rs_sub delivery; /* the attempt */
};
extern const struct rs_fields rs_replay_told_fields;

rs_handler rs_post_replay;

#endif
