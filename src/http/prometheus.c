/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' text format. */
#include "http/prometheus.h"

#include "base/num.h"

void rs_prom_head(struct rs_buf *out, const char *name, const char *type, const char *help)
{
    rs_buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_name(struct rs_buf *out, const char *name, const char *suffix, const char *labels)
{
    const bool plain = labels[0] == '\0';

    rs_buf_fmt(out, "%s%s%s%s%s ", name, suffix, plain ? "" : "{", labels, plain ? "" : "}");
}

static void put_f64(struct rs_buf *out, double value)
{
    char text[RS_F64_TEXT_MAX];

    rs_buf_put(out, text, rs_f64_text(value, text));
    rs_buf_putc(out, '\n');
}

void rs_prom_u64(struct rs_buf *out, const char *name, const char *labels, uint64_t value)
{
    put_name(out, name, "", labels);
    rs_buf_fmt(out, "%llu\n", (unsigned long long)value);
}

void rs_prom_f64(struct rs_buf *out, const char *name, const char *labels, double value)
{
    put_name(out, name, "", labels);
    put_f64(out, value);
}

void rs_prom_counter(struct rs_buf *out, const char *name, const char *help, uint64_t value)
{
    rs_prom_head(out, name, "counter", help);
    rs_prom_u64(out, name, "", value);
}

void rs_prom_gauge(struct rs_buf *out, const char *name, const char *help, uint64_t value)
{
    rs_prom_head(out, name, "gauge", help);
    rs_prom_u64(out, name, "", value);
}

/* "0.005", "16": a bound as the value of the label `le`. */
static void put_bound(struct rs_buf *out, const struct rs_scale *s, size_t b)
{
    rs_buf_fmt(out, "%.10g", (double)s->upper[b] / s->per);
}

void rs_prom_histogram(struct rs_buf *out, const char *name, const char *labels,
                       const struct rs_histogram *h)
{
    const char *comma = labels[0] == '\0' ? "" : ",";
    uint64_t n = 0;

    for (size_t b = 0; b < h->scale->n; b++) {
        n += atomic_load_explicit(&h->bucket[b], memory_order_relaxed);
        rs_buf_fmt(out, "%s_bucket{%s%sle=\"", name, labels, comma);
        put_bound(out, h->scale, b);
        rs_buf_fmt(out, "\"} %llu\n", (unsigned long long)n);
    }
    n += atomic_load_explicit(&h->bucket[h->scale->n], memory_order_relaxed);
    rs_buf_fmt(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, labels, comma,
               (unsigned long long)n);
    put_name(out, name, "_sum", labels);
    put_f64(out, (double)atomic_load_explicit(&h->sum, memory_order_relaxed) / h->scale->per);
    put_name(out, name, "_count", labels);
    rs_buf_fmt(out, "%llu\n", (unsigned long long)n);
}
