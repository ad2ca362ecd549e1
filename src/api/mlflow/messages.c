/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of shared messages. */
#include "api/mlflow/messages.h"

const struct rs_fields rs_ml_empty_fields = {
    .size = sizeof(struct rs_ml_empty), .n = 0, .field = NULL};
