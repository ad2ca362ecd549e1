/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dataset of search: N runs, each created and then given 20 metrics and 5 params in one batch.
 * All of it follows from the seed and the run's number; dataset.py knows the same formulas and
 * foretells what a search must find, so change both or none.
 */
#include "job.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define N_METRICS 20
#define N_PARAMS 5
#define N_TEAMS 20
#define FIELDS 64 /* hash numbers that a run has to itself */
#define FIELD_PARAM 32
#define FIELD_TEAM 48
#define FIRST_START_MS 1700000000000ULL

/* How many different values each param has. */
static const uint64_t PARAM_VALUES[N_PARAMS] = {10000, 100, 10, 1000, 3};

struct fill {
    struct rs_job job;
    const struct rs_job_options *o;
    struct rs_text create_head;
    struct rs_text batch_head;
    _Atomic uint64_t next_run;
    char (*id)[RS_RUN_ID_MAX]; /* by the run's number */
};

static uint64_t field(const struct fill *f, uint64_t run, uint64_t number)
{
    return rs_mix(f->o->seed, run * FIELDS + number);
}

static void create_body(const struct fill *f, uint64_t run, struct rs_text *out)
{
    rs_text_str(out, "{\"experiment_id\": \"");
    rs_text_str(out, f->o->experiment);
    rs_text_str(out, "\", \"user_id\": \"bench\", \"run_name\": \"run-");
    rs_text_u64(out, run);
    rs_text_str(out, "\", \"start_time\": ");
    rs_text_u64(out, FIRST_START_MS + run * 1000);
    rs_text_str(out, ", \"tags\": [{\"key\": \"mlflow.user\", \"value\": \"bench\"}, "
                     "{\"key\": \"mlflow.source.name\", \"value\": \"train.py\"}, "
                     "{\"key\": \"mlflow.source.type\", \"value\": \"LOCAL\"}, "
                     "{\"key\": \"mlflow.runName\", \"value\": \"run-");
    rs_text_u64(out, run);
    rs_text_str(out, "\"}, {\"key\": \"team\", \"value\": \"t");
    rs_text_u64(out, field(f, run, FIELD_TEAM) % N_TEAMS);
    rs_text_str(out, "\"}]}");
}

static void batch_body(const struct fill *f, uint64_t run, const char *id, struct rs_text *out)
{
    char value[32];

    rs_text_str(out, "{\"run_id\": \"");
    rs_text_str(out, id);
    rs_text_str(out, "\", \"metrics\": [");
    for (uint64_t i = 0; i < N_METRICS; i++) {
        rs_text_str(out, i == 0 ? "{\"key\": \"m" : ", {\"key\": \"m");
        rs_text_u64(out, i);
        snprintf(value, sizeof value, "%.17g", (double)(field(f, run, i) >> 11) * 0x1p-53);
        rs_text_str(out, "\", \"value\": ");
        rs_text_str(out, value);
        rs_text_str(out, ", \"timestamp\": ");
        rs_text_u64(out, FIRST_START_MS + run * 1000 + i);
        rs_text_str(out, ", \"step\": 0}");
    }
    rs_text_str(out, "], \"params\": [");
    for (uint64_t i = 0; i < N_PARAMS; i++) {
        rs_text_str(out, i == 0 ? "{\"key\": \"p" : ", {\"key\": \"p");
        rs_text_u64(out, i);
        rs_text_str(out, "\", \"value\": \"v");
        rs_text_u64(out, field(f, run, FIELD_PARAM + i) % PARAM_VALUES[i]);
        rs_text_str(out, "\"}");
    }
    rs_text_str(out, "]}");
}

/* A client creates a run, then fills it, then takes the next one. */
static bool fill_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    struct fill *f = (struct fill *)job;

    turn->body.n = 0;
    if (turn->run_id[0] != '\0') {
        batch_body(f, turn->item, turn->run_id, &turn->body);
        rs_job_post_body(out, &f->batch_head, turn->body.p, turn->body.n);
        return true;
    }
    turn->item = atomic_fetch_add(&f->next_run, 1);
    if (turn->item >= f->o->runs)
        return false;
    create_body(f, turn->item, &turn->body);
    rs_job_post_body(out, &f->create_head, turn->body.p, turn->body.n);
    return true;
}

void rs_job_take_run_id(const struct rs_reply *reply, char *id)
{
    const char *name = strstr(reply->keep, "\"run_id\"");
    const char *at = name == NULL ? "" : strchr(name + 8, '"');

    /* The id stands between this quote and the next. */
    if (at == NULL || *at == '\0' || strcspn(at + 1, "\"") >= RS_RUN_ID_MAX)
        rs_die("there is no run_id in the reply of runs/create: %s", reply->keep);
    else
        snprintf(id, RS_RUN_ID_MAX, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
}

static void fill_seen(struct rs_job *job, struct rs_turn *turn, const struct rs_reply *reply)
{
    struct fill *f = (struct fill *)job;

    if (turn->run_id[0] != '\0') {
        turn->run_id[0] = '\0';
        return;
    }
    rs_job_take_run_id(reply, turn->run_id);
    memcpy(f->id[turn->item], turn->run_id, RS_RUN_ID_MAX);
}

static void fill_finish(struct rs_job *job)
{
    const struct fill *f = (const struct fill *)job;
    FILE *out = fopen(f->o->ids_out, "w");

    if (out == NULL)
        rs_die("could not open \"%s\": %s", f->o->ids_out, strerror(errno));
    for (uint64_t i = f->o->first; i < f->o->runs; i++)
        fprintf(out, "%s\n", f->id[i]);
    if (fclose(out) != 0)
        rs_die("could not write \"%s\": %s", f->o->ids_out, strerror(errno));
}

struct rs_job *rs_job_fill(const struct rs_job_options *o)
{
    struct fill *f = rs_alloc(sizeof *f);

    if (o->experiment == NULL || o->ids_out == NULL || o->runs <= o->first)
        rs_die("--experiment, --ids-out and --runs, more than --first, are needed");
    f->job.next = fill_next;
    f->job.seen = fill_seen;
    f->job.finish = fill_finish;
    f->job.rows = 1;
    f->o = o;
    f->next_run = o->first;
    f->id = rs_alloc(o->runs * sizeof f->id[0]);
    rs_job_post_head(&f->create_head, o->port, o->prefix, "/api/2.0/mlflow/runs/create");
    rs_job_post_head(&f->batch_head, o->port, o->prefix, "/api/2.0/mlflow/runs/log-batch");
    return &f->job;
}
