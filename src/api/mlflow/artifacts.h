/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of artifacts. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_ARTIFACTS_H
#define RS_API_MLFLOW_ARTIFACTS_H

#include "api/mlflow/messages.h"

#endif
