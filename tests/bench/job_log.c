/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of a training: log-metric and log-batch, every point new, every step later than those before
 * it. */
#include "job.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define N_VALUES                                                                                   \
    4096 /* printing a double costs more than sending it, so these are printed once                \
          */
#define VALUE_MAX 32

struct logging {
    struct rs_job job;
    struct rs_text head;
    struct rs_lines runs;
    uint64_t clients;
    bool spread;
    uint64_t keys;
    uint64_t steps;        /* of one call */
    uint64_t first_ms;     /* timestamp of step 0 */
    _Atomic uint64_t tick; /* the next step: of the whole process, so no client repeats another's */
    char value[N_VALUES][VALUE_MAX];
};

void rs_job_point(struct rs_text *out, uint64_t key, const char *value, uint64_t at_ms,
                  uint64_t step)
{
    rs_text_str(out, "\"key\": \"m");
    rs_text_u64(out, key);
    rs_text_str(out, "\", \"value\": ");
    rs_text_str(out, value);
    rs_text_str(out, ", \"timestamp\": ");
    rs_text_u64(out, at_ms);
    rs_text_str(out, ", \"step\": ");
    rs_text_u64(out, step);
}

static void add_point(struct rs_text *out, const struct logging *l, uint64_t key, uint64_t step)
{
    const char *value = l->value[(step * l->keys + key) % N_VALUES];

    rs_job_point(out, key, value, l->first_ms + step, step);
}

static const char *run_of(const struct logging *l, const struct rs_turn *turn)
{
    const uint64_t number = l->spread ? turn->client + turn->n_asked * l->clients : turn->client;

    return l->runs.line[number % l->runs.n];
}

/* As the stock client writes it: run_uuid first, and run_id as well. */
static bool metric_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    struct logging *l = (struct logging *)job;
    const uint64_t step = atomic_fetch_add_explicit(&l->tick, 1, memory_order_relaxed);
    struct rs_text *body = &turn->body;

    body->n = 0;
    rs_text_str(body, "{\"run_uuid\": \"");
    rs_text_str(body, run_of(l, turn));
    rs_text_str(body, "\", ");
    add_point(body, l, turn->n_asked % l->keys, step);
    rs_text_str(body, ", \"run_id\": \"");
    rs_text_str(body, run_of(l, turn));
    rs_text_str(body, "\"}");
    rs_job_post_body(out, &l->head, body->p, body->n);
    return true;
}

static bool batch_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    struct logging *l = (struct logging *)job;
    const uint64_t step = atomic_fetch_add_explicit(&l->tick, l->steps, memory_order_relaxed);
    struct rs_text *body = &turn->body;

    body->n = 0;
    rs_text_str(body, "{\"run_id\": \"");
    rs_text_str(body, run_of(l, turn));
    rs_text_str(body, "\", \"metrics\": [");
    for (uint64_t i = 0; i < l->job.rows; i++) {
        rs_text_str(body, i == 0 ? "{" : "}, {");
        add_point(body, l, i % l->keys, step + i / l->keys);
    }
    rs_text_str(body, "}]}");
    rs_job_post_body(out, &l->head, body->p, body->n);
    return true;
}

static struct logging *logging_new(const struct rs_job_options *o, const char *path, uint64_t rows)
{
    struct logging *l = rs_alloc(sizeof *l);

    if (o->lines == NULL)
        rs_die("--lines is missing: a file of run ids");
    if (o->keys == 0 || rows == 0)
        rs_die("--keys and --rows must be at least 1");
    l->runs = rs_lines_read(o->lines);
    l->clients = o->clients;
    l->spread = o->spread;
    l->keys = o->keys;
    l->steps = (rows + o->keys - 1) / o->keys;
    l->first_ms = (uint64_t)time(NULL) * 1000;
    l->tick = o->first;
    l->job.rows = rows;
    rs_job_post_head(&l->head, o->port, o->prefix, path);
    for (uint64_t i = 0; i < N_VALUES; i++)
        snprintf(l->value[i], VALUE_MAX, "%.17g", (double)(rs_mix(1, i) >> 11) * 0x1p-53);
    return l;
}

struct rs_job *rs_job_log_metric(const struct rs_job_options *o)
{
    struct logging *l = logging_new(o, "/api/2.0/mlflow/runs/log-metric", 1);

    l->job.next = metric_next;
    return &l->job;
}

struct rs_job *rs_job_log_batch(const struct rs_job_options *o)
{
    struct logging *l = logging_new(o, "/api/2.0/mlflow/runs/log-batch", o->rows);

    l->job.next = batch_next;
    return &l->job;
}
