/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of webhooks. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_WEBHOOKS_H
#define RS_API_MLFLOW_WEBHOOKS_H

#include "api/mlflow/messages.h"
#include "service/webhooks.h"

/* What a client says of a new webhook, or of one that is there. */
struct rs_ml_create_webhook {
    struct rs_webhook_draft draft;
};
extern const struct rs_fields rs_ml_create_webhook_fields;

struct rs_ml_update_webhook {
    struct rs_webhook_draft draft;
};
extern const struct rs_fields rs_ml_update_webhook_fields;

struct rs_ml_webhook_ref {
    struct rs_str webhook_id;
};
extern const struct rs_fields rs_ml_webhook_ref_fields;

struct rs_ml_list_webhooks {
    struct rs_opt_i64 max_results;
    struct rs_str page_token;
};
extern const struct rs_fields rs_ml_list_webhooks_fields;

struct rs_ml_test_webhook {
    struct rs_str webhook_id;
    struct rs_sub event; /* struct rs_webhook_event */
};
extern const struct rs_fields rs_ml_test_webhook_fields;

/* Replies. */
struct rs_ml_webhook {
    struct rs_sub webhook; /* struct rs_webhook */
};
extern const struct rs_fields rs_ml_webhook_fields;

struct rs_ml_webhooks {
    struct rs_list webhooks; /* of struct rs_webhook */
    struct rs_str next_page_token;
};
extern const struct rs_fields rs_ml_webhooks_fields;

struct rs_ml_webhook_result {
    struct rs_sub result; /* struct rs_webhook_test */
};
extern const struct rs_fields rs_ml_webhook_result_fields;

#endif
