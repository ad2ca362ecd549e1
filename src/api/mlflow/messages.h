/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that several nouns of MLflow's API share. The others stand in the header of their noun.
 * May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_MESSAGES_H
#define RS_API_MLFLOW_MESSAGES_H

#include "model/field.h"

/* {} */
struct rs_ml_empty {
    char nothing;
};
extern const struct rs_fields rs_ml_empty_fields;

#endif
