/* SPDX-License-Identifier: Apache-2.0 */
/* What a webhook is sent, in MLflow's words. May be included by api/mlflow and server. */
#ifndef RS_API_MLFLOW_WEBHOOK_PAYLOAD_H
#define RS_API_MLFLOW_WEBHOOK_PAYLOAD_H

#include "service/webhook_notice.h"

/* {"entity","action","timestamp","data"}, where data has the members that mlflow/webhooks/types.py
 * gives an event of that kind, and experiment_id and model_id where they are known. */
rs_webhook_writer rs_webhook_payload;

#endif
