/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in Prometheus' text format, version 0.0.4. May be included by http and api.
 *
 * A family is its head, then its series, one after the other. Names and labels are fixed words of
 * the program, never a client's: `labels` is `route="getRun",code="200"`, or "" for none. */
#ifndef RS_HTTP_PROMETHEUS_H
#define RS_HTTP_PROMETHEUS_H

#include "base/buf.h"
#include "base/histogram.h"

#define RS_PROM_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for counters. */
void rs_prom_head(struct rs_buf *out, const char *name, const char *type, const char *help);

void rs_prom_u64(struct rs_buf *out, const char *name, const char *labels, uint64_t value);
void rs_prom_f64(struct rs_buf *out, const char *name, const char *labels, double value);

/* A family of one series without labels: its head and its value. */
void rs_prom_counter(struct rs_buf *out, const char *name, const char *help, uint64_t value);
void rs_prom_gauge(struct rs_buf *out, const char *name, const char *help, uint64_t value);

/* The series of one histogram: its buckets, its sum and its count. */
void rs_prom_histogram(struct rs_buf *out, const char *name, const char *labels,
                       const struct rs_histogram *h);

#endif
