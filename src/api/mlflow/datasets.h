/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of datasets. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_DATASETS_H
#define RS_API_MLFLOW_DATASETS_H

#include "api/mlflow/messages.h"

#endif
