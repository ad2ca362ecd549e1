/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of metrics. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_METRICS_H
#define RS_API_MLFLOW_METRICS_H

#include "api/mlflow/messages.h"

#endif
