/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own figures for Prometheus. May be included by api/native. */
#ifndef RS_API_NATIVE_METRICS_H
#define RS_API_NATIVE_METRICS_H

#include "http/exchange.h"

/* GET /metrics: the text format 0.0.4. Reads memory only. */
void rs_metrics_serve(struct rs_exchange *x);

#endif
