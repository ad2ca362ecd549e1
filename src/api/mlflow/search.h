/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of search. May be included by api/mlflow. */
#ifndef RS_API_MLFLOW_SEARCH_H
#define RS_API_MLFLOW_SEARCH_H

#include "api/mlflow/messages.h"

#endif
