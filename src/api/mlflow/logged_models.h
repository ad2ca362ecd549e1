/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of logged models. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_LOGGED_MODELS_H
#define RS_API_MLFLOW_LOGGED_MODELS_H

#include "api/mlflow/messages.h"

#endif
