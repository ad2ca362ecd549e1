/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of the registry. `register` makes its dataset: N models with V versions each, tags on both,
 * and an alias on each model; registry_data.py knows the same formulas and foretells what a search
 * must find, so change both or none. `move` moves aliases of those models, each client one of its
 * own, always to another version than it stood on.
 */
#include "job.h"

#include <stdatomic.h>
#include <stdio.h>

#define FIELDS 64        /* hash numbers that a model or version has to itself */
#define NUMBERS 64       /* numbers that a model has to itself: 0 is its own, n that of version n */
#define ALIAS_FIELD 32   /* of a model: which version its alias stands on */
#define MOVES_A_MODEL 60 /* then the client goes on to its next model */
#define NAME_MAX_BYTES 32

static const struct {
    const char *key;
    uint64_t values;
} TAGS[] = {{"team", 10}, {"task", 10}, {"region", 10}, {"tier", 2}, {"owner", 1000}};

enum { CREATE_MODEL, CREATE_VERSION, SET_ALIAS };

struct registry {
    struct rs_job job;
    const struct rs_job_options *o;
    struct rs_text model_head;
    struct rs_text version_head;
    struct rs_text alias_head;
    _Atomic uint64_t next_model;
};

static uint64_t field(const struct registry *r, uint64_t model, uint64_t version, uint64_t i)
{
    return rs_mix(r->o->seed, (model * NUMBERS + version) * FIELDS + i);
}

static void add_name(struct rs_text *out, uint64_t model)
{
    char name[NAME_MAX_BYTES];

    snprintf(name, sizeof name, "model-%05lu", model);
    rs_text_str(out, "{\"name\": \"");
    rs_text_str(out, name);
    rs_text_str(out, "\"");
}

static void add_tags(const struct registry *r, uint64_t model, uint64_t version,
                     struct rs_text *out)
{
    rs_text_str(out, ", \"tags\": [");
    for (uint64_t i = 0; i < sizeof TAGS / sizeof TAGS[0]; i++) {
        rs_text_str(out, i == 0 ? "{\"key\": \"" : ", {\"key\": \"");
        rs_text_str(out, TAGS[i].key);
        rs_text_str(out, "\", \"value\": \"v");
        rs_text_u64(out, field(r, model, version, i) % TAGS[i].values);
        rs_text_str(out, "\"}");
    }
    rs_text_str(out, "]}");
}

static void add_alias(struct rs_text *out, uint64_t model, const char *alias, uint64_t version)
{
    add_name(out, model);
    rs_text_str(out, ", \"alias\": \"");
    rs_text_str(out, alias);
    rs_text_str(out, "\", \"version\": \"");
    rs_text_u64(out, version);
    rs_text_str(out, "\"}");
}

/* A client makes a model, its versions one after the other, and its alias; then the next model. */
static bool register_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    struct registry *r = (struct registry *)job;
    const uint64_t step = turn->n_asked % (r->o->rows + 2);
    struct rs_text *body = &turn->body;

    body->n = 0;
    if (step == 0) {
        turn->item = atomic_fetch_add(&r->next_model, 1);
        if (turn->item >= r->o->runs)
            return false;
        turn->kind = CREATE_MODEL;
        add_name(body, turn->item);
        add_tags(r, turn->item, 0, body);
        rs_job_post_body(out, &r->model_head, body->p, body->n);
    } else if (step <= r->o->rows) {
        turn->kind = CREATE_VERSION;
        add_name(body, turn->item);
        rs_text_str(body, ", \"source\": \"s3://models/");
        rs_text_u64(body, turn->item);
        rs_text_str(body, "/");
        rs_text_u64(body, step);
        rs_text_str(body, "\"");
        add_tags(r, turn->item, step, body);
        rs_job_post_body(out, &r->version_head, body->p, body->n);
    } else {
        turn->kind = SET_ALIAS;
        add_alias(body, turn->item, "champion",
                  1 + field(r, turn->item, 0, ALIAS_FIELD) % r->o->rows);
        rs_job_post_body(out, &r->alias_head, body->p, body->n);
    }
    return true;
}

static bool move_next(struct rs_job *job, struct rs_turn *turn, struct rs_text *out)
{
    const struct registry *r = (const struct registry *)job;
    const uint64_t round = turn->n_asked / MOVES_A_MODEL;
    char alias[NAME_MAX_BYTES];

    turn->body.n = 0;
    snprintf(alias, sizeof alias, "moved-%lu", turn->client);
    add_alias(&turn->body, (turn->client + round * r->o->clients) % r->o->runs, alias,
              1 + turn->n_asked % r->o->rows);
    rs_job_post_body(out, &r->alias_head, turn->body.p, turn->body.n);
    return true;
}

static struct registry *registry_new(const struct rs_job_options *o)
{
    struct registry *r = rs_alloc(sizeof *r);

    if (o->runs == 0 || o->rows < 2 || o->rows >= NUMBERS || MOVES_A_MODEL % o->rows != 0)
        rs_die("--runs, the number of models, is needed, and --rows, the versions of each, must "
               "divide %d",
               MOVES_A_MODEL);
    r->job.rows = 1;
    r->o = o;
    rs_job_post_head(&r->model_head, o->port, o->prefix,
                     "/api/2.0/mlflow/registered-models/create");
    rs_job_post_head(&r->version_head, o->port, o->prefix, "/api/2.0/mlflow/model-versions/create");
    rs_job_post_head(&r->alias_head, o->port, o->prefix, "/api/2.0/mlflow/registered-models/alias");
    return r;
}

struct rs_job *rs_job_register(const struct rs_job_options *o)
{
    struct registry *r = registry_new(o);

    r->job.next = register_next;
    r->job.kind[CREATE_MODEL] = "create model";
    r->job.kind[CREATE_VERSION] = "create version";
    r->job.kind[SET_ALIAS] = "set alias";
    return &r->job;
}

struct rs_job *rs_job_move(const struct rs_job_options *o)
{
    struct registry *r = registry_new(o);

    r->job.next = move_next;
    return &r->job;
}
