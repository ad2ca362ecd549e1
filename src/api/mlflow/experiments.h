/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of experiments. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_EXPERIMENTS_H
#define RS_API_MLFLOW_EXPERIMENTS_H

#include "api/mlflow/messages.h"

#endif
