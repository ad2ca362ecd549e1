/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mixed load: trainers that each live a run's life over and over (create, params, points one a
 * call and now and then ten, finish), and readers beside them (a search, a run, a history, in
 * turn). Every client asks as fast as it is answered.
 */
#include "job.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Steps of a run's life: 0 creates it, 1 logs its params, the last one finishes it. */
#define LIFE 50
#define BATCH_EVERY 10 /* of the calls between, each tenth is a batch of as many points */
#define N_KEYS 10
#define N_PARAMS 5

enum kind { CREATE, LOG_METRIC, LOG_BATCH, UPDATE, SEARCH, GET, HISTORY, N_KINDS };

static const char *const NAMES[N_KINDS] = {
    [CREATE] = "runs/create",  [LOG_METRIC] = "log-metric", [LOG_BATCH] = "log-batch",
    [UPDATE] = "runs/update",  [SEARCH] = "runs/search",    [GET] = "runs/get",
    [HISTORY] = "get-history",
};

static const char *const PATHS[N_KINDS] = {
    [CREATE] = "/api/2.0/mlflow/runs/create",
    [LOG_METRIC] = "/api/2.0/mlflow/runs/log-metric",
    [LOG_BATCH] = "/api/2.0/mlflow/runs/log-batch",
    [UPDATE] = "/api/2.0/mlflow/runs/update",
    [SEARCH] = "/api/2.0/mlflow/runs/search",
    [GET] = "/api/2.0/mlflow/runs/get?run_id=",
    [HISTORY] = "/api/2.0/mlflow/metrics/get-history?metric_key=m0&max_results=1000&run_id=",
};

struct train {
    struct rs_job job;
    const struct rs_job_options *o;
    struct rs_lines searches; /* bodies */
    struct rs_lines ids;      /* runs to get */
    struct rs_text head[N_KINDS];
    uint64_t first_ms;
    _Atomic uint64_t tick; /* so that no point and no name is ever repeated */
};

static void add_point(struct rs_text *body, const struct train *t, uint64_t tick, uint64_t key)
{
    char value[32];

    snprintf(value, sizeof value, "%.17g",
             (double)(rs_mix(1, tick * N_KEYS + key) >> 11) * 0x1p-53);
    rs_job_point(body, key, value, t->first_ms + tick, tick);
}

static void create_body(struct rs_text *body, const struct train *t, uint64_t tick)
{
    rs_text_str(body, "{\"experiment_id\": \"");
    rs_text_str(body, t->o->experiment);
    rs_text_str(body, "\", \"user_id\": \"bench\", \"run_name\": \"trained-");
    rs_text_u64(body, tick);
    rs_text_str(body, "\", \"start_time\": ");
    rs_text_u64(body, t->first_ms + tick);
    rs_text_str(body, ", \"tags\": [{\"key\": \"mlflow.user\", \"value\": \"bench\"}]}");
}

static void params_body(struct rs_text *body)
{
    rs_text_str(body, ", \"params\": [");
    for (uint64_t i = 0; i < N_PARAMS; i++) {
        rs_text_str(body, i == 0 ? "{\"key\": \"p" : ", {\"key\": \"p");
        rs_text_u64(body, i);
        rs_text_str(body, "\", \"value\": \"v");
        rs_text_u64(body, rs_mix(2, i) % 1000);
        rs_text_str(body, "\"}");
    }
    rs_text_str(body, "]}");
}

static void points_body(struct rs_text *body, const struct train *t, uint64_t tick)
{
    rs_text_str(body, ", \"metrics\": [");
    for (uint64_t i = 0; i < N_KEYS; i++) {
        rs_text_str(body, i == 0 ? "{" : "}, {");
        add_point(body, t, tick, i);
    }
    rs_text_str(body, "}]}");
}

static enum kind kind_of(uint64_t step)
{
    if (step == 0)
        return CREATE;
    if (step == LIFE - 1)
        return UPDATE;
    return step % BATCH_EVERY == 1 ? LOG_BATCH : LOG_METRIC;
}

/* The body of a call in the middle of a run's life. */
static void living_body(struct rs_turn *turn, const struct train *t, enum kind kind, uint64_t tick)
{
    struct rs_text *body = &turn->body;

    rs_text_str(body, "{\"run_id\": \"");
    rs_text_str(body, turn->run_id);
    rs_text_str(body, "\"");
    if (kind == UPDATE) {
        rs_text_str(body, ", \"status\": \"FINISHED\", \"end_time\": ");
        rs_text_u64(body, t->first_ms + tick);
        rs_text_str(body, "}");
    } else if (kind == LOG_METRIC) {
        rs_text_str(body, ", ");
        add_point(body, t, tick, tick % N_KEYS);
        rs_text_str(body, "}");
    } else if (turn->item == 1)
        params_body(body);
    else
        points_body(body, t, tick);
}

static void ask_trainer(struct train *t, struct rs_turn *turn, struct rs_text *out)
{
    const uint64_t tick = atomic_fetch_add_explicit(&t->tick, 1, memory_order_relaxed);
    const enum kind kind = kind_of(turn->item);

    turn->kind = kind;
    turn->body.n = 0;
    if (kind == CREATE)
        create_body(&turn->body, t, tick);
    else
        living_body(turn, t, kind, tick);
    rs_job_post_body(out, &t->head[kind], turn->body.p, turn->body.n);
}

static void ask_reader(const struct train *t, struct rs_turn *turn, struct rs_text *out)
{
    static const enum kind TURNS[] = {SEARCH, GET, HISTORY};
    const enum kind kind = TURNS[turn->n_asked % (sizeof TURNS / sizeof TURNS[0])];
    const uint64_t any = rs_mix(turn->client, turn->n_asked);

    turn->kind = kind;
    if (kind == SEARCH) {
        const char *body = t->searches.line[any % t->searches.n];
        rs_job_post_body(out, &t->head[SEARCH], body, strlen(body));
    } else
        rs_job_get_request(out, t->o->port, PATHS[kind], t->ids.line[any % t->ids.n]);
}

static bool train_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    struct train *t = (struct train *)job;

    if (turn->client < t->o->trainers)
        ask_trainer(t, turn, out);
    else
        ask_reader(t, turn, out);
    return true;
}

/* A step that failed is not seen: the trainer tries it again. */
static void train_seen(struct rs_job *job, struct rs_turn *turn, const struct rs_reply *reply)
{
    (void)job;
    if (turn->kind == CREATE)
        rs_job_take_run_id(reply, turn->run_id);
    turn->item = (turn->item + 1) % LIFE;
}

struct rs_job *rs_job_train(const struct rs_job_options *o)
{
    struct train *t = rs_alloc(sizeof *t);

    if (o->experiment == NULL || o->lines == NULL || o->ids == NULL)
        rs_die("--experiment, --lines (bodies of searches) and --ids are needed");
    t->o = o;
    t->searches = rs_lines_read(o->lines);
    t->ids = rs_lines_read(o->ids);
    t->first_ms = (uint64_t)time(NULL) * 1000;
    t->job.next = train_next;
    t->job.seen = train_seen;
    t->job.rows = 1;
    for (unsigned k = 0; k < N_KINDS; k++) {
        t->job.kind[k] = NAMES[k];
        rs_job_post_head(&t->head[k], o->port, o->prefix, PATHS[k]);
    }
    return &t->job;
}
