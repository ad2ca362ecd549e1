/* SPDX-License-Identifier: Apache-2.0 */
/* /api/runestone/v1/promotions. May be included by api/native. */
#ifndef RS_API_NATIVE_PROMOTIONS_H
#define RS_API_NATIVE_PROMOTIONS_H

#include "api/call.h"

struct rs_promote_asked {
    struct rs_list moves; /* of struct rs_move */
    struct rs_str comment;
    struct rs_opt_bool dry_run;
};
extern const struct rs_fields rs_promote_asked_fields;

struct rs_promotion_id {
    struct rs_str id;
    struct rs_str comment;      /* of a rollback */
    struct rs_opt_bool dry_run; /* likewise */
};
extern const struct rs_fields rs_promotion_id_fields;

/* What was done; or, with status 412, an error and what is not as expected. */
struct rs_promoted {
    struct rs_str error_code;
    struct rs_str message;
    struct rs_str id;     /* absent: nothing was changed */
    struct rs_list moves; /* of struct rs_move_seen */
};
extern const struct rs_fields rs_promoted_fields;

struct rs_promotion_told {
    struct rs_str id;
    struct rs_str events; /* oldest first */
};
extern const struct rs_fields rs_promotion_told_fields;

rs_handler rs_post_promotion;
rs_handler rs_get_promotion;
rs_handler rs_post_rollback;

#endif
